// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that shares a semaphore with user space: its thread takes a unit of
 * the semaphore, has the resource to itself for a while, and gives it back.  The
 * driver is bound to its device as soon as there is a semaphore of that name.
 *
 *   insmod ksem_example.ko name=jobs
 *   mkdir /sys/kernel/config/ksem/jobs
 */

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ksem.h>
#include <linux/module.h>
#include <linux/platform_device.h>

static char *name = "jobs";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "the semaphore to share");

static int example_thread(void *data)
{
	struct ksem *sem = data;

	while (!kthread_should_stop()) {
		if (ksem_wait(sem))
			break;	/* -EINTR: kthread_stop(); -EIDRM: shut down */
		pr_info("%s: got a unit, %u left\n", name, ksem_value(sem));
		msleep(50);
		ksem_post(sem);
		msleep(50);
	}
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static void example_stop(void *worker)
{
	kthread_stop(worker);
}

static int example_probe(struct platform_device *device)
{
	struct device *dev = &device->dev;
	struct task_struct *worker;
	struct ksem *sem;

	sem = devm_ksem_get(dev, name);
	if (IS_ERR(sem))
		return PTR_ERR(sem);	/* -EPROBE_DEFER: not there yet */
	worker = kthread_run(example_thread, sem, "ksem_example");
	if (IS_ERR(worker))
		return PTR_ERR(worker);
	return devm_add_action_or_reset(dev, example_stop, worker);
}

static struct platform_driver example_driver = {
	.probe	= example_probe,
	.driver	= { .name = "ksem_example" },
};

/* On real hardware, the bus finds the device. */
static struct platform_device *example_device;

static int __init example_init(void)
{
	int err = platform_driver_register(&example_driver);

	if (err)
		return err;
	example_device = platform_device_register_simple("ksem_example",
							 PLATFORM_DEVID_NONE,
							 NULL, 0);
	if (IS_ERR(example_device)) {
		platform_driver_unregister(&example_driver);
		return PTR_ERR(example_device);
	}
	return 0;
}
module_init(example_init);

static void __exit example_exit(void)
{
	platform_device_unregister(example_device);
	platform_driver_unregister(&example_driver);
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a driver that shares a semaphore");
MODULE_LICENSE("GPL");
KSEM_IMPORT();

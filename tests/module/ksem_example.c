// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver that shares a semaphore with user space: its thread takes a unit of
 * the semaphore, has the resource to itself for a while, and gives it back.
 *
 *   mkdir /sys/kernel/config/ksem/jobs
 *   insmod ksem_example.ko name=jobs
 */

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ksem.h>
#include <linux/module.h>

static char *name = "jobs";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "the semaphore to share");

static struct ksem *sem;
static struct task_struct *worker;

static int example_thread(void *unused)
{
	while (!kthread_should_stop()) {
		int err = ksem_timedwait(sem, ms_to_ktime(100));

		if (err == -ETIMEDOUT)
			continue;	/* look whether to stop */
		if (err)
			break;		/* -EIDRM: it was shut down */
		pr_info("%s: got a unit, %u left\n", name, ksem_value(sem));
		msleep(50);
		ksem_post(sem);
		msleep(50);
	}
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static int __init example_init(void)
{
	sem = ksem_get(name);
	if (IS_ERR(sem))
		return PTR_ERR(sem);
	worker = kthread_run(example_thread, NULL, "ksem_example");
	if (IS_ERR(worker)) {
		ksem_put(sem);
		return PTR_ERR(worker);
	}
	return 0;
}
module_init(example_init);

static void __exit example_exit(void)
{
	kthread_stop(worker);
	ksem_put(sem);
}
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a driver that shares a semaphore");
MODULE_LICENSE("GPL");
KSEM_IMPORT();

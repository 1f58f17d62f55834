// SPDX-License-Identifier: GPL-2.0-only
/*
 * What else a driver uses, for the tests.  In /sys/module/ksem_driver/parameters:
 *
 *   name	the semaphore that the driver's device needs
 *   bound	whether it has it
 *   events	the names that came and went, as the notifier was told; writing
 *		anything forgets them
 *   or_create	write ROUNDS: threads get or make the semaphore of that name, all at
 *		once, so many times
 *   hold	write a NAME: holds it by ksem_get_or_create(), until the next write,
 *		which may be a mere newline
 *   bad_name	write a NAME: the same, but not kept
 *   mistake	write a NAME: ksem_destroy() of another module's
 *   scopes	1 if classes for scopes work, 0 if this kernel doesn't have any, or
 *		the errno of what doesn't work
 */

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ksem.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>
#include <linux/sched/task.h>

#define DRIVER_THREADS	4
#define DRIVER_SHARED	"shared by threads"

static char *name = "";
module_param(name, charp, 0444);

static bool bound;
module_param(bound, bool, 0444);

static void driver_unbound(void *unused)
{
	WRITE_ONCE(bound, false);
}

static int driver_probe(struct platform_device *device)
{
	struct ksem *sem = devm_ksem_get(&device->dev, name);

	if (IS_ERR(sem))
		return PTR_ERR(sem);
	WRITE_ONCE(bound, true);
	return devm_add_action_or_reset(&device->dev, driver_unbound, NULL);
}

static struct platform_driver driver = {
	.probe	= driver_probe,
	.driver	= { .name = "ksem_driver" },
};

static struct platform_device *driver_device;

/* What the notifier was told. */
static DEFINE_MUTEX(driver_lock);
static char driver_events[PAGE_SIZE - 1];

/* "+NAME" if it can be got then, else "?NAME"; "-NAME" when it has gone. */
static int driver_notified(struct notifier_block *nb, unsigned long event,
			   void *data)
{
	const char *told = data;
	struct ksem *sem;
	char mark = '-';

	if (event == KSEM_NAME_ADDED) {
		sem = ksem_get(told);
		mark = IS_ERR(sem) ? '?' : '+';
		ksem_put(sem);
	}
	mutex_lock(&driver_lock);
	snprintf(driver_events + strlen(driver_events),
		 sizeof(driver_events) - strlen(driver_events), "%c%s ", mark,
		 told);
	mutex_unlock(&driver_lock);
	return NOTIFY_OK;
}

static struct notifier_block driver_nb = { .notifier_call = driver_notified };

static int events_get(char *buffer, const struct kernel_param *kp)
{
	int len;

	mutex_lock(&driver_lock);
	len = sysfs_emit(buffer, "%s\n", driver_events);
	mutex_unlock(&driver_lock);
	return len;
}

static int events_set(const char *text, const struct kernel_param *kp)
{
	mutex_lock(&driver_lock);
	driver_events[0] = '\0';
	mutex_unlock(&driver_lock);
	return 0;
}

static const struct kernel_param_ops events_ops = {
	.set = events_set, .get = events_get,
};
module_param_cb(events, &events_ops, NULL, 0644);

/* Threads that race for who makes a semaphore, and who ends it. */
static struct completion driver_go, driver_done;
static atomic_t driver_left, driver_err, driver_posted;

static void driver_failed(int err)
{
	atomic_cmpxchg(&driver_err, 0, err);
}

static void driver_share_once(void)
{
	struct ksem *sem = ksem_get_or_create(DRIVER_SHARED, 0, 100);
	int err;

	if (IS_ERR(sem)) {
		driver_failed(PTR_ERR(sem));
		return;
	}
	/* If two were made, one would wait for the other's unit. */
	err = ksem_post(sem);
	if (!err)
		err = ksem_timedwait(sem, ms_to_ktime(30000));
	if (err)
		driver_failed(err);
	else
		atomic_inc(&driver_posted);
	ksem_put(sem);
}

static int driver_share(void *rounds)
{
	unsigned long i;

	wait_for_completion(&driver_go);
	for (i = 0; i < (unsigned long)rounds; i++)
		driver_share_once();
	if (atomic_dec_and_test(&driver_left))
		complete(&driver_done);
	return 0;
}

/* The last one has ended it; that can be the notifier, so a little later. */
static bool driver_is_gone(const char *shared)
{
	struct ksem *sem;
	int i;

	for (i = 0; i < 1000; i++) {
		sem = ksem_get(shared);
		if (sem == ERR_PTR(-ENOENT))
			return true;
		ksem_put(sem);
		msleep(20);
	}
	return false;
}

static int or_create_set(const char *text, const struct kernel_param *kp)
{
	struct task_struct *threads[DRIVER_THREADS];
	unsigned long rounds;
	int i, err = kstrtoul(text, 10, &rounds);

	if (err)
		return err;
	init_completion(&driver_go);
	init_completion(&driver_done);
	atomic_set(&driver_left, DRIVER_THREADS);
	atomic_set(&driver_err, 0);
	atomic_set(&driver_posted, 0);
	for (i = 0; i < DRIVER_THREADS; i++) {
		threads[i] = kthread_run(driver_share, (void *)rounds,
					 "ksem_driver/%d", i);
		if (IS_ERR(threads[i]))
			return PTR_ERR(threads[i]); /* the others wait: leaked */
		get_task_struct(threads[i]);
	}
	complete_all(&driver_go);
	wait_for_completion(&driver_done);
	for (i = 0; i < DRIVER_THREADS; i++) {
		kthread_stop(threads[i]);
		put_task_struct(threads[i]);
	}
	return driver_is_gone(DRIVER_SHARED) ? atomic_read(&driver_err) :
					       -EEXIST;
}

static int or_create_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&driver_posted));
}

static const struct kernel_param_ops or_create_ops = {
	.set = or_create_set, .get = or_create_get,
};
module_param_cb(or_create, &or_create_ops, NULL, 0644);

/* A bad name is said to be one, also if no semaphore can ever have it. */
static int bad_name_set(const char *text, const struct kernel_param *kp)
{
	struct ksem *sem = ksem_get_or_create(text, 0, 1);

	ksem_put(sem);
	return PTR_ERR_OR_ZERO(sem);
}

static const struct kernel_param_ops bad_name_ops = { .set = bad_name_set };
module_param_cb(bad_name, &bad_name_ops, NULL, 0200);

/* What is held by ksem_get_or_create() until the next write. */
static struct ksem *driver_held;

static int hold_set(const char *text, const struct kernel_param *kp)
{
	ksem_put(driver_held);
	driver_held = *text == '\n' ? NULL : ksem_get_or_create(text, 0, 1);
	return PTR_ERR_OR_ZERO(driver_held);
}

static const struct kernel_param_ops hold_ops = { .set = hold_set };
module_param_cb(hold, &hold_ops, NULL, 0200);

/* Destroys what another module has made. */
static int mistake_set(const char *text, const struct kernel_param *kp)
{
	struct ksem *sem = ksem_get(text);

	ksem_destroy(sem);
	ksem_put(sem);
	return PTR_ERR_OR_ZERO(sem);
}

static const struct kernel_param_ops mistake_ops = { .set = mistake_set };
module_param_cb(mistake, &mistake_ops, NULL, 0200);

#ifdef DEFINE_CLASS
static int driver_try(struct ksem *sem)
{
	CLASS(ksem_unit_try, unit)(sem);

	return unit.err ?: ksem_value(sem);
}

static int driver_timed(struct ksem *sem)
{
	CLASS(ksem_unit_timeout, unit)(sem, ms_to_ktime(1));

	return unit.err ?: ksem_value(sem);
}

static int driver_scopes(void)
{
	struct ksem *made __free(ksem_destroy) = ksem_create("scopes", 1, 1);
	struct ksem *sem __free(ksem_put) = ksem_get("scopes");
	struct ksem *none __free(ksem_put) = ksem_get("no scopes");

	if (IS_ERR(made) || IS_ERR(sem) || !IS_ERR(none))
		return -ENOENT;
	{
		CLASS(ksem_unit, unit)(sem);

		if (unit.err || ksem_value(sem))
			return -EIO;
		/* Nothing is posted for what wasn't got. */
		if (driver_try(sem) != -EAGAIN ||
		    driver_timed(sem) != -ETIMEDOUT || ksem_value(sem))
			return -EIO;
	}
	if (ksem_value(sem) != 1 || driver_try(sem) || driver_timed(sem))
		return -EIO;
	return ksem_value(sem);
}
#else
static int driver_scopes(void)
{
	return 0;
}
#endif

static int scopes_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", driver_scopes());
}

static const struct kernel_param_ops scopes_ops = { .get = scopes_get };
module_param_cb(scopes, &scopes_ops, NULL, 0444);

static int __init driver_load(void)
{
	int err = ksem_register_notifier(&driver_nb);

	if (err)
		return err;
	err = platform_driver_register(&driver);
	if (err)
		goto unregister_notifier;
	driver_device = platform_device_register_simple("ksem_driver",
							PLATFORM_DEVID_NONE,
							NULL, 0);
	if (IS_ERR(driver_device)) {
		err = PTR_ERR(driver_device);
		goto unregister_driver;
	}
	return 0;

unregister_driver:
	platform_driver_unregister(&driver);
unregister_notifier:
	ksem_unregister_notifier(&driver_nb);
	return err;
}
module_init(driver_load);

static void __exit driver_unload(void)
{
	ksem_put(driver_held);
	platform_device_unregister(driver_device);
	platform_driver_unregister(&driver);
	ksem_unregister_notifier(&driver_nb);
}
module_exit(driver_unload);

MODULE_DESCRIPTION("What else a driver uses of ksem, for the tests");
MODULE_LICENSE("GPL");
KSEM_IMPORT();

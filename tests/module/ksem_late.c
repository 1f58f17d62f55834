// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps the device of a semaphore for a while longer than ksem does, for the
 * tests: the driver core, which counts the references, may always be late.
 * It uses nothing of ksem, so ksem.ko can be unloaded meanwhile.
 *
 *   echo /sys/class/ksem/NAME/value > /sys/module/ksem_late/parameters/keep
 *   echo MILLISECONDS > /sys/module/ksem_late/parameters/drop
 */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/workqueue.h>

static struct kobject *late_kept;

static void late_fn(struct work_struct *work)
{
	kobject_put(late_kept);
	late_kept = NULL;
}

static DECLARE_DELAYED_WORK(late_work, late_fn);

static struct kobject *late_kobject(struct file *file)
{
	const struct kernfs_open_file *of;

	of = ((struct seq_file *)file->private_data)->private;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	return of->kn->parent->priv;
#else
	return rcu_dereference_raw(of->kn->__parent)->priv;
#endif
}

static int keep_set(const char *text, const struct kernel_param *kp)
{
	char *path = kstrdup(text, GFP_KERNEL);
	struct file *file;

	if (!path)
		return -ENOMEM;
	file = filp_open(strim(path), O_RDONLY, 0);
	kfree(path);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (late_kept)
		kobject_put(late_kept);
	late_kept = kobject_get(late_kobject(file));
	filp_close(file, NULL);
	return 0;
}

static const struct kernel_param_ops keep_ops = { .set = keep_set };
module_param_cb(keep, &keep_ops, NULL, 0200);

static int drop_set(const char *text, const struct kernel_param *kp)
{
	unsigned int ms;
	int err = kstrtouint(text, 10, &ms);

	if (!err)
		schedule_delayed_work(&late_work, msecs_to_jiffies(ms));
	return err;
}

static const struct kernel_param_ops drop_ops = { .set = drop_set };
module_param_cb(drop, &drop_ops, NULL, 0200);

static int __init late_init(void)
{
	return 0;
}
module_init(late_init);

static void __exit late_exit(void)
{
	flush_delayed_work(&late_work);
	if (late_kept)
		kobject_put(late_kept);
}
module_exit(late_exit);

MODULE_DESCRIPTION("Keeps a device for longer, for the tests of ksem");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/* How kernel modules come by a semaphore; what they do with it is in core.c. */

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "core.h"

/**
 * ksem_get - find a semaphore by name and hold it
 * @name: the name of its directory
 *
 * While it is held, rmdir of the directory fails with EBUSY.  It doesn't
 * matter whether mkdir or ksem_create() made it.
 *
 * Context: process context; may sleep.  Also from a callback of another
 * configfs subsystem.
 * Return: the semaphore, to be given back with ksem_put(), or -ENOENT.
 */
struct ksem *ksem_get(const char *name)
{
	struct config_item *item;
	struct ksem *sem = NULL;
	int err = -ENOENT;

	/* Keeps the item in the tree while we pin it. */
	mutex_lock(&ksem_subsys.su_mutex);
	item = config_group_find_item(&ksem_subsys.su_group, name);
	if (item) {
		sem = to_ksem(item);
		if (!sem->by_kernel || sem->listed)
			err = ksem_pin(sem);
		if (err)
			config_item_put(item);
	}
	mutex_unlock(&ksem_subsys.su_mutex);
	return err ? ERR_PTR(err) : sem;
}
EXPORT_SYMBOL_GPL(ksem_get);

/**
 * ksem_put - let go of a semaphore
 * @sem: what ksem_get() returned; nothing of the caller waits for it any more
 *
 * Context: process context; doesn't sleep.
 */
void ksem_put(struct ksem *sem)
{
	ksem_unpin(sem);
	config_group_put(&sem->group);
}
EXPORT_SYMBOL_GPL(ksem_put);

/*
 * To make or remove a directory takes the lock of the parent's inode, and that
 * is one lockdep class for all of configfs: a caller that is itself in a
 * callback of configfs, under locks of other directories, would be reported.
 * There is no deadlock, since nobody holds ours and wants theirs; a worker,
 * who holds none, does it without the report.
 */
struct ksem_dir_work {
	struct work_struct	work;
	struct completion	done;
	struct ksem		*sem;
	int			err;
};

static void ksem_dir_add(struct work_struct *work)
{
	struct ksem_dir_work *w = container_of(work, struct ksem_dir_work,
					       work);

	w->err = configfs_register_group(&ksem_subsys.su_group,
					 &w->sem->group);
	complete(&w->done);
}

static void ksem_dir_remove(struct work_struct *work)
{
	struct ksem_dir_work *w = container_of(work, struct ksem_dir_work,
					       work);

	configfs_unregister_group(&w->sem->group);
	complete(&w->done);
}

static int ksem_dir_do(struct ksem *sem, work_func_t func)
{
	struct ksem_dir_work w = { .sem = sem };

	INIT_WORK_ONSTACK(&w.work, func);
	init_completion(&w.done);
	schedule_work(&w.work);
	/* Not flush_work(): it would tell lockdep what we just kept from it. */
	wait_for_completion(&w.done);
	destroy_work_on_stack(&w.work);
	return w.err;
}

static void ksem_set_listed(struct ksem *sem, bool listed)
{
	mutex_lock(&ksem_subsys.su_mutex);
	sem->listed = listed;
	mutex_unlock(&ksem_subsys.su_mutex);
}

static int ksem_check_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || strchr(name, '/') || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return -EINVAL;
	return len > NAME_MAX ? -ENAMETOOLONG : 0;
}

/**
 * ksem_create - make a semaphore
 * @name: the name of its directory, 1 to 255 bytes without a slash
 * @value: units it has at first, 0 to @max
 * @max: its ceiling, 1 to KSEM_VALUE_MAX
 *
 * Its directory looks and works like one that mkdir made, but user space can't
 * remove it.
 *
 * Context: process context; sleeps.  Also from a callback of another configfs
 * subsystem.
 * Return: the semaphore, to be ended with ksem_destroy(); or -EEXIST if there
 * is one of that name, -EINVAL, -ENAMETOOLONG, -ENOMEM.
 */
struct ksem *ksem_create(const char *name, unsigned int value,
			 unsigned int max)
{
	struct ksem *sem;
	int err = ksem_check_name(name);

	if (err)
		return ERR_PTR(err);
	if (!max || max > KSEM_VALUE_MAX || value > max)
		return ERR_PTR(-EINVAL);
	sem = ksem_alloc(name, value, max);
	if (IS_ERR(sem))
		return sem;
	sem->by_kernel = true;
	err = ksem_dir_do(sem, ksem_dir_add);
	if (err) {
		config_group_put(&sem->group);
		return ERR_PTR(err);
	}
	/* As configfs does for a directory that mkdir made. */
	__module_get(THIS_MODULE);
	ksem_set_listed(sem, true);
	return sem;
}
EXPORT_SYMBOL_GPL(ksem_create);

/**
 * ksem_destroy - end a semaphore that ksem_create() made
 * @sem: the semaphore
 *
 * It is shut down, so that everybody blocked on it gets EIDRM, and its
 * directory is removed.  Modules that hold it with ksem_get() get EIDRM until
 * they let go.
 *
 * Context: process context; sleeps.  Also from a callback of another configfs
 * subsystem.
 */
void ksem_destroy(struct ksem *sem)
{
	ksem_set_listed(sem, false);
	ksem_shutdown(sem);
	ksem_dir_do(sem, ksem_dir_remove);
	config_group_put(&sem->group);
	module_put(THIS_MODULE);
}
EXPORT_SYMBOL_GPL(ksem_destroy);

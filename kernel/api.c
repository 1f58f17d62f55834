// SPDX-License-Identifier: GPL-2.0-only
/* How kernel modules come by a semaphore; what they do with it is in core.c. */

#include <linux/err.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/wait_bit.h>
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
 * Context: process context; may sleep.
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
 * And rightly: a rename() between both directories, which fails in the end,
 * takes the locks of both first.  So a worker does it, who holds no lock.
 *
 * The caller waits for it, since everybody expects the directory to be there
 * when ksem_create() returns, and not after ksem_destroy().  But not for ever:
 * the worker may have to wait for a lock that waits for one of the caller's.
 * The name is reserved meanwhile.
 */
#define KSEM_DIR_PATIENCE	HZ

static struct workqueue_struct *ksem_dir_wq;
/* Under the mutex of the subsystem, as all names are. */
static LIST_HEAD(ksem_reserved);

bool ksem_name_reserved(const char *name)
{
	struct ksem *sem;

	lockdep_assert_held(&ksem_subsys.su_mutex);
	list_for_each_entry(sem, &ksem_reserved, reserved)
		if (!strcmp(ksem_name(sem), name))
			return true;
	return false;
}

/* Who waits may free it right away, so it isn't touched after that. */
static void ksem_dir_set(struct ksem *sem, enum ksem_dir state)
{
	/* Pairs with the load in ksem_dir_get(). */
	smp_store_release(&sem->dir, state);
	smp_mb(); /* orders the store before wake_up_var()'s look for waiters */
	wake_up_var(&sem->dir);
}

static enum ksem_dir ksem_dir_get(struct ksem *sem)
{
	/* Pairs with the store in ksem_dir_set(). */
	return smp_load_acquire(&sem->dir);
}

static void ksem_dir_add(struct work_struct *work)
{
	struct ksem *sem = container_of(work, struct ksem, dir_add);
	int err = configfs_register_group(&ksem_subsys.su_group, &sem->group);

	if (!err) {
		err = ksem_device_add(sem);
		if (err)
			configfs_unregister_group(&sem->group);
	}
	mutex_lock(&ksem_subsys.su_mutex);
	list_del(&sem->reserved);
	mutex_unlock(&ksem_subsys.su_mutex);
	if (err)
		pr_warn("ksem: can't list %s: %d\n", ksem_name(sem), err);
	sem->dir_err = err;
	ksem_dir_set(sem, err ? KSEM_DIR_FAILED : KSEM_DIR_THERE);
}

static void ksem_dir_remove(struct work_struct *work)
{
	struct ksem *sem = container_of(work, struct ksem, dir_remove);

	if (sem->dir == KSEM_DIR_THERE) {
		ksem_device_remove(sem);
		configfs_unregister_group(&sem->group);
	}
	ksem_dir_set(sem, KSEM_DIR_GONE);
	config_group_put(&sem->group);
	module_put(THIS_MODULE);
}

/* The first step of both, so that no name is given away twice. */
static int ksem_reserve(struct ksem *sem)
{
	struct config_item *item;
	int err = 0;

	mutex_lock(&ksem_subsys.su_mutex);
	item = config_group_find_item(&ksem_subsys.su_group, ksem_name(sem));
	if (item || ksem_name_reserved(ksem_name(sem))) {
		err = -EEXIST;
	} else {
		list_add(&sem->reserved, &ksem_reserved);
		sem->listed = true;
	}
	mutex_unlock(&ksem_subsys.su_mutex);
	config_item_put(item);
	return err;
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
 * @name: the name of its directory, 1 to 255 bytes other than / and ! and
 *	control characters
 * @value: units it has at first, 0 to @max
 * @max: its ceiling, 1 to KSEM_VALUE_MAX
 *
 * Its directory and device look and work like those that mkdir made, but user
 * space can't remove them, and may map the device only after
 * "echo 1 > mappable".
 *
 * Context: process context; sleeps.  Also from a callback of another configfs
 * subsystem.  If the caller holds a lock that the directory has to wait for, it
 * comes a moment after the return.
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
	err = ksem_reserve(sem);
	if (err)
		goto put;
	INIT_WORK(&sem->dir_add, ksem_dir_add);
	INIT_WORK(&sem->dir_remove, ksem_dir_remove);
	queue_work(ksem_dir_wq, &sem->dir_add);
	wait_var_event_timeout(&sem->dir, ksem_dir_get(sem) != KSEM_DIR_PENDING,
			       KSEM_DIR_PATIENCE);
	if (ksem_dir_get(sem) == KSEM_DIR_FAILED) {
		err = sem->dir_err;
		goto put;
	}
	/* As configfs does for a directory that mkdir made. */
	__module_get(THIS_MODULE);
	return sem;

put:
	config_group_put(&sem->group);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(ksem_create);

/**
 * ksem_destroy - end a semaphore that ksem_create() made
 * @sem: the semaphore
 *
 * It is shut down, so that everybody blocked on it gets EIDRM, and its
 * directory and device are removed.  Modules that hold it with ksem_get(), and
 * programs with an open handle, get EIDRM until they let go.
 *
 * The caller's own waits and posts have returned and its requests are over, or
 * they hold the semaphore by a ksem_get() of their own.
 *
 * Context: process context; sleeps.  Also from a callback of another configfs
 * subsystem.  If the caller holds a lock that the directory has to wait for, it
 * goes a moment after the return.
 */
void ksem_destroy(struct ksem *sem)
{
	mutex_lock(&ksem_subsys.su_mutex);
	sem->listed = false;
	mutex_unlock(&ksem_subsys.su_mutex);
	ksem_shutdown(sem);
	/* The caller's reference goes to the worker. */
	config_group_get(&sem->group);
	queue_work(ksem_dir_wq, &sem->dir_remove);
	wait_var_event_timeout(&sem->dir, ksem_dir_get(sem) == KSEM_DIR_GONE,
			       KSEM_DIR_PATIENCE);
	config_group_put(&sem->group);
}
EXPORT_SYMBOL_GPL(ksem_destroy);

int ksem_api_init(void)
{
	/* Ordered: a directory is made before it is removed. */
	ksem_dir_wq = alloc_ordered_workqueue("ksem", 0);
	return ksem_dir_wq ? 0 : -ENOMEM;
}

void ksem_api_exit(void)
{
	destroy_workqueue(ksem_dir_wq);
}

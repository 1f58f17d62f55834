// SPDX-License-Identifier: GPL-2.0-only
/* Semaphores that kernel modules make. */

#include <linux/bug.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>

#include "registry.h"

/*
 * To make or remove a directory takes the lock of the parent's inode, and that
 * is one lockdep class for all of configfs: a caller that is itself in a
 * callback of configfs, under locks of other directories, would be reported.
 * And rightly: a rename() between both directories, which fails in the end,
 * takes the locks of both first.  So a worker does it, which holds no lock.
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

/* The mutex of the subsystem is held. */
bool ksem_name_is_reserved(const char *name)
{
	struct ksem_entry *entry;

	lockdep_assert_held(&ksem_subsys.su_mutex);
	list_for_each_entry(entry, &ksem_reserved, reserved)
		if (!strcmp(entry->sem.name, name))
			return true;
	return !strcmp(name, KSEM_CONTROL_NAME);
}

/* The waiting caller may free @entry as soon as it sees the state. */
static void ksem_dir_set(struct ksem_entry *entry, enum ksem_dir state)
{
	/* Pairs with the load in ksem_dir_get(). */
	smp_store_release(&entry->dir, state);
	smp_mb(); /* orders the store before wake_up_var()'s look for waiters */
	wake_up_var(&entry->dir);
}

static enum ksem_dir ksem_dir_get(struct ksem_entry *entry)
{
	/* Pairs with the store in ksem_dir_set(). */
	return smp_load_acquire(&entry->dir);
}

static void ksem_dir_add(struct work_struct *work)
{
	struct ksem_entry *entry = container_of(work, struct ksem_entry,
						dir_add);
	int err = configfs_register_group(&ksem_subsys.su_group,
					  &entry->group);

	if (!err) {
		err = ksem_device_add(&entry->device);
		if (err) {
			/* Else it would wait for a reader of the file "wait". */
			ksem_shutdown(&entry->sem);
			configfs_unregister_group(&entry->group);
		}
	}
	mutex_lock(&ksem_subsys.su_mutex);
	list_del(&entry->reserved);
	mutex_unlock(&ksem_subsys.su_mutex);
	if (err)
		pr_warn("ksem: can't list %s: %d\n", entry->sem.name, err);
	else
		ksem_news(entry->sem.name, KSEM_NAME_ADDED);
	entry->dir_err = err;
	ksem_dir_set(entry, err ? KSEM_DIR_FAILED : KSEM_DIR_THERE);
}

static void ksem_dir_remove(struct work_struct *work)
{
	struct ksem_entry *entry = container_of(work, struct ksem_entry,
						dir_remove);

	if (entry->dir == KSEM_DIR_THERE) {
		ksem_device_remove(&entry->device);
		/* Nobody is told of the next one of that name before. */
		mutex_lock(&ksem_subsys.su_mutex);
		list_add(&entry->reserved, &ksem_reserved);
		mutex_unlock(&ksem_subsys.su_mutex);
		configfs_unregister_group(&entry->group);
		mutex_lock(&ksem_subsys.su_mutex);
		list_del(&entry->reserved);
		ksem_news(entry->sem.name, KSEM_NAME_REMOVED);
		mutex_unlock(&ksem_subsys.su_mutex);
	}
	ksem_dir_set(entry, KSEM_DIR_GONE);
	config_group_put(&entry->group);
	module_put(THIS_MODULE);
}

/* The first step of both, so that no name is given away twice. */
static int ksem_reserve(struct ksem_entry *entry)
{
	struct ksem_entry *other;
	int err = 0;

	mutex_lock(&ksem_subsys.su_mutex);
	other = ksem_find(entry->sem.name);
	if (other || ksem_name_is_reserved(entry->sem.name)) {
		err = -EEXIST;
	} else {
		list_add(&entry->reserved, &ksem_reserved);
		entry->listed = true;
	}
	mutex_unlock(&ksem_subsys.su_mutex);
	if (other)
		config_group_put(&other->group);
	return err;
}

static int ksem_check_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || strchr(name, '/') || !strcmp(name, ".") ||
	    !strcmp(name, "..") || !strcmp(name, KSEM_CONTROL_NAME))
		return -EINVAL;
	return len > NAME_MAX ? -ENAMETOOLONG : 0;
}

static struct ksem_entry *ksem_make(struct module *module, const char *name,
				    unsigned int value, unsigned int max)
{
	struct ksem_entry *entry;
	int err = ksem_check_name(name);

	if (err)
		return ERR_PTR(err);
	if (!max || max > KSEM_VALUE_MAX || value > max)
		return ERR_PTR(-EINVAL);
	entry = ksem_entry_alloc(name, value, max);
	if (IS_ERR(entry))
		return entry;
	entry->by_kernel = true;
	entry->maker = module;
	strscpy(entry->maker_name, module_name(module),
		sizeof(entry->maker_name));
	INIT_WORK(&entry->dir_add, ksem_dir_add);
	INIT_WORK(&entry->dir_remove, ksem_dir_remove);
	err = ksem_reserve(entry);
	if (err) {
		config_group_put(&entry->group);
		return ERR_PTR(err);
	}
	return entry;
}

static void ksem_unreserve(struct ksem_entry *entry)
{
	mutex_lock(&ksem_subsys.su_mutex);
	list_del(&entry->reserved);
	entry->listed = false;
	mutex_unlock(&ksem_subsys.su_mutex);
}

static int ksem_make_directory(struct ksem_entry *entry)
{
	queue_work(ksem_dir_wq, &entry->dir_add);
	wait_var_event_timeout(&entry->dir,
			       ksem_dir_get(entry) != KSEM_DIR_PENDING,
			       KSEM_DIR_PATIENCE);
	if (ksem_dir_get(entry) == KSEM_DIR_FAILED)
		return entry->dir_err;
	/* As configfs does for a directory that mkdir made. */
	__module_get(THIS_MODULE);
	return 0;
}

/* Use ksem_create(). */
struct ksem *ksem_create_for(struct module *module, const char *name,
			     unsigned int value, unsigned int max)
{
	struct ksem_entry *entry = ksem_make(module, name, value, max);
	int err;

	if (IS_ERR(entry))
		return ERR_CAST(entry);
	err = ksem_make_directory(entry);
	if (err) {
		config_group_put(&entry->group);
		return ERR_PTR(err);
	}
	return &entry->sem;
}
EXPORT_SYMBOL_GPL(ksem_create_for);

/*
 * One that ends with the last ksem_put(), and that the caller has got already.
 */
struct ksem *ksem_create_shared(struct module *module, const char *name,
				unsigned int value, unsigned int max)
{
	struct ksem_entry *entry = ksem_make(module, name, value, max);
	int err;

	if (IS_ERR(entry))
		return ERR_CAST(entry);
	/* Nobody finds it before its directory is there. */
	entry->shared = true;
	mutex_lock(&ksem_subsys.su_mutex);
	err = ksem_hold(entry, module);
	mutex_unlock(&ksem_subsys.su_mutex);
	if (!err) {
		err = ksem_make_directory(entry);
		if (err)
			ksem_unref(&entry->sem);
	} else {
		ksem_unreserve(entry);
	}
	if (err) {
		config_group_put(&entry->group);
		return ERR_PTR(err);
	}
	return &entry->sem;
}

/* The caller keeps the entry until this has returned. */
void ksem_end(struct ksem_entry *entry)
{
	ksem_shutdown(&entry->sem);
	queue_work(ksem_dir_wq, &entry->dir_remove);
	wait_var_event_timeout(&entry->dir,
			       ksem_dir_get(entry) == KSEM_DIR_GONE,
			       KSEM_DIR_PATIENCE);
}

/* Use ksem_destroy(). */
void ksem_destroy_for(struct module *module, struct ksem *sem)
{
	const char *mistake = NULL;
	struct ksem_entry *entry;

	if (IS_ERR_OR_NULL(sem))
		return;
	entry = ksem_entry_of(sem);
	mutex_lock(&ksem_subsys.su_mutex);
	if (!entry->by_kernel)
		mistake = "mkdir made it: ksem_get() goes with ksem_put()";
	else if (entry->shared)
		mistake = "ksem_get_or_create() made it: it goes with ksem_put()";
	else if (entry->maker != module)
		mistake = "another module made it: ksem_get() goes with ksem_put()";
	else if (!entry->listed)
		mistake = "it has been destroyed already";
	else
		entry->listed = false;
	mutex_unlock(&ksem_subsys.su_mutex);
	if (WARN(mistake, "ksem_destroy(%s) by %s: %s\n", sem->name,
		 module_name(module), mistake))
		return;
	/* The caller's reference goes to the worker. */
	ksem_ref(sem);
	ksem_end(entry);
	ksem_unref(sem);
}
EXPORT_SYMBOL_GPL(ksem_destroy_for);

int ksem_create_init(void)
{
	/* Ordered: a directory is made before it is removed. */
	ksem_dir_wq = alloc_ordered_workqueue("ksem", 0);
	return ksem_dir_wq ? 0 : -ENOMEM;
}

void ksem_create_exit(void)
{
	destroy_workqueue(ksem_dir_wq);
}

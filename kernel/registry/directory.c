// SPDX-License-Identifier: GPL-2.0-only
/*
 * The subsystem in configfs: mkdir and rmdir, and what holds rmdir off.
 *
 * rmdir of a pinned item fails at once, before it waits for anything.  Pinning
 * searches the subsystem for the item, so only the callers that have to do it.
 */

#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init_task.h>
#include <linux/mnt_idmapping.h>
#include <linux/module.h>
#include <linux/string.h>

#include "registry.h"

/* -ENOENT if the item is being removed. */
int ksem_pin(struct ksem_entry *entry)
{
	if (entry->by_kernel)
		return 0;
	return configfs_depend_item_unlocked(&ksem_subsys,
					     &entry->group.cg_item);
}

void ksem_unpin(struct ksem_entry *entry)
{
	if (!entry->by_kernel)
		configfs_undepend_item(&entry->group.cg_item);
}

/* The mutex of the subsystem is held; a reference to the item comes with it. */
struct ksem_entry *ksem_find(const char *name)
{
	struct config_item *item;

	lockdep_assert_held(&ksem_subsys.su_mutex);
	item = config_group_find_item(&ksem_subsys.su_group, name);
	return item ? ksem_entry_of_item(item) : NULL;
}

static int ksem_apply_next(struct ksem_device *device,
			   const struct ksem_settings *settings)
{
	if (settings->set & KSEM_SET_MODE)
		device->mode = settings->mode;
	if (settings->set & KSEM_SET_GROUP)
		device->gid = make_kgid(current_user_ns(), settings->group);
	return ksem_settings_apply(device, settings);
}

static struct config_group *ksem_make_group(struct config_group *group,
					    const char *name)
{
	struct ksem_settings settings;
	struct ksem_entry *entry;
	bool has_settings;
	int err = 0;

	if (ksem_name_is_reserved(name))
		return ERR_PTR(-EEXIST);
	/* What the thread has left at the control node is for this mkdir, whatever comes. */
	has_settings = ksem_control_take(&settings);
	entry = ksem_entry_alloc(name, 0, KSEM_VALUE_MAX);
	if (IS_ERR(entry))
		return ERR_CAST(entry);
	entry->device.mappable = true;
	entry->device.uid = current_fsuid();
	entry->device.gid = current_fsgid();
	entry->device.maker_gid = current_fsgid();
	if (has_settings)
		err = ksem_apply_next(&entry->device, &settings);
	err = err ?: ksem_device_add(&entry->device);
	if (err) {
		config_group_put(&entry->group);
		return ERR_PTR(err);
	}
	ksem_news(name, KSEM_NAME_ADDED);
	return &entry->group;
}

/* After rmdir, or if mkdir fails later on. */
static void ksem_drop_item(struct config_group *group, struct config_item *item)
{
	struct ksem_entry *entry = ksem_entry_of_item(item);

	ksem_device_remove(&entry->device);
	ksem_news(entry->sem.name, KSEM_NAME_REMOVED);
	config_item_put(item);
}

static int ksem_rmdir(struct ksem_entry *entry)
{
	struct dentry *parent = ksem_subsys.su_group.cg_item.ci_dentry;
	struct dentry *dir;
	int err = -ENOENT;

	/* Under this lock directories come and go. */
	inode_lock_nested(d_inode(parent), I_MUTEX_PARENT);
	if (!entry->device.gone) {
		dir = dget(entry->group.cg_item.ci_dentry);
		err = vfs_rmdir(&nop_mnt_idmap, d_inode(parent), dir, NULL);
		dput(dir);
	}
	inode_unlock(d_inode(parent));
	return err;
}

/* For an owner of the node, who may write to the parent directory. */
int ksem_remove(struct ksem_device *device)
{
	struct dentry *parent = ksem_subsys.su_group.cg_item.ci_dentry;
	struct ksem_entry *entry = container_of(device, struct ksem_entry,
						device);
	const struct cred *before;
	struct cred *kernels;
	int err;

	if (entry->by_kernel)
		return -EPERM;
	err = inode_permission(&nop_mnt_idmap, d_inode(parent),
			       MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	kernels = prepare_kernel_cred(&init_task);
	if (!kernels)
		return -ENOMEM;
	before = override_creds(kernels);
	err = ksem_rmdir(entry);
	revert_creds(before);
	put_cred(kernels);
	return err;
}

static struct configfs_group_operations ksem_group_ops = {
	.make_group	= ksem_make_group,
	.drop_item	= ksem_drop_item,
};

static const struct config_item_type ksem_subsys_type = {
	.ct_group_ops	= &ksem_group_ops,
	.ct_owner	= THIS_MODULE,
};

struct configfs_subsystem ksem_subsys = {
	.su_group = {
		.cg_item = {
			.ci_namebuf	= "ksem",
			.ci_type	= &ksem_subsys_type,
		},
	},
	.su_mutex = __MUTEX_INITIALIZER(ksem_subsys.su_mutex),
};

/* @attrs: the files of a semaphore's directory. */
int ksem_registry_init(struct configfs_attribute **attrs)
{
	int err;

	ksem_entry_type.ct_attrs = attrs;
	err = ksem_create_init();
	if (err)
		return err;
	err = ksem_news_init();
	if (err)
		goto exit_create;
	config_group_init(&ksem_subsys.su_group);
	err = configfs_register_subsystem(&ksem_subsys);
	if (err)
		goto exit_news;
	return 0;

exit_news:
	ksem_news_exit();
exit_create:
	ksem_create_exit();
	return err;
}

/* No name comes or goes any more, but the news of the last may be under way. */
void ksem_registry_exit(void)
{
	ksem_news_exit();
	configfs_unregister_subsystem(&ksem_subsys);
	ksem_create_exit();
}

// SPDX-License-Identifier: GPL-2.0-only
/* A semaphore with a name: its memory, from the first reference to the last. */

#include <linux/err.h>
#include <linux/slab.h>

#include "registry.h"

/* The last reference has gone, so nobody uses it any more. */
static void ksem_entry_release(struct ksem *sem)
{
	struct ksem_entry *entry = ksem_entry_of(sem);

	/* First: until then its timer may write to the page, and tell watchers. */
	ksem_free(sem);
	ksem_device_free(&entry->device);
	ksem_holders_free(entry);
	kfree(entry);
}

/* The directory and all that configfs knew of it has gone. */
static void ksem_item_release(struct config_item *item)
{
	ksem_unref(&ksem_entry_of_item(item)->sem);
}

static struct configfs_item_operations ksem_item_ops = {
	.release	= ksem_item_release,
};

/* The attributes are those of the floor above. */
struct config_item_type ksem_entry_type = {
	.ct_item_ops	= &ksem_item_ops,
	.ct_owner	= THIS_MODULE,
};

/* The names that configfs takes, but for those that a device can't have. */
static bool ksem_name_is_ok(const char *name)
{
	for (; *name; name++)
		if (*name == '!' || (unsigned char)*name < ' ' ||
		    *name == 0x7f)
			return false;
	return true;
}

/* With one reference, the directory's. */
struct ksem_entry *ksem_entry_alloc(const char *name, u32 value, u32 max)
{
	struct ksem_entry *entry;
	int err;

	if (!ksem_name_is_ok(name))
		return ERR_PTR(-EINVAL);
	entry = kzalloc_obj(*entry, GFP_KERNEL_ACCOUNT);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&entry->holders);
	entry->sem.release = ksem_entry_release;
	err = ksem_init(&entry->sem, name, value, max);
	ksem_device_setup(&entry->device, &entry->sem);
	entry->device.show_holders = ksem_show_holders;
	entry->device.remove = ksem_remove;
	if (err) {
		ksem_unref(&entry->sem);
		return ERR_PTR(err);
	}
	config_group_init_type_name(&entry->group, name, &ksem_entry_type);
	/* configfs allocates long names, and doesn't tell when it can't. */
	if (!entry->group.cg_item.ci_name) {
		config_group_put(&entry->group);
		return ERR_PTR(-ENOMEM);
	}
	return entry;
}

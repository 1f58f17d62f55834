// SPDX-License-Identifier: GPL-2.0-only
/* The memory of a semaphore, from the first reference to the last. */

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "core.h"

/* Whoever used it has had a reference, so nobody does any more. */
static void ksem_release(struct config_item *item)
{
	struct ksem *sem = to_ksem(item);

	irq_work_sync(&sem->notify);
	sysfs_put(sem->value_node);
	sysfs_put(sem->waiters_node);
	if (sem->page)
		__free_page(sem->page);
	free_percpu(sem->stats);
	kfree(sem);
}

/* Not const: 6.1 has pointers to non-const for operations. */
static struct configfs_item_operations ksem_item_ops = {
	.release	= ksem_release,
};

static const struct config_item_type ksem_type = {
	.ct_item_ops	= &ksem_item_ops,
	.ct_attrs	= ksem_attrs,
	.ct_owner	= THIS_MODULE,
};

/* The names that configfs takes, but for those that a device can't have. */
static bool ksem_name_ok(const char *name)
{
	for (; *name; name++)
		if (*name == '!' || (unsigned char)*name < ' ' ||
		    *name == 0x7f)
			return false;
	return true;
}

struct ksem *ksem_alloc(const char *name, u32 value, u32 max)
{
	struct ksem *sem;

	if (!ksem_name_ok(name))
		return ERR_PTR(-EINVAL);
	sem = kzalloc(sizeof(*sem), GFP_KERNEL);
	if (!sem)
		return ERR_PTR(-ENOMEM);
	sem->stats = alloc_percpu(struct ksem_stats);
	if (!sem->stats) {
		kfree(sem);
		return ERR_PTR(-ENOMEM);
	}
	ksem_init(sem, value, max);
	sem->uid = GLOBAL_ROOT_UID;
	sem->gid = GLOBAL_ROOT_GID;
	config_group_init_type_name(&sem->group, name, &ksem_type);
	/* configfs allocates long names, and doesn't tell when it can't. */
	if (!ksem_name(sem)) {
		config_group_put(&sem->group);
		return ERR_PTR(-ENOMEM);
	}
	return sem;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files: /sys/kernel/config/ksem/NAME/...
 *
 * configfs runs show and store with locks of the item held that rmdir wants
 * too, so a reader of "wait" that just slept would wedge rmdir, and rmdir
 * would wedge whoever comes to post.  Therefore the item is pinned for as long
 * as somebody is blocked: rmdir of a pinned item fails before it waits for
 * anything.  Pinning searches the subsystem for the item, so nobody does it
 * who needn't block.
 */

#include <linux/cred.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "core.h"
#include "compat.h"
#include "fast.h"
#include "parse.h"

/* -ENOENT if the item is being removed. */
int ksem_pin(struct ksem *sem)
{
	if (sem->by_kernel)
		return 0;
	return configfs_depend_item_unlocked(&ksem_subsys,
					     &sem->group.cg_item);
}

void ksem_unpin(struct ksem *sem)
{
	if (!sem->by_kernel)
		configfs_undepend_item(&sem->group.cg_item);
}

static noinline int ksem_file_wait_slow(struct ksem *sem, u32 units,
					const ktime_t *timeout)
{
	int err = ksem_trywait_n(sem, units);

	if (err != -EAGAIN)
		return err;
	err = ksem_pin(sem);
	if (err)
		return err;
	if (timeout)
		err = ksem_timedwait_n(sem, units, *timeout);
	else
		err = ksem_wait_n(sem, units);
	ksem_unpin(sem);
	return err;
}

static __always_inline int ksem_file_wait(struct ksem *sem, u32 units,
					  const ktime_t *timeout)
{
	if (ksem_take_fast(sem, units))
		return 0;
	return ksem_file_wait_slow(sem, units, timeout);
}

static ssize_t ksem_value_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", ksem_value(to_ksem(item)));
}

static ssize_t ksem_value_store(struct config_item *item, const char *page,
				size_t count)
{
	u32 value;
	int err = ksem_parse_value(page, count, &value);

	if (!err)
		err = ksem_set_value(to_ksem(item), value);
	return err ?: count;
}

static ssize_t ksem_max_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(to_ksem(item)->max));
}

static ssize_t ksem_max_store(struct config_item *item, const char *page,
			      size_t count)
{
	u32 max;
	int err = ksem_parse_units(page, count, &max);

	if (!err)
		err = ksem_set_max(to_ksem(item), max);
	return err ?: count;
}

/* A wait without a time limit can be restarted: it has taken nothing yet. */
static int ksem_restart_wait(int err)
{
	return err == -EINTR ? -ERESTARTSYS : err;
}

static ssize_t ksem_wait_show(struct config_item *item, char *page)
{
	int err = ksem_file_wait(to_ksem(item), 1, NULL);

	return ksem_restart_wait(err) ?: sysfs_emit(page, "1\n");
}

static ssize_t ksem_wait_store(struct config_item *item, const char *page,
			       size_t count)
{
	u32 units;
	int err = ksem_parse_units(page, count, &units);

	if (!err)
		err = ksem_file_wait(to_ksem(item), units, NULL);
	return ksem_restart_wait(err) ?: count;
}

static ssize_t ksem_trywait_show(struct config_item *item, char *page)
{
	int err = ksem_trywait_n(to_ksem(item), 1);

	return err ?: sysfs_emit(page, "1\n");
}

static ssize_t ksem_trywait_store(struct config_item *item, const char *page,
				  size_t count)
{
	u32 units;
	int err = ksem_parse_units(page, count, &units);

	if (!err)
		err = ksem_trywait_n(to_ksem(item), units);
	return err ?: count;
}

static ssize_t ksem_timedwait_store(struct config_item *item, const char *page,
				    size_t count)
{
	ktime_t timeout;
	u32 units;
	int err = ksem_parse_timedwait(page, count, &timeout, &units);

	if (!err)
		err = ksem_file_wait(to_ksem(item), units, &timeout);
	/*
	 * A restarted write would come with the whole duration again.  After a
	 * handler the caller learns of it; after a mere stop or a freeze there
	 * is nobody to tell.
	 */
	if (err == -EINTR)
		err = -ERESTARTNOHAND;
	return err ?: count;
}

static ssize_t ksem_post_store(struct config_item *item, const char *page,
			       size_t count)
{
	struct ksem *sem = to_ksem(item);
	u32 units;
	int err = ksem_parse_units(page, count, &units);

	if (!err && !ksem_give_fast(sem, units))
		err = ksem_post_n(sem, units);
	return err ?: count;
}

static ssize_t ksem_waiters_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", ksem_blocked(to_ksem(item)));
}

static const char * const ksem_orders[] = { "fifo", "priority" };

static ssize_t ksem_order_show(struct config_item *item, char *page)
{
	bool by_priority = READ_ONCE(to_ksem(item)->by_priority);

	return sysfs_emit(page, "%s\n", ksem_orders[by_priority]);
}

static ssize_t ksem_order_store(struct config_item *item, const char *page,
				size_t count)
{
	int order = sysfs_match_string(ksem_orders, page);
	int err;

	if (order < 0 || strlen(page) != count)
		return -EINVAL;
	err = ksem_set_order(to_ksem(item), order);
	return err ?: count;
}

static ssize_t ksem_shutdown_store(struct config_item *item, const char *page,
				   size_t count)
{
	u32 one;
	int err = ksem_parse_units(page, count, &one);

	if (err)
		return err;
	if (one != 1)
		return -EINVAL;
	ksem_shutdown(to_ksem(item));
	return count;
}

/* What is to hold for handles from now on. */
static ssize_t ksem_rule_store(const char *page, size_t count, bool *rule)
{
	u32 value;
	int err = ksem_parse_value(page, count, &value);

	if (err)
		return err;
	if (value > 1)
		return -EINVAL;
	WRITE_ONCE(*rule, value);
	return count;
}

static ssize_t ksem_undo_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(to_ksem(item)->undo));
}

static ssize_t ksem_undo_store(struct config_item *item, const char *page,
			       size_t count)
{
	return ksem_rule_store(page, count, &to_ksem(item)->undo);
}

static ssize_t ksem_mappable_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(to_ksem(item)->mappable));
}

static ssize_t ksem_mappable_store(struct config_item *item, const char *page,
				   size_t count)
{
	return ksem_rule_store(page, count, &to_ksem(item)->mappable);
}

/* Reading these two takes a unit, so they are not for everyone's grep -r. */
CONFIGFS_ATTR_PERM(ksem_, wait, 0600);
CONFIGFS_ATTR_PERM(ksem_, trywait, 0600);
CONFIGFS_ATTR(ksem_, value);
CONFIGFS_ATTR(ksem_, max);
CONFIGFS_ATTR_WO(ksem_, timedwait);
CONFIGFS_ATTR_WO(ksem_, post);
CONFIGFS_ATTR_RO(ksem_, waiters);
CONFIGFS_ATTR(ksem_, order);
CONFIGFS_ATTR_WO(ksem_, shutdown);
CONFIGFS_ATTR(ksem_, undo);
CONFIGFS_ATTR(ksem_, mappable);

struct configfs_attribute *ksem_attrs[] = {
	&ksem_attr_value,
	&ksem_attr_max,
	&ksem_attr_wait,
	&ksem_attr_trywait,
	&ksem_attr_timedwait,
	&ksem_attr_post,
	&ksem_attr_waiters,
	&ksem_attr_order,
	&ksem_attr_shutdown,
	&ksem_attr_undo,
	&ksem_attr_mappable,
	NULL,
};

static struct config_group *ksem_make_group(struct config_group *group,
					    const char *name)
{
	struct ksem *sem;
	int err;

	if (ksem_name_reserved(name))
		return ERR_PTR(-EEXIST);
	sem = ksem_alloc(name, 0, KSEM_VALUE_MAX);
	if (IS_ERR(sem))
		return ERR_CAST(sem);
	sem->mappable = true;
	sem->uid = current_fsuid();
	sem->gid = current_fsgid();
	err = ksem_device_add(sem);
	if (err) {
		config_group_put(&sem->group);
		return ERR_PTR(err);
	}
	return &sem->group;
}

/* After rmdir, or if mkdir fails later on. */
static void ksem_drop_item(struct config_group *group, struct config_item *item)
{
	ksem_device_remove(to_ksem(item));
	config_item_put(item);
}

/* Not const: 6.1 has pointers to non-const for operations. */
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

int ksem_configfs_init(void)
{
	config_group_init(&ksem_subsys.su_group);
	return configfs_register_subsystem(&ksem_subsys);
}

void ksem_configfs_exit(void)
{
	configfs_unregister_subsystem(&ksem_subsys);
}

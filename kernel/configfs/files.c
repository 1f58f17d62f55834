// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files: /sys/kernel/config/ksem/NAME/...
 *
 * configfs runs show and store with locks of the item held that rmdir wants
 * too, so a reader of "wait" that just slept would wedge rmdir, and rmdir
 * would wedge the task that comes to post.  Therefore the item is pinned for as long
 * as a task is blocked: rmdir of a pinned item fails before it waits for
 * anything.
 */

#include <linux/err.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "../registry/registry.h"
#include "../sem/fast.h"
#include "../text/parse.h"
#include "files.h"

static struct ksem *to_ksem(struct config_item *item)
{
	return &ksem_entry_of_item(item)->sem;
}

static struct ksem_device *to_device(struct config_item *item)
{
	return &ksem_entry_of_item(item)->device;
}

static noinline int ksem_file_wait_slow(struct config_item *item, u32 units,
					const ktime_t *timeout)
{
	struct ksem_entry *entry = ksem_entry_of_item(item);
	int err = ksem_trywait_slow(&entry->sem, units, NULL);

	if (err != -EAGAIN)
		return err;
	err = ksem_pin(entry);
	if (err)
		return err;
	if (timeout)
		err = ksem_timedwait_n(&entry->sem, units, *timeout);
	else
		err = ksem_block(&entry->sem, units, TASK_INTERRUPTIBLE, NULL,
				 NULL);
	ksem_unpin(entry);
	return err;
}

static __always_inline int ksem_file_wait(struct config_item *item, u32 units,
					  const ktime_t *timeout)
{
	if (ksem_take_fast(to_ksem(item), units))
		return 0;
	return ksem_file_wait_slow(item, units, timeout);
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
	int err = ksem_file_wait(item, 1, NULL);

	return ksem_restart_wait(err) ?: sysfs_emit(page, "1\n");
}

static ssize_t ksem_wait_store(struct config_item *item, const char *page,
			       size_t count)
{
	u32 units;
	int err = ksem_parse_units(page, count, &units);

	if (!err)
		err = ksem_file_wait(item, units, NULL);
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
		err = ksem_file_wait(item, units, &timeout);
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

	return err ?: ksem_post_now(sem, units) ?: count;
}

static ssize_t ksem_waiters_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", ksem_blocked(to_ksem(item)));
}

static const char * const ksem_orders[] = {
	[KSEM_ORDER_FIFO]	= "fifo",
	[KSEM_ORDER_PRIORITY]	= "priority",
};

static ssize_t ksem_order_show(struct config_item *item, char *page)
{
	u32 order = ksem_order(to_ksem(item));

	return sysfs_emit(page, "%s\n", ksem_orders[order]);
}

static ssize_t ksem_order_store(struct config_item *item, const char *page,
				size_t count)
{
	struct ksem_settings settings = { .set = KSEM_SET_ORDER };
	int order = sysfs_match_string(ksem_orders, page);
	int err;

	if (order < 0 || strlen(page) != count)
		return -EINVAL;
	settings.order = order;
	err = ksem_configure(to_ksem(item), &settings);
	return err ?: count;
}

/* Parses a 0 or 1 into @flag, which is one of the @settings, and applies those. */
static ssize_t ksem_flag_store(struct config_item *item, const char *page,
			       size_t count, struct ksem_settings *settings,
			       u32 *flag)
{
	int err = ksem_parse_value(page, count, flag) ?:
		  ksem_settings_apply(to_device(item), settings);

	return err ?: count;
}

static ssize_t ksem_fair_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", ksem_is_fair(to_ksem(item)));
}

static ssize_t ksem_fair_store(struct config_item *item, const char *page,
			       size_t count)
{
	struct ksem_settings settings = { .set = KSEM_SET_FAIR };

	return ksem_flag_store(item, page, count, &settings, &settings.fair);
}

static ssize_t ksem_record_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(to_ksem(item)->recorded));
}

static ssize_t ksem_record_store(struct config_item *item, const char *page,
				 size_t count)
{
	struct ksem_settings settings = { .set = KSEM_SET_RECORD };

	return ksem_flag_store(item, page, count, &settings, &settings.record);
}

static ssize_t ksem_shutdown_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(to_ksem(item)->dead));
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

static ssize_t ksem_undo_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(to_device(item)->undo));
}

static ssize_t ksem_undo_store(struct config_item *item, const char *page,
			       size_t count)
{
	struct ksem_settings settings = { .set = KSEM_SET_UNDO };

	return ksem_flag_store(item, page, count, &settings, &settings.undo);
}

static ssize_t ksem_mappable_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(to_device(item)->mappable));
}

static ssize_t ksem_mappable_store(struct config_item *item, const char *page,
				   size_t count)
{
	struct ksem_settings settings = { .set = KSEM_SET_MAPPABLE };

	return ksem_flag_store(item, page, count, &settings,
			       &settings.mappable);
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
CONFIGFS_ATTR(ksem_, fair);
CONFIGFS_ATTR(ksem_, record);
CONFIGFS_ATTR(ksem_, shutdown);
CONFIGFS_ATTR(ksem_, undo);
CONFIGFS_ATTR(ksem_, mappable);

struct configfs_attribute *ksem_files[] = {
	&ksem_attr_value,
	&ksem_attr_max,
	&ksem_attr_wait,
	&ksem_attr_trywait,
	&ksem_attr_timedwait,
	&ksem_attr_post,
	&ksem_attr_waiters,
	&ksem_attr_order,
	&ksem_attr_fair,
	&ksem_attr_record,
	&ksem_attr_shutdown,
	&ksem_attr_undo,
	&ksem_attr_mappable,
	NULL,
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files in /sys/class/ksem/NAME/: they show, nothing is set here.
 *
 * What is counted is counted per CPU, and added up when somebody asks.
 */

#include <linux/device.h>
#include <linux/kernfs.h>
#include <linux/sysfs.h>

#include "device.h"

/*
 * Poll: sysfs doesn't tell when a file is polled, but a poller reads the file
 * first.  A read arms one notification.
 */
static int ksem_sysfs_notify(struct wait_queue_entry *entry, unsigned int mode,
			     int flags, void *key)
{
	struct ksem_device *device = container_of(entry, struct ksem_device,
						  watch);
	struct kernfs_node *value, *waiters;

	/* A device that is being made can be read already, but not polled. */
	value = smp_load_acquire(&device->value_node);
	/* The same. */
	waiters = smp_load_acquire(&device->waiters_node);
	ksem_watched(device->sem, entry);
	if (value)
		kernfs_notify(value);
	if (waiters)
		kernfs_notify(waiters);
	return 0;
}

void ksem_sysfs_setup(struct ksem_device *device)
{
	init_waitqueue_func_entry(&device->watch, ksem_sysfs_notify);
	INIT_LIST_HEAD(&device->watch.entry);
}

void ksem_sysfs_add(struct ksem_device *device)
{
	struct kernfs_node *dir = device->dev->kobj.sd;

	/* Pairs with the load in ksem_sysfs_notify(). */
	smp_store_release(&device->value_node, sysfs_get_dirent(dir, "value"));
	/* The same. */
	smp_store_release(&device->waiters_node,
			  sysfs_get_dirent(dir, "waiters"));
}

void ksem_sysfs_free(struct ksem_device *device)
{
	ksem_unwatch(device->sem, &device->watch);
	sysfs_put(device->value_node);
	sysfs_put(device->waiters_node);
}

static ssize_t value_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct ksem_device *device = dev_get_drvdata(dev);

	ksem_watch(device->sem, &device->watch);
	return sysfs_emit(buf, "%u\n", ksem_value(device->sem));
}
static DEVICE_ATTR_RO(value);

static ssize_t waiters_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct ksem_device *device = dev_get_drvdata(dev);

	ksem_watch(device->sem, &device->watch);
	return sysfs_emit(buf, "%u\n", ksem_blocked(device->sem));
}
static DEVICE_ATTR_RO(waiters);

static ssize_t max_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	struct ksem_device *device = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(device->sem->max));
}
static DEVICE_ATTR_RO(max);

static ssize_t wait_ns_max_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	struct ksem_device *device = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%lld\n",
			  (long long)atomic64_read(&device->sem->wait_ns_max));
}
static DEVICE_ATTR_RO(wait_ns_max);

static ssize_t ksem_sum_show(struct device *dev, size_t offset, char *buf)
{
	struct ksem_device *device = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%llu\n", ksem_count_sum(device->sem, offset));
}

#define KSEM_SUM_SHOW(_name)						\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	return ksem_sum_show(dev, offsetof(struct ksem_stats, _name),	\
			     buf);					\
}

KSEM_SUM_SHOW(acquired)
static DEVICE_ATTR_RO(acquired);

KSEM_SUM_SHOW(posted)
static DEVICE_ATTR_RO(posted);

KSEM_SUM_SHOW(contended)
static DEVICE_ATTR_RO(contended);

KSEM_SUM_SHOW(timeouts)
static DEVICE_ATTR_RO(timeouts);

KSEM_SUM_SHOW(interrupted)
static DEVICE_ATTR_RO(interrupted);

KSEM_SUM_SHOW(wait_ns_total)
static DEVICE_ATTR_RO(wait_ns_total);

static struct attribute *ksem_sysfs_attrs[] = {
	&dev_attr_value.attr,
	&dev_attr_max.attr,
	&dev_attr_waiters.attr,
	&dev_attr_acquired.attr,
	&dev_attr_posted.attr,
	&dev_attr_contended.attr,
	&dev_attr_timeouts.attr,
	&dev_attr_interrupted.attr,
	&dev_attr_wait_ns_total.attr,
	&dev_attr_wait_ns_max.attr,
	NULL,
};

static const struct attribute_group ksem_sysfs_group = {
	.attrs = ksem_sysfs_attrs,
};

const struct attribute_group *ksem_sysfs_groups[] = {
	&ksem_sysfs_group,
	NULL,
};

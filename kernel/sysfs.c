// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files in /sys/class/ksem/NAME/: they show, nothing is set here.
 *
 * What is counted is counted per CPU, and added up when somebody asks.
 */

#include <linux/device.h>
#include <linux/percpu.h>
#include <linux/sysfs.h>

#include "core.h"

/* What may be polled; the next change is told to who polls after reading. */
static ssize_t value_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct ksem *sem = dev_get_drvdata(dev);

	ksem_watch(sem);
	return sysfs_emit(buf, "%u\n", ksem_value(sem));
}
static DEVICE_ATTR_RO(value);

static ssize_t waiters_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct ksem *sem = dev_get_drvdata(dev);

	ksem_watch(sem);
	return sysfs_emit(buf, "%u\n", ksem_blocked(sem));
}
static DEVICE_ATTR_RO(waiters);

static ssize_t max_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	struct ksem *sem = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(sem->max));
}
static DEVICE_ATTR_RO(max);

static ssize_t wait_ns_max_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	struct ksem *sem = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%lld\n",
			  (long long)atomic64_read(&sem->wait_ns_max));
}
static DEVICE_ATTR_RO(wait_ns_max);

static ssize_t ksem_sum_show(struct device *dev, size_t offset, char *buf)
{
	struct ksem *sem = dev_get_drvdata(dev);
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		void *stats = per_cpu_ptr(sem->stats, cpu);

		sum += READ_ONCE(*(u64 *)(stats + offset));
	}
	return sysfs_emit(buf, "%llu\n", sum);
}

#define KSEM_SUM_ATTR(_name)						\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	return ksem_sum_show(dev, offsetof(struct ksem_stats, _name),	\
			     buf);					\
}									\
static DEVICE_ATTR_RO(_name)

KSEM_SUM_ATTR(acquired);
KSEM_SUM_ATTR(posted);
KSEM_SUM_ATTR(contended);
KSEM_SUM_ATTR(timeouts);
KSEM_SUM_ATTR(interrupted);
KSEM_SUM_ATTR(wait_ns_total);

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

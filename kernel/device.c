// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices: /dev/ksem/NAME and /sys/class/ksem/NAME/.
 *
 * One is there exactly as long as the directory in configfs is, which makes
 * sure that no name is taken twice.
 */

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/xarray.h>

#include "compat.h"
#include "core.h"
#include "handle.h"

#define KSEM_MINORS	(MINORMASK + 1)

/* The node is whose mkdir it was, and nobody else's. */
static char *ksem_devnode(KSEM_DEVNODE_CONST struct device *dev, umode_t *mode,
			  kuid_t *uid, kgid_t *gid)
{
	const struct ksem *sem = dev_get_drvdata(dev);

	/* When the node goes away nobody asks for more than the name. */
	if (mode) {
		*mode = 0600;
		*uid = sem->uid;
		*gid = sem->gid;
	}
	/* Without it the node would have another name, or would be left behind. */
	return kasprintf(GFP_KERNEL | __GFP_NOFAIL, "ksem/%s", dev_name(dev));
}

static void ksem_device_release(struct device *dev)
{
	kfree(dev);
}

static const struct device_type ksem_device_type = {
	.name		= "ksem",
	.groups		= ksem_sysfs_groups,
	.devnode	= ksem_devnode,
	.release	= ksem_device_release,
};

static struct class ksem_class = {
	.name		= "ksem",
};

static dev_t ksem_devt;
static struct cdev ksem_cdev;
/* By minor.  Handed out in a circle: a stale node should find nobody. */
static DEFINE_XARRAY_ALLOC(ksem_devices);
static u32 ksem_next_minor;

/* A reference to the semaphore of that minor, or NULL. */
struct ksem *ksem_device_get(unsigned int minor)
{
	struct ksem *sem;

	xa_lock(&ksem_devices);
	sem = xa_load(&ksem_devices, minor);
	if (sem)
		config_group_get(&sem->group);
	xa_unlock(&ksem_devices);
	return sem;
}

static struct device *ksem_device_make(struct ksem *sem)
{
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int err;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	device_initialize(dev);
	dev->class = &ksem_class;
	dev->type = &ksem_device_type;
	dev->devt = ksem_devt + sem->minor;
	dev_set_drvdata(dev, sem);
	err = dev_set_name(dev, "%s", ksem_name(sem)) ?: device_add(dev);
	if (err) {
		put_device(dev);
		return ERR_PTR(err);
	}
	return dev;
}

int ksem_device_add(struct ksem *sem)
{
	struct device *dev;
	int err;

	err = xa_alloc_cyclic(&ksem_devices, &sem->minor, sem,
			      XA_LIMIT(0, KSEM_MINORS - 1), &ksem_next_minor,
			      GFP_KERNEL);
	if (err < 0)
		return err == -EBUSY ? -ENOSPC : err;
	dev = ksem_device_make(sem);
	if (IS_ERR(dev)) {
		xa_erase(&ksem_devices, sem->minor);
		return PTR_ERR(dev);
	}
	sem->dev = dev;
	WRITE_ONCE(sem->value_node, sysfs_get_dirent(dev->kobj.sd, "value"));
	WRITE_ONCE(sem->waiters_node,
		   sysfs_get_dirent(dev->kobj.sd, "waiters"));
	return 0;
}

/* Open handles go on; the semaphore itself is as it was. */
void ksem_device_remove(struct ksem *sem)
{
	if (!sem->dev)
		return;
	xa_erase(&ksem_devices, sem->minor);
	device_unregister(sem->dev);
	sem->dev = NULL;
}

int ksem_device_init(void)
{
	int err;

	err = alloc_chrdev_region(&ksem_devt, 0, KSEM_MINORS, "ksem");
	if (err)
		return err;
	err = class_register(&ksem_class);
	if (err)
		goto unregister_region;
	cdev_init(&ksem_cdev, &ksem_handle_fops);
	ksem_cdev.owner = THIS_MODULE;
	err = cdev_add(&ksem_cdev, ksem_devt, KSEM_MINORS);
	if (err)
		goto unregister_class;
	return 0;

unregister_class:
	class_unregister(&ksem_class);
unregister_region:
	unregister_chrdev_region(ksem_devt, KSEM_MINORS);
	return err;
}

void ksem_device_exit(void)
{
	cdev_del(&ksem_cdev);
	class_unregister(&ksem_class);
	unregister_chrdev_region(ksem_devt, KSEM_MINORS);
}

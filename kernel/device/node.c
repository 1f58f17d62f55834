// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices: /dev/ksem/NAME and /sys/class/ksem/NAME/.
 *
 * One is there exactly as long as the directory in configfs is, which makes
 * sure that no name is taken twice.
 *
 * The driver core can be late to release what it counts references of.  So class
 * and cdev are in its own memory, and the module waits for its last device.
 */

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kdev_t.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/wait_bit.h>
#include <linux/xarray.h>

#include "device.h"
#include "handle.h"
#include <trace/events/ksem.h>

#define KSEM_MINORS	(MINORMASK + 1)

/*
 * Whose the node is and its mode are told once, when its maker makes it.  They would
 * be in every event, too, and udev would put them back after somebody's chmod: a
 * moment later, as it is slow, and whenever events are triggered.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
static char *ksem_devnode(struct device *dev, umode_t *mode, kuid_t *uid,
			  kgid_t *gid)
#else
static char *ksem_devnode(const struct device *dev, umode_t *mode, kuid_t *uid,
			  kgid_t *gid)
#endif
{
	struct ksem_device *device = dev_get_drvdata(dev);

	if (mode && READ_ONCE(device->maker) == current) {
		/* Without the type, 0 would mean 0600. */
		*mode = S_IFCHR | device->mode;
		*uid = device->uid;
		*gid = device->gid;
		WRITE_ONCE(device->maker, NULL);
	}
	/* Without it the node would have another name, or would be left behind. */
	return kasprintf(GFP_KERNEL | __GFP_NOFAIL, "ksem/%s", dev_name(dev));
}

/* For rules of udev: whose it was made to be. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static int ksem_uevent(struct device *dev, struct kobj_uevent_env *env)
#else
static int ksem_uevent(const struct device *dev, struct kobj_uevent_env *env)
#endif
{
	const struct ksem_device *device = dev_get_drvdata(dev);

	return add_uevent_var(env, "KSEM_UID=%u",
			      from_kuid(&init_user_ns, device->uid));
}

static atomic_t ksem_devices_there;

static void ksem_device_release(struct device *dev)
{
	kfree(dev);
	if (atomic_dec_and_test(&ksem_devices_there))
		wake_up_var(&ksem_devices_there);
}

static const struct device_type ksem_device_type = {
	.name		= "ksem",
	.groups		= ksem_sysfs_groups,
	.devnode	= ksem_devnode,
	.uevent		= ksem_uevent,
	.release	= ksem_device_release,
};

static struct class *ksem_class;
static dev_t ksem_devt;
static struct cdev *ksem_cdev;
/*
 * By minor.  Handed out in a circle: a copy of a removed node should find nobody
 * for as long as possible.
 */
static DEFINE_XARRAY_ALLOC(ksem_devices);
static u32 ksem_next_minor;

/* With a reference to its semaphore; NULL if there is none of that minor. */
struct ksem_device *ksem_device_get(unsigned int minor)
{
	struct ksem_device *device;

	xa_lock(&ksem_devices);
	device = xa_load(&ksem_devices, minor);
	if (device)
		ksem_ref(device->sem);
	xa_unlock(&ksem_devices);
	return device;
}

#define KSEM_HEAD	XA_MARK_1
/* How many heads are looked at without a chance for others. */
#define KSEM_HEADS	256

/* It has become the head of a group, for ever. */
void ksem_device_mark_head(struct ksem_device *device)
{
	xa_lock(&ksem_devices);
	if (xa_load(&ksem_devices, device->minor) == device)
		__xa_set_mark(&ksem_devices, device->minor, KSEM_HEAD);
	xa_unlock(&ksem_devices);
}

/*
 * The first head from @minor on, with a reference to its semaphore, or NULL.  With
 * @count, all of them are counted there.
 */
struct ksem_device *ksem_device_find_head(unsigned int minor,
					  struct ksem_ioc_find *count)
{
	XA_STATE(xas, &ksem_devices, count ? 0 : minor);
	struct ksem_device *device, *found = NULL;
	unsigned int seen = 0;
	u32 size;

	xas_lock(&xas);
	xas_for_each_marked(&xas, device, KSEM_MINORS - 1, KSEM_HEAD) {
		size = ksem_group_size(device);
		if (size && device->minor >= minor && !found) {
			ksem_ref(device->sem);
			found = device;
		}
		if (size && count) {
			count->groups++;
			count->all_members += size;
			count->last = device->minor;
		}
		if (found && !count)
			break;
		if (++seen % KSEM_HEADS)
			continue;
		xas_pause(&xas);
		xas_unlock(&xas);
		cond_resched();
		xas_lock(&xas);
	}
	xas_unlock(&xas);
	return found;
}

void ksem_device_setup(struct ksem_device *device, struct ksem *sem)
{
	device->sem = sem;
	device->uid = GLOBAL_ROOT_UID;
	device->gid = GLOBAL_ROOT_GID;
	device->maker_gid = GLOBAL_ROOT_GID;
	device->mode = 0600;
	ksem_sysfs_setup(device);
}

static struct device *ksem_device_make(struct ksem_device *device)
{
	struct device *dev = kzalloc_obj(*dev, GFP_KERNEL_ACCOUNT);
	int err;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	atomic_inc(&ksem_devices_there);
	device_initialize(dev);
	dev->class = ksem_class;
	dev->type = &ksem_device_type;
	dev->devt = ksem_devt + device->minor;
	dev_set_drvdata(dev, device);
	device->maker = current;
	err = dev_set_name(dev, "%s", device->sem->name) ?: device_add(dev);
	WRITE_ONCE(device->maker, NULL);
	if (err) {
		put_device(dev);
		return ERR_PTR(err);
	}
	return dev;
}

int ksem_device_add(struct ksem_device *device)
{
	struct device *dev;
	int err;

	err = xa_alloc_cyclic(&ksem_devices, &device->minor, device,
			      XA_LIMIT(0, KSEM_MINORS - 1), &ksem_next_minor,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		return err == -EBUSY ? -ENOSPC : err;
	dev = ksem_device_make(device);
	if (IS_ERR(dev)) {
		/* A node that somebody made by hand may have been opened. */
		WRITE_ONCE(device->gone, true);
		xa_erase(&ksem_devices, device->minor);
		return PTR_ERR(dev);
	}
	device->dev = dev;
	ksem_sysfs_add(device);
	trace_ksem_made(device->sem);
	return 0;
}

/*
 * A redirection to a semaphore that isn't there yet makes a plain file, and then the
 * driver core makes no node, and doesn't say so.  This isn't for a process that may
 * have its own idea of /dev.
 */
void ksem_device_look(const char *name)
{
	char *node = kasprintf(GFP_KERNEL, "/dev/ksem/%s", name);
	struct inode *inode;
	struct path path;
	int err = -ENOMEM;

	if (node) {
		/* This is a thread, which has no files of its own. */
		scoped_with_init_fs()
			err = kern_path(node, 0, &path);
	}
	if (!err) {
		inode = d_backing_inode(path.dentry);
		if (!S_ISCHR(inode->i_mode) ||
		    MAJOR(inode->i_rdev) != MAJOR(ksem_devt))
			pr_warn("ksem: %s is no device, and in the way of one; remove it, and make the semaphore anew\n",
				node);
		path_put(&path);
	}
	kfree(node);
}

/* Open handles go on; the semaphore itself is as it was. */
void ksem_device_remove(struct ksem_device *device)
{
	if (!device->dev)
		return;
	trace_ksem_removed(device->sem);
	WRITE_ONCE(device->gone, true);
	xa_erase(&ksem_devices, device->minor);
	device_unregister(device->dev);
	device->dev = NULL;
}

/* With the last reference to the semaphore. */
void ksem_device_free(struct ksem_device *device)
{
	ksem_sysfs_free(device);
	ksem_group_free(device);
	if (device->page)
		__free_page(device->page);
}

static int ksem_cdev_add(void)
{
	int err;

	ksem_cdev = cdev_alloc();
	if (!ksem_cdev)
		return -ENOMEM;
	ksem_cdev->ops = &ksem_handle_fops;
	ksem_cdev->owner = THIS_MODULE;
	err = cdev_add(ksem_cdev, ksem_devt, KSEM_MINORS);
	if (err)
		kobject_put(&ksem_cdev->kobj);
	return err;
}

int ksem_device_init(void)
{
	int err;

	err = alloc_chrdev_region(&ksem_devt, 0, KSEM_MINORS, "ksem");
	if (err)
		return err;
	ksem_class = class_create("ksem");
	if (IS_ERR(ksem_class)) {
		err = PTR_ERR(ksem_class);
		goto unregister_region;
	}
	err = ksem_cdev_add();
	if (err)
		goto destroy_class;
	err = ksem_control_init();
	if (err)
		goto delete_cdev;
	return 0;

delete_cdev:
	cdev_del(ksem_cdev);
destroy_class:
	class_destroy(ksem_class);
unregister_region:
	unregister_chrdev_region(ksem_devt, KSEM_MINORS);
	return err;
}

void ksem_device_exit(void)
{
	ksem_control_exit();
	cdev_del(ksem_cdev);
	wait_var_event(&ksem_devices_there,
		       !atomic_read(&ksem_devices_there));
	class_destroy(ksem_class);
	unregister_chrdev_region(ksem_devt, KSEM_MINORS);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control node, /dev/ksem/.control: where a thread leaves the settings of the
 * semaphore that it makes next.  mkdir can't carry them, and a program that is
 * killed between mkdir and its first write must not leave a half-made one.
 *
 * An open file has the settings of one thread at most, and a thread has them in
 * one file at most.  They were checked against the rights that the thread had then,
 * and count only while it has these: a program that it executes, with other rights
 * maybe, makes what it means to make.
 */

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "device.h"
#include "handle.h"

/**
 * struct ksem_next - the settings of a thread's next semaphore
 * @node: in ksem_nexts, or unhashed
 * @pid: the thread, while it is hashed
 * @cred: its rights when it left them, while it is hashed
 * @settings: what it has left
 */
struct ksem_next {
	struct hlist_node	node;
	struct pid		*pid;
	const struct cred	*cred;
	struct ksem_settings	settings;
};

static DEFINE_SPINLOCK(ksem_nexts_lock);
static DEFINE_HASHTABLE(ksem_nexts, 10);

/* The lock is held. */
static struct ksem_next *ksem_next_find(struct pid *pid)
{
	struct ksem_next *next;

	hash_for_each_possible(ksem_nexts, next, node, (unsigned long)pid)
		if (next->pid == pid)
			return next;
	return NULL;
}

/* The lock is held. */
static void ksem_next_forget(struct ksem_next *next)
{
	if (!hash_hashed(&next->node))
		return;
	hash_del(&next->node);
	put_pid(next->pid);
	put_cred(next->cred);
}

/* What the calling thread has left; false if it has left nothing. */
bool ksem_control_take(struct ksem_settings *settings)
{
	struct ksem_next *next;
	bool valid = false;

	spin_lock(&ksem_nexts_lock);
	next = ksem_next_find(task_pid(current));
	if (next) {
		/* Every change of rights makes new ones, and so does execve(). */
		valid = next->cred == current_real_cred();
		*settings = next->settings;
		ksem_next_forget(next);
	}
	spin_unlock(&ksem_nexts_lock);
	return valid;
}

static void ksem_next_leave(struct ksem_next *next,
			    const struct ksem_settings *settings)
{
	struct ksem_next *old;

	spin_lock(&ksem_nexts_lock);
	old = ksem_next_find(task_pid(current));
	if (old)
		ksem_next_forget(old);
	ksem_next_forget(next);
	if (settings->set) {
		next->settings = *settings;
		next->pid = get_pid(task_pid(current));
		next->cred = get_cred(current_real_cred());
		hash_add(ksem_nexts, &next->node, (unsigned long)next->pid);
	}
	spin_unlock(&ksem_nexts_lock);
}

static int ksem_next_check(const struct ksem_settings *settings)
{
	u32 set = settings->set;
	kgid_t gid;

	if (set & ~KSEM_SET_NEXT || settings->id)
		return -EINVAL;
	if (set & KSEM_SET_MODE && settings->mode & ~0777)
		return -EINVAL;
	if (set & KSEM_SET_GROUP) {
		gid = make_kgid(current_user_ns(), settings->group);
		if (!gid_valid(gid))
			return -EINVAL;
		if (!in_group_p(gid) && !capable(CAP_CHOWN))
			return -EPERM;
	}
	return 0;
}

static int ksem_ioctl_next(struct file *file, void __user *arg, size_t size)
{
	struct ksem_settings settings;
	int err;

	err = copy_struct_from_user(&settings, sizeof(settings), arg, size);
	if (!err)
		err = ksem_next_check(&settings);
	if (!err)
		ksem_next_leave(file->private_data, &settings);
	return err;
}

static int ksem_ioctl_find(void __user *arg, size_t size)
{
	struct ksem_ioc_group group = {};
	struct ksem_device *head;
	struct ksem_ioc_find *req;
	u32 minor, flags;
	int err;

	req = kmalloc_obj(*req, GFP_KERNEL_ACCOUNT);
	if (!req)
		return -ENOMEM;
	err = copy_struct_from_user(req, sizeof(*req), arg, size);
	if (err)
		goto free;
	minor = req->minor;
	flags = req->flags;
	err = flags & ~KSEM_FIND_COUNT || req->reserved ? -EINVAL : 0;
	if (err)
		goto free;
	memset(req, 0, sizeof(*req));
	head = ksem_device_find_head(minor, flags ? req : NULL);
	req->minor = minor;
	req->flags = flags;
	if (head) {
		ksem_group_tell(head, &group);
		req->minor = head->minor;
		req->id = head->sem->id;
		req->op_time = group.op_time;
		req->set_time = group.set_time;
		req->members = group.members;
		req->key = group.key;
		req->uid = group.uid;
		req->gid = group.gid;
		strscpy(req->name, head->sem->name, sizeof(req->name));
		ksem_unref(head->sem);
	} else {
		err = -ENOENT;
	}
	if (copy_to_user(arg, req, min(size, sizeof(*req))))
		err = -EFAULT;
free:
	kfree(req);
	return err;
}

static long ksem_control_ioctl(struct file *file, unsigned int cmd,
			       unsigned long arg)
{
	void __user *user = (void __user *)arg;
	size_t size = _IOC_SIZE(cmd);

	switch (cmd & ~IOCSIZE_MASK) {
	case KSEM_IOC_NEXT & ~IOCSIZE_MASK:
		if (size < KSEM_SETTINGS_SIZE0)
			return -EINVAL;
		return ksem_ioctl_next(file, user, size);
	case KSEM_IOC_FIND & ~IOCSIZE_MASK:
		if (size < KSEM_FIND_SIZE0)
			return -EINVAL;
		return ksem_ioctl_find(user, size);
	default:
		return -ENOTTY;
	}
}

static int ksem_control_open(struct inode *inode, struct file *file)
{
	struct ksem_next *next = kzalloc_obj(*next, GFP_KERNEL_ACCOUNT);

	if (!next)
		return -ENOMEM;
	file->private_data = next;
	return stream_open(inode, file);
}

static int ksem_control_release(struct inode *inode, struct file *file)
{
	struct ksem_next *next = file->private_data;

	spin_lock(&ksem_nexts_lock);
	ksem_next_forget(next);
	spin_unlock(&ksem_nexts_lock);
	kfree(next);
	return 0;
}

static const struct file_operations ksem_control_fops = {
	.owner		= THIS_MODULE,
	.open		= ksem_control_open,
	.release	= ksem_control_release,
	.unlocked_ioctl	= ksem_control_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice ksem_control = {
	.minor		= MISC_DYNAMIC_MINOR,
	/*
	 * The node is /dev/ksem/.control.  With a nodename it would be /dev/ksem if
	 * there is no memory for its name, and no semaphore could have a node.
	 */
	.name		= "ksem!" KSEM_CONTROL_NAME,
	.fops		= &ksem_control_fops,
	.mode		= 0666,
};

int ksem_control_init(void)
{
	return misc_register(&ksem_control);
}

void ksem_control_exit(void)
{
	misc_deregister(&ksem_control);
}

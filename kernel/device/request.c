// SPDX-License-Identifier: GPL-2.0-only
/* The requests of a handle; <uapi/linux/ksem.h> says what they do. */

#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>

#include "../sem/fast.h"
#include "handle.h"
#include "timeout.h"

static int ksem_ioctl_wait(struct file *file, void __user *arg, size_t size)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_account *account;
	struct ksem_deadline deadline;
	struct ksem_timeout timeout;
	struct ksem_ioc_wait req;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size) ?:
	      ksem_check_id(handle->sem, req.id);
	if (err)
		return err;
	timeout = (struct ksem_timeout) { req.flags, req.clock, req.timeout };
	err = ksem_timeout_check(&timeout);
	if (err)
		return err;
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (req.units > KSEM_VALUE_MAX)
		return -ERANGE;

	account = ksem_handle_account(handle, req.flags & KSEM_WAIT_UNDO);
	if (!account && ksem_take_fast(handle->sem, req.units))
		err = 0;
	else if (ksem_file_nowait(file, &timeout))
		err = ksem_trywait_slow(handle->sem, req.units, account);
	else
		err = ksem_block(handle->sem, req.units, TASK_INTERRUPTIBLE,
				 ksem_timeout_deadline(&timeout, &deadline),
				 account);
	if (!err) {
		struct ksem_ioc_wait __user *told = arg;

		return put_user(req.units, &told->taken);
	}
	if (err != -EINTR)
		return err;
	/* Flags that stay may have been made void by another thread. */
	if (timeout.flags != req.flags) {
		req.flags = timeout.flags;
		req.clock = timeout.clock;
		req.timeout = timeout.timeout;
		if (copy_to_user(arg, &req, min(size, sizeof(req))))
			return -EFAULT;
	}
	return ksem_timeout_interrupted(&timeout);
}

/* Takes the identity off the argument of TAKE and GIVE. */
static __always_inline bool ksem_arg_is_stale(const struct ksem *sem,
					      unsigned long *arg)
{
	u32 id = (u64)*arg >> 32;

	*arg = (u32)*arg;
	return id && id != (u32)sem->id;
}

static noinline int ksem_ioctl_take_slow(struct file *file, u32 units)
{
	if (units > KSEM_VALUE_MAX)
		return -ERANGE;
	return ksem_handle_take(file->private_data, units,
				file->f_flags & O_NONBLOCK);
}

static __always_inline int ksem_ioctl_take(struct file *file, unsigned long arg)
{
	struct ksem_handle *handle = file->private_data;

	if (ksem_arg_is_stale(handle->sem, &arg))
		return -ESTALE;
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (!handle->undo_rule && ksem_take_fast(handle->sem, arg))
		return 0;
	return ksem_ioctl_take_slow(file, arg);
}

static noinline int ksem_ioctl_give_slow(struct file *file, u32 units, s64 word)
{
	struct ksem_handle *handle = file->private_data;

	if (units > KSEM_VALUE_MAX)
		return -ERANGE;
	if (handle->undo_rule)
		return ksem_handle_post(handle, units, false);
	return ksem_post_after(handle->sem, units, word);
}

static __always_inline int ksem_ioctl_give(struct file *file, unsigned long arg)
{
	struct ksem_handle *handle = file->private_data;
	s64 word = 0;

	if (ksem_arg_is_stale(handle->sem, &arg))
		return -ESTALE;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!handle->undo_rule && ksem_give_fast(handle->sem, arg, &word))
		return 0;
	return ksem_ioctl_give_slow(file, arg, word);
}

static int ksem_ioctl_post(struct file *file, void __user *arg, size_t size)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_ioc_post req;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size) ?:
	      ksem_check_id(handle->sem, req.id);
	if (err)
		return err;
	if (req.flags & ~KSEM_POST_UNDO)
		return -EINVAL;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (req.units > KSEM_VALUE_MAX)
		return -ERANGE;
	return ksem_handle_post(handle, req.units, req.flags & KSEM_POST_UNDO);
}

static u32 ksem_handle_map_reason(const struct file *file)
{
	const struct ksem_handle *handle = file->private_data;
	int reason = ksem_map_reason();

	if (reason != KSEM_MAP_OK)
		return reason;
	if (!(file->f_mode & FMODE_READ) || !(file->f_mode & FMODE_WRITE))
		return KSEM_MAP_MODE;
	if (handle->undo_rule)
		return KSEM_MAP_UNDO;
	return READ_ONCE(handle->device->mappable) ? KSEM_MAP_OK :
						     KSEM_MAP_FORBIDDEN;
}

/* A node that is removed is made root's first. */
static bool ksem_node_is_callers(const struct file *file)
{
	const struct ksem_handle *handle = file->private_data;
	kuid_t owner = READ_ONCE(handle->device->gone) ? handle->owner :
							 file_inode(file)->i_uid;

	return uid_eq(owner, current_fsuid());
}

/* The node's owner, as the file system that the node is in sees it. */
bool ksem_handle_is_owners(const struct file *file)
{
	return ksem_node_is_callers(file) || capable(CAP_FOWNER);
}

static int ksem_ioctl_config(struct file *file, void __user *arg, size_t size)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_settings req;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size) ?:
	      ksem_check_id(handle->sem, req.id);
	if (err)
		return err;
	if (!req.set || req.set & ~KSEM_SET_CONFIG)
		return -EINVAL;
	if (!ksem_handle_is_owners(file))
		return -EPERM;
	return ksem_settings_apply(handle->device, &req);
}

static int ksem_ioctl_info(struct file *file, void __user *arg, size_t size)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem *sem = handle->sem;
	struct user_namespace *ns = current_user_ns();
	struct ksem_record record;
	struct ksem_ioc_info info = {
		.value = ksem_value(sem),
		.max = READ_ONCE(sem->max),
		.waiters = ksem_blocked(sem),
		.undo = ksem_account_add(&handle->account, sem, 0),
		.page_version = KSEM_PAGE_VERSION,
		.for_units = READ_ONCE(sem->nr_waiters) +
			     READ_ONCE(sem->nr_for_units),
		.for_zero = READ_ONCE(sem->nr_for_zero),
		.map = ksem_handle_map_reason(file),
		.id = sem->id,
		.uid = from_kuid_munged(ns, handle->device->uid),
		.gid = from_kgid_munged(ns, handle->device->maker_gid),
	};

	ksem_record_read(sem, &record, &info.pid);
	info.op_time = record.op_time;
	info.set_time = record.set_time;

	if (READ_ONCE(sem->order) == KSEM_PRIORITY)
		info.flags |= KSEM_INFO_PRIORITY;
	if (!ksem_is_fair(sem))
		info.flags |= KSEM_INFO_UNFAIR;
	if (READ_ONCE(sem->recorded))
		info.flags |= KSEM_INFO_RECORD;
	if (READ_ONCE(handle->device->group))
		info.flags |= KSEM_INFO_GROUP;
	if (READ_ONCE(sem->dead))
		info.flags |= KSEM_INFO_SHUTDOWN;
	if (info.map == KSEM_MAP_OK)
		info.flags |= KSEM_INFO_MAPPABLE;
	if (handle->undo_rule)
		info.flags |= KSEM_INFO_UNDO;
	/* To ask is no use of a right, so nobody is told of it. */
	if (ksem_node_is_callers(file) ||
	    ns_capable_noaudit(&init_user_ns, CAP_FOWNER))
		info.flags |= KSEM_INFO_OWNER;
	if (size > sizeof(info) &&
	    clear_user(arg + sizeof(info), size - sizeof(info)))
		return -EFAULT;
	if (copy_to_user(arg, &info, min(size, sizeof(info))))
		return -EFAULT;
	return 0;
}

static noinline long ksem_ioctl_sized(struct file *file, unsigned int cmd,
				      void __user *arg)
{
	size_t size = _IOC_SIZE(cmd);

	switch (cmd & ~IOCSIZE_MASK) {
	case KSEM_IOC_WAIT & ~IOCSIZE_MASK:
		if (size < KSEM_WAIT_SIZE0)
			return -EINVAL;
		return ksem_ioctl_wait(file, arg, size);
	case KSEM_IOC_POST & ~IOCSIZE_MASK:
		if (size < KSEM_POST_SIZE0)
			return -EINVAL;
		return ksem_ioctl_post(file, arg, size);
	case KSEM_IOC_INFO & ~IOCSIZE_MASK:
		if (size < KSEM_INFO_SIZE0)
			return -EINVAL;
		return ksem_ioctl_info(file, arg, size);
	case KSEM_IOC_ANY & ~IOCSIZE_MASK:
	case KSEM_IOC_ALL & ~IOCSIZE_MASK:
		if (size < KSEM_MULTI_SIZE0)
			return -EINVAL;
		return ksem_ioctl_multi(file, arg, size,
					_IOC_NR(cmd) == _IOC_NR(KSEM_IOC_ALL));
	case KSEM_IOC_WAITERS & ~IOCSIZE_MASK:
		if (size < KSEM_WAITERS_SIZE0)
			return -EINVAL;
		return ksem_ioctl_waiters(file, arg, size);
	case KSEM_IOC_CONFIG & ~IOCSIZE_MASK:
		if (size < KSEM_SETTINGS_SIZE0)
			return -EINVAL;
		return ksem_ioctl_config(file, arg, size);
	default:
		return ksem_ioctl_group(file, cmd, arg);
	}
}

static bool ksem_is_meant(const struct ksem *sem, unsigned long id)
{
	return !id || id == lower_32_bits(sem->id);
}

/* The minor can be another semaphore's already, which is none of the caller's. */
static struct file *ksem_open_again(struct file *file)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_handle *again;
	struct file *opened;

	opened = dentry_open(&file->f_path, file->f_flags, current_cred());
	if (IS_ERR(opened))
		return opened;
	again = opened->private_data;
	if (ksem_device_of(opened) && again->sem == handle->sem)
		return opened;
	fput(opened);
	return ERR_PTR(-ENXIO);
}

static noinline int ksem_ioctl_again(struct file *file, unsigned long id)
{
	struct ksem_handle *handle = file->private_data;
	struct file *opened;
	int fd;

	if (!ksem_is_meant(handle->sem, id))
		return -ESTALE;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	opened = ksem_open_again(file);
	if (IS_ERR(opened)) {
		put_unused_fd(fd);
		return PTR_ERR(opened);
	}
	fd_install(fd, opened);
	return fd;
}

static noinline int ksem_ioctl_remove(struct file *file, unsigned long id)
{
	struct ksem_handle *handle = file->private_data;

	if (!ksem_is_meant(handle->sem, id))
		return -ESTALE;
	if (!ksem_handle_is_owners(file))
		return -EPERM;
	return handle->device->remove(handle->device);
}

long ksem_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd == KSEM_IOC_TAKE)
		return ksem_ioctl_take(file, arg);
	if (cmd == KSEM_IOC_GIVE)
		return ksem_ioctl_give(file, arg);
	if (cmd == KSEM_IOC_SEMOP)
		return ksem_ioctl_semop(file, (void __user *)arg,
					_IOC_SIZE(cmd));
	if (cmd == KSEM_IOC_REMOVE)
		return ksem_ioctl_remove(file, arg);
	if (cmd == KSEM_IOC_AGAIN)
		return ksem_ioctl_again(file, arg);
	return ksem_ioctl_sized(file, cmd, (void __user *)arg);
}

#ifdef CONFIG_COMPAT
/* For programs of 32 bits: the arguments of some requests are numbers. */
long ksem_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case KSEM_IOC_TAKE:
	case KSEM_IOC_GIVE:
	case KSEM_IOC_REMOVE:
	case KSEM_IOC_AGAIN:
		return ksem_ioctl(file, cmd, arg);
	default:
		return ksem_ioctl(file, cmd, (unsigned long)compat_ptr(arg));
	}
}
#endif

// SPDX-License-Identifier: GPL-2.0-only
/* The requests of a handle; <uapi/linux/ksem.h> says what they do. */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/uaccess.h>

#include "core.h"
#include "fast.h"
#include "handle.h"
#include "limit.h"

/* Sizes of the first versions: less than that is no request. */
#define KSEM_WAIT_SIZE0		24
#define KSEM_POST_SIZE0		8
#define KSEM_INFO_SIZE0		32
#define KSEM_MULTI_SIZE0	32

static int ksem_ioctl_wait(struct file *file, void __user *arg, size_t size)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_deadline deadline;
	struct ksem_limit limit;
	struct ksem_ioc_wait req;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size);
	if (err)
		return err;
	limit = (struct ksem_limit) { req.flags, req.clock, req.timeout };
	err = ksem_limit_check(&limit);
	if (err)
		return err;
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (req.units > KSEM_VALUE_MAX)
		return -ERANGE;

	if (ksem_file_nowait(file, &limit))
		err = ksem_trywait_n(handle->sem, req.units);
	else
		err = ksem_wait_until(handle->sem, req.units,
				      ksem_limit_deadline(&limit, &deadline));
	if (!err) {
		struct ksem_ioc_wait __user *told = arg;

		ksem_handle_took(handle, req.units,
				 req.flags & KSEM_WAIT_UNDO);
		return put_user(req.units, &told->taken);
	}
	if (err != -EINTR)
		return err;
	if (limit.flags & KSEM_WAIT_DEADLINE) {
		req.flags = limit.flags;
		req.clock = limit.clock;
		req.timeout = limit.timeout;
		if (copy_to_user(arg, &req, min(size, sizeof(req))))
			return -EFAULT;
	}
	return ksem_limit_interrupted(&limit);
}

static noinline int ksem_ioctl_take_slow(struct file *file, unsigned long units)
{
	if (units > KSEM_VALUE_MAX)
		return -ERANGE;
	return ksem_handle_take(file->private_data, units,
				file->f_flags & O_NONBLOCK);
}

static __always_inline int ksem_ioctl_take(struct file *file,
					   unsigned long units)
{
	struct ksem_handle *handle = file->private_data;

	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (!ksem_take_fast(handle->sem, units))
		return ksem_ioctl_take_slow(file, units);
	ksem_handle_took(handle, units, false);
	return 0;
}

static noinline int ksem_ioctl_give_slow(struct file *file, unsigned long units)
{
	struct ksem_handle *handle = file->private_data;

	if (units > KSEM_VALUE_MAX)
		return -ERANGE;
	return ksem_handle_post(handle, units, false);
}

static __always_inline int ksem_ioctl_give(struct file *file,
					   unsigned long units)
{
	struct ksem_handle *handle = file->private_data;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!handle->undo_rule && ksem_give_fast(handle->sem, units))
		return 0;
	return ksem_ioctl_give_slow(file, units);
}

static int ksem_ioctl_post(struct file *file, void __user *arg, size_t size)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_ioc_post req;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size);
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

static bool ksem_handle_may_map(const struct file *file)
{
	const struct ksem_handle *handle = file->private_data;

	return file->f_mode & FMODE_READ && file->f_mode & FMODE_WRITE &&
	       !handle->undo_rule && READ_ONCE(handle->sem->mappable);
}

static int ksem_ioctl_info(struct file *file, void __user *arg, size_t size)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem *sem = handle->sem;
	struct ksem_ioc_info info = {
		.value = ksem_value(sem),
		.max = READ_ONCE(sem->max),
		.waiters = ksem_blocked(sem),
		.undo = ksem_account_add(&handle->account, sem, 0),
		.page_version = KSEM_PAGE_VERSION,
		.for_units = READ_ONCE(sem->nr_waiters) +
			     READ_ONCE(sem->nr_for_units),
		.for_zero = READ_ONCE(sem->nr_for_zero),
	};

	if (READ_ONCE(sem->by_priority))
		info.flags |= KSEM_INFO_PRIORITY;
	if (READ_ONCE(sem->dead))
		info.flags |= KSEM_INFO_SHUTDOWN;
	if (ksem_handle_may_map(file))
		info.flags |= KSEM_INFO_MAPPABLE;
	if (handle->undo_rule)
		info.flags |= KSEM_INFO_UNDO;
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
	default:
		return -ENOTTY;
	}
}

long ksem_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd == KSEM_IOC_TAKE)
		return ksem_ioctl_take(file, arg);
	if (cmd == KSEM_IOC_GIVE)
		return ksem_ioctl_give(file, arg);
	return ksem_ioctl_sized(file, cmd, (void __user *)arg);
}

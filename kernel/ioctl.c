// SPDX-License-Identifier: GPL-2.0-only
/* The requests of a handle; <uapi/linux/ksem.h> says what they do. */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/time64.h>
#include <linux/uaccess.h>

#include "core.h"
#include "fast.h"
#include "handle.h"

/* Sizes of the first versions: less than that is no request. */
#define KSEM_WAIT_SIZE0		24
#define KSEM_POST_SIZE0		8
#define KSEM_INFO_SIZE0		32
#define KSEM_MULTI_SIZE0	32

#define KSEM_WAIT_FLAGS	(KSEM_WAIT_UNDO | KSEM_WAIT_NOWAIT | \
			 KSEM_WAIT_TIMEOUT | KSEM_WAIT_DEADLINE)
#define KSEM_WAIT_LIMITS	(KSEM_WAIT_TIMEOUT | KSEM_WAIT_DEADLINE)

/* What the requests that wait have in common, as it goes from and to them. */
struct ksem_limit {
	u32	flags;
	u32	clock;
	s64	timeout;
};

static ktime_t ksem_clock_now(clockid_t clock)
{
	return clock == CLOCK_BOOTTIME ? ktime_get_boottime() : ktime_get();
}

/*
 * Turns a timeout into a deadline, also in the request itself: if the wait is
 * interrupted, that goes back, and who asks again doesn't start anew.
 */
static int ksem_limit_check(struct ksem_limit *limit)
{
	u32 limits = limit->flags & KSEM_WAIT_LIMITS;

	if (limit->flags & ~KSEM_WAIT_FLAGS || limits == KSEM_WAIT_LIMITS)
		return -EINVAL;
	if (!limits)
		return limit->timeout || limit->clock ? -EINVAL : 0;
	if (limit->timeout < 0 || (limit->clock != CLOCK_REALTIME &&
				   limit->clock != CLOCK_MONOTONIC &&
				   limit->clock != CLOCK_BOOTTIME))
		return -EINVAL;
	return 0;
}

static const struct ksem_deadline *
ksem_limit_deadline(struct ksem_limit *limit, struct ksem_deadline *deadline)
{
	if (!(limit->flags & KSEM_WAIT_LIMITS))
		return NULL;
	if (limit->flags & KSEM_WAIT_TIMEOUT) {
		if (limit->clock == CLOCK_REALTIME)
			limit->clock = CLOCK_MONOTONIC;
		limit->timeout = ktime_add_safe(ksem_clock_now(limit->clock),
						limit->timeout);
		limit->flags ^= KSEM_WAIT_LIMITS;
	}
	deadline->at = limit->timeout;
	deadline->clock = limit->clock;
	return deadline;
}

static bool ksem_file_nowait(const struct file *file,
			     const struct ksem_limit *limit)
{
	return limit->flags & KSEM_WAIT_NOWAIT || file->f_flags & O_NONBLOCK;
}

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
	return -ERESTARTSYS;
}

static noinline int ksem_ioctl_take_slow(struct file *file, unsigned long units)
{
	struct ksem_handle *handle = file->private_data;
	int err;

	if (units > KSEM_VALUE_MAX)
		return -ERANGE;
	if (file->f_flags & O_NONBLOCK)
		err = ksem_trywait_n(handle->sem, units);
	else
		err = ksem_wait_n(handle->sem, units);
	if (!err)
		ksem_handle_took(handle, units, false);
	return err == -EINTR ? -ERESTARTSYS : err;
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
	int err;

	if (units > KSEM_VALUE_MAX)
		return -ERANGE;
	err = ksem_post_n(handle->sem, units);
	if (!err)
		ksem_handle_gave(handle, units, false);
	return err;
}

static __always_inline int ksem_ioctl_give(struct file *file,
					   unsigned long units)
{
	struct ksem_handle *handle = file->private_data;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!ksem_give_fast(handle->sem, units))
		return ksem_ioctl_give_slow(file, units);
	ksem_handle_gave(handle, units, false);
	return 0;
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
	err = ksem_post_n(handle->sem, req.units);
	if (!err)
		ksem_handle_gave(handle, req.units,
				 req.flags & KSEM_POST_UNDO);
	return err;
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
		.undo = atomic64_read(&handle->undo),
		.page_version = KSEM_PAGE_VERSION,
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

/* Several operations, and the files that keep their semaphores. */
struct ksem_multi {
	unsigned int		nr;	/* of files held */
	struct file		*files[KSEM_OPS_MAX];
	struct ksem_op		ops[KSEM_OPS_MAX];
	struct ksem_ioc_op	reqs[KSEM_OPS_MAX];
};

static int ksem_multi_check(const struct ksem_ioc_op *req, bool all)
{
	if (req->reserved || req->op > (all ? KSEM_OP_ZERO : KSEM_OP_WAIT))
		return -EINVAL;
	if (req->op == KSEM_OP_ZERO ? req->units : !req->units)
		return -EINVAL;
	return req->units > KSEM_VALUE_MAX ? -ERANGE : 0;
}

static int ksem_multi_add(struct ksem_multi *multi,
			  const struct ksem_ioc_op *req, bool all)
{
	const struct ksem_handle *handle;
	struct file *file;
	int err = ksem_multi_check(req, all);

	if (err)
		return err;
	file = fget(req->fd);
	if (!file)
		return -EBADF;
	multi->files[multi->nr] = file;
	multi->ops[multi->nr].op = req->op;
	multi->ops[multi->nr].units = req->units;
	multi->nr++;
	if (file->f_op != &ksem_handle_fops)
		return -EINVAL;
	handle = file->private_data;
	multi->ops[multi->nr - 1].sem = handle->sem;
	if (!(file->f_mode &
	      (req->op == KSEM_OP_POST ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	return 0;
}

static void ksem_multi_account(const struct ksem_multi *multi,
			       unsigned int i, bool undo)
{
	struct ksem_handle *handle = multi->files[i]->private_data;

	if (multi->ops[i].op == KSEM_OP_WAIT)
		ksem_handle_took(handle, multi->ops[i].units, undo);
	else if (multi->ops[i].op == KSEM_OP_POST)
		ksem_handle_gave(handle, multi->ops[i].units, undo);
}

static int ksem_multi_do(struct file *file, struct ksem_multi *multi,
			 struct ksem_ioc_multi *req, bool all)
{
	struct ksem_limit limit = { req->flags, req->clock, req->timeout };
	bool undo = req->flags & KSEM_WAIT_UNDO;
	const struct ksem_deadline *limited;
	struct ksem_deadline deadline;
	unsigned int i;
	int err;

	err = ksem_limit_check(&limit);
	if (err)
		return err;
	for (i = 0; i < req->nr; i++) {
		req->index = i;
		err = ksem_multi_add(multi, &multi->reqs[i], all);
		if (err)
			return err;
	}
	limited = ksem_limit_deadline(&limit, &deadline);
	if (all)
		err = ksem_operate(multi->ops, multi->nr,
				   ksem_file_nowait(file, &limit), limited,
				   &req->index);
	else
		err = ksem_wait_any(multi->ops, multi->nr,
				    ksem_file_nowait(file, &limit), limited,
				    &req->index);
	if (err == -EINTR) {
		req->flags = limit.flags;
		req->clock = limit.clock;
		req->timeout = limit.timeout;
		return -ERESTARTSYS;
	}
	if (err)
		return err;
	if (!all) {
		ksem_multi_account(multi, req->index, undo);
		return 0;
	}
	for (i = 0; i < multi->nr; i++)
		ksem_multi_account(multi, i, undo);
	return 0;
}

static int ksem_ioctl_multi(struct file *file, void __user *arg, size_t size,
			    bool all)
{
	struct ksem_ioc_multi req;
	struct ksem_multi *multi;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size);
	if (err)
		return err;
	if (!req.nr || req.nr > KSEM_OPS_MAX)
		return -EINVAL;
	multi = kzalloc(sizeof(*multi), GFP_KERNEL);
	if (!multi)
		return -ENOMEM;
	if (copy_from_user(multi->reqs, u64_to_user_ptr(req.ops),
			   req.nr * sizeof(*multi->reqs)))
		err = -EFAULT;
	else
		err = ksem_multi_do(file, multi, &req, all);
	while (multi->nr)
		fput(multi->files[--multi->nr]);
	kfree(multi);
	/* The units are taken, whether the index can be told or not. */
	if (copy_to_user(arg, &req, min(size, sizeof(req))))
		return -EFAULT;
	return err;
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

// SPDX-License-Identifier: GPL-2.0-only
/* The requests on several handles at once. */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../sem/sem.h"
#include "handle.h"
#include "timeout.h"

/* Several operations, and the files that keep their semaphores. */
struct ksem_multi {
	unsigned int		nr;	/* of files held */
	struct file		*files[KSEM_OPS_MAX];
	struct ksem_op		ops[KSEM_OPS_MAX];
	struct ksem_ioc_op	reqs[KSEM_OPS_MAX];
};

static fmode_t ksem_op_mode(const struct ksem_op *op)
{
	switch (op->op) {
	case KSEM_OP_POST:
		return FMODE_WRITE;
	case KSEM_OP_SET:
		return FMODE_READ | FMODE_WRITE;
	default:
		return FMODE_READ;
	}
}

static int ksem_multi_add(struct ksem_multi *multi,
			  const struct ksem_ioc_op *req, bool all, u32 flags)
{
	struct ksem_op *op = &multi->ops[multi->nr];
	struct ksem_handle *handle;
	struct file *file;
	int err;

	if (!all && (req->op != KSEM_OP_WAIT || req->flags))
		return -EINVAL;
	op->op = req->op;
	op->units = req->units;
	op->flags = req->flags;
	err = ksem_op_check(op);
	if (err)
		return err;
	file = fget(req->fd);
	if (!file)
		return -EBADF;
	multi->files[multi->nr++] = file;
	if (file->f_op != &ksem_handle_fops)
		return -EINVAL;
	handle = file->private_data;
	err = ksem_check_id(handle->sem, req->id);
	if (err)
		return err;
	op->sem = handle->sem;
	op->account = &handle->account;
	if (handle->undo_rule)
		flags |= KSEM_OP_UNDO;
	/* Those of the request are for all; ADJUST is an UNDO already. */
	if (op->op > KSEM_OP_POST || op->flags & KSEM_OP_ADJUST)
		flags &= ~KSEM_OP_UNDO;
	op->flags |= flags;
	return ~file->f_mode & ksem_op_mode(op) ? -EBADF : 0;
}

static int ksem_multi_do(struct file *file, struct ksem_multi *multi,
			 struct ksem_ioc_multi *req, bool all)
{
	struct ksem_timeout timeout = {
		req->flags, req->clock, req->timeout
	};
	const struct ksem_deadline *limited;
	struct ksem_deadline deadline;
	u32 flags = 0;
	unsigned int i;
	int err;

	err = ksem_timeout_check(&timeout);
	if (err)
		return err;
	if (timeout.flags & KSEM_WAIT_UNDO)
		flags |= KSEM_OP_UNDO;
	if (ksem_file_nowait(file, &timeout))
		flags |= KSEM_OP_NOWAIT;
	for (i = 0; i < req->nr; i++) {
		req->index = i;
		err = ksem_multi_add(multi, &multi->reqs[i], all, flags);
		if (err)
			return err;
	}
	limited = ksem_timeout_deadline(&timeout, &deadline);
	if (all)
		err = ksem_operate_until(multi->ops, multi->nr, limited,
					 &req->index);
	else
		err = ksem_wait_any(multi->ops, multi->nr,
				    flags & KSEM_OP_NOWAIT, limited,
				    &req->index);
	if (!err && !all)
		req->taken = multi->ops[req->index].units;
	if (err == -EINTR) {
		req->flags = timeout.flags;
		req->clock = timeout.clock;
		req->timeout = timeout.timeout;
		return ksem_timeout_interrupted(&timeout);
	}
	return err;
}

/* The array, whose elements may be longer or shorter than ours. */
static int ksem_multi_copy(struct ksem_multi *multi,
			   const struct ksem_ioc_multi *req)
{
	const void __user *ops = u64_to_user_ptr(req->ops);
	unsigned int i;
	int err = 0;

	for (i = 0; i < req->nr && !err; i++)
		err = copy_struct_from_user(&multi->reqs[i],
					    sizeof(*multi->reqs),
					    ops + i * req->op_size,
					    req->op_size);
	return err;
}

/*
 * The flags stay as they are but for a TIMEOUT that has become a DEADLINE: another
 * thread may have made them void, so that a restarted request ends.
 */
static int ksem_multi_tell(struct ksem_ioc_multi __user *told,
			   const struct ksem_ioc_multi *req, u32 flags)
{
	if (req->flags != flags &&
	    (put_user(req->flags, &told->flags) ||
	     put_user(req->clock, &told->clock) ||
	     copy_to_user(&told->timeout, &req->timeout,
			  sizeof(told->timeout))))
		return -EFAULT;
	return put_user(req->index, &told->index) ?:
	       put_user(req->taken, &told->taken);
}

int ksem_ioctl_multi(struct file *file, void __user *arg, size_t size, bool all)
{
	struct ksem_ioc_multi req;
	struct ksem_multi *multi;
	u32 flags;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size);
	if (err)
		return err;
	flags = req.flags;
	if (!req.nr || req.nr > KSEM_OPS_MAX || req.op_size < KSEM_OP_SIZE0)
		return -EINVAL;
	if (req.op_size > PAGE_SIZE)
		return -E2BIG;
	multi = kzalloc_obj(*multi, GFP_KERNEL_ACCOUNT);
	if (!multi)
		return -ENOMEM;
	err = ksem_multi_copy(multi, &req);
	if (!err)
		err = ksem_multi_do(file, multi, &req, all);
	while (multi->nr)
		fput(multi->files[--multi->nr]);
	kfree(multi);
	/* The units are taken, whether that can be told or not. */
	return ksem_multi_tell(arg, &req, flags) ?: err;
}

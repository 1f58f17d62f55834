// SPDX-License-Identifier: GPL-2.0-only
/* The requests on several handles at once. */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core.h"
#include "handle.h"
#include "limit.h"

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
	struct ksem_limit limit = { req->flags, req->clock, req->timeout };
	const struct ksem_deadline *limited;
	struct ksem_deadline deadline;
	u32 flags = 0;
	unsigned int i;
	int err;

	err = ksem_limit_check(&limit);
	if (err)
		return err;
	if (limit.flags & KSEM_WAIT_UNDO)
		flags |= KSEM_OP_UNDO;
	if (ksem_file_nowait(file, &limit))
		flags |= KSEM_OP_NOWAIT;
	for (i = 0; i < req->nr; i++) {
		req->index = i;
		err = ksem_multi_add(multi, &multi->reqs[i], all, flags);
		if (err)
			return err;
	}
	limited = ksem_limit_deadline(&limit, &deadline);
	if (all)
		err = ksem_operate_until(multi->ops, multi->nr, limited,
					 &req->index);
	else
		err = ksem_wait_any(multi->ops, multi->nr,
				    flags & KSEM_OP_NOWAIT, limited,
				    &req->index);
	if (err == -EINTR) {
		req->flags = limit.flags;
		req->clock = limit.clock;
		req->timeout = limit.timeout;
		return ksem_limit_interrupted(&limit);
	}
	return err;
}

int ksem_ioctl_multi(struct file *file, void __user *arg, size_t size, bool all)
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

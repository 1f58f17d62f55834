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
	u32			less[KSEM_OPS_MAX];	/* to undo, by the posts */
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

static struct ksem_handle *ksem_multi_handle(const struct ksem_multi *multi,
					     unsigned int i)
{
	return multi->files[i]->private_data;
}

static int ksem_multi_any(struct ksem_multi *multi, bool undo, bool nowait,
			  const struct ksem_deadline *deadline, u32 *index)
{
	int err = ksem_wait_any(multi->ops, multi->nr, nowait, deadline, index);

	if (!err)
		ksem_handle_took(ksem_multi_handle(multi, *index),
				 multi->ops[*index].units, undo);
	return err;
}

static int ksem_multi_all(struct ksem_multi *multi, bool undo, bool nowait,
			  const struct ksem_deadline *deadline, u32 *index)
{
	const struct ksem_op *ops = multi->ops;
	unsigned int i;
	int err;

	for (i = 0; i < multi->nr; i++)
		if (ops[i].op == KSEM_OP_POST)
			multi->less[i] =
				ksem_handle_gives(ksem_multi_handle(multi, i),
						  ops[i].units, undo);
	err = ksem_operate(ops, multi->nr, nowait, deadline, index);
	for (i = 0; i < multi->nr; i++) {
		u32 n = err ? multi->less[i] : 0;

		if (!err && ops[i].op == KSEM_OP_WAIT)
			n = ops[i].units;
		ksem_handle_took(ksem_multi_handle(multi, i), n, undo);
	}
	/* In one step, what is given can be what is taken. */
	for (i = 0; i < multi->nr && !err; i++)
		if (ops[i].op == KSEM_OP_POST)
			ksem_handle_gives(ksem_multi_handle(multi, i),
					  ops[i].units - multi->less[i], undo);
	return err;
}

static int ksem_multi_do(struct file *file, struct ksem_multi *multi,
			 struct ksem_ioc_multi *req, bool all)
{
	struct ksem_limit limit = { req->flags, req->clock, req->timeout };
	bool undo = req->flags & KSEM_WAIT_UNDO;
	const struct ksem_deadline *limited;
	struct ksem_deadline deadline;
	unsigned int i;
	bool nowait;
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
	nowait = ksem_file_nowait(file, &limit);
	limited = ksem_limit_deadline(&limit, &deadline);
	if (all)
		err = ksem_multi_all(multi, undo, nowait, limited, &req->index);
	else
		err = ksem_multi_any(multi, undo, nowait, limited, &req->index);
	if (err == -EINTR) {
		req->flags = limit.flags;
		req->clock = limit.clock;
		req->timeout = limit.timeout;
		return -ERESTARTSYS;
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

// SPDX-License-Identifier: GPL-2.0-only
/* The request that tells who is blocked. */

#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../sem/sem.h"
#include "handle.h"

/* Into the caller's array, whose elements may be longer or shorter than ours. */
static int ksem_waiters_copy(const struct ksem_ioc_waiters *req,
			     const struct ksem_ioc_waiter *told)
{
	void __user *to = u64_to_user_ptr(req->waiters);
	size_t ours = min_t(size_t, req->waiter_size, sizeof(*told));
	size_t rest = req->waiter_size - ours;
	unsigned int i;

	for (i = 0; i < req->nr; i++, to += req->waiter_size)
		if (copy_to_user(to, &told[i], ours) ||
		    clear_user(to + ours, rest))
			return -EFAULT;
	return 0;
}

int ksem_ioctl_waiters(struct file *file, void __user *arg, size_t size)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_ioc_waiters req;
	struct ksem_ioc_waiter *told;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size) ?:
	      ksem_check_id(handle->sem, req.id);
	if (err)
		return err;
	if (req.reserved || req.waiter_size < KSEM_WAITER_SIZE0)
		return -EINVAL;
	if (req.waiter_size > PAGE_SIZE)
		return -E2BIG;
	req.nr = min_t(u32, req.nr, KSEM_WAITERS_MAX);
	told = kcalloc(KSEM_WAITERS_MAX, sizeof(*told), GFP_KERNEL_ACCOUNT);
	if (!told)
		return -ENOMEM;
	req.nr = ksem_list_waiters(handle->sem, told, req.nr);
	req.total = ksem_blocked(handle->sem);
	err = ksem_waiters_copy(&req, told);
	kfree(told);
	if (!err && copy_to_user(arg, &req, min(size, sizeof(req))))
		err = -EFAULT;
	return err;
}

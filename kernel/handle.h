/* SPDX-License-Identifier: GPL-2.0-only */
/* What a handle is, for its calls and its requests. */
#ifndef _KSEM_HANDLE_H
#define _KSEM_HANDLE_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct ksem;
struct file;

/**
 * struct ksem_account - what a handle undoes when it is closed
 * @lock: innermost
 * @epoch: the semaphore's when @units was true
 * @units: to give back, or to take if it is below 0
 */
struct ksem_account {
	raw_spinlock_t	lock;
	u32		epoch;
	s64		units;
};

s64 ksem_account_add(struct ksem_account *account, const struct ksem *sem,
		     s64 units);
u32 ksem_account_less(struct ksem_account *account, const struct ksem *sem,
		      u32 n);

/**
 * struct ksem_handle - an open file of /dev/ksem/NAME
 * @sem: the semaphore
 * @account: of units taken here
 * @undo_rule: all that is taken here counts in @account
 */
struct ksem_handle {
	struct ksem		*sem;
	struct ksem_account	account;
	bool			undo_rule;
};

/* After units were taken; the caller holds the file, so it isn't closed yet. */
static inline void ksem_handle_took(struct ksem_handle *handle, u32 n,
				    bool undo)
{
	if (undo || handle->undo_rule)
		ksem_account_add(&handle->account, handle->sem, n);
}

/*
 * Before units are given, as another thread may take them by the same handle
 * right away.  Returns how many of them need not come back any more, and do need
 * it again if they can't be given: who gives more than was taken has made units,
 * which don't go away again.
 */
static inline u32 ksem_handle_gives(struct ksem_handle *handle, u32 n,
				    bool undo)
{
	if (!undo && !handle->undo_rule)
		return 0;
	return ksem_account_less(&handle->account, handle->sem, n);
}

int ksem_handle_take(struct ksem_handle *handle, u32 n, bool nowait);
int ksem_handle_post(struct ksem_handle *handle, u32 n, bool undo);

extern const struct file_operations ksem_handle_fops;
long ksem_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int ksem_ioctl_multi(struct file *file, void __user *arg, size_t size, bool all);

#endif /* _KSEM_HANDLE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* What a handle is, for its calls and its requests. */
#ifndef _KSEM_HANDLE_H
#define _KSEM_HANDLE_H

#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/types.h>

struct ksem;
struct file;

/**
 * struct ksem_handle - an open file of /dev/ksem/NAME
 * @sem: the semaphore
 * @undo: units to give back at the end, or to take if it is below 0
 * @undo_rule: all that is taken here counts in @undo
 */
struct ksem_handle {
	struct ksem	*sem;
	atomic64_t	undo;
	bool		undo_rule;
};

/* After units were taken; the caller holds the file, so it isn't closed yet. */
static inline void ksem_handle_took(struct ksem_handle *handle, u32 n,
				    bool undo)
{
	if (undo || handle->undo_rule)
		atomic64_add(n, &handle->undo);
}

/* Takes up to n off what is to be given back; returns how many that were. */
static inline u32 ksem_undo_less(atomic64_t *undo, u32 n)
{
	s64 old = atomic64_read(undo);
	s64 less;

	do {
		less = clamp_t(s64, old, 0, n);
	} while (!atomic64_try_cmpxchg(undo, &old, old - less));
	return less;
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
	return ksem_undo_less(&handle->undo, n);
}

int ksem_handle_take(struct ksem_handle *handle, u32 n, bool nowait);
int ksem_handle_post(struct ksem_handle *handle, u32 n, bool undo);

extern const struct file_operations ksem_handle_fops;
long ksem_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int ksem_ioctl_multi(struct file *file, void __user *arg, size_t size, bool all);

#endif /* _KSEM_HANDLE_H */

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
 * @undo: units to give back at the end
 * @undo_rule: all that is taken here counts in @undo
 */
struct ksem_handle {
	struct ksem	*sem;
	atomic64_t	undo;
	bool		undo_rule;
};

/* The caller holds the file, so it isn't closed between units and account. */
static inline void ksem_handle_took(struct ksem_handle *handle, u32 n,
				    bool undo)
{
	if (undo || handle->undo_rule)
		atomic64_add(n, &handle->undo);
}

/* Who gives more than was taken has made units: they don't go away again. */
static inline void ksem_handle_gave(struct ksem_handle *handle, u32 n,
				    bool undo)
{
	s64 old;

	if (!undo && !handle->undo_rule)
		return;
	old = atomic64_read(&handle->undo);
	while (!atomic64_try_cmpxchg(&handle->undo, &old, max(old - n, 0LL)))
		;
}

extern const struct file_operations ksem_handle_fops;
long ksem_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* _KSEM_HANDLE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* What a handle is, for its calls and its requests. */
#ifndef _KSEM_HANDLE_H
#define _KSEM_HANDLE_H

#include <linux/err.h>

#include "../sem/account.h"
#include "device.h"

struct file;

/**
 * struct ksem_handle - an open file of /dev/ksem/NAME
 * @sem: the semaphore, to which it has a reference
 * @device: its device
 * @account: of units taken here
 * @owner: of the node when it was opened
 * @nr: tells it from all others in /proc/PID/fdinfo
 * @undo_rule: all that is taken here counts in @account
 * @accounts: one for each member of the group, for what is done by this handle;
 *	there from the first one that is needed on
 * @undo_for: with @accounts, the process by whose end they are undone at the latest
 */
struct ksem_handle {
	struct ksem		*sem;
	struct ksem_device	*device;
	struct ksem_account	account;
	kuid_t			owner;
	u64			nr;
	bool			undo_rule;
	struct ksem_account	*accounts;
	struct pid		*undo_for;
};

/* Where a take or a post has to be written down, or NULL. */
static inline struct ksem_account *ksem_handle_account(struct ksem_handle *handle,
						       bool undo)
{
	return undo || handle->undo_rule ? &handle->account : NULL;
}

/* Sizes of the first versions: less than that is no request. */
#define KSEM_WAIT_SIZE0		32
#define KSEM_POST_SIZE0		16
#define KSEM_INFO_SIZE0		80
#define KSEM_OP_SIZE0		24
#define KSEM_MULTI_SIZE0	40
#define KSEM_SETTINGS_SIZE0	48
#define KSEM_GROUP_SIZE0	40
#define KSEM_JOIN_SIZE0		16
#define KSEM_SEMOP_SIZE0	32
#define KSEM_MEMBER_SIZE0	48
#define KSEM_VALUES_SIZE0	24
#define KSEM_FIND_SIZE0		320
#define KSEM_WAITER_SIZE0	48
#define KSEM_WAITERS_SIZE0	32

#define KSEM_SET_CONFIG	(KSEM_SET_VALUE | KSEM_SET_MAX | KSEM_SET_ORDER | \
			 KSEM_SET_UNDO | KSEM_SET_MAPPABLE | KSEM_SET_FAIR | \
			 KSEM_SET_RECORD | KSEM_SET_SHUTDOWN)
#define KSEM_SET_NEXT	((KSEM_SET_CONFIG & ~KSEM_SET_SHUTDOWN) | \
			 KSEM_SET_MODE | KSEM_SET_GROUP)

/* Does a request mean this semaphore?  The file's own errors come later. */
static inline int ksem_check_id(const struct ksem *sem, u64 id)
{
	return id && id != sem->id ? -ESTALE : 0;
}

int ksem_handle_take(struct ksem_handle *handle, u32 n, bool nowait);
int ksem_handle_post(struct ksem_handle *handle, u32 n, bool undo);

extern const struct file_operations ksem_handle_fops;
long ksem_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
long ksem_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
int ksem_ioctl_multi(struct file *file, void __user *arg, size_t size, bool all);
bool ksem_handle_is_owners(const struct file *file);

/* who.c */
int ksem_ioctl_waiters(struct file *file, void __user *arg, size_t size);

/* group.c */
int ksem_ioctl_semop(struct file *file, void __user *arg, size_t size);
long ksem_ioctl_group(struct file *file, unsigned int cmd, void __user *arg);
void ksem_handle_process_ends(struct ksem_handle *handle);
void ksem_handle_undo_group(struct ksem_handle *handle);

#endif /* _KSEM_HANDLE_H */

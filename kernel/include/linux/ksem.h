/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting semaphores that the kernel and user space share.
 *
 * A semaphore made by mkdir in configfs, or by ksem_create(), is one object: the
 * functions below, the files in its directory and the handles of its device act
 * on the same units, and everybody waits in the same queue.
 *
 * Units are handed over: a post gives its units to the waiters in order, and
 * no newcomer overtakes a waiter.  A waiter for n units blocks until it gets
 * all of them at once; those behind it wait their turn.
 *
 * Everywhere, n is 1..KSEM_VALUE_MAX; 0 gives -EINVAL.
 */
#ifndef _LINUX_KSEM_H
#define _LINUX_KSEM_H

#include <linux/atomic.h>
#include <linux/ktime.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/types.h>
#include <uapi/linux/ksem.h>

struct ksem;
struct ksem_request;
struct ksem_any;
struct ksem_account;
struct task_struct;

/* Private: an entry of the queue, in the frame of the sleeper or in a request */
struct ksem_waiter {
	struct rb_node		node;
	u64			ticket;
	unsigned int		units;
	int			prio;
	int			status;
	int			index;	/* in a wait for any of several */
	struct ksem_any		*any;	/* that wait, or NULL */
	struct task_struct	*task;	/* NULL in a request */
};

/**
 * typedef ksem_granted_t - what a request calls when it is over
 * @req: the request
 * @err: 0, the units are yours; or -EIDRM, the semaphore was shut down
 *
 * Context: hard irq; on PREEMPT_RT a per-CPU kernel thread.  Must not sleep.
 * No lock of ksem is held: it may post, trywait and submit @req again.  It
 * must not free @req.
 */
typedef void (*ksem_granted_t)(struct ksem_request *req, int err);

/**
 * struct ksem_request - an asynchronous wait, embedded in the caller's data
 *
 * Set it up with ksem_request_init().  All members are private.
 */
struct ksem_request {
	/* private: */
	struct ksem_waiter	waiter;
	struct llist_node	over;
	struct ksem		*sem;
	u64			start;
	ksem_granted_t		granted;
	atomic_t		state;
};

/**
 * struct ksem_op - one of several operations
 * @sem: with it
 * @op: KSEM_OP_*
 * @units: how many; 0 for ZERO, 0..KSEM_VALUE_MAX for SET
 * @flags: 0 or KSEM_OP_NOWAIT
 */
struct ksem_op {
	struct ksem	*sem;
	u32		op;
	u32		units;
	u32		flags;
	/* private: of a handle, for its flags */
	struct ksem_account *account;
};

struct ksem *ksem_get(const char *name);
void ksem_put(struct ksem *sem);
struct ksem *ksem_create(const char *name, unsigned int value,
			 unsigned int max);
void ksem_destroy(struct ksem *sem);

int ksem_wait_n(struct ksem *sem, unsigned int n);
int ksem_wait_killable_n(struct ksem *sem, unsigned int n);
int ksem_timedwait_n(struct ksem *sem, unsigned int n, ktime_t timeout);
int ksem_trywait_n(struct ksem *sem, unsigned int n);
int ksem_post_n(struct ksem *sem, unsigned int n);
unsigned int ksem_value(struct ksem *sem);

int ksem_operate(const struct ksem_op *ops, unsigned int nr,
		 unsigned int *index);
int ksem_operate_timeout(const struct ksem_op *ops, unsigned int nr,
			 ktime_t timeout, unsigned int *index);

void ksem_request_init(struct ksem_request *req, ksem_granted_t granted);
int ksem_wait_async_n(struct ksem *sem, unsigned int n,
		      struct ksem_request *req);
bool ksem_cancel(struct ksem_request *req);
bool ksem_cancel_sync(struct ksem_request *req);

/* The same for one unit. */

static inline int ksem_wait(struct ksem *sem)
{
	return ksem_wait_n(sem, 1);
}

static inline int ksem_wait_killable(struct ksem *sem)
{
	return ksem_wait_killable_n(sem, 1);
}

static inline int ksem_timedwait(struct ksem *sem, ktime_t timeout)
{
	return ksem_timedwait_n(sem, 1, timeout);
}

static inline int ksem_trywait(struct ksem *sem)
{
	return ksem_trywait_n(sem, 1);
}

static inline int ksem_post(struct ksem *sem)
{
	return ksem_post_n(sem, 1);
}

static inline int ksem_wait_async(struct ksem *sem, struct ksem_request *req)
{
	return ksem_wait_async_n(sem, 1, req);
}

#endif /* _LINUX_KSEM_H */

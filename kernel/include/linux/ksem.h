/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting semaphores that the kernel and user space share.
 *
 * A semaphore made by mkdir in configfs, or by ksem_create(), is one object: the
 * functions below, the files in its directory and the handles of its device act
 * on the same units, and everybody waits in the same queue.
 *
 * Units are handed over: a post gives its units to the waiters in order, and no
 * newcomer overtakes a waiter, unless the file "fair" says 0.  A waiter for n units
 * blocks until it gets all of them at once; those behind it wait their turn.
 *
 * Everywhere, n is 1..KSEM_VALUE_MAX; 0 gives -EINVAL.
 */
#ifndef _LINUX_KSEM_H
#define _LINUX_KSEM_H

#include <linux/atomic.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/module.h>
#include <linux/types.h>
#include <linux/version.h>
#include <uapi/linux/ksem.h>

/* What a module that uses these functions says once: their symbol namespace. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define KSEM_IMPORT()	MODULE_IMPORT_NS(KSEM)
#else
#define KSEM_IMPORT()	MODULE_IMPORT_NS("KSEM")
#endif

struct device;
struct ksem;
struct ksem_request;
struct notifier_block;
struct ksem_account;
struct ksem_batch;
struct ksem_waiter;
struct task_struct;

/*
 * Private: what a waiter does when it is served, under the semaphore's lock.
 * Afterwards the waiter may be gone.  False if it doesn't want the units.
 */
typedef bool (*ksem_served_t)(struct ksem_waiter *waiter, int status,
			      struct ksem_batch *batch);

/* Private: an entry of the queue, in the frame of the sleeper or in a request */
struct ksem_waiter {
	union {
		struct list_head	entry;	/* in order fifo */
		struct rb_node		node;	/* in order priority */
	};
	struct rb_node		wide;	/* if it is for more than one unit */
	u64			ticket;
	u64			since;	/* by local_clock() */
	unsigned int		units;
	int			prio;
	int			status;
	struct task_struct	*task;	/* NULL in a request */
	ksem_served_t		served;
};

/* Private: something to be called without a lock */
struct ksem_call {
	union {
		struct ksem_call	*next;
		struct llist_node	late;
	};
	void			(*fn)(struct ksem_call *call);
};

/**
 * typedef ksem_granted_t - what a request calls when it is over
 * @req: the request
 * @err: 0, the units are yours; or -EIDRM, the semaphore was shut down
 *
 * Context: a task that can be preempted and holds no spinlock: the one that posted or
 * let others pass in another way, or the kernel thread "ksem" if that can't be
 * preempted.  Must not sleep, as the post waits for it.  No lock of ksem is held: it may
 * post, trywait and submit @req again.  It must not free @req.
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
	struct ksem_call	call;
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

/* Private: what the macros below call, with the module that does. */
struct ksem *ksem_get_for(struct module *module, const char *name);
struct ksem *ksem_get_fd_for(struct module *module, int fd);
struct ksem *ksem_get_or_create_for(struct module *module, const char *name,
				    unsigned int value, unsigned int max);
struct ksem *devm_ksem_get_for(struct module *module, struct device *dev,
			       const char *name);
void ksem_put_for(struct module *module, struct ksem *sem);
struct ksem *ksem_create_for(struct module *module, const char *name,
			     unsigned int value, unsigned int max);
void ksem_destroy_for(struct module *module, struct ksem *sem);

/**
 * ksem_get - find a semaphore by name and hold it
 * @name: the name of its directory
 *
 * While it is held, rmdir of the directory fails with EBUSY.  It doesn't
 * matter whether mkdir or ksem_create() made it.
 *
 * Context: process context; may sleep.  Also from a callback of another
 * configfs subsystem.
 * Return: the semaphore, to be given back with ksem_put(); or -ENOENT, -ENOMEM.
 */
#define ksem_get(name)	ksem_get_for(THIS_MODULE, name)

/**
 * ksem_get_fd - hold the semaphore of a descriptor that a program has handed in
 * @fd: a descriptor of the calling task, open for reading and writing
 *
 * The permission is the descriptor's: no name is looked up.  It also works when
 * the directory has been removed; else, rmdir fails with EBUSY from now on.
 *
 * Context: process context of the program; may sleep.
 * Return: the semaphore, to be given back with ksem_put(); or -EBADF if @fd isn't
 * open for both; -EINVAL if it is no handle of a semaphore; -ENOMEM.
 */
#define ksem_get_fd(fd)	ksem_get_fd_for(THIS_MODULE, fd)

/**
 * ksem_get_or_create - find a semaphore by name, or make it
 * @name: as for ksem_create()
 * @value: as there; counts only if it is made
 * @max: as there; counts only if it is made
 *
 * A semaphore that was made so belongs to all who have got it: it ends, as by
 * ksem_destroy(), with the last ksem_put().
 *
 * Context: process context; sleeps.
 * Return: the semaphore, to be given back with ksem_put(), whichever it was; or
 * the errors of ksem_create() but -EEXIST; -EINTR if a signal came while somebody
 * else was making or removing one of that name.
 */
#define ksem_get_or_create(name, value, max)				\
	ksem_get_or_create_for(THIS_MODULE, name, value, max)

/**
 * devm_ksem_get - as ksem_get(), for as long as a driver is bound to a device
 * @dev: the device; when its driver is unbound, the semaphore is let go of
 * @name: the name of the semaphore's directory
 *
 * A probe that returns the error tries again when a semaphore has been made.
 *
 * Context: process context; may sleep.
 * Return: the semaphore; or -EPROBE_DEFER if there is none of that name yet;
 * -ENOMEM.
 */
#define devm_ksem_get(dev, name)	devm_ksem_get_for(THIS_MODULE, dev, name)

/**
 * ksem_put - let go of a semaphore
 * @sem: what ksem_get(), ksem_get_fd() or ksem_get_or_create() returned, also an
 *	error or NULL; nothing of the caller waits for it any more
 *
 * Context: process context; may sleep.
 */
#define ksem_put(sem)	ksem_put_for(THIS_MODULE, sem)

/**
 * ksem_create - make a semaphore
 * @name: the name of its directory, 1 to 255 bytes other than / and ! and
 *	control characters; and not ".", ".." or ".control"
 * @value: units it has at first, 0 to @max
 * @max: its ceiling, 1 to KSEM_VALUE_MAX
 *
 * Its directory and device look and work like those that mkdir made, but user
 * space can't remove them, and may map the device only after
 * "echo 1 > mappable".
 *
 * Context: process context; sleeps.  Also from a callback of another configfs
 * subsystem.  If the caller holds a lock that the directory has to wait for, it
 * comes a moment after the return.
 * Return: the semaphore, to be ended with ksem_destroy(); or -EEXIST if there
 * is one of that name, -EINVAL, -ENAMETOOLONG, -ENOMEM; -ENOSPC if there are as
 * many as there can be.
 */
#define ksem_create(name, value, max)					\
	ksem_create_for(THIS_MODULE, name, value, max)

/**
 * ksem_destroy - end a semaphore that ksem_create() made
 * @sem: the semaphore, or an error or NULL
 *
 * It is shut down, so that everybody blocked on it gets EIDRM, and its
 * directory and device are removed.  Modules that hold it with ksem_get(), and
 * programs with an open handle, get EIDRM until they let go.
 *
 * The caller's own waits and posts have returned and its requests are over, or
 * they hold the semaphore by a ksem_get() of their own.
 *
 * Context: process context; sleeps.  Also from a callback of another configfs
 * subsystem.  If the caller holds a lock that the directory has to wait for, it
 * goes a moment after the return.
 */
#define ksem_destroy(sem)	ksem_destroy_for(THIS_MODULE, sem)

/* What a notifier is told; the data is the name. */
#define KSEM_NAME_ADDED		1
#define KSEM_NAME_REMOVED	2

int ksem_register_notifier(struct notifier_block *nb);
int ksem_unregister_notifier(struct notifier_block *nb);

int ksem_wait_n(struct ksem *sem, unsigned int n);
int ksem_wait_killable_n(struct ksem *sem, unsigned int n);
int ksem_timedwait_n(struct ksem *sem, unsigned int n, ktime_t timeout);
int ksem_trywait_n(struct ksem *sem, unsigned int n);
int ksem_post_n(struct ksem *sem, unsigned int n);
unsigned int ksem_value(struct ksem *sem);
int ksem_configure(struct ksem *sem, const struct ksem_settings *settings);

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

/*
 * With cleanup.h, a semaphore and a unit can belong to a scope:
 *
 *	struct ksem *sem __free(ksem_put) = ksem_get("name");
 *	struct ksem *sem __free(ksem_destroy) = ksem_create("name", 1, 1);
 *
 *	CLASS(ksem_unit, unit)(sem);	waits as ksem_wait()
 *	if (unit.err)
 *		return unit.err;
 *	...				posted when the scope is left
 *
 * ksem_unit_timeout takes a timeout, too, as ksem_timedwait(); ksem_unit_try
 * doesn't sleep.
 */
#ifdef __CHECKER__	/* sparse has no __has_include() */
#define KSEM_HAS_CLEANUP
#elif __has_include("linux/cleanup.h")
#define KSEM_HAS_CLEANUP
#endif

#ifdef KSEM_HAS_CLEANUP
#include <linux/cleanup.h>

DEFINE_FREE(ksem_put, struct ksem *, ksem_put(_T))
DEFINE_FREE(ksem_destroy, struct ksem *, ksem_destroy(_T))

struct ksem_unit {
	struct ksem	*sem;
	int		err;
};

static inline void ksem_unit_end(struct ksem_unit unit)
{
	if (!unit.err)
		ksem_post(unit.sem);
}

DEFINE_CLASS(ksem_unit, struct ksem_unit, ksem_unit_end(_T),
	     ((struct ksem_unit){ sem, ksem_wait(sem) }), struct ksem *sem)
DEFINE_CLASS(ksem_unit_timeout, struct ksem_unit, ksem_unit_end(_T),
	     ((struct ksem_unit){ sem, ksem_timedwait(sem, timeout) }),
	     struct ksem *sem, ktime_t timeout)
DEFINE_CLASS(ksem_unit_try, struct ksem_unit, ksem_unit_end(_T),
	     ((struct ksem_unit){ sem, ksem_trywait(sem) }), struct ksem *sem)
#endif /* KSEM_HAS_CLEANUP */

#endif /* _LINUX_KSEM_H */

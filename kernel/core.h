/* SPDX-License-Identifier: GPL-2.0-only */
/* The semaphore itself, and what its doors may do with it. */
#ifndef _KSEM_CORE_H
#define _KSEM_CORE_H

#include <linux/atomic.h>
#include <linux/configfs.h>
#include <linux/ksem.h>
#include <linux/spinlock.h>

/*
 * The word: everything that an uncontended wait or post has to know, so that
 * one compare-and-exchange does it and a changed ceiling can't slip by.
 *
 *   bits  0..30  units available
 *   bit  31      CONTENDED: only the holder of the lock may change the word
 *   bits 32..62  the ceiling
 *
 * CONTENDED is set while the lock is held, while anyone is queued, and for
 * ever after shutdown; a fast path that sees it goes to the lock.
 */
#define KSEM_UNITS(word)	((u32)(word) & KSEM_VALUE_MAX)
#define KSEM_CONTENDED		BIT_ULL(31)
#define KSEM_CEILING(word)	((u32)((u64)(word) >> 32))

/**
 * struct ksem - a counting semaphore
 * @group: its directory; the reference count of the item is the semaphore's
 * @word: units, CONTENDED and ceiling; see above
 * @lock: guards what follows; innermost, taken from any context but NMI.
 *	Other locks of the kernel taken under it: those of wake_up_process().
 * @queue: the waiters, the one to serve next leftmost
 * @tickets: handed out so far; equals are served in the order of tickets
 * @units: the units of @word while the lock is held, else stale
 * @max: the ceiling
 * @nr_waiters: length of @queue
 * @by_priority: order of @queue, changed only while it is empty
 * @dead: shut down, for ever
 * @by_kernel: made by ksem_create(): user space can't remove the directory
 * @listed: the directory of a semaphore @by_kernel is there
 * @rcu: the memory outlives the last reference by a grace period, since the
 *	last waiter may go, and take its reference along, while its poster still
 *	holds the lock
 */
struct ksem {
	struct config_group	group;
	atomic64_t		word;
	raw_spinlock_t		lock;
	struct rb_root_cached	queue;
	u64			tickets;
	u32			units;
	u32			max;
	unsigned int		nr_waiters;
	bool			by_priority;
	bool			dead;
	bool			by_kernel;
	bool			listed;
	struct rcu_head		rcu;
};

static inline struct ksem *to_ksem(struct config_item *item)
{
	return container_of(to_config_group(item), struct ksem, group);
}

static inline const char *ksem_name(const struct ksem *sem)
{
	return sem->group.cg_item.ci_name;
}

/* core.c; all of these from any context but NMI, the errors are in the ABI */
void ksem_init(struct ksem *sem, u32 value, u32 max);
int ksem_set_value(struct ksem *sem, u32 value);
int ksem_set_max(struct ksem *sem, u32 max);
int ksem_set_order(struct ksem *sem, bool by_priority);
void ksem_shutdown(struct ksem *sem);

/* core.c, for async.c */
#define KSEM_QUEUED	1	/* status of a waiter; over: 0 or an errno */
unsigned long ksem_lock(struct ksem *sem) __acquires(&sem->lock);
void ksem_settle_and_unlock(struct ksem *sem, unsigned long flags)
	__releases(&sem->lock);
int ksem_take(struct ksem *sem, u32 n);
void ksem_enqueue(struct ksem *sem, struct ksem_waiter *waiter, u32 n,
		  struct task_struct *task);
void ksem_dequeue(struct ksem *sem, struct ksem_waiter *waiter);

/* async.c */
void ksem_request_over(struct ksem_waiter *waiter);

/* configfs.c */
int ksem_pin(struct ksem *sem);
void ksem_unpin(struct ksem *sem);
struct ksem *ksem_alloc(const char *name, u32 value, u32 max);
extern struct configfs_subsystem ksem_subsys;
int ksem_configfs_init(void);
void ksem_configfs_exit(void);

#endif /* _KSEM_CORE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The semaphore itself: what the files of this folder share, and what the floors
 * above may call.
 *
 * Locking, outermost first:
 *
 *   sem->poll.lock	the wait queue of poll().  On PREEMPT_RT it sleeps, so it is
 *			never taken under one of the locks below.
 *   sem->lock		guards everything from @units to @record in struct ksem.
 *			A step takes the locks of several semaphores, in the order
 *			of their addresses.
 *   account->lock	guards one account; taken under sem->lock by a step.
 *
 * The last two are raw spinlocks, taken with interrupts off, in any context but
 * NMI, and held for a bounded time.  Nobody is woken and nothing is called under
 * them: that happens after the unlock, from a batch.
 */
#ifndef _KSEM_SEM_H
#define _KSEM_SEM_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/ksem.h>
#include <linux/percpu.h>
#include <linux/poll.h>
#include <linux/preempt.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "batch.h"
#include "call.h"
#include "count.h"
#include "record.h"

enum ksem_order {
	KSEM_FIFO = KSEM_ORDER_FIFO,
	KSEM_PRIORITY = KSEM_ORDER_PRIORITY,
};

/**
 * struct ksem_queue - waiters in the order in which they are served
 * @fifo: in order fifo
 * @by_prio: in order priority; equals are served in the order of their tickets
 * @tickets: handed out so far
 * @wide: the waiters for more than one unit once more, by units
 */
struct ksem_queue {
	struct list_head	fifo;
	struct rb_root_cached	by_prio;
	u64			tickets;
	struct rb_root		wide;
};

#define KSEM_CHANGED_STEPS	0x1	/* blocked steps have to try again */
/* Pollers have to look again: there may be units, or there may be room. */
#define KSEM_CHANGED_UNITS	0x2
#define KSEM_CHANGED_ROOM	0x4
#define KSEM_CHANGED_POLL	(KSEM_CHANGED_UNITS | KSEM_CHANGED_ROOM)
#define KSEM_CHANGED		(KSEM_CHANGED_STEPS | KSEM_CHANGED_POLL)
/* By a post, and by a wait. */
#define KSEM_CHANGED_GIVEN	(KSEM_CHANGED_STEPS | KSEM_CHANGED_UNITS)
#define KSEM_CHANGED_TAKEN	(KSEM_CHANGED_STEPS | KSEM_CHANGED_ROOM)

/**
 * struct ksem - a counting semaphore
 * @word: where the word is now: @own_word, or in a page that programs map; moved
 *	under @lock.  <uapi/linux/ksem.h> has the word's layout.
 * @own_word: CONTENDED for ever once the word has moved from here
 * @stats: counted without a lock
 * @lock: guards the members up to @record
 * @units: the units of @word while the lock is held, else stale
 * @max: the ceiling
 * @nr_waiters: length of @queue
 * @nr_steps: blocked steps that have an operation on this semaphore, or want to be
 *	told of its end
 * @nr_for_units: those of them for which there are too few units here
 * @nr_for_zero: those of them for which there are units here
 * @order: of @queue; changes only while nobody is blocked
 * @dead: shut down, for ever
 * @unfair: threads that run may take units ahead of the queue
 * @nudged: a waiter has been woken to try, and hasn't got its unit yet
 * @watched: ksem_watch() wants to be told of every change; under @poll.lock
 * @recorded: who operates on it is written down, so that the word is CONTENDED
 * @opened: the word has been open with a ceiling of 0
 * @lowered: @max has been lowered since
 * @changed: KSEM_CHANGED_*, what has still to be told
 * @epoch: raised when the accounts of all handles become void
 * @zeros: how often blocked steps have found no units
 * @passing_end: until when the waiter that was nudged can be passed, by local_clock()
 * @timer_end: when @passing ends, if it is set
 * @queue: the waiters
 * @steps: blocked steps that have to try again after the next change
 * @steps_due: those that have to be woken now
 * @for_end: waiters that only a shutdown ends; they count in @nr_steps
 * @passing: ends the time in which a nudged waiter can be passed
 * @poll: pollers, and others that want to be told of changes
 * @record: of the last operation; guarded by @lock
 * @wait_ns_max: the longest wait
 * @late: KSEM_CHANGED_*, with which @rest has been handed to the thread; or 0
 * @rest: what a post leaves to the thread
 * @id: never given to another semaphore
 * @name: for tracing
 * @refs: the semaphore's memory stays as long as this is above 0
 * @release: frees it; process context
 */
struct ksem {
	atomic64_t		*word;
	atomic64_t		own_word;
	struct ksem_stats __percpu *stats;

	raw_spinlock_t		lock;
	u32			units;
	u32			max;
	unsigned int		nr_waiters;
	unsigned int		nr_steps;
	unsigned int		nr_for_units;
	unsigned int		nr_for_zero;
	enum ksem_order		order;
	bool			dead;
	bool			unfair;
	bool			nudged;
	bool			watched;
	bool			recorded;
	bool			opened;
	bool			lowered;
	u8			changed;
	u32			epoch;
	u32			zeros;
	u64			passing_end;
	u64			timer_end;
	struct ksem_queue	queue;
	struct list_head	steps;
	struct list_head	steps_due;
	struct list_head	for_end;

	struct ksem_record	record;
	struct hrtimer		passing;
	wait_queue_head_t	poll;
	atomic64_t		wait_ns_max;
	atomic_t		late;
	struct ksem_call	rest;
	u64			id;
	const char		*name;
	refcount_t		refs;
	void			(*release)(struct ksem *sem);
};

/**
 * struct ksem_sleeper - a blocked step in the list of one semaphore
 * @node: in @steps or @steps_due, or empty; guarded by the semaphore's lock
 * @task: to be woken
 * @step: all that it changes is here, so the task that makes the awaited change
 *	carries it out; else NULL, and its task has to try again
 * @units: of its first operation on the semaphore
 * @since: when it began to block, by local_clock()
 */
struct ksem_sleeper {
	struct list_head	node;
	struct task_struct	*task;
	struct ksem_step	*step;
	u32			units;
	u64			since;
};

/**
 * struct ksem_deadline - when a wait is given up
 * @at: by the clock
 * @clock: one that hrtimers have
 */
struct ksem_deadline {
	ktime_t		at;
	clockid_t	clock;
};

/* What a semaphore has by itself; all else belongs to its device. */
#define KSEM_SET_OWN	(KSEM_SET_VALUE | KSEM_SET_MAX | KSEM_SET_ORDER | \
			 KSEM_SET_FAIR | KSEM_SET_RECORD)

/* core.c; any context but NMI, unless it says more; the errors are in the ABI */
int ksem_init(struct ksem *sem, const char *name, u32 value, u32 max);
void ksem_free(struct ksem *sem);
void ksem_ref(struct ksem *sem);
void ksem_unref(struct ksem *sem); /* process context; may sleep */
int ksem_trywait_slow(struct ksem *sem, u32 n, struct ksem_account *account);
int ksem_post_slow(struct ksem *sem, u32 n, struct ksem_account *account);
int ksem_post_open(struct ksem *sem, u32 n, s64 word);
int ksem_set_value(struct ksem *sem, u32 value);
int ksem_set_max(struct ksem *sem, u32 max);
int ksem_shutdown(struct ksem *sem);
void ksem_undo(struct ksem *sem, struct ksem_account *account);
void ksem_move_word(struct ksem *sem, atomic64_t *word);
unsigned int ksem_blocked(const struct ksem *sem);

static inline u32 ksem_order(const struct ksem *sem)
{
	return READ_ONCE(sem->order);
}

static inline bool ksem_is_fair(const struct ksem *sem)
{
	return !READ_ONCE(sem->unfair);
}

/* core.c, for the waits */
/* The status of a waiter that is queued; afterwards 0 or an errno. */
#define KSEM_NUDGED	1	/* may be passed, and has been woken to try */
#define KSEM_QUEUED	2
#define KSEM_PASSABLE	3	/* may be passed, if the semaphore isn't fair */
#define KSEM_PASSED	4	/* was nudged and passed, and will look again */
/* The units of a waiter that only a shutdown ends. */
#define KSEM_NEVER	U32_MAX
void ksem_unlock(struct ksem *sem, unsigned long flags)
	__releases(&sem->lock);
int ksem_take(struct ksem *sem, u32 n);
int ksem_give(struct ksem *sem, u32 n);
int ksem_set(struct ksem *sem, u32 value);
void ksem_enqueue(struct ksem *sem, struct ksem_waiter *waiter, u32 n,
		  struct task_struct *task, ksem_served_t served);
void ksem_enqueue_for_end(struct ksem *sem, struct ksem_waiter *waiter,
			  struct task_struct *task, ksem_served_t served);
void ksem_dequeue(struct ksem *sem, struct ksem_waiter *waiter);
int ksem_try_nudged(struct ksem *sem, struct ksem_waiter *waiter);
bool ksem_can_pass(struct ksem *sem);
bool ksem_hand_over(struct ksem *sem, u32 n);
void ksem_leave_open_word(struct ksem *sem);
bool ksem_serve(struct ksem *sem, struct ksem_batch *batch);
void ksem_settle_later(struct ksem *sem, int changed);

/* wait.c; process context, they sleep */
int ksem_block(struct ksem *sem, u32 n, unsigned int state,
	       const struct ksem_deadline *deadline,
	       struct ksem_account *account);
unsigned int ksem_sleep_state(unsigned int state);
int ksem_sleep_until(const struct ksem_deadline *deadline);
ktime_t ksem_clock_now(clockid_t clock);

/* record.c; under the lock, unless it says more */
struct pid *ksem_process_of(struct task_struct *task);
void ksem_record_process(struct ksem *sem, struct pid *pid);
void ksem_record_set(struct ksem *sem);
void ksem_record_read(struct ksem *sem, struct ksem_record *record, pid_t *pid);
void ksem_record_free(struct ksem *sem);

/* NULL in an interrupt, too. */
static inline struct pid *ksem_process_now(void)
{
	return ksem_process_of(in_task() ? current : NULL);
}

/* The context that runs has operated on the semaphore. */
static __always_inline void ksem_record_op(struct ksem *sem)
{
	if (unlikely(sem->recorded))
		ksem_record_process(sem, ksem_process_now());
}

/* who.c; any context but NMI */
unsigned int ksem_list_waiters(struct ksem *sem, struct ksem_ioc_waiter *told,
			       unsigned int room);

/* any.c, step.c; process context, they sleep unless told not to */
bool ksem_any_served(struct ksem_waiter *waiter, int status,
		     struct ksem_batch *batch);
/* With all: nothing, or -EIDRM if it is shut down.  With any: waits for that. */
#define KSEM_OP_ALIVE	(KSEM_OP_SET + 1)
int ksem_wait_any(const struct ksem_op *ops, unsigned int nr, bool nowait,
		  const struct ksem_deadline *deadline, unsigned int *index);
bool ksem_step_carry_out(struct ksem_step *step, struct ksem *sem,
			 struct ksem_batch *batch);
int ksem_op_check(const struct ksem_op *op);
int ksem_operate_until(const struct ksem_op *ops, unsigned int nr,
		       const struct ksem_deadline *deadline,
		       unsigned int *index);
int ksem_operate_alone(const struct ksem_op *op, const struct ksem *head);
int ksem_look(const struct ksem_op *ops, unsigned int nr, u32 *values);

/* poll.c */
__poll_t ksem_poll_news(struct ksem *sem);
__poll_t ksem_poll(struct ksem *sem, struct file *file, poll_table *wait);
void ksem_tell(struct ksem *sem, __poll_t news);
void ksem_watch(struct ksem *sem, struct wait_queue_entry *entry);
void ksem_watched(struct ksem *sem, struct wait_queue_entry *entry);
void ksem_unwatch(struct ksem *sem, struct wait_queue_entry *entry);

/*
 * A watcher joins the wait queue first and then takes the lock and looks, so
 * either the holder of the lock sees it here or it sees what has changed.
 */
static inline bool ksem_observed(struct ksem *sem)
{
	/* Ordered by the lock. */
	return waitqueue_active(&sem->poll);
}

static inline s64 ksem_word(u32 units, u32 max, bool contended)
{
	return (u64)max << 32 | (contended ? KSEM_WORD_CONTENDED : 0) | units;
}

/* Takes the word away from the fast paths; the lock was just taken. */
static __always_inline void ksem_enter(struct ksem *sem)
{
	s64 word = atomic64_xchg(sem->word, ksem_word(0, sem->max, true));

	sem->units = min(KSEM_WORD_UNITS(word), sem->max);
}

/* RELEASE: a fast wait may take units that came in under the lock. */
static __always_inline void ksem_leave_word(struct ksem *sem, bool contended)
{
	atomic64_set_release(sem->word,
			     ksem_word(sem->units, sem->max, contended));
}

/*
 * Gives it back; the lock is about to be dropped.  Returns what ksem_tell() has
 * to tell then, or 0.
 */
static __always_inline __poll_t ksem_leave(struct ksem *sem)
{
	bool observed = ksem_observed(sem);
	bool contended = sem->dead || sem->nr_waiters || sem->nr_steps ||
			 sem->recorded;
	__poll_t news = 0;

	if (unlikely(observed && sem->changed & KSEM_CHANGED_POLL))
		news = ksem_poll_news(sem);
	sem->changed &= ~KSEM_CHANGED_POLL;
	if (unlikely(observed || (sem->nr_waiters && sem->unfair)))
		ksem_leave_open_word(sem);
	else
		ksem_leave_word(sem, contended);
	return news;
}

static __always_inline unsigned long ksem_lock(struct ksem *sem)
	__acquires(&sem->lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&sem->lock, flags);
	ksem_enter(sem);
	return flags;
}

/*
 * The state is set and what is waited for was looked at after that.  Returns 0
 * if it is time to look again, else why not to sleep any more.
 */
static __always_inline int ksem_sleep(unsigned int state,
				      const struct ksem_deadline *deadline)
{
	if (signal_pending_state(state, current))
		return -EINTR;
	if (deadline)
		return ksem_sleep_until(deadline);
	schedule();
	return 0;
}

#endif /* _KSEM_SEM_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The semaphore: its word, its queue, and the only wait and post there are.
 *
 * Uncontended, wait and post are one compare-and-exchange on the word.  All
 * else happens under the lock, which takes the word away from the fast paths
 * by setting CONTENDED: from then on the word changes in the holder's hands
 * only, and a plain store gives it back.
 *
 * A post doesn't throw its units in the air for the woken to race for: it
 * takes the first waiter off the queue and hands them over.  So a waiter has
 * either left the queue with its units or is still queued without; a signal
 * or a timeout looks, under the lock, which of the two it is.
 *
 * Ordering: what happened before a post is visible after the wait that got
 * the unit.  On the fast path the RELEASE of the post pairs with the ACQUIRE
 * of the wait; on the slow path the lock does it, with the fully ordered
 * fetch_or in ksem_lock() for units that came in by a fast post, and the
 * store to waiter->status in ksem_leave_queue() pairs with the load in
 * ksem_sleep() for those that are handed over.
 */

#include <linux/hrtimer.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>

#include "core.h"
#include <trace/events/ksem.h>

/*
 * Waiters served before the lock is dropped for a moment: bounds the time
 * with interrupts off when a large post or a shutdown meets a long queue.
 */
#define KSEM_BATCH	64

static s64 ksem_word(u32 units, u32 max, bool contended)
{
	return (u64)max << 32 | (contended ? KSEM_CONTENDED : 0) | units;
}

void ksem_init(struct ksem *sem, u32 value, u32 max)
{
	atomic64_set(&sem->word, ksem_word(value, max, false));
	raw_spin_lock_init(&sem->lock);
	sem->queue = RB_ROOT_CACHED;
	sem->max = max;
}

static bool ksem_try_fast(struct ksem *sem, u32 n)
{
	s64 word = atomic64_read(&sem->word);

	do {
		if (word & KSEM_CONTENDED || n > KSEM_UNITS(word))
			return false;
	} while (!atomic64_try_cmpxchg_acquire(&sem->word, &word, word - n));
	return true;
}

static bool ksem_post_fast(struct ksem *sem, u32 n)
{
	s64 word = atomic64_read(&sem->word);

	do {
		if (word & KSEM_CONTENDED ||
		    n > KSEM_CEILING(word) - KSEM_UNITS(word))
			return false;
	} while (!atomic64_try_cmpxchg_release(&sem->word, &word, word + n));
	return true;
}

unsigned long ksem_lock(struct ksem *sem)
	__acquires(&sem->lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&sem->lock, flags);
	sem->units = KSEM_UNITS(atomic64_fetch_or(KSEM_CONTENDED, &sem->word));
	return flags;
}

static void ksem_unlock(struct ksem *sem, unsigned long flags)
	__releases(&sem->lock)
{
	bool contended = sem->dead || sem->nr_waiters;

	/* RELEASE: a fast wait may take units that came in under the lock. */
	atomic64_set_release(&sem->word,
			     ksem_word(sem->units, sem->max, contended));
	raw_spin_unlock_irqrestore(&sem->lock, flags);
}

static bool ksem_before(struct rb_node *a, const struct rb_node *b)
{
	const struct ksem_waiter *wa = rb_entry(a, struct ksem_waiter, node);
	const struct ksem_waiter *wb = rb_entry(b, struct ksem_waiter, node);

	if (wa->prio != wb->prio)
		return wa->prio < wb->prio;
	return wa->ticket < wb->ticket;
}

static struct ksem_waiter *ksem_head(struct ksem *sem)
{
	return rb_entry_safe(rb_first_cached(&sem->queue),
			     struct ksem_waiter, node);
}

void ksem_enqueue(struct ksem *sem, struct ksem_waiter *waiter, u32 n,
		  struct task_struct *task)
{
	lockdep_assert_held(&sem->lock);
	/* Tasks without a real-time priority are all equal, as in rtmutex. */
	waiter->prio = MAX_RT_PRIO;
	if (sem->by_priority && task)
		waiter->prio = min(task->prio, MAX_RT_PRIO);
	waiter->ticket = sem->tickets++;
	waiter->units = n;
	waiter->task = task;
	waiter->status = KSEM_QUEUED;
	waiter->start = ktime_get();
	rb_add_cached(&waiter->node, &sem->queue, ksem_before);
	WRITE_ONCE(sem->nr_waiters, sem->nr_waiters + 1);
}

void ksem_dequeue(struct ksem *sem, struct ksem_waiter *waiter)
{
	lockdep_assert_held(&sem->lock);
	rb_erase_cached(&waiter->node, &sem->queue);
	WRITE_ONCE(sem->nr_waiters, sem->nr_waiters - 1);
}

/*
 * Once it sees the status a sleeper goes its way without the lock: its frame,
 * and even its task, may be gone before wake_up_process().  So the task is
 * read first, and the lock, held with interrupts off, holds off the grace
 * period that a task_struct waits for before it is freed.
 */
static void ksem_leave_queue(struct ksem *sem, struct ksem_waiter *waiter,
			     int status)
{
	struct task_struct *task = waiter->task;

	ksem_dequeue(sem, waiter);
	/* Pairs with the load in ksem_sleep(). */
	smp_store_release(&waiter->status, status);
	if (task)
		wake_up_process(task);
	else
		ksem_request_over(waiter);
}

/* Serve the queue in order for as long as its head can go. */
void ksem_settle_and_unlock(struct ksem *sem, unsigned long flags)
	__releases(&sem->lock)
{
	unsigned int budget = KSEM_BATCH;
	struct ksem_waiter *head;

	while ((head = ksem_head(sem))) {
		if (!sem->dead && head->units > sem->units)
			break;
		if (!budget--) {
			ksem_unlock(sem, flags);
			budget = KSEM_BATCH;
			flags = ksem_lock(sem);
			continue;
		}
		if (sem->dead) {
			ksem_leave_queue(sem, head, -EIDRM);
		} else {
			sem->units -= head->units;
			ksem_leave_queue(sem, head, 0);
		}
	}
	ksem_unlock(sem, flags);
}

int ksem_take(struct ksem *sem, u32 n)
{
	lockdep_assert_held(&sem->lock);
	if (sem->dead)
		return -EIDRM;
	if (n > sem->max)
		return -ERANGE;
	if (sem->nr_waiters || n > sem->units)
		return -EAGAIN;
	sem->units -= n;
	return 0;
}

/* Returns 0 once the status is there, else why the sleeper wants to leave. */
static int ksem_sleep(struct ksem_waiter *waiter, unsigned int state,
		      ktime_t *deadline)
{
	u64 slack = current->prio < MAX_RT_PRIO ? 0 : current->timer_slack_ns;
	int err = 0;

	for (;;) {
		set_current_state(state);
		/* Pairs with the store in ksem_leave_queue(). */
		if (smp_load_acquire(&waiter->status) != KSEM_QUEUED)
			break;
		if (signal_pending_state(state, current)) {
			err = -EINTR;
			break;
		}
		if (!schedule_hrtimeout_range(deadline, slack,
					      HRTIMER_MODE_ABS)) {
			err = -ETIMEDOUT;
			break;
		}
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

static int ksem_block(struct ksem *sem, u32 n, unsigned int state,
		      const ktime_t *timeout)
{
	struct ksem_waiter waiter;
	unsigned long flags;
	ktime_t deadline;
	int err;

	flags = ksem_lock(sem);
	err = ksem_take(sem, n);
	if (err != -EAGAIN) {
		ksem_unlock(sem, flags);
		if (!err)
			trace_ksem_acquired(sem, n, 0);
		return err;
	}
	ksem_enqueue(sem, &waiter, n, current);
	ksem_unlock(sem, flags);
	trace_ksem_wait(sem, n);

	if (timeout)
		deadline = ktime_add_safe(waiter.start, *timeout);
	err = ksem_sleep(&waiter, state, timeout ? &deadline : NULL);
	if (err) {
		flags = ksem_lock(sem);
		if (waiter.status == KSEM_QUEUED) {
			ksem_dequeue(sem, &waiter);
			waiter.status = err;
		}
		/* Those behind may have waited for our turn only. */
		ksem_settle_and_unlock(sem, flags);
	}

	if (!waiter.status)
		trace_ksem_acquired(sem, n, ktime_sub(ktime_get(),
						      waiter.start));
	else if (waiter.status == -ETIMEDOUT)
		trace_ksem_timeout(sem, n);
	else if (waiter.status == -EINTR)
		trace_ksem_interrupted(sem, n);
	return waiter.status;
}

static int ksem_wait_common(struct ksem *sem, u32 n, unsigned int state,
			    const ktime_t *timeout)
{
	might_sleep();
	if (!n)
		return -EINVAL;
	if (!ksem_try_fast(sem, n))
		return ksem_block(sem, n, state, timeout);
	trace_ksem_acquired(sem, n, 0);
	return 0;
}

/**
 * ksem_wait_n - take n units, sleeping until they are there
 * @sem: the semaphore
 * @n: how many units, all at once
 *
 * Context: process context; sleeps.
 * Return: 0; -EINTR if a signal came first; -EIDRM if the semaphore is or gets
 * shut down; -ERANGE if @n is above its ceiling; -EINVAL if @n is 0.
 */
int ksem_wait_n(struct ksem *sem, unsigned int n)
{
	return ksem_wait_common(sem, n, TASK_INTERRUPTIBLE, NULL);
}
EXPORT_SYMBOL_GPL(ksem_wait_n);

/**
 * ksem_wait_killable_n - take n units, interrupted by fatal signals only
 * @sem: the semaphore
 * @n: how many units, all at once
 *
 * Context: process context; sleeps.
 * Return: as ksem_wait_n(), -EINTR if the task is being killed.
 */
int ksem_wait_killable_n(struct ksem *sem, unsigned int n)
{
	return ksem_wait_common(sem, n, TASK_KILLABLE, NULL);
}
EXPORT_SYMBOL_GPL(ksem_wait_killable_n);

/**
 * ksem_timedwait_n - take n units, sleeping no longer than a given time
 * @sem: the semaphore
 * @n: how many units, all at once
 * @timeout: from now, on CLOCK_MONOTONIC; 0 or less doesn't sleep
 *
 * Context: process context; sleeps, interrupted by any signal.
 * Return: as ksem_wait_n(), or -ETIMEDOUT.
 */
int ksem_timedwait_n(struct ksem *sem, unsigned int n, ktime_t timeout)
{
	return ksem_wait_common(sem, n, TASK_INTERRUPTIBLE, &timeout);
}
EXPORT_SYMBOL_GPL(ksem_timedwait_n);

/**
 * ksem_trywait_n - take n units if they are there now
 * @sem: the semaphore
 * @n: how many units, all at once
 *
 * Context: any but NMI, also with interrupts off; on PREEMPT_RT too.
 * Return: 0; -EAGAIN if the units are not there, or somebody waits already;
 * -EIDRM if the semaphore is shut down; -ERANGE if @n is above its ceiling;
 * -EINVAL if @n is 0.
 */
int ksem_trywait_n(struct ksem *sem, unsigned int n)
{
	unsigned long flags;
	int err = 0;

	if (!n)
		return -EINVAL;
	if (!ksem_try_fast(sem, n)) {
		flags = ksem_lock(sem);
		err = ksem_take(sem, n);
		ksem_unlock(sem, flags);
	}
	if (!err)
		trace_ksem_acquired(sem, n, 0);
	return err;
}
EXPORT_SYMBOL_GPL(ksem_trywait_n);

static int ksem_post_slow(struct ksem *sem, u32 n)
{
	unsigned long flags = ksem_lock(sem);
	int err = 0;

	if (sem->dead)
		err = -EIDRM;
	else if (n > sem->max - sem->units)
		err = -EOVERFLOW;
	else
		sem->units += n;
	ksem_settle_and_unlock(sem, flags);
	return err;
}

/**
 * ksem_post_n - give n units back, all of them or none
 * @sem: the semaphore
 * @n: how many units
 *
 * Waiters get them in order, as far as they go; the rest adds to the value.
 *
 * Context: any but NMI, also with interrupts off; on PREEMPT_RT too.
 * Return: 0; -EOVERFLOW if the value would go above the ceiling; -EIDRM if
 * the semaphore is shut down; -EINVAL if @n is 0.
 */
int ksem_post_n(struct ksem *sem, unsigned int n)
{
	int err = 0;

	if (!n)
		return -EINVAL;
	if (!ksem_post_fast(sem, n))
		err = ksem_post_slow(sem, n);
	if (!err)
		trace_ksem_post(sem, n);
	return err;
}
EXPORT_SYMBOL_GPL(ksem_post_n);

/**
 * ksem_value - how many units are available now
 * @sem: the semaphore
 *
 * A snapshot, out of date when it is returned.  It can be above 0 while
 * somebody waits, whose wish for several units is still being saved up for.
 *
 * Context: any.
 * Return: 0..KSEM_VALUE_MAX.
 */
unsigned int ksem_value(struct ksem *sem)
{
	return KSEM_UNITS(atomic64_read(&sem->word));
}
EXPORT_SYMBOL_GPL(ksem_value);

int ksem_set_value(struct ksem *sem, u32 value)
{
	unsigned long flags = ksem_lock(sem);
	int err = 0;

	if (sem->dead)
		err = -EIDRM;
	else if (value > sem->max)
		err = -EOVERFLOW;
	else
		sem->units = value;
	ksem_settle_and_unlock(sem, flags);
	return err;
}

/* A waiter for more than the ceiling would never be served. */
static bool ksem_anyone_wants_above(struct ksem *sem, u32 max)
{
	struct rb_node *node;

	for (node = rb_first_cached(&sem->queue); node; node = rb_next(node))
		if (rb_entry(node, struct ksem_waiter, node)->units > max)
			return true;
	return false;
}

int ksem_set_max(struct ksem *sem, u32 max)
{
	unsigned long flags = ksem_lock(sem);
	int err = 0;

	if (sem->dead)
		err = -EIDRM;
	else if (!max || max < sem->units)
		err = -EINVAL;
	else if (ksem_anyone_wants_above(sem, max))
		err = -EBUSY;
	else
		WRITE_ONCE(sem->max, max);
	ksem_unlock(sem, flags);
	return err;
}

int ksem_set_order(struct ksem *sem, bool by_priority)
{
	unsigned long flags = ksem_lock(sem);
	int err = 0;

	if (sem->dead)
		err = -EIDRM;
	else if (sem->nr_waiters)
		err = -EBUSY;
	else
		WRITE_ONCE(sem->by_priority, by_priority);
	ksem_unlock(sem, flags);
	return err;
}

void ksem_shutdown(struct ksem *sem)
{
	unsigned long flags = ksem_lock(sem);

	sem->dead = true;
	ksem_settle_and_unlock(sem, flags);
}

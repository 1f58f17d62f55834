// SPDX-License-Identifier: GPL-2.0-only
/*
 * The semaphore: its word, its queue, and the only wait and post there are.
 *
 * Uncontended, wait and post are one compare-and-exchange on the word, in the
 * kernel or in a program that has mapped it.  All else happens under the lock,
 * which takes the word away from the fast paths by setting CONTENDED: from then
 * on the word is in the holder's hands, and a plain store gives it back.
 *
 * A mapped word can't be trusted.  It is read once for each decision, clamped
 * to the ceiling that the kernel keeps for itself, and no loop depends on it.
 *
 * A post doesn't throw its units in the air for the woken to race for: it
 * takes the first waiter off the queue and hands them over.  So a waiter has
 * either left the queue with its units or is still queued without; a signal
 * or a timeout looks, under the lock, which of the two it is.
 *
 * Ordering: what happened before a post is visible after the wait that got
 * the unit.  On the fast path the RELEASE of the post pairs with the ACQUIRE
 * of the wait; on the slow path the lock does it, with the fully ordered
 * exchange in ksem_enter() for units that came in by a fast post, and the
 * store to waiter->status in ksem_serve() pairs with the load in ksem_block()
 * for those that are handed over.
 */

#include <linux/sched.h>
#include <linux/sched/prio.h>

#include "core.h"
#include "fast.h"

/*
 * Waiters served before the lock is dropped to wake them: bounds the time with
 * interrupts off when a large post or a shutdown meets a long queue.
 */
#define KSEM_BATCH	32

static s64 ksem_word(u32 units, u32 max, bool contended)
{
	return (u64)max << 32 | (contended ? KSEM_WORD_CONTENDED : 0) | units;
}

void ksem_init(struct ksem *sem, u32 value, u32 max)
{
	atomic64_set(&sem->own_word, ksem_word(value, max, false));
	sem->word = &sem->own_word;
	raw_spin_lock_init(&sem->lock);
	sem->queue = RB_ROOT_CACHED;
	sem->max = max;
	ksem_notify_init(sem);
}

/* Takes the word away from the fast paths; the lock was just taken. */
void ksem_enter(struct ksem *sem)
{
	s64 word = atomic64_xchg(sem->word, ksem_word(0, sem->max, true));

	sem->units = min(KSEM_WORD_UNITS(word), sem->max);
}

/* Gives it back; the lock is about to be dropped. */
void ksem_leave(struct ksem *sem)
{
	bool observed = ksem_observed(sem);
	bool contended = sem->dead || sem->nr_waiters;

	if (observed && sem->changed)
		irq_work_queue(&sem->notify);
	sem->changed = false;
	/* RELEASE: a fast wait may take units that came in under the lock. */
	atomic64_set_release(sem->word, ksem_word(sem->units, sem->max,
						  contended || observed));
}

unsigned long ksem_lock(struct ksem *sem)
	__acquires(&sem->lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&sem->lock, flags);
	ksem_enter(sem);
	return flags;
}

void ksem_unlock(struct ksem *sem, unsigned long flags)
	__releases(&sem->lock)
{
	ksem_leave(sem);
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
	rb_add_cached(&waiter->node, &sem->queue, ksem_before);
	WRITE_ONCE(sem->nr_waiters, sem->nr_waiters + 1);
	sem->changed = true;
	this_cpu_add(sem->stats->contended, 1);
	/* Under the lock, so that what serves it is traced after it. */
	trace_ksem_wait(sem, n);
}

void ksem_dequeue(struct ksem *sem, struct ksem_waiter *waiter)
{
	lockdep_assert_held(&sem->lock);
	rb_erase_cached(&waiter->node, &sem->queue);
	WRITE_ONCE(sem->nr_waiters, sem->nr_waiters - 1);
	sem->changed = true;
}

/* Another waiter of the same wait-any was quicker, and its task hasn't run yet. */
static bool ksem_is_over(const struct ksem_waiter *waiter)
{
	return waiter->any &&
	       atomic_read(&waiter->any->winner) != KSEM_ANY_OPEN;
}

/* One of several waiters of a wait-any: has none of the others been served? */
static bool ksem_claim(const struct ksem_waiter *waiter)
{
	return !waiter->any || atomic_cmpxchg(&waiter->any->winner,
					      KSEM_ANY_OPEN,
					      waiter->index) == KSEM_ANY_OPEN;
}

/*
 * Returns the task to wake, if it is one.  Once that sees the status it goes its
 * way without the lock: its frame may be gone, so the task is read first.
 */
static struct task_struct *ksem_serve(struct ksem *sem,
				      struct ksem_waiter *waiter)
{
	struct task_struct *task = waiter->task;
	int status = 0;

	ksem_dequeue(sem, waiter);
	if (!ksem_claim(waiter))
		status = -ECANCELED;
	else if (sem->dead)
		status = -EIDRM;
	else
		sem->units -= waiter->units;
	/* Pairs with the load in ksem_block(). */
	smp_store_release(&waiter->status, status);
	if (!task)
		ksem_request_over(waiter);
	return task;
}

/* The waiter that can go now, or NULL. */
static struct ksem_waiter *ksem_next(struct ksem *sem)
{
	struct ksem_waiter *head = ksem_head(sem);

	if (head && (sem->dead || head->units <= sem->units ||
		     ksem_is_over(head)))
		return head;
	return NULL;
}

/*
 * Serve the queue in order for as long as its head can go.
 *
 * Those served are woken after the lock is dropped, or they would run into it
 * on another CPU.  A task may have seen its status and exited by then; but its
 * memory stays until a grace period is over, which can't be while preemption is
 * off.  To one that sleeps elsewhere by then, waking is a false alarm, and every
 * sleeper has to expect those.
 */
void ksem_settle_and_unlock(struct ksem *sem, unsigned long flags)
	__releases(&sem->lock)
{
	struct task_struct *tasks[KSEM_BATCH];
	struct ksem_waiter *next;
	unsigned int nr, i;

	preempt_disable();
	for (;;) {
		for (nr = 0; nr < KSEM_BATCH; nr++) {
			next = ksem_next(sem);
			if (!next)
				break;
			tasks[nr] = ksem_serve(sem, next);
		}
		ksem_unlock(sem, flags);
		for (i = 0; i < nr; i++)
			if (tasks[i])
				wake_up_process(tasks[i]);
		if (nr < KSEM_BATCH)
			break;
		flags = ksem_lock(sem);
	}
	preempt_enable();
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
	sem->changed = true;
	return 0;
}

/* The caller settles the queue. */
int ksem_give(struct ksem *sem, u32 n)
{
	lockdep_assert_held(&sem->lock);
	if (sem->dead)
		return -EIDRM;
	if (n > sem->max - sem->units)
		return -EOVERFLOW;
	sem->units += n;
	sem->changed = true;
	return 0;
}

/* The caller settles the queue. */
int ksem_set(struct ksem *sem, u32 value)
{
	lockdep_assert_held(&sem->lock);
	if (sem->dead)
		return -EIDRM;
	if (value > sem->max)
		return -EOVERFLOW;
	sem->units = value;
	sem->changed = true;
	return 0;
}

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
	int err;

	if (ksem_take_fast(sem, n))
		return 0;
	if (!n)
		return -EINVAL;
	flags = ksem_lock(sem);
	err = ksem_take(sem, n);
	ksem_unlock(sem, flags);
	ksem_count_end(sem, n, 0, err);
	return err;
}
EXPORT_SYMBOL_GPL(ksem_trywait_n);

static noinline int ksem_post_slow(struct ksem *sem, u32 n)
{
	unsigned long flags;
	int err;

	if (!n)
		return -EINVAL;
	flags = ksem_lock(sem);
	err = ksem_give(sem, n);
	ksem_settle_and_unlock(sem, flags);
	if (!err) {
		this_cpu_add(sem->stats->posted, n);
		trace_ksem_post(sem, n);
	}
	return err;
}

/**
 * ksem_post_n - give n units back, all of them or none
 * @sem: the semaphore
 * @n: how many units
 *
 * Waiters get them in order, as far as they go; the rest adds to the value.
 * The caller keeps the semaphore until the call has returned, even if a waiter
 * that it serves wants to let go of it.
 *
 * Context: any but NMI, also with interrupts off; on PREEMPT_RT too.
 * Return: 0; -EOVERFLOW if the value and @n together are above the ceiling,
 * also if somebody waits; -EIDRM if the semaphore is shut down; -EINVAL if @n
 * is 0.
 */
int ksem_post_n(struct ksem *sem, unsigned int n)
{
	if (ksem_give_fast(sem, n))
		return 0;
	return ksem_post_slow(sem, n);
}
EXPORT_SYMBOL_GPL(ksem_post_n);

/*
 * What a holder leaves behind.  Nobody can try again, so it is given in as many
 * parts as it takes for waiters to make room; what still doesn't fit then was
 * put in its place by somebody else.
 */
void ksem_give_back(struct ksem *sem, u64 n)
{
	unsigned long flags;
	u32 part;

	do {
		flags = ksem_lock(sem);
		part = sem->dead ? 0 : min_t(u64, n, sem->max - sem->units);
		if (part)
			ksem_give(sem, part);
		ksem_settle_and_unlock(sem, flags);
		if (part) {
			this_cpu_add(sem->stats->posted, part);
			trace_ksem_post(sem, part);
		}
		n -= part;
	} while (n && part);
}

/* What a holder has given more than taken, as far as it is still there. */
void ksem_take_back(struct ksem *sem, u64 n)
{
	unsigned long flags = ksem_lock(sem);
	u32 part = min_t(u64, n, sem->units);

	if (part) {
		sem->units -= part;
		sem->changed = true;
	}
	ksem_unlock(sem, flags);
	if (part)
		ksem_count_end(sem, part, 0, 0);
}

/**
 * ksem_value - how many units are available now
 * @sem: the semaphore
 *
 * A snapshot, out of date when it is returned.  It can be above 0 while
 * somebody waits, whose wish for several units is still being saved up for.
 *
 * Context: any but NMI.
 * Return: 0..KSEM_VALUE_MAX.
 */
unsigned int ksem_value(struct ksem *sem)
{
	s64 word = atomic64_read(READ_ONCE(sem->word));
	unsigned long flags;
	u32 units;

	if (!(word & KSEM_WORD_CONTENDED))
		return min(KSEM_WORD_UNITS(word), READ_ONCE(sem->max));
	/* The word may be in somebody's hands. */
	flags = ksem_lock(sem);
	units = sem->units;
	ksem_unlock(sem, flags);
	return units;
}
EXPORT_SYMBOL_GPL(ksem_value);

unsigned int ksem_blocked(const struct ksem *sem)
{
	return READ_ONCE(sem->nr_waiters) + READ_ONCE(sem->nr_multi);
}

int ksem_set_value(struct ksem *sem, u32 value)
{
	unsigned long flags = ksem_lock(sem);
	int err = ksem_set(sem, value);

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

	if (sem->dead) {
		err = -EIDRM;
	} else if (!max || max < sem->units) {
		err = -EINVAL;
	} else if (ksem_anyone_wants_above(sem, max)) {
		err = -EBUSY;
	} else {
		WRITE_ONCE(sem->max, max);
		sem->changed = true;
	}
	ksem_unlock(sem, flags);
	return err;
}

int ksem_set_order(struct ksem *sem, bool by_priority)
{
	unsigned long flags = ksem_lock(sem);
	int err = 0;

	if (sem->dead)
		err = -EIDRM;
	else if (ksem_blocked(sem))
		err = -EBUSY;
	else
		WRITE_ONCE(sem->by_priority, by_priority);
	ksem_unlock(sem, flags);
	return err;
}

void ksem_shutdown(struct ksem *sem)
{
	unsigned long flags = ksem_lock(sem);

	WRITE_ONCE(sem->dead, true);
	sem->changed = true;
	if (sem->page) {
		/*
		 * The page sends honest programs to the kernel for ever; the
		 * kernel doesn't look at it again, whatever others write there.
		 */
		atomic64_set(sem->word, ksem_word(sem->units, sem->max, true));
		WRITE_ONCE(sem->word, &sem->own_word);
	}
	ksem_settle_and_unlock(sem, flags);
}

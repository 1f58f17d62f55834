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
 * A post doesn't leave its units for woken tasks to race for: it takes the first
 * waiter off the queue and hands them over.  So a waiter has either left the
 * queue with its units or is still queued without; a signal or a timeout looks,
 * under the lock, which of the two it is.
 *
 * Unless the semaphore is unfair: then a thread that runs may pass a task that
 * waits for one unit, and that task is nudged: it stays in the queue, is woken, and
 * takes its unit itself if there still is one.  If there is none, it has been
 * passed: it keeps the nudge and looks again from time to time.  One nudge is
 * outstanding at a time; a waiter that takes its unit passes it on if there are more.
 * A timer ends the time in which a waiter can be passed: then units are handed over.
 * While the head can be passed, the word isn't CONTENDED but open to takers, with a
 * ceiling of 0, so that every post enters the kernel and nudges.  While a nudge is
 * outstanding it is open to all, with a ceiling of one batch at most.
 * It is open to takers, too, while nobody waits and a program polls.
 *
 * The core doesn't know what kinds of waiters there are.  Each brings a function
 * that is called when it is served; see struct ksem_waiter.
 *
 * Ordering: what happened before a post is visible after the wait that got
 * the unit.  On the fast path the RELEASE of the post pairs with the ACQUIRE
 * of the wait; on the slow path the lock does it, with the fully ordered
 * exchange in ksem_enter() for units that came in by a fast post, and the
 * store to the status of a waiter that is served pairs with the load by the
 * waiting task for those that are handed over.  Nothing relies on more, as arm64
 * gives no more: what follows a fast post may be done before it, and what precedes a
 * fast wait after it.  An exchange by others in between leaves the pairing whole.
 */

#include <linux/export.h>
#include <linux/hrtimer.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "account.h"
#include "fast.h"
#include "queue.h"
#include "sem.h"

static atomic64_t ksem_last_id;

/* In the interrupt itself.  Without PREEMPT_RT its function may take a spinlock. */
#define KSEM_PASSING_MODE	(IS_ENABLED(CONFIG_PREEMPT_RT) ? \
				 HRTIMER_MODE_REL_HARD : HRTIMER_MODE_REL)

/*
 * Measured: with less, units that are held for ten microseconds change hands too often
 * to come near glibc's rate; with more, the shares are less even and some wait longer.
 */
static unsigned int passing_us = 1000;

/*
 * Each time can end with the nudge of the next waiter.  The kernel puts off all timers
 * of a CPU on which one ends again and again before the interrupt is over.
 */
#define KSEM_PASSING_US_MIN	100

static int passing_us_set(const char *text, const struct kernel_param *param)
{
	return param_set_uint_minmax(text, param, KSEM_PASSING_US_MIN, UINT_MAX);
}

static const struct kernel_param_ops passing_us_ops = {
	.set	= passing_us_set,
	.get	= param_get_uint,
};

module_param_cb(passing_us, &passing_us_ops, &passing_us, 0644);
__MODULE_PARM_TYPE(passing_us, "uint");
MODULE_PARM_DESC(passing_us, "us for which a waiter can be passed if fair is 0");

/* Serves the waiters that can go by now, and tells the watchers. */
static noinline void ksem_settle_now(struct ksem *sem, u8 changed)
{
	unsigned long flags = ksem_lock(sem);

	sem->changed |= changed;
	ksem_unlock(sem, flags);
}

/* What a post has left to the thread. */
static void ksem_do_rest(struct ksem_call *call)
{
	struct ksem *sem = container_of(call, struct ksem, rest);

	ksem_settle_now(sem, atomic_xchg(&sem->late, 0));
	ksem_unref(sem);
}

/* The caller keeps the semaphore until this has returned, or is its timer. */
void ksem_settle_later(struct ksem *sem, int changed)
{
	if (atomic_fetch_or(changed, &sem->late))
		return;
	/* The timer can run when nobody has it any more, until ksem_free(). */
	if (refcount_inc_not_zero(&sem->refs))
		ksem_call_later(&sem->rest);
}

static bool ksem_has_nudge(const struct ksem_waiter *waiter)
{
	return waiter->status == KSEM_NUDGED || waiter->status == KSEM_PASSED;
}

/* From now on units are handed over to it. */
static void ksem_end_passing(struct ksem *sem, struct ksem_waiter *head)
{
	if (ksem_has_nudge(head))
		sem->nudged = false;
	WRITE_ONCE(head->status, KSEM_QUEUED);
}

/* Somebody has just been nudged, or is still being passed. */
static void ksem_time_passing(struct ksem *sem, s64 ns)
{
	sem->timer_end = sem->passing_end;
	hrtimer_start(&sem->passing, ns_to_ktime(ns), KSEM_PASSING_MODE);
}

/*
 * The timer is set once for all that are nudged until it ends.  If the nudged waiter
 * isn't the first any more, the first is served early.
 */
static enum hrtimer_restart ksem_passing_over(struct hrtimer *timer)
{
	struct ksem *sem = container_of(timer, struct ksem, passing);
	unsigned long flags = ksem_lock(sem);
	s64 left = sem->passing_end - local_clock();

	if (sem->nudged && left > 0) {
		ksem_time_passing(sem, left);
	} else if (sem->nudged && sem->nr_waiters) {
		ksem_end_passing(sem, ksem_queue_head(&sem->queue, sem->order));
		sem->nudged = false;
	}
	ksem_unlock(sem, flags);
	return HRTIMER_NORESTART;
}

/* Names of later semaphores have larger identities; none is 0 in 32 bits. */
static u64 ksem_new_id(void)
{
	u64 id;

	if (!atomic64_read(&ksem_last_id))
		atomic64_cmpxchg(&ksem_last_id, 0, get_random_u64());
	do
		id = atomic64_inc_return(&ksem_last_id);
	while (!(u32)id);
	return id;
}

/*
 * The one reference there is then is the caller's.  -ENOMEM; the caller calls
 * ksem_free() also after that.
 */
int ksem_init(struct ksem *sem, const char *name, u32 value, u32 max)
{
	int cpu;

	atomic64_set(&sem->own_word, ksem_word(value, max, false));
	sem->word = &sem->own_word;
	raw_spin_lock_init(&sem->lock);
	ksem_queue_init(&sem->queue);
	INIT_LIST_HEAD(&sem->steps);
	INIT_LIST_HEAD(&sem->steps_due);
	INIT_LIST_HEAD(&sem->for_end);
	init_waitqueue_head(&sem->poll);
	hrtimer_setup(&sem->passing, ksem_passing_over, CLOCK_MONOTONIC,
		      KSEM_PASSING_MODE);
	sem->rest.fn = ksem_do_rest;
	sem->max = max;
	sem->id = ksem_new_id();
	refcount_set(&sem->refs, 1);
	sem->name = kstrdup(name, GFP_KERNEL_ACCOUNT);
	sem->stats = alloc_percpu_gfp(struct ksem_stats, GFP_KERNEL_ACCOUNT);
	if (!sem->name || !sem->stats)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(sem->stats, cpu)->sync);
	return 0;
}

/* What ksem_init() has made; @sem itself is the caller's. */
void ksem_free(struct ksem *sem)
{
	hrtimer_cancel(&sem->passing);
	ksem_record_free(sem);
	free_percpu(sem->stats);
	kfree(sem->name);
}

void ksem_ref(struct ksem *sem)
{
	refcount_inc(&sem->refs);
}

void ksem_unref(struct ksem *sem)
{
	if (refcount_dec_and_test(&sem->refs))
		sem->release(sem);
}

static void ksem_waiter_init(struct ksem_waiter *waiter, u32 n,
			     struct task_struct *task, ksem_served_t served)
{
	waiter->units = n;
	waiter->task = task;
	waiter->served = served;
	waiter->status = KSEM_QUEUED;
}

void ksem_enqueue(struct ksem *sem, struct ksem_waiter *waiter, u32 n,
		  struct task_struct *task, ksem_served_t served)
{
	lockdep_assert_held(&sem->lock);
	ksem_waiter_init(waiter, n, task, served);
	ksem_queue_add(&sem->queue, sem->order, waiter);
	WRITE_ONCE(sem->nr_waiters, sem->nr_waiters + 1);
	sem->changed = KSEM_CHANGED;
}

/* It wants no units, so it has no place in the queue, where it would be in the way. */
void ksem_enqueue_for_end(struct ksem *sem, struct ksem_waiter *waiter,
			  struct task_struct *task, ksem_served_t served)
{
	lockdep_assert_held(&sem->lock);
	ksem_waiter_init(waiter, KSEM_NEVER, task, served);
	list_add_tail(&waiter->entry, &sem->for_end);
	WRITE_ONCE(sem->nr_steps, sem->nr_steps + 1);
	sem->changed |= KSEM_CHANGED_POLL;
}

static void ksem_unqueue_for_end(struct ksem *sem, struct ksem_waiter *waiter)
{
	list_del(&waiter->entry);
	WRITE_ONCE(sem->nr_steps, sem->nr_steps - 1);
	sem->changed |= KSEM_CHANGED_POLL;
}

/* The caller sets the waiter's status. */
static __always_inline void ksem_unqueue(struct ksem *sem,
					 struct ksem_waiter *waiter)
{
	lockdep_assert_held(&sem->lock);
	ksem_queue_remove(&sem->queue, sem->order, waiter);
	WRITE_ONCE(sem->nr_waiters, sem->nr_waiters - 1);
	sem->changed = KSEM_CHANGED;
}

void ksem_dequeue(struct ksem *sem, struct ksem_waiter *waiter)
{
	if (waiter->units == KSEM_NEVER) {
		ksem_unqueue_for_end(sem, waiter);
		return;
	}
	if (ksem_has_nudge(waiter))
		sem->nudged = false;
	ksem_unqueue(sem, waiter);
}

/* @head is the first in the queue. */
static bool ksem_can_go(const struct ksem *sem, const struct ksem_waiter *head)
{
	return sem->dead || head->units <= sem->units;
}

/*
 * Somebody waits: whether running threads may pass.  The first waiter decides,
 * and every waiter is the first at some time.  Units that one batch can't deal with
 * are handed over; so no more than that many can be in the way of a post.
 */
bool ksem_can_pass(struct ksem *sem)
{
	struct ksem_waiter *head;

	lockdep_assert_held(&sem->lock);
	if (!sem->unfair || sem->dead || sem->units > KSEM_BATCH)
		return false;
	head = ksem_queue_head(&sem->queue, sem->order);
	if (sem->order == KSEM_PRIORITY && head->prio < MAX_RT_PRIO)
		return false;
	return head->status != KSEM_QUEUED;
}

static void ksem_nudge(struct ksem *sem, struct ksem_waiter *head,
		       struct ksem_batch *batch)
{
	u64 ns = (u64)READ_ONCE(passing_us) * NSEC_PER_USEC;

	sem->nudged = true;
	sem->passing_end = local_clock() + ns;
	/* If it ends before that, ksem_passing_over() sets it anew. */
	if (!hrtimer_is_queued(&sem->passing) ||
	    unlikely(sem->timer_end > sem->passing_end))
		ksem_time_passing(sem, ns);
	batch->left--;
	ksem_batch_wake(batch, head->task);
	/* Pairs with the load in ksem_task_sleep(). */
	smp_store_release(&head->status, KSEM_NUDGED);
}

/*
 * There is a unit for the head, and threads that run may pass it: it is woken to
 * try, unless somebody has been.  False if it is to be served now.
 */
static noinline bool ksem_pass(struct ksem *sem, struct ksem_waiter *head,
			       struct ksem_batch *batch)
{
	if (!ksem_can_pass(sem)) {
		ksem_end_passing(sem, head);
		return false;
	}
	if (!sem->nudged)
		ksem_nudge(sem, head, batch);
	return true;
}

/*
 * What a waiter does that was nudged: it takes its unit, or has been passed.  Returns
 * its status.
 */
int ksem_try_nudged(struct ksem *sem, struct ksem_waiter *waiter)
{
	lockdep_assert_held(&sem->lock);
	if (!ksem_has_nudge(waiter))
		return waiter->status;
	/* After a shutdown it is about to be served with EIDRM. */
	if (sem->dead || waiter != ksem_queue_head(&sem->queue, sem->order)) {
		sem->nudged = false;
		waiter->status = KSEM_PASSABLE;
	} else if (sem->units) {
		ksem_dequeue(sem, waiter);
		sem->units--;
		ksem_record_op(sem);
		waiter->status = 0;
	} else {
		/* Without a nudge nothing ends the time in which it looks again. */
		waiter->status = sem->nudged ? KSEM_PASSED : KSEM_PASSABLE;
	}
	return waiter->status;
}

/*
 * Units in the way of a post of @n that would have been handed over by now if the
 * semaphore were fair: the next unlock gives one to the head.  False if there is
 * nothing of the kind.
 */
bool ksem_hand_over(struct ksem *sem, u32 n)
{
	if (!sem->nr_waiters || !sem->units || n > sem->max ||
	    !ksem_can_pass(sem))
		return false;
	ksem_end_passing(sem, ksem_queue_head(&sem->queue, sem->order));
	return true;
}

/*
 * Somebody polls, or waits though the semaphore is unfair; see the top of this file.
 * A program that polls is told when units come, and when there is room again.  An
 * open word with a ceiling of 0 always has room for a unit; see ksem_post_open().
 */
void ksem_leave_open_word(struct ksem *sem)
{
	bool observed = ksem_observed(sem);
	bool to_all = sem->nudged && !observed;
	u32 ceiling = 0;

	if (sem->dead || sem->nr_steps || sem->recorded ||
	    READ_ONCE(sem->watched) ||
	    (!to_all && (sem->units == sem->max || sem->lowered)) ||
	    (sem->nr_waiters && !ksem_can_pass(sem))) {
		ksem_leave_word(sem, true);
		return;
	}
	if (to_all)
		ceiling = min_t(u32, sem->max, KSEM_BATCH);
	else
		sem->opened = true;
	atomic64_set_release(sem->word, ksem_word(sem->units, ceiling, false));
}

/*
 * Serves the queue in order for as long as its head can go.  Returns true if the
 * batch was full before the end.
 */
static __always_inline bool ksem_serve_queue(struct ksem *sem,
					     struct ksem_batch *batch)
{
	struct ksem_waiter *next;
	struct pid *pid = NULL;
	u32 units;

	if (sem->order == KSEM_PRIORITY && sem->units && sem->nr_waiters) {
		if (ksem_batch_is_full(batch))
			return true;
		batch->left -= ksem_queue_refresh(&sem->queue);
	}
	while (sem->nr_waiters) {
		next = ksem_queue_head(&sem->queue, sem->order);
		if (!ksem_can_go(sem, next))
			break;
		if (ksem_batch_is_full(batch))
			return true;
		if (unlikely(sem->unfair) && ksem_pass(sem, next, batch))
			break;
		ksem_unqueue(sem, next);
		batch->left--;
		if (unlikely(sem->dead)) {
			next->served(next, -EIDRM, batch);
			continue;
		}
		/* Afterwards the waiter may be gone. */
		units = next->units;
		if (unlikely(sem->recorded))
			pid = ksem_process_of(next->task);
		if (next->served(next, 0, batch)) {
			sem->units -= units;
			if (unlikely(sem->recorded))
				ksem_record_process(sem, pid);
		}
	}
	return false;
}

/* It is shut down.  Returns the same. */
static bool ksem_serve_for_end(struct ksem *sem, struct ksem_batch *batch)
{
	struct ksem_waiter *next;

	while (!list_empty(&sem->for_end)) {
		if (ksem_batch_is_full(batch))
			return true;
		next = list_first_entry(&sem->for_end, struct ksem_waiter, entry);
		ksem_unqueue_for_end(sem, next);
		batch->left--;
		next->served(next, -EIDRM, batch);
	}
	return false;
}

/*
 * The queue has been served.  Carries out the blocked steps that can be, and wakes
 * the tasks that have to try again themselves.  Returns the same.
 */
static noinline bool ksem_serve_steps(struct ksem *sem,
				      struct ksem_batch *batch)
{
	struct ksem_sleeper *sleeper;

	if (sem->dead && ksem_serve_for_end(sem, batch))
		return true;
	for (;;) {
		if (sem->changed & KSEM_CHANGED_STEPS) {
			/* The last one carried out may have posted. */
			if (ksem_serve_queue(sem, batch))
				return true;
			sem->changed &= ~KSEM_CHANGED_STEPS;
			if (!sem->units && !sem->dead)
				sem->zeros++;
			/* Those that were tried before came first. */
			list_splice_init(&sem->steps, &sem->steps_due);
		}
		if (list_empty(&sem->steps_due))
			return false;
		if (ksem_batch_is_full(batch))
			return true;
		batch->left--;
		sleeper = list_first_entry(&sem->steps_due,
					   struct ksem_sleeper, node);
		if (sleeper->step &&
		    !ksem_step_carry_out(sleeper->step, sem, batch)) {
			list_move_tail(&sleeper->node, &sem->steps);
		} else {
			list_del_init(&sleeper->node);
			ksem_batch_wake(batch, sleeper->task);
		}
	}
}

/* Serves the queue, then the blocked steps.  Returns the same. */
static __always_inline bool ksem_serve_all(struct ksem *sem,
					   struct ksem_batch *batch)
{
	lockdep_assert_held(&sem->lock);
	if (ksem_serve_queue(sem, batch))
		return true;
	return unlikely(sem->nr_steps) && ksem_serve_steps(sem, batch);
}

bool ksem_serve(struct ksem *sem, struct ksem_batch *batch)
{
	return ksem_serve_all(sem, batch);
}

/*
 * Waiters are woken after the lock is dropped, or they would run into it on
 * another CPU.  One batch at a time: preemption is possible in between, and a
 * caller that can't be preempted leaves further batches to the thread.
 */
static noinline void ksem_settle_and_unlock(struct ksem *sem,
					    unsigned long flags)
	__releases(&sem->lock)
{
	struct ksem_batch batch __uninitialized;
	__poll_t news;
	bool more;

	for (;;) {
		ksem_batch_begin(&batch);
		more = ksem_serve_all(sem, &batch);
		news = ksem_leave(sem);
		raw_spin_unlock_irqrestore(&sem->lock, flags);
		ksem_batch_end(&batch);
		if (news)
			ksem_tell(sem, news);
		if (!more)
			return;
		if (!preemptible() || rcu_preempt_depth()) {
			ksem_settle_later(sem, KSEM_CHANGED);
			return;
		}
		cond_resched();
		flags = ksem_lock(sem);
	}
}

/* By priority, ksem_serve() may find another head than the queue has now. */
static bool ksem_may_serve(struct ksem *sem)
{
	if (!sem->nr_waiters)
		return false;
	if (sem->order == KSEM_PRIORITY && sem->units)
		return true;
	return ksem_can_go(sem, ksem_queue_head(&sem->queue, sem->order));
}

/* Serves the waiters that can go, and drops the lock. */
void ksem_unlock(struct ksem *sem, unsigned long flags)
	__releases(&sem->lock)
{
	if (sem->nr_steps || ksem_may_serve(sem) || ksem_observed(sem)) {
		ksem_settle_and_unlock(sem, flags);
		return;
	}
	ksem_leave(sem);
	sem->changed = 0;
	raw_spin_unlock_irqrestore(&sem->lock, flags);
}

int ksem_take(struct ksem *sem, u32 n)
{
	lockdep_assert_held(&sem->lock);
	if (sem->dead)
		return -EIDRM;
	if (n > sem->max)
		return -ERANGE;
	if (n > sem->units)
		return -EAGAIN;
	if (sem->nr_waiters && !ksem_can_pass(sem))
		return -EAGAIN;
	sem->units -= n;
	sem->changed |= KSEM_CHANGED_TAKEN;
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
	sem->changed |= KSEM_CHANGED_GIVEN;
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
	sem->changed = KSEM_CHANGED;
	return 0;
}

/*
 * Without the attempt on the fast path.  What is taken is added to @account,
 * if there is one.
 */
noinline int ksem_trywait_slow(struct ksem *sem, u32 n,
			       struct ksem_account *account)
{
	unsigned long flags;
	int err;

	if (!n)
		return -EINVAL;
	flags = ksem_lock(sem);
	err = ksem_take(sem, n);
	if (!err && account)
		ksem_account_add(account, sem, n);
	if (!err)
		ksem_record_op(sem);
	ksem_unlock(sem, flags);
	ksem_count_end(sem, n, 0, err);
	return err;
}

/**
 * ksem_trywait_n - take n units if they are there now
 * @sem: the semaphore
 * @n: how many units, all at once
 *
 * If the semaphore isn't fair, this can take a unit that a waiter was woken for.
 *
 * Context: any but NMI, also with interrupts off; on PREEMPT_RT too.
 * Return: 0; -EAGAIN if the units are not there, or are for somebody who waits;
 * -EIDRM if the semaphore is shut down; -ERANGE if @n is above its ceiling;
 * -EINVAL if @n is 0.
 */
int ksem_trywait_n(struct ksem *sem, unsigned int n)
{
	if (ksem_take_fast(sem, n))
		return 0;
	return ksem_trywait_slow(sem, n, NULL);
}
EXPORT_SYMBOL_GPL(ksem_trywait_n);

/* Gives after the units that are in the way have been handed over; locked. */
static noinline int ksem_give_after(struct ksem *sem, u32 n, unsigned long *flags)
{
	/* There are no more units than that in the way. */
	unsigned int tries = KSEM_BATCH;
	int err = -EOVERFLOW;

	while (err && tries-- && ksem_hand_over(sem, n)) {
		ksem_settle_and_unlock(sem, *flags);
		*flags = ksem_lock(sem);
		err = ksem_give(sem, n);
	}
	return err;
}

/*
 * Without the attempt on the fast path.  What is given is taken off @account,
 * if there is one.
 */
noinline int ksem_post_slow(struct ksem *sem, u32 n,
			    struct ksem_account *account)
{
	unsigned long flags;
	int err;

	if (!n)
		return -EINVAL;
	flags = ksem_lock(sem);
	err = ksem_give(sem, n);
	if (unlikely(err == -EOVERFLOW))
		err = ksem_give_after(sem, n, &flags);
	if (unlikely(err)) {
		ksem_unlock(sem, flags);
		return err;
	}
	if (account)
		ksem_account_less(account, sem, n);
	ksem_record_op(sem);
	/* Most likely somebody waits or watches. */
	ksem_settle_and_unlock(sem, flags);
	ksem_count(sem->stats, &sem->stats->posted, n);
	trace_ksem_post(sem, n);
	return 0;
}

/*
 * @word was open.  With a ceiling of 0 it sends programs here, and has room: one unit
 * comes by an exchange all the same, and then the pollers are told.  The post that takes
 * the last room closes the word.
 *
 * The exchange doesn't fail if the ceiling is another one by now and the word is the
 * same again.  So there is no such word any more once the ceiling has been lowered.
 */
noinline int ksem_post_open(struct ksem *sem, u32 n, s64 word)
{
	u32 units = word;

	smp_rmb(); /* the ceiling is no older than the word */
	if (KSEM_WORD_CEILING(word) || n != 1 ||
	    units + 1 >= READ_ONCE(sem->max) ||
	    unlikely(!atomic64_try_cmpxchg(READ_ONCE(sem->word), &word, word + 1)))
		return ksem_post_slow(sem, n, NULL);
	ksem_count(sem->stats, &sem->stats->posted, 1);
	trace_ksem_post(sem, 1);
	/* The exchange orders this: a waiter that came before it is seen here. */
	if (unlikely(READ_ONCE(sem->nr_waiters)))
		ksem_settle_now(sem, KSEM_CHANGED_GIVEN);
	else
		ksem_tell(sem, EPOLLIN | EPOLLRDNORM | EPOLLPRI);
	return 0;
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
	return ksem_post_now(sem, n);
}
EXPORT_SYMBOL_GPL(ksem_post_n);

/*
 * What a holder leaves behind.  Nobody can try again, so it is given in as many
 * parts as it takes for the present waiters to make room; what still doesn't fit then
 * was put in its place by somebody else.  The account is read under the lock for each
 * part, since setting the value makes it void.
 */
static void ksem_give_back(struct ksem *sem, struct ksem_account *account)
{
	/* One for a unit in the way that is handed over, and one for what is given. */
	unsigned int tries = 2 * ksem_blocked(sem);
	unsigned long flags;
	bool more;
	u32 part;
	s64 n;

	do {
		cond_resched();
		part = 0;
		more = false;
		flags = ksem_lock(sem);
		n = ksem_account_add(account, sem, 0);
		if (n > 0 && !sem->dead) {
			part = min_t(s64, n, sem->max - sem->units);
			more = part ? part < n : ksem_hand_over(sem, 1);
		}
		if (part) {
			ksem_give(sem, part);
			ksem_record_op(sem);
		}
		more = more && tries--;
		/* At the end nothing is left of it. */
		if (n > 0)
			ksem_account_add(account, sem, more ? -(s64)part : -n);
		ksem_unlock(sem, flags);
		if (part) {
			ksem_count(sem->stats, &sem->stats->posted, part);
			trace_ksem_post(sem, part);
		}
	} while (more);
}

/* What a holder has given more than taken, as far as it is still there. */
static void ksem_take_back(struct ksem *sem, struct ksem_account *account)
{
	unsigned long flags = ksem_lock(sem);
	s64 n = -ksem_account_add(account, sem, 0);
	u32 part = n > 0 ? min_t(s64, n, sem->units) : 0;

	if (part) {
		sem->units -= part;
		sem->changed |= KSEM_CHANGED_TAKEN;
		ksem_record_op(sem);
	}
	if (n > 0)
		ksem_account_add(account, sem, n);
	ksem_unlock(sem, flags);
	if (part)
		ksem_count_end(sem, part, 0, 0);
}

/*
 * What is written in an account: its handle is closed, or its process ends.  What
 * others do by the handle meanwhile stays in the account.
 */
void ksem_undo(struct ksem *sem, struct ksem_account *account)
{
	s64 undo = ksem_account_add(account, sem, 0);

	if (!undo)
		return;
	if (undo > 0)
		ksem_give_back(sem, account);
	else
		ksem_take_back(sem, account);
}

/**
 * ksem_value - how many units are available now
 * @sem: the semaphore
 *
 * A snapshot, out of date when it is returned.  It can be above 0 while somebody
 * waits: for several units, which are being saved up, or, if the semaphore isn't
 * fair, for a unit that the waiter has been woken for.
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
	return READ_ONCE(sem->nr_waiters) + READ_ONCE(sem->nr_steps);
}

static int ksem_settings_check(struct ksem *sem,
			       const struct ksem_settings *settings)
{
	u32 set = settings->set;
	u32 max = set & KSEM_SET_MAX ? settings->max : sem->max;

	if (set & ~KSEM_SET_OWN)
		return -EINVAL;
	if (sem->dead)
		return -EIDRM;
	if (set & KSEM_SET_MAX && (!max || max > KSEM_VALUE_MAX))
		return -EINVAL;
	if (set & KSEM_SET_VALUE ? settings->value > max : sem->units > max)
		return set & KSEM_SET_VALUE ? -EOVERFLOW : -EINVAL;
	/* A waiter for more than the ceiling would never be served. */
	if (ksem_queue_widest(&sem->queue) > max)
		return -EBUSY;
	if (set & KSEM_SET_FAIR && settings->fair > 1)
		return -EINVAL;
	if (set & KSEM_SET_RECORD && settings->record > 1)
		return -EINVAL;
	if (set & KSEM_SET_ORDER) {
		if (settings->order != KSEM_ORDER_FIFO &&
		    settings->order != KSEM_ORDER_PRIORITY)
			return -EINVAL;
		if (ksem_blocked(sem))
			return -EBUSY;
	}
	return 0;
}

/* A waiter that is nudged still tries; there may be a second one then. */
static void ksem_set_fair(struct ksem *sem, bool fair)
{
	WRITE_ONCE(sem->unfair, !fair);
	sem->nudged = false;
}

/**
 * ksem_configure - change several settings in one step, all or none
 * @sem: the semaphore
 * @settings: @set says which of value, max, order, fair and record count; the rest
 *	isn't looked at
 *
 * The same as writing to the files of those names, also if user space made the
 * semaphore.  What handles have to give back stays as it is.
 *
 * Context: any but NMI, also with interrupts off; on PREEMPT_RT too.
 * Return: 0; -EINVAL if @set has something else, or for what the files of those
 * names don't take; -EOVERFLOW if the value is above the ceiling; -EBUSY if
 * somebody waits for more than the new ceiling (a step that does so ends with
 * -ERANGE), or is blocked while the order is to change; -EIDRM if the semaphore is
 * shut down.
 */
int ksem_configure(struct ksem *sem, const struct ksem_settings *settings)
{
	unsigned long flags = ksem_lock(sem);
	int err = ksem_settings_check(sem, settings);

	if (!err) {
		if (settings->set & KSEM_SET_MAX) {
			/* A post may still go by the old ceiling. */
			sem->lowered |= sem->opened && settings->max < sem->max;
			WRITE_ONCE(sem->max, settings->max);
		}
		if (settings->set & KSEM_SET_RECORD)
			WRITE_ONCE(sem->recorded, settings->record);
		if (settings->set & KSEM_SET_VALUE) {
			sem->units = settings->value;
			ksem_record_set(sem);
		}
		if (settings->set & KSEM_SET_FAIR)
			ksem_set_fair(sem, settings->fair);
		if (settings->set & KSEM_SET_ORDER)
			WRITE_ONCE(sem->order,
				   (enum ksem_order)settings->order);
		sem->changed = KSEM_CHANGED;
	}
	ksem_unlock(sem, flags);
	return err;
}
EXPORT_SYMBOL_GPL(ksem_configure);

int ksem_set_value(struct ksem *sem, u32 value)
{
	return ksem_configure(sem, &(struct ksem_settings) {
		.set = KSEM_SET_VALUE, .value = value });
}

int ksem_set_max(struct ksem *sem, u32 max)
{
	return ksem_configure(sem, &(struct ksem_settings) {
		.set = KSEM_SET_MAX, .max = max });
}

/*
 * Moves the word to where programs can map it.  The caller has filled @word with
 * KSEM_WORD_CONTENDED, and publishes it afterwards.
 */
void ksem_move_word(struct ksem *sem, atomic64_t *word)
{
	unsigned long flags = ksem_lock(sem);

	if (!sem->dead)
		/* A task that reads this finds what was stored to @word. */
		smp_store_release(&sem->word, word);
	ksem_unlock(sem, flags);
}

/* -EIDRM if somebody else has been first. */
int ksem_shutdown(struct ksem *sem)
{
	unsigned long flags = ksem_lock(sem);
	int err = sem->dead ? -EIDRM : 0;

	WRITE_ONCE(sem->dead, true);
	sem->changed = KSEM_CHANGED;
	if (sem->word != &sem->own_word) {
		/*
		 * The page sends honest programs to the kernel for ever; the
		 * kernel doesn't look at it again, whatever others write there.
		 */
		atomic64_set(sem->word, ksem_word(sem->units, sem->max, true));
		WRITE_ONCE(sem->word, &sem->own_word);
	}
	ksem_unlock(sem, flags);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for units in process context: queue, sleep, and see what came first. */

#include <linux/hrtimer.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>

#include "core.h"
#include "fast.h"

/*
 * A wait that had to queue is over; how long it took.  By the scheduler's clock,
 * which is the cheapest; it may go back a little from one CPU to another.
 */
s64 ksem_count_time(struct ksem *sem, u64 start)
{
	s64 ns = max_t(s64, local_clock() - start, 0);
	s64 max = atomic64_read(&sem->wait_ns_max);

	this_cpu_add(sem->stats->wait_ns_total, ns);
	while (ns > max &&
	       !atomic64_try_cmpxchg_relaxed(&sem->wait_ns_max, &max, ns))
		;
	return ns;
}

/* How it ended. */
void ksem_count_end(struct ksem *sem, u32 n, s64 ns, int status)
{
	if (!status) {
		this_cpu_add(sem->stats->acquired, n);
		trace_ksem_acquired(sem, n, ns);
	} else if (status == -ETIMEDOUT) {
		this_cpu_add(sem->stats->timeouts, 1);
		trace_ksem_timeout(sem, n);
	} else if (status == -EINTR) {
		this_cpu_add(sem->stats->interrupted, 1);
		trace_ksem_interrupted(sem, n);
	}
}

/*
 * The state is set and what is waited for was looked at after that.  Returns 0
 * if it is time to look again, else why not to sleep any more.
 */
int ksem_sleep(unsigned int state, const struct ksem_deadline *deadline)
{
	u64 slack = current->prio < MAX_RT_PRIO ? 0 : current->timer_slack_ns;
	ktime_t at;

	if (signal_pending_state(state, current))
		return -EINTR;
	if (!deadline) {
		schedule();
		return 0;
	}
	at = deadline->at;
	if (!schedule_hrtimeout_range_clock(&at, slack, HRTIMER_MODE_ABS,
					    deadline->clock))
		return -ETIMEDOUT;
	return 0;
}

static noinline int ksem_block(struct ksem *sem, u32 n, unsigned int state,
			       const struct ksem_deadline *deadline)
{
	struct ksem_waiter waiter;
	unsigned long flags;
	u64 start;
	int err;

	if (!n)
		return -EINVAL;
	flags = ksem_lock(sem);
	err = ksem_take(sem, n);
	if (err != -EAGAIN) {
		ksem_unlock(sem, flags);
		ksem_count_end(sem, n, 0, err);
		return err;
	}
	waiter.any = NULL;
	ksem_enqueue(sem, &waiter, n, current);
	/* By priority, units saved up for another may be enough for us. */
	ksem_settle_and_unlock(sem, flags);

	start = local_clock();
	for (err = 0; !err; err = ksem_sleep(state, deadline)) {
		set_current_state(state);
		/* Pairs with the store in ksem_serve(). */
		if (smp_load_acquire(&waiter.status) != KSEM_QUEUED)
			break;
	}
	__set_current_state(TASK_RUNNING);
	if (err) {
		flags = ksem_lock(sem);
		if (waiter.status == KSEM_QUEUED) {
			ksem_dequeue(sem, &waiter);
			waiter.status = err;
		}
		/* Those behind may have waited for our turn only. */
		ksem_settle_and_unlock(sem, flags);
	}
	ksem_count_end(sem, n, ksem_count_time(sem, start), waiter.status);
	return waiter.status;
}

static __always_inline int ksem_wait_common(struct ksem *sem, u32 n,
					    unsigned int state,
					    const struct ksem_deadline *deadline)
{
	might_sleep();
	if (ksem_take_fast(sem, n))
		return 0;
	return ksem_block(sem, n, state, deadline);
}

int ksem_wait_until(struct ksem *sem, u32 n,
		    const struct ksem_deadline *deadline)
{
	return ksem_wait_common(sem, n, TASK_INTERRUPTIBLE, deadline);
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
 * A task that sleeps here can't be frozen, so the system can't be suspended.
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
	struct ksem_deadline deadline = { .clock = CLOCK_MONOTONIC };
	int err;

	might_sleep();
	/* Who needn't wait needn't look at the clock. */
	err = ksem_trywait_n(sem, n);
	if (err != -EAGAIN)
		return err;
	if (timeout <= 0) {
		ksem_count_end(sem, n, 0, -ETIMEDOUT);
		return -ETIMEDOUT;
	}
	deadline.at = ktime_add_safe(ktime_get(), timeout);
	return ksem_wait_until(sem, n, &deadline);
}
EXPORT_SYMBOL_GPL(ksem_timedwait_n);

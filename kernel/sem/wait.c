// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for units in process context: queue, sleep, and see what came first. */

#include <linux/export.h>
#include <linux/hrtimer.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>

#include "account.h"
#include "fast.h"
#include "sem.h"

/* Sleeps until the deadline; see ksem_sleep(). */
int ksem_sleep_until(const struct ksem_deadline *deadline)
{
	u64 slack = current->prio < MAX_RT_PRIO ? 0 : current->timer_slack_ns;
	ktime_t at = deadline->at;

	if (!schedule_hrtimeout_range_clock(&at, slack, HRTIMER_MODE_ABS,
					    deadline->clock))
		return -ETIMEDOUT;
	return 0;
}

/*
 * A kernel thread that blocks can be frozen where it is; tasks of programs are
 * woken for that, as by a signal.
 */
unsigned int ksem_sleep_state(unsigned int state)
{
	return current->flags & PF_KTHREAD ? state | TASK_FREEZABLE : state;
}

/* How often a waiter that was passed looks whether there is a unit. */
#define KSEM_RETRY_NS	(100 * NSEC_PER_USEC)

/* A task in the queue. */
struct ksem_task {
	struct ksem_waiter	waiter;
	struct ksem		*sem;
	struct ksem_account	*account;
};

static bool ksem_task_served(struct ksem_waiter *waiter, int status,
			     struct ksem_batch *batch)
{
	ksem_batch_wake(batch, waiter->task);
	/* Pairs with the load in ksem_block(); then the waiter may be gone. */
	smp_store_release(&waiter->status, status);
	return true;
}

static bool ksem_task_served_on_account(struct ksem_waiter *waiter, int status,
					struct ksem_batch *batch)
{
	struct ksem_task *task = container_of(waiter, struct ksem_task, waiter);

	if (!status)
		ksem_account_add(task->account, task->sem, waiter->units);
	return ksem_task_served(waiter, status, batch);
}

/* Sleeps until it is served or nudged.  Returns 0, or why to give up. */
static __always_inline int ksem_task_sleep(struct ksem_task *task,
					   unsigned int state,
					   const struct ksem_deadline *deadline)
{
	int err;

	for (err = 0; !err; err = ksem_sleep(state, deadline)) {
		set_current_state(state);
		/* Pairs with the stores in ksem_task_served() and ksem_nudge(). */
		if (smp_load_acquire(&task->waiter.status) <= KSEM_NUDGED)
			break;
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

/* Answers a nudge.  Returns true if the wait is over.  The lock is held. */
static bool ksem_task_try_locked(struct ksem_task *task)
{
	if (task->waiter.status <= 0)
		return true;
	if (ksem_try_nudged(task->sem, &task->waiter))
		return false;
	if (task->account)
		ksem_account_add(task->account, task->sem, 1);
	return true;
}

static bool ksem_task_try(struct ksem_task *task)
{
	unsigned long flags = ksem_lock(task->sem);
	bool over = ksem_task_try_locked(task);

	ksem_unlock(task->sem, flags);
	return over;
}

ktime_t ksem_clock_now(clockid_t clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
		return ktime_get_real();
	case CLOCK_BOOTTIME:
		return ktime_get_boottime();
	default:
		return ktime_get();
	}
}

/* Sleeps until it is time to try again.  Returns 0, or why to give up. */
static int ksem_task_pause(struct ksem_task *task, unsigned int state,
			   const struct ksem_deadline *deadline)
{
	struct ksem_deadline retry = { .clock = CLOCK_MONOTONIC };
	s64 pause = KSEM_RETRY_NS;
	int err;

	if (READ_ONCE(task->waiter.status) != KSEM_PASSED)
		return ksem_task_sleep(task, state, deadline);
	if (deadline)
		pause = min_t(s64, pause, ktime_sub(deadline->at,
						    ksem_clock_now(deadline->clock)));
	if (pause <= 0)
		return -ETIMEDOUT;
	retry.at = ktime_add_ns(ktime_get(), pause);
	err = ksem_task_sleep(task, state, &retry);
	return err == -ETIMEDOUT ? 0 : err;
}

/* It hasn't been served yet: it was nudged, or @err says why to give up. */
static noinline void ksem_task_unserved(struct ksem_task *task,
					unsigned int state,
					const struct ksem_deadline *deadline,
					int err)
{
	struct ksem_waiter *waiter = &task->waiter;
	struct ksem *sem = task->sem;
	unsigned long flags;
	bool over;

	while (!err && !ksem_task_try(task))
		err = ksem_task_pause(task, state, deadline);
	if (!err)
		return;
	flags = ksem_lock(sem);
	/* When the time is over, the unit that it was woken for may still be there. */
	over = err == -ETIMEDOUT ? ksem_task_try_locked(task) :
				   waiter->status <= 0;
	if (!over) {
		ksem_dequeue(sem, waiter);
		waiter->status = err;
	}
	/* Those behind may have waited for our turn only. */
	ksem_unlock(sem, flags);
}

/*
 * Takes @n units, blocking until they are there.  They are added to @account, if
 * there is one.
 */
noinline int ksem_block(struct ksem *sem, u32 n, unsigned int state,
			const struct ksem_deadline *deadline,
			struct ksem_account *account)
{
	struct ksem_task task __uninitialized;
	struct ksem_waiter *waiter = &task.waiter;
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
	if (err != -EAGAIN) {
		ksem_unlock(sem, flags);
		ksem_count_end(sem, n, 0, err);
		return err;
	}
	task.sem = sem;
	task.account = account;
	ksem_enqueue(sem, waiter, n, current,
		     account ? ksem_task_served_on_account : ksem_task_served);
	if (unlikely(sem->unfair) && n == 1)
		waiter->status = KSEM_PASSABLE;
	waiter->since = ksem_count_begin(sem, n);
	/* By priority, units saved up for another may be enough for us. */
	ksem_unlock(sem, flags);

	state = ksem_sleep_state(state);
	err = ksem_task_sleep(&task, state, deadline);
	/* It may have been nudged, and served since: ACQUIRE again. */
	if (unlikely(err || smp_load_acquire(&waiter->status) > 0))
		ksem_task_unserved(&task, state, deadline, err);
	return ksem_count_blocked(sem, n, waiter->since, waiter->status);
}

static __always_inline int ksem_wait_common(struct ksem *sem, u32 n,
					    unsigned int state,
					    const struct ksem_deadline *deadline)
{
	might_sleep();
	if (ksem_take_fast(sem, n))
		return 0;
	return ksem_block(sem, n, state, deadline, NULL);
}

/**
 * ksem_wait_n - take n units, sleeping until they are there
 * @sem: the semaphore
 * @n: how many units, all at once
 *
 * On behalf of a program, return -ERESTARTSYS to user space for -EINTR if the call
 * can be made again, since nothing has been taken.
 *
 * In a kernel thread, kthread_stop() ends the wait with -EINTR.  The thread can be
 * frozen where it is, and keeps its place in the queue.  A work item can't: while
 * it sleeps here, a workqueue with WQ_FREEZABLE holds off a suspend, as with every
 * other sleep.  The hung-task detector doesn't watch this sleep.
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
 * On behalf of a program, what is returned to user space for -EINTR doesn't
 * matter, since that is dying.  A program's task that sleeps here can't be frozen,
 * so the system can't be suspended; a kernel thread can.  In a kernel thread,
 * kthread_stop() doesn't end the wait: shut the semaphore down first.  The
 * hung-task detector doesn't watch this sleep.
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
 * On behalf of a program, don't return -ERESTARTSYS to user space for -EINTR: the
 * whole time would begin anew.  kthread_stop(), freezing, hung tasks: as
 * ksem_wait_n().
 *
 * Context: process context; sleeps, interrupted by any signal.
 * Return: as ksem_wait_n(), or -ETIMEDOUT.
 */
int ksem_timedwait_n(struct ksem *sem, unsigned int n, ktime_t timeout)
{
	struct ksem_deadline deadline = { .clock = CLOCK_MONOTONIC };
	int err;

	might_sleep();
	/* The uncontended case doesn't read the clock. */
	if (ksem_take_fast(sem, n))
		return 0;
	if (timeout <= 0) {
		err = ksem_trywait_slow(sem, n, NULL);
		if (err != -EAGAIN)
			return err;
		ksem_count_end(sem, n, 0, -ETIMEDOUT);
		return -ETIMEDOUT;
	}
	deadline.at = ktime_add_safe(ktime_get(), timeout);
	return ksem_block(sem, n, TASK_INTERRUPTIBLE, &deadline, NULL);
}
EXPORT_SYMBOL_GPL(ksem_timedwait_n);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * One wait on several semaphores: a waiter in each queue, and whoever serves
 * one of them first claims the whole for it.  The others are then worth
 * nothing; they are passed over, or taken out by the task when it wakes.
 */

#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>

#include "core.h"
#include "handle.h"

static bool ksem_any_close(struct ksem_any *any, int winner)
{
	return atomic_cmpxchg(&any->winner, KSEM_ANY_OPEN, winner) ==
	       KSEM_ANY_OPEN;
}

static int ksem_any_try(const struct ksem_op *ops, unsigned int nr,
			unsigned int *index)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = ksem_trywait_n(ops[i].sem, ops[i].units);
		if (err == -EAGAIN)
			continue;
		*index = i;
		return err;
	}
	return -EAGAIN;
}

/* Queues a waiter unless its units are there, or not to be had. */
static void ksem_any_queue(const struct ksem_op *op, struct ksem_waiter *waiter)
{
	struct ksem *sem = op->sem;
	unsigned long flags = ksem_lock(sem);
	int err = ksem_take(sem, op->units);

	if (err == -EAGAIN) {
		ksem_enqueue(sem, waiter, op->units, current);
	} else if (ksem_any_close(waiter->any, waiter->index)) {
		waiter->status = err;
	} else if (!err) {
		/* One queued before has been served meanwhile. */
		ksem_give(sem, op->units);
	}
	ksem_settle_and_unlock(sem, flags);
}

static void ksem_any_unqueue(struct ksem *sem, struct ksem_waiter *waiter)
{
	unsigned long flags = ksem_lock(sem);

	if (waiter->status == KSEM_QUEUED)
		ksem_dequeue(sem, waiter);
	ksem_settle_and_unlock(sem, flags);
}

static int ksem_any_block(const struct ksem_op *ops, unsigned int nr,
			  struct ksem_waiter *waiters,
			  const struct ksem_deadline *deadline,
			  unsigned int *index)
{
	struct ksem_any any = { .winner = ATOMIC_INIT(KSEM_ANY_OPEN) };
	u64 start = local_clock();
	unsigned int i, queued;
	int err = 0;

	for (i = 0; i < nr && atomic_read(&any.winner) == KSEM_ANY_OPEN; i++) {
		waiters[i].any = &any;
		waiters[i].index = i;
		waiters[i].status = -ECANCELED;
		ksem_any_queue(&ops[i], &waiters[i]);
	}
	queued = i;

	for (; !err; err = ksem_sleep(TASK_INTERRUPTIBLE, deadline)) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (atomic_read(&any.winner) != KSEM_ANY_OPEN)
			break;
	}
	__set_current_state(TASK_RUNNING);
	if (err && !ksem_any_close(&any, KSEM_ANY_CLOSED))
		err = 0;
	/* Also makes sure that the winner's status is there. */
	for (i = 0; i < queued; i++)
		ksem_any_unqueue(ops[i].sem, &waiters[i]);
	if (err) {
		i = 0;
	} else {
		i = atomic_read(&any.winner);
		err = waiters[i].status;
	}
	*index = i;
	ksem_count_end(ops[i].sem, ops[i].units,
		       ksem_count_time(ops[i].sem, start), err);
	return err;
}

/*
 * Returns 0 when the units of one operation are taken, or an error of the one
 * that @index says; -EAGAIN, -EINTR and -ETIMEDOUT are of no certain one.
 */
int ksem_wait_any(const struct ksem_op *ops, unsigned int nr, bool nowait,
		  const struct ksem_deadline *deadline, unsigned int *index)
{
	struct ksem_waiter *waiters;
	int err;

	err = ksem_any_try(ops, nr, index);
	if (err == -EAGAIN && !nowait) {
		waiters = kcalloc(nr, sizeof(*waiters), GFP_KERNEL);
		if (!waiters)
			return -ENOMEM;
		err = ksem_any_block(ops, nr, waiters, deadline, index);
		kfree(waiters);
	}
	if (!err && ops[*index].flags & KSEM_OP_UNDO)
		ksem_account_add(ops[*index].account, ops[*index].sem,
				 ops[*index].units);
	return err;
}

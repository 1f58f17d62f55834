// SPDX-License-Identifier: GPL-2.0-only
/*
 * One wait on several semaphores: a waiter in each queue.  The first of them that
 * is served decides; the others leave their queues before anything else runs on
 * that CPU, and the waiters behind them are served.
 *
 * The task doesn't return, and so doesn't free anything, before that is done.
 */

#include <linux/err.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>

#include "account.h"
#include "sem.h"

struct ksem_any;

struct ksem_any_entry {
	struct ksem_waiter	waiter;
	struct ksem_any		*any;
};

/**
 * struct ksem_any - one wait on several semaphores
 * @end: takes the others out of their queues
 * @ops: what is waited for
 * @task: the task that waits
 * @winner: the index of the entry that was served, or KSEM_ANY_*
 * @result: of that one: 0 or an errno
 * @done: the others have left their queues
 * @nr: length of @entries
 * @entries: the waiters
 */
struct ksem_any {
	struct ksem_end		end;
	const struct ksem_op	*ops;
	struct task_struct	*task;
	atomic_t		winner;
	int			result;
	bool			done;
	unsigned int		nr;
	struct ksem_any_entry	entries[];
};

#define KSEM_ANY_OPEN	-1
#define KSEM_ANY_CLOSED	-2	/* the task gave up first */

static bool ksem_any_close(struct ksem_any *any, int winner)
{
	return atomic_cmpxchg(&any->winner, KSEM_ANY_OPEN, winner) ==
	       KSEM_ANY_OPEN;
}

static bool ksem_any_is_open(const struct ksem_any *any)
{
	return atomic_read(&any->winner) == KSEM_ANY_OPEN;
}

/* Takes an entry out of its queue, and serves those that it was in the way of. */
static void ksem_any_unqueue(struct ksem *sem, struct ksem_waiter *waiter,
			     struct ksem_batch *batch)
{
	unsigned long flags = ksem_lock(sem);
	__poll_t news;
	bool more = false;

	if (waiter->status == KSEM_QUEUED) {
		ksem_dequeue(sem, waiter);
		waiter->status = -ECANCELED;
		more = ksem_serve(sem, batch);
	}
	news = ksem_leave(sem);
	raw_spin_unlock_irqrestore(&sem->lock, flags);
	/* Preemption is off, as for all of a batch: the thread does the rest. */
	if (more || news)
		ksem_settle_later(sem, KSEM_CHANGED);
}

static void ksem_any_end(struct ksem_end *end, struct ksem_batch *batch)
{
	struct ksem_any *any = container_of(end, struct ksem_any, end);
	unsigned int i;

	for (i = 0; i < any->nr; i++)
		ksem_any_unqueue(any->ops[i].sem, &any->entries[i].waiter,
				 batch);
	/* Pairs with the load in ksem_any_sleep(); then it may be gone. */
	smp_store_release(&any->done, true);
}

static struct ksem_account *ksem_op_account(const struct ksem_op *op)
{
	return op->flags & KSEM_OP_UNDO ? op->account : NULL;
}

/* The lock of that semaphore is held. */
static void ksem_any_result(struct ksem_any *any, unsigned int index,
			    int result)
{
	const struct ksem_op *op = &any->ops[index];
	struct ksem_account *account = ksem_op_account(op);

	any->result = result;
	if (!result && account)
		ksem_account_add(account, op->sem, op->units);
}

bool ksem_any_served(struct ksem_waiter *waiter, int status,
		     struct ksem_batch *batch)
{
	struct ksem_any_entry *entry =
		container_of(waiter, struct ksem_any_entry, waiter);
	struct ksem_any *any = entry->any;

	waiter->status = -ECANCELED;
	if (!ksem_any_close(any, entry - any->entries))
		return false;
	ksem_any_result(any, entry - any->entries, status);
	any->end.next = batch->ends;
	batch->ends = &any->end;
	batch->left -= any->nr;
	ksem_batch_wake(batch, any->task);
	return true;
}

/* The task itself has closed it. */
static void ksem_any_end_now(struct ksem_any *any)
{
	struct ksem_batch batch __uninitialized;

	ksem_batch_begin(&batch);
	batch.ends = &any->end;
	any->end.next = NULL;
	ksem_batch_end(&batch);
}

static int ksem_op_alive(const struct ksem_op *op)
{
	return READ_ONCE(op->sem->dead) ? -EIDRM : -EAGAIN;
}

static int ksem_op_trywait(const struct ksem_op *op)
{
	struct ksem_account *account = ksem_op_account(op);

	if (op->op == KSEM_OP_ALIVE)
		return ksem_op_alive(op);
	if (account)
		return ksem_trywait_slow(op->sem, op->units, account);
	return ksem_trywait_n(op->sem, op->units);
}

static int ksem_any_try(const struct ksem_op *ops, unsigned int nr,
			unsigned int *index)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = ksem_op_trywait(&ops[i]);
		if (err == -EAGAIN)
			continue;
		*index = i;
		return err;
	}
	return -EAGAIN;
}

static int ksem_any_take(const struct ksem_op *op)
{
	if (op->op == KSEM_OP_ALIVE)
		return ksem_op_alive(op);
	return ksem_take(op->sem, op->units);
}

/* The semaphore's lock is held. */
static void ksem_any_enqueue(struct ksem_any *any, struct ksem_waiter *waiter,
			     const struct ksem_op *op)
{
	if (op->op == KSEM_OP_ALIVE) {
		ksem_enqueue_for_end(op->sem, waiter, any->task,
				     ksem_any_served);
		waiter->since = local_clock();
	} else {
		ksem_enqueue(op->sem, waiter, op->units, any->task,
			     ksem_any_served);
		waiter->since = ksem_count_begin(op->sem, op->units);
	}
}

/*
 * Queues an entry unless its units are there, or not to be had.  Returns true if
 * that has closed the wait.
 */
static bool ksem_any_queue(struct ksem_any *any, unsigned int i)
{
	struct ksem_waiter *waiter = &any->entries[i].waiter;
	const struct ksem_op *op = &any->ops[i];
	struct ksem *sem = op->sem;
	bool closed = false;
	unsigned long flags = ksem_lock(sem);
	int err = -ECANCELED;

	/* Once it is closed, nothing may be queued any more: see ksem_any_end(). */
	if (ksem_any_is_open(any))
		err = ksem_any_take(op);
	if (err == -EAGAIN) {
		ksem_any_enqueue(any, waiter, op);
	} else if (err != -ECANCELED) {
		closed = ksem_any_close(any, i);
		if (closed) {
			ksem_any_result(any, i, err);
			if (!err)
				ksem_record_op(sem);
		} else if (!err) { /* An entry of another queue was served. */
			ksem_give(sem, op->units);
		}
	}
	ksem_unlock(sem, flags);
	return closed;
}

/* Sleeps until it is ended; returns why to give up, or 0. */
static int ksem_any_sleep(struct ksem_any *any,
			  const struct ksem_deadline *deadline)
{
	unsigned int state = TASK_INTERRUPTIBLE;
	int err = 0;

	for (;;) {
		set_current_state(state);
		/* Pairs with the store in ksem_any_end(). */
		if (smp_load_acquire(&any->done))
			break;
		if (state == TASK_UNINTERRUPTIBLE) {
			schedule();
			continue;
		}
		err = ksem_sleep(state, deadline);
		if (!err)
			continue;
		if (ksem_any_close(any, KSEM_ANY_CLOSED))
			break;
		/* It was served, and will be done in a moment. */
		state = TASK_UNINTERRUPTIBLE;
		err = 0;
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

static int ksem_any_block(struct ksem_any *any,
			  const struct ksem_deadline *deadline,
			  unsigned int *index)
{
	u64 start = local_clock();
	bool closed = false;
	unsigned int i;
	int err = 0;

	for (i = 0; i < any->nr && !closed && ksem_any_is_open(any); i++)
		closed = ksem_any_queue(any, i);
	if (!closed)
		err = ksem_any_sleep(any, deadline);
	if (closed || err)
		ksem_any_end_now(any);
	*index = 0;
	if (!err) {
		*index = atomic_read(&any->winner);
		err = any->result;
	}
	return ksem_count_blocked(any->ops[*index].sem,
				  any->ops[*index].units, start, err);
}

static struct ksem_any *ksem_any_alloc(const struct ksem_op *ops,
				       unsigned int nr)
{
	struct ksem_any *any = kzalloc(struct_size(any, entries, nr),
				       GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!any)
		return NULL;
	any->end.fn = ksem_any_end;
	any->ops = ops;
	any->task = current;
	any->nr = nr;
	atomic_set(&any->winner, KSEM_ANY_OPEN);
	for (i = 0; i < nr; i++) {
		any->entries[i].any = any;
		any->entries[i].waiter.status = -ECANCELED;
	}
	return any;
}

/* One entry a semaphore: a second one would never be served. */
static int ksem_any_check(const struct ksem_op *ops, unsigned int nr,
			  unsigned int *index)
{
	unsigned int i, j;

	for (i = 1; i < nr; i++) {
		*index = i;
		for (j = 0; j < i; j++)
			if (ops[i].sem == ops[j].sem)
				return -EINVAL;
	}
	return 0;
}

/*
 * Returns 0 when the units of one operation are taken, or an error of the one
 * that @index says; -EAGAIN, -EINTR and -ETIMEDOUT are of no certain one.
 */
int ksem_wait_any(const struct ksem_op *ops, unsigned int nr, bool nowait,
		  const struct ksem_deadline *deadline, unsigned int *index)
{
	struct ksem_any *any;
	int err;

	err = ksem_any_check(ops, nr, index);
	if (err)
		return err;
	err = ksem_any_try(ops, nr, index);
	if (err == -EAGAIN && !nowait) {
		any = ksem_any_alloc(ops, nr);
		if (!any)
			return -ENOMEM;
		err = ksem_any_block(any, deadline, index);
		kfree(any);
	}
	return err;
}

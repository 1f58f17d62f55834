// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several operations in one step, or none of them.
 *
 * An attempt holds the locks of all semaphores concerned, taken in the order of
 * their addresses, so that two attempts can't wait for each other.  What it gives
 * goes to the waiters before a lock is dropped.  After an attempt that failed the
 * task sleeps until one of the semaphores changes, and tries again.  So it takes
 * no unit and keeps no place in any queue while it waits, and can't stand in the
 * way of waiters that want less.
 *
 * If all operations are on one semaphore, the task needn't try again: the task that
 * changes the semaphore carries the step out, under the lock of the change, after the
 * queue was served.  So it doesn't miss a value that lasts for a moment.  That is
 * limited to a batch, but for steps that wait for 0 alone: the semaphore counts how
 * often it had no units, so they learn of it later.
 *
 * While it sleeps it is in the lists of the semaphores that its operations use,
 * from the first one to the one that is in its way.  Later operations can't make
 * a difference.
 */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "account.h"
#include "sem.h"
#include <trace/events/ksem.h>

/* One of the semaphores, each of them once. */
struct ksem_member {
	struct ksem		*sem;
	u32			units;	/* before the attempt */
	u8			changed; /* the same */
	__poll_t		news;	/* to be told after the unlock */
	bool			more;	/* the batch was full before the end */
	struct ksem_sleeper	sleeper;
};

struct ksem_step {
	const struct ksem_op	*ops;
	unsigned int		nr_ops;
	bool			blocked;
	bool			done;	/* carried out by another task */
	u32			*stuck;	/* where we are counted */
	const struct ksem	*zero;	/* what it waits for is 0 here, or NULL */
	u32			zeros;	/* of that one when it began to block */
	unsigned int		nr;
	struct ksem_member	members[];
};

/* Tells lockdep that locks of one class are nested on purpose. */
static struct {
	struct lockdep_map dep_map;
} ksem_nest __maybe_unused = {
#ifdef CONFIG_LOCKDEP
	.dep_map = STATIC_LOCKDEP_MAP_INIT("ksem_nest", &ksem_nest),
#endif
};

static int ksem_by_address(const void *a, const void *b)
{
	const struct ksem_member *ma = a, *mb = b;

	if (ma->sem == mb->sem)
		return 0;
	return ma->sem < mb->sem ? -1 : 1;
}

/* The only semaphore that operations change, if others can do them for the task. */
static const struct ksem *ksem_ops_single(const struct ksem_op *ops,
					  unsigned int nr)
{
	const struct ksem *single = NULL;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (ops[i].op == KSEM_OP_ALIVE)
			continue;
		/* Who sets a value is written down as the one that runs. */
		if (ops[i].op == KSEM_OP_SET || (single && ops[i].sem != single))
			return NULL;
		single = ops[i].sem;
	}
	return single;
}

/* The semaphore, if all that they do is to wait until it is 0. */
static const struct ksem *ksem_ops_zero(const struct ksem_op *ops,
					unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (ops[i].op != KSEM_OP_ALIVE && ops[i].op != KSEM_OP_ZERO)
			return NULL;
	return ksem_ops_single(ops, nr);
}

static struct ksem_step *ksem_step_alloc(const struct ksem_op *ops,
					 unsigned int nr)
{
	const struct ksem *single = ksem_ops_single(ops, nr);
	struct ksem_step *step = kzalloc(struct_size(step, members, nr),
					 GFP_KERNEL_ACCOUNT);
	struct ksem_member *members;
	unsigned int i;

	if (!step)
		return NULL;
	step->ops = ops;
	step->nr_ops = nr;
	step->zero = ksem_ops_zero(ops, nr);
	members = step->members;
	for (i = 0; i < nr; i++)
		members[i].sem = ops[i].sem;
	sort(members, nr, sizeof(*members), ksem_by_address, NULL);
	for (i = 0; i < nr; i++)
		if (!i || members[i].sem != members[step->nr - 1].sem)
			members[step->nr++].sem = members[i].sem;
	for (i = 0; i < step->nr; i++) {
		INIT_LIST_HEAD(&members[i].sleeper.node);
		members[i].sleeper.task = current;
		if (members[i].sem == single)
			members[i].sleeper.step = step;
	}
	return step;
}

static void ksem_step_lock(struct ksem_step *step)
{
	unsigned int i;

	lock_map_acquire(&ksem_nest.dep_map);
	for (i = 0; i < step->nr; i++) {
		struct ksem *sem = step->members[i].sem;

		raw_spin_lock_nest_lock(&sem->lock, &ksem_nest);
		__release(&sem->lock); /* sparse doesn't see the other half */
		ksem_enter(sem);
		step->members[i].units = sem->units;
		step->members[i].changed = sem->changed;
	}
}

static void ksem_step_unlock(struct ksem_step *step)
{
	unsigned int i = step->nr;

	while (i--) {
		struct ksem *sem = step->members[i].sem;

		step->members[i].news = ksem_leave(sem);
		__acquire(&sem->lock);
		raw_spin_unlock(&sem->lock);
	}
	lock_map_release(&ksem_nest.dep_map);
}

static int ksem_op_do(const struct ksem_op *op)
{
	struct ksem *sem = op->sem;

	switch (op->op) {
	case KSEM_OP_WAIT:
		return ksem_take(sem, op->units);
	case KSEM_OP_POST:
		return ksem_give(sem, op->units);
	case KSEM_OP_SET:
		return ksem_set(sem, op->units);
	case KSEM_OP_ALIVE:
		/* Seen as of some moment, if another's lock is held. */
		return READ_ONCE(sem->dead) ? -EIDRM : 0;
	default:
		if (sem->dead)
			return -EIDRM;
		return sem->units ? -EAGAIN : 0;
	}
}

/*
 * Part of the step: nobody sees what is given before the account says so.  @task is
 * whose step it is.
 */
static void ksem_step_account(const struct ksem_op *op, struct task_struct *task)
{
	if (op->op == KSEM_OP_SET)
		ksem_record_set(op->sem);
	else if (op->op != KSEM_OP_ALIVE && op->sem->recorded)
		ksem_record_process(op->sem, ksem_process_of(task));
	if (!(op->flags & (KSEM_OP_UNDO | KSEM_OP_ADJUST)))
		return;
	if (op->op == KSEM_OP_SET)
		WRITE_ONCE(op->sem->epoch, op->sem->epoch + 1);
	else if (op->op == KSEM_OP_WAIT)
		ksem_account_add(op->account, op->sem, op->units);
	else if (op->flags & KSEM_OP_ADJUST)
		ksem_account_add(op->account, op->sem, -(s64)op->units);
	else
		ksem_account_less(op->account, op->sem, op->units);
}

/* Counts a blocked one at the operation that is in its way, or at none. */
static void ksem_step_stuck(struct ksem_step *step, const struct ksem_op *op)
{
	if (step->stuck)
		WRITE_ONCE(*step->stuck, *step->stuck - 1);
	step->stuck = NULL;
	if (!op)
		return;
	step->stuck = op->op == KSEM_OP_ZERO ? &op->sem->nr_for_zero :
					      &op->sem->nr_for_units;
	WRITE_ONCE(*step->stuck, *step->stuck + 1);
}

/* Nothing has changed after all, so nobody needs to be told. */
static void ksem_step_roll_back(struct ksem_step *step)
{
	unsigned int i;

	for (i = 0; i < step->nr; i++) {
		step->members[i].sem->units = step->members[i].units;
		step->members[i].sem->changed = step->members[i].changed;
	}
}

static struct ksem_member *ksem_step_member(struct ksem_step *step,
					    const struct ksem *sem)
{
	struct ksem_member *member = step->members;

	while (member->sem != sem)
		member++;
	return member;
}

/* A change of one of the first @nr may be what a blocked step waits for. */
static void ksem_step_listen(struct ksem_step *step, unsigned int nr)
{
	const struct ksem_op *ops = step->ops;
	struct ksem_member *member;
	unsigned int i;

	for (i = 0; i < step->nr; i++)
		list_del_init(&step->members[i].sleeper.node);
	for (i = 0; i < nr; i++) {
		member = ksem_step_member(step, ops[i].sem);
		if (!list_empty(&member->sleeper.node))
			continue;
		member->sleeper.units = ops[i].units;
		list_add_tail(&member->sleeper.node, &member->sem->steps);
	}
}

/* The lock of that one is held. */
static bool ksem_step_saw_zero(const struct ksem_step *step)
{
	return step->blocked && step->zero && step->zeros != step->zero->zeros;
}

/* Up to the one that fails, which is @index then. */
static int ksem_step_do(const struct ksem_step *step, unsigned int *index)
{
	unsigned int i;
	int err = 0;

	if (ksem_step_saw_zero(step))
		return 0;
	for (i = 0; i < step->nr_ops && !err; i++) {
		err = ksem_op_do(&step->ops[i]);
		*index = i;
	}
	return err;
}

static void ksem_step_account_all(const struct ksem_step *step)
{
	unsigned int i;

	for (i = 0; i < step->nr_ops; i++)
		ksem_step_account(&step->ops[i], step->members[0].sleeper.task);
}

static bool ksem_op_blocks(const struct ksem_op *op)
{
	return !(op->flags & KSEM_OP_NOWAIT);
}

/*
 * Does what a blocked step waits for, if that can be done by now.  Returns whether to
 * wake its task: it is done, or it can't be for a reason other than to wait.
 */
bool ksem_step_carry_out(struct ksem_step *step, struct ksem *sem,
			 struct ksem_batch *batch)
{
	u32 units = sem->units;
	u8 changed = sem->changed;
	unsigned int index;
	int err;

	lockdep_assert_held(&sem->lock);
	batch->left -= step->nr_ops;
	err = ksem_step_do(step, &index);
	if (err) {
		sem->units = units;
		sem->changed = changed;
		if (err != -EAGAIN || !ksem_op_blocks(&step->ops[index]))
			return true;
		ksem_step_stuck(step, &step->ops[index]);
		return false;
	}
	ksem_step_account_all(step);
	ksem_step_stuck(step, NULL);
	WRITE_ONCE(sem->nr_steps, sem->nr_steps - 1);
	step->done = true;
	return true;
}

/* Serves the waiters, all locks held. */
static void ksem_step_serve(struct ksem_step *step, struct ksem_batch *batch)
{
	unsigned int i;

	for (i = 0; i < step->nr; i++)
		step->members[i].more = ksem_serve(step->members[i].sem, batch);
}

/* What is left after the unlock: to tell, and what the batch couldn't hold. */
static void ksem_step_finish(struct ksem_step *step)
{
	unsigned int i;

	for (i = 0; i < step->nr; i++) {
		struct ksem *sem = step->members[i].sem;

		if (step->members[i].news)
			ksem_tell(sem, step->members[i].news);
		if (step->members[i].more)
			ksem_unlock(sem, ksem_lock(sem));
		step->members[i].more = false;
	}
}

/* @again: a post failed for units that have been handed over since. */
static int ksem_step_try_once(struct ksem_step *step, unsigned int *index,
			      bool *again)
{
	const struct ksem_op *ops = step->ops;
	struct ksem_batch batch __uninitialized;
	unsigned long flags;
	int err = 0;

	ksem_batch_begin(&batch);
	local_irq_save(flags);
	ksem_step_lock(step);
	if (!step->done) {
		err = ksem_step_do(step, index);
		if (err)
			ksem_step_roll_back(step);
		else
			ksem_step_account_all(step);
	}
	*again = err == -EOVERFLOW && ops[*index].op == KSEM_OP_POST &&
		 ksem_hand_over(ops[*index].sem, ops[*index].units);
	if (step->blocked) {
		ksem_step_stuck(step, err == -EAGAIN ? &ops[*index] : NULL);
		ksem_step_listen(step, err == -EAGAIN ? *index + 1 : 0);
	}
	if (!err || *again)
		ksem_step_serve(step, &batch);
	ksem_step_unlock(step);
	local_irq_restore(flags);
	if (!err || *again) /* Not to sleep now, and callbacks may follow. */
		__set_current_state(TASK_RUNNING);
	ksem_batch_end(&batch);
	ksem_step_finish(step);
	return err;
}

static int ksem_step_try(struct ksem_step *step, unsigned int *index)
{
	unsigned int tries = KSEM_BATCH * KSEM_OPS_MAX;
	bool again;
	int err;

	do
		err = ksem_step_try_once(step, index, &again);
	while (again && --tries);
	return err;
}

static void ksem_step_count(const struct ksem_op *ops, unsigned int nr, s64 ns)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (ops[i].op == KSEM_OP_POST) {
			ksem_count(ops[i].sem->stats,
				   &ops[i].sem->stats->posted, ops[i].units);
			trace_ksem_post(ops[i].sem, ops[i].units);
		} else if (ops[i].op == KSEM_OP_WAIT) {
			ksem_count_end(ops[i].sem, ops[i].units, ns, 0);
		}
	}
}

/* The step begins to block (@by 1), or ends it (-1). */
static void ksem_step_join(struct ksem_step *step, int by)
{
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	ksem_step_lock(step);
	step->blocked = by > 0;
	if (step->zero)
		step->zeros = step->zero->zeros;
	ksem_step_stuck(step, NULL);
	ksem_step_listen(step, 0);
	for (i = 0; i < step->nr; i++) {
		struct ksem *sem = step->members[i].sem;

		step->members[i].sleeper.since = local_clock();
		/* Where it was carried out it isn't counted any more. */
		if (!step->done || !step->members[i].sleeper.step)
			WRITE_ONCE(sem->nr_steps, sem->nr_steps + by);
		sem->changed |= KSEM_CHANGED_POLL;
	}
	ksem_step_unlock(step);
	local_irq_restore(flags);
	ksem_step_finish(step);
}

static int ksem_step_block(struct ksem_step *step,
			   const struct ksem_deadline *deadline,
			   unsigned int *index)
{
	unsigned int state = ksem_sleep_state(TASK_INTERRUPTIBLE);
	int err, stop = 0;

	ksem_step_join(step, 1);
	for (;;) {
		set_current_state(state);
		err = ksem_step_try(step, index);
		if (err != -EAGAIN || !ksem_op_blocks(&step->ops[*index]))
			break;
		err = stop;
		if (err)
			break;
		stop = ksem_sleep(state, deadline);
	}
	__set_current_state(TASK_RUNNING);
	ksem_step_join(step, -1);
	return step->done ? 0 : err;
}

/* Whether one of all can be tried at all; the errors are in the ABI. */
int ksem_op_check(const struct ksem_op *op)
{
	u32 undo = op->flags & (KSEM_OP_UNDO | KSEM_OP_ADJUST);

	if (op->op > KSEM_OP_SET || op->flags & ~(undo | KSEM_OP_NOWAIT))
		return -EINVAL;
	switch (op->op) {
	case KSEM_OP_ZERO:
		if (undo || op->units)
			return -EINVAL;
		break;
	case KSEM_OP_SET:
		if (undo & KSEM_OP_ADJUST)
			return -EINVAL;
		break;
	default:
		if (undo == (KSEM_OP_UNDO | KSEM_OP_ADJUST) || !op->units)
			return -EINVAL;
	}
	return op->units > KSEM_VALUE_MAX ? -ERANGE : 0;
}

/* Returns 0 when all is done, or the error of the operation @index. */
int ksem_operate_until(const struct ksem_op *ops, unsigned int nr,
		       const struct ksem_deadline *deadline,
		       unsigned int *index)
{
	struct ksem_step *step = ksem_step_alloc(ops, nr);
	unsigned int first;
	u64 start;
	s64 ns = 0;
	int err;

	if (!step)
		return -ENOMEM;
	err = ksem_step_try(step, index);
	if (err == -EAGAIN && ksem_op_blocks(&ops[*index])) {
		/* The one in the way at first stands for the others. */
		first = *index;
		start = ksem_count_begin(ops[first].sem, ops[first].units);
		err = ksem_step_block(step, deadline, index);
		ns = ksem_waited(start);
		ksem_count_time(ops[first].sem, ns);
		if (err)
			ksem_count_end(ops[first].sem, ops[first].units, ns,
				       err);
	}
	if (!err)
		ksem_step_count(ops, nr, ns);
	kfree(step);
	return err;
}

/*
 * One operation, without sleeping, and only as long as @head is there.  What others
 * do to @head is seen as of some moment of the call.
 */
int ksem_operate_alone(const struct ksem_op *op, const struct ksem *head)
{
	unsigned long flags = ksem_lock(op->sem);
	int err = READ_ONCE(head->dead) ? -EIDRM : ksem_op_do(op);

	if (!err)
		ksem_step_account(op, current);
	ksem_unlock(op->sem, flags);
	if (!err)
		ksem_step_count(op, 1, 0);
	return err;
}

/* The values of several semaphores at one moment. */
int ksem_look(const struct ksem_op *ops, unsigned int nr, u32 *values)
{
	struct ksem_step *step = ksem_step_alloc(ops, nr);
	unsigned long flags;
	unsigned int i;

	if (!step)
		return -ENOMEM;
	local_irq_save(flags);
	ksem_step_lock(step);
	for (i = 0; i < nr; i++)
		values[i] = ops[i].sem->units;
	ksem_step_unlock(step);
	local_irq_restore(flags);
	ksem_step_finish(step);
	kfree(step);
	return 0;
}

static int ksem_operate_check(const struct ksem_op *ops, unsigned int nr,
			      unsigned int *index)
{
	unsigned int i;
	int err = 0;

	*index = 0;
	if (!nr || nr > KSEM_OPS_MAX)
		return -EINVAL;
	for (i = 0; i < nr && !err; i++) {
		*index = i;
		/* Nobody has an account here. */
		if (ops[i].flags & ~KSEM_OP_NOWAIT)
			return -EINVAL;
		err = ksem_op_check(&ops[i]);
	}
	return err;
}

/**
 * ksem_operate - do several operations in one step, sleeping until all can be
 * @ops: the operations, done in this order
 * @nr: how many: 1..KSEM_OPS_MAX
 * @index: out: which of them failed
 *
 * Until all can be done it takes nothing and keeps no place in any queue, so
 * those that wait on one semaphore alone go first.
 *
 * For -EINTR, kthread_stop(), the freezer and the hung-task detector it is as
 * ksem_wait_n().
 *
 * Context: process context; sleeps.
 * Return: 0; -EAGAIN if one with KSEM_OP_NOWAIT is in the way; -EINTR if a
 * signal came first; -EIDRM if a semaphore is or gets shut down; -ERANGE if a
 * wait is for more than the ceiling; -EOVERFLOW if a post or a set goes above
 * it; -EINVAL for what is no operation; -ENOMEM.
 */
int ksem_operate(const struct ksem_op *ops, unsigned int nr,
		 unsigned int *index)
{
	int err = ksem_operate_check(ops, nr, index);

	might_sleep();
	return err ?: ksem_operate_until(ops, nr, NULL, index);
}
EXPORT_SYMBOL_GPL(ksem_operate);

/**
 * ksem_operate_timeout - as ksem_operate(), sleeping no longer than a given time
 * @ops: the operations, done in this order
 * @nr: how many: 1..KSEM_OPS_MAX
 * @timeout: from now, on CLOCK_MONOTONIC; 0 or less doesn't sleep
 * @index: out: which of them failed
 *
 * Context: process context; sleeps.
 * Return: as ksem_operate(), or -ETIMEDOUT.
 */
int ksem_operate_timeout(const struct ksem_op *ops, unsigned int nr,
			 ktime_t timeout, unsigned int *index)
{
	struct ksem_deadline deadline = {
		.at = ktime_add_safe(ktime_get(), max_t(ktime_t, timeout, 0)),
		.clock = CLOCK_MONOTONIC,
	};
	int err = ksem_operate_check(ops, nr, index);

	might_sleep();
	return err ?: ksem_operate_until(ops, nr, &deadline, index);
}
EXPORT_SYMBOL_GPL(ksem_operate_timeout);

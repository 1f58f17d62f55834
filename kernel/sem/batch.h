/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A batch: what one holder of a lock has decided and does after the unlock.
 *
 * Preemption is off from before the unlock until all is done: a wait on several
 * semaphores that has ended on one of them must not be seen in the queues of the
 * others while somebody of higher priority runs.  And the tasks may have seen
 * their status and exited by the time they are woken; their memory stays until a
 * grace period is over, which can't be while preemption is off.  To a task that
 * sleeps elsewhere by then, waking is a false alarm, and every sleeper has to
 * expect those.
 */
#ifndef _KSEM_BATCH_H
#define _KSEM_BATCH_H

#include <linux/preempt.h>
#include <linux/sched.h>
#include <uapi/linux/ksem.h>

#include "call.h"

/* Tasks that one batch can wake; bounds the time with interrupts off. */
#define KSEM_BATCH		32
/* Queue entries that it deals with. */
#define KSEM_BATCH_ENTRIES	(2 * KSEM_OPS_MAX)

/**
 * struct ksem_batch - what to do for the waiters that were served
 * @nr: length of @tasks
 * @left: how many more queue entries may be dealt with in this batch
 * @tasks: to be woken
 * @ends: waits on several semaphores that have ended on one of them
 * @calls: callbacks to be made, in order
 */
struct ksem_batch {
	unsigned int		nr;
	int			left;
	struct task_struct	*tasks[KSEM_BATCH];
	struct ksem_end		*ends;
	struct ksem_calls	calls;
};

/**
 * struct ksem_end - what is to be done at once, but not under a lock
 * @next: in a batch
 * @fn: called with preemption off; what it serves goes into the batch
 */
struct ksem_end {
	struct ksem_end	*next;
	void		(*fn)(struct ksem_end *end, struct ksem_batch *batch);
};

static inline void ksem_batch_wake(struct ksem_batch *batch,
				   struct task_struct *task)
{
	batch->tasks[batch->nr++] = task;
}

static inline bool ksem_batch_is_full(const struct ksem_batch *batch)
{
	return batch->nr == KSEM_BATCH || batch->left <= 0;
}

/* Under the lock, or before it is taken. */
static __always_inline void ksem_batch_begin(struct ksem_batch *batch)
{
	preempt_disable();
	batch->nr = 0;
	batch->left = KSEM_BATCH_ENTRIES;
	batch->ends = NULL;
	ksem_calls_init(&batch->calls);
}

/* After the unlock. */
static __always_inline void ksem_batch_end(struct ksem_batch *batch)
{
	struct ksem_end *end;
	unsigned int i;

	while (unlikely((end = batch->ends))) {
		batch->ends = end->next;
		end->fn(end, batch);
	}
	for (i = 0; i < batch->nr; i++)
		wake_up_process(batch->tasks[i]);
	preempt_enable();
	if (unlikely(batch->calls.first))
		ksem_make_calls(&batch->calls);
}

#endif /* _KSEM_BATCH_H */

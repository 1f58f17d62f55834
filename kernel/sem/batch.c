// SPDX-License-Identifier: GPL-2.0-only
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

#include <linux/preempt.h>
#include <linux/sched.h>

#include "sem.h"

/* How many queue entries one batch deals with. */
#define KSEM_BATCH_ENTRIES	(2 * KSEM_OPS_MAX)

/* Under the lock, or before it is taken. */
void ksem_batch_begin(struct ksem_batch *batch)
{
	preempt_disable();
	batch->nr = 0;
	batch->left = KSEM_BATCH_ENTRIES;
	batch->ends = NULL;
	ksem_calls_init(&batch->calls);
}

/* After the unlock. */
void ksem_batch_end(struct ksem_batch *batch)
{
	struct ksem_end *end;
	unsigned int i;

	while ((end = batch->ends)) {
		batch->ends = end->next;
		end->fn(end, batch);
	}
	for (i = 0; i < batch->nr; i++)
		wake_up_process(batch->tasks[i]);
	preempt_enable();
	ksem_make_calls(&batch->calls);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process that operated last, as System V tells it: it took or gave units, or
 * waited until there were none, or set the value.  A waiter that is handed its units
 * counts as operating then.  What is undone counts as an operation of the process that
 * closes the handle.
 *
 * A process is kept as its struct pid, so that each asker gets the number that is
 * true in its own namespace, also after the process has ended.
 */

#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>

#include "sem.h"

/*
 * NULL if it is a kernel thread, or there is no task.  The task hasn't ended, or
 * preemption has been off since it hadn't.
 */
struct pid *ksem_process_of(struct task_struct *task)
{
	return task && !(task->flags & PF_KTHREAD) ? task_tgid(task) : NULL;
}

static void ksem_put_pid_rcu(struct rcu_head *rcu)
{
	put_pid(container_of(rcu, struct pid, rcu));
}

/*
 * Nothing may be freed under a raw spinlock.  If the reference is the last one, the
 * process has ended, RCU is done with it, and its head for that is ours.
 */
static void ksem_drop_pid(struct pid *pid)
{
	if (pid && !refcount_dec_not_one(&pid->count))
		call_rcu(&pid->rcu, ksem_put_pid_rcu);
}

static void ksem_keep_pid(struct ksem *sem, struct pid *pid)
{
	struct pid *before = sem->record.pid;

	lockdep_assert_held(&sem->lock);
	if (pid == before)
		return;
	sem->record.pid = get_pid(pid);
	ksem_drop_pid(before);
}

/* It has operated on the semaphore. */
void ksem_record_process(struct ksem *sem, struct pid *pid)
{
	ksem_keep_pid(sem, pid);
	sem->record.op_time = ktime_get_real_seconds();
}

/* The context that runs has set the value, which is no operation. */
void ksem_record_set(struct ksem *sem)
{
	if (!sem->recorded)
		return;
	ksem_keep_pid(sem, ksem_process_now());
	sem->record.set_time = ktime_get_real_seconds();
}

/* Takes the lock.  @pid: the process, as the calling task's namespace has it, or 0. */
void ksem_record_read(struct ksem *sem, struct ksem_record *record, pid_t *pid)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&sem->lock, flags);
	*record = sem->record;
	*pid = pid_vnr(sem->record.pid);
	raw_spin_unlock_irqrestore(&sem->lock, flags);
}

/* Nobody has the semaphore any more; process context. */
void ksem_record_free(struct ksem *sem)
{
	put_pid(sem->record.pid);
}

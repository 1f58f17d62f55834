// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that have to be made without a lock: the callbacks of requests, and the
 * rest of a post that its own context can't do.
 *
 * A call is made by the task that caused it, so at its priority, if that task can
 * be preempted and holds no spinlock.  Else the thread "ksem" makes it, which is
 * SCHED_FIFO 50 unless an administrator gives it another priority (chrt -f -p).
 * It is bound to no CPU.  A kernel without CONFIG_PREEMPT_COUNT can't tell whether
 * a task can be preempted, and leaves all calls to the thread.
 *
 * A callback that posts can cause further calls.  They are appended to those that
 * its task is making, so they don't nest; and after KSEM_CALLS_MAX of them the
 * task leaves the others to the thread.  The thread pauses for a tick when it has
 * worked for 50 ms, so that callbacks that cause each other for ever don't keep
 * other tasks from its CPU.
 */

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/version.h>
#include <uapi/linux/sched/types.h>

#include "call.h"

#define KSEM_CALLS_MAX	32
#define KSEM_CALLS_TIME	(HZ / 20)

/*
 * A task that is making calls.  It can be preempted meanwhile, so there may be as many
 * as there are tasks: a tree, by address, keeps the time with interrupts off short.
 */
struct ksem_run {
	struct rb_node		node;
	struct task_struct	*task;
	struct ksem_calls	calls;
};

static DEFINE_RAW_SPINLOCK(ksem_runs_lock);
static struct rb_root ksem_runs = RB_ROOT;

static LLIST_HEAD(ksem_late_calls);
static struct task_struct *ksem_thread;

void ksem_call_later(struct ksem_call *call)
{
	if (llist_add(&call->late, &ksem_late_calls))
		wake_up_process(ksem_thread);
}

static void ksem_calls_later(struct ksem_call *call)
{
	struct ksem_call *next;

	for (; call; call = next) {
		next = call->next;
		ksem_call_later(call);
	}
}

/* On PREEMPT_RT, a task that holds a spinlock can be preempted, too. */
static bool ksem_may_call(void)
{
	return preemptible() &&
	       !(IS_ENABLED(CONFIG_PREEMPT_RT) && rcu_preempt_depth());
}

static bool ksem_run_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct ksem_run, node)->task <
	       rb_entry(b, struct ksem_run, node)->task;
}

static int ksem_run_cmp(const void *task, const struct rb_node *node)
{
	const struct ksem_run *run = rb_entry(node, struct ksem_run, node);

	if (task == run->task)
		return 0;
	return task < (const void *)run->task ? -1 : 1;
}

static struct ksem_run *ksem_find_run(void)
{
	struct rb_node *node;
	unsigned long flags;

	raw_spin_lock_irqsave(&ksem_runs_lock, flags);
	node = rb_find(current, &ksem_runs, ksem_run_cmp);
	raw_spin_unlock_irqrestore(&ksem_runs_lock, flags);
	return node ? rb_entry(node, struct ksem_run, node) : NULL;
}

/* Makes at most @max of the calls, and those that come of them. */
static void ksem_run_calls(struct ksem_calls *calls, unsigned int max)
{
	struct ksem_run run = { .task = current, .calls = *calls };
	struct ksem_call *call;
	unsigned long flags;

	raw_spin_lock_irqsave(&ksem_runs_lock, flags);
	rb_add(&run.node, &ksem_runs, ksem_run_less);
	raw_spin_unlock_irqrestore(&ksem_runs_lock, flags);

	while (max-- && run.calls.first) {
		call = run.calls.first;
		run.calls.first = call->next;
		call->fn(call);
	}

	raw_spin_lock_irqsave(&ksem_runs_lock, flags);
	rb_erase(&run.node, &ksem_runs);
	raw_spin_unlock_irqrestore(&ksem_runs_lock, flags);
	ksem_calls_later(run.calls.first);
}

void ksem_make_calls(struct ksem_calls *calls)
{
	struct ksem_run *run;

	if (!calls->first)
		return;
	if (!ksem_may_call()) {
		ksem_calls_later(calls->first);
		return;
	}
	run = ksem_find_run();
	if (run)
		ksem_calls_join(&run->calls, calls);
	else
		ksem_run_calls(calls, KSEM_CALLS_MAX);
}

static void ksem_make_late_calls(void)
{
	struct llist_node *list = llist_del_all(&ksem_late_calls);
	struct ksem_call *call, *next;
	struct ksem_calls calls;

	llist_for_each_entry_safe(call, next, llist_reverse_order(list), late) {
		ksem_calls_init(&calls);
		ksem_calls_add(&calls, call);
		ksem_run_calls(&calls, 1);
		cond_resched();
	}
}

static int ksem_thread_fn(void *unused)
{
	unsigned long since = jiffies;

	for (;;) {
		set_current_state(TASK_IDLE);
		if (llist_empty(&ksem_late_calls)) {
			if (kthread_should_stop())
				break;
			schedule();
			since = jiffies;
			continue;
		}
		__set_current_state(TASK_RUNNING);
		ksem_make_late_calls();
		if (time_after(jiffies, since + KSEM_CALLS_TIME)) {
			schedule_timeout_idle(1);
			since = jiffies;
		}
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

int ksem_call_init(void)
{
	ksem_thread = kthread_create(ksem_thread_fn, NULL, "ksem");
	if (IS_ERR(ksem_thread))
		return PTR_ERR(ksem_thread);
	sched_set_fifo(ksem_thread);
	wake_up_process(ksem_thread);
	return 0;
}

/* Nobody posts any more; what was left to the thread is done before it ends. */
void ksem_call_exit(void)
{
	kthread_stop(ksem_thread);
}

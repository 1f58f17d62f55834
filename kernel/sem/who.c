// SPDX-License-Identifier: GPL-2.0-only
/* Lists the blocked tasks, for people who search for the cause of a hang. */

#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/string.h>

#include "queue.h"
#include "sem.h"

/* What has been told so far, and where the rest goes. */
struct ksem_list {
	struct ksem_ioc_waiter	*told;
	unsigned int		nr;
	unsigned int		room;
	struct pid_namespace	*ns;
	u64			now;
};

/* The task sleeps, and stays where it is as long as the lock is held. */
static void ksem_list_task(const struct ksem_list *list,
			   struct ksem_ioc_waiter *told,
			   struct task_struct *task)
{
	told->pid = task_tgid_nr_ns(task, list->ns);
	told->tid = task_pid_nr_ns(task, list->ns);
	if (task->flags & PF_KTHREAD)
		told->flags |= KSEM_WAITER_KERNEL;
	/* Its lock can't be taken here; a change of name may be seen half. */
	strscpy_pad(told->comm, task->comm, sizeof(told->comm));
}

static void ksem_list_add(struct ksem_list *list, u32 way, u32 units, u64 since,
			  struct task_struct *task)
{
	struct ksem_ioc_waiter *told = &list->told[list->nr++];

	*told = (struct ksem_ioc_waiter) {
		.units = units,
		.way = way,
		.ns = max_t(s64, list->now - since, 0),
	};
	if (task)
		ksem_list_task(list, told, task);
	else
		told->flags |= KSEM_WAITER_KERNEL;
}

static void ksem_list_waiter(struct ksem_list *list,
			     const struct ksem_waiter *waiter)
{
	u32 way = KSEM_WAY_WAIT;

	if (!waiter->task)
		way = KSEM_WAY_CALLBACK;
	else if (waiter->served == ksem_any_served)
		way = KSEM_WAY_ANY;
	ksem_list_add(list, way,
		      waiter->units == KSEM_NEVER ? 0 : waiter->units,
		      waiter->since, waiter->task);
}

static void ksem_list_waiters_of(struct ksem_list *list,
				 const struct list_head *waiters)
{
	struct ksem_waiter *waiter;

	list_for_each_entry(waiter, waiters, entry) {
		if (list->nr == list->room)
			return;
		ksem_list_waiter(list, waiter);
	}
}

static void ksem_list_queue(struct ksem_list *list, struct ksem *sem)
{
	struct rb_node *node;

	if (sem->order == KSEM_FIFO) {
		ksem_list_waiters_of(list, &sem->queue.fifo);
		return;
	}
	ksem_queue_refresh(&sem->queue);
	for (node = rb_first_cached(&sem->queue.by_prio);
	     node && list->nr < list->room; node = rb_next(node))
		ksem_list_waiter(list, rb_entry(node, struct ksem_waiter, node));
}

static void ksem_list_steps(struct ksem_list *list, struct list_head *steps)
{
	struct ksem_sleeper *sleeper;

	list_for_each_entry(sleeper, steps, node) {
		if (list->nr == list->room)
			return;
		ksem_list_add(list, KSEM_WAY_ALL, sleeper->units,
			      sleeper->since, sleeper->task);
	}
}

/*
 * Tells of up to @room waiters, in the order in which they will be served, and then
 * of the steps; returns of how many.  Bounded by @room, with interrupts off.
 */
unsigned int ksem_list_waiters(struct ksem *sem, struct ksem_ioc_waiter *told,
			       unsigned int room)
{
	struct ksem_list list = {
		.told = told,
		.room = room,
		.ns = task_active_pid_ns(current),
		.now = local_clock(),
	};
	unsigned long flags = ksem_lock(sem);

	ksem_list_queue(&list, sem);
	ksem_list_steps(&list, &sem->steps_due);
	ksem_list_steps(&list, &sem->steps);
	ksem_list_waiters_of(&list, &sem->for_end);
	ksem_unlock(sem, flags);
	return list.nr;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The queue of a semaphore; all of these under its lock. */
#ifndef _KSEM_QUEUE_H
#define _KSEM_QUEUE_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>

#include "sem.h"

/* How many of the first waiters are looked at for a new priority. */
#define KSEM_REFRESH	64

static inline void ksem_queue_init(struct ksem_queue *queue)
{
	INIT_LIST_HEAD(&queue->fifo);
	queue->by_prio = RB_ROOT_CACHED;
	queue->wide = RB_ROOT;
}

static inline bool ksem_before(struct rb_node *a, const struct rb_node *b)
{
	const struct ksem_waiter *wa = rb_entry(a, struct ksem_waiter, node);
	const struct ksem_waiter *wb = rb_entry(b, struct ksem_waiter, node);

	if (wa->prio != wb->prio)
		return wa->prio < wb->prio;
	return wa->ticket < wb->ticket;
}

static inline bool ksem_narrower(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct ksem_waiter, wide)->units <
	       rb_entry(b, struct ksem_waiter, wide)->units;
}

static inline bool ksem_is_wide(const struct ksem_waiter *waiter)
{
	return waiter->units > 1;
}

/* Tasks without a real-time priority are all equal, as in rtmutex. */
static inline int ksem_prio(const struct ksem_waiter *waiter)
{
	return waiter->task ? min(READ_ONCE(waiter->task->prio), MAX_RT_PRIO) :
			      MAX_RT_PRIO;
}

static inline void ksem_queue_add(struct ksem_queue *queue,
				  enum ksem_order order,
				  struct ksem_waiter *waiter)
{
	switch (order) {
	case KSEM_FIFO:
		list_add_tail(&waiter->entry, &queue->fifo);
		break;
	case KSEM_PRIORITY:
		waiter->prio = ksem_prio(waiter);
		waiter->ticket = queue->tickets++;
		rb_add_cached(&waiter->node, &queue->by_prio, ksem_before);
		break;
	}
	if (ksem_is_wide(waiter))
		rb_add(&waiter->wide, &queue->wide, ksem_narrower);
}

static inline void ksem_queue_remove(struct ksem_queue *queue,
				     enum ksem_order order,
				     struct ksem_waiter *waiter)
{
	switch (order) {
	case KSEM_FIFO:
		/* On the way from a post to a waiter: leaves no poison. */
		__list_del_entry(&waiter->entry);
		break;
	case KSEM_PRIORITY:
		rb_erase_cached(&waiter->node, &queue->by_prio);
		break;
	}
	if (ksem_is_wide(waiter))
		rb_erase(&waiter->wide, &queue->wide);
}

/* The queue isn't empty. */
static inline struct ksem_waiter *ksem_queue_head(struct ksem_queue *queue,
						  enum ksem_order order)
{
	switch (order) {
	case KSEM_PRIORITY:
		return rb_entry(rb_first_cached(&queue->by_prio),
				struct ksem_waiter, node);
	default:
		return list_first_entry(&queue->fifo, struct ksem_waiter,
					entry);
	}
}

/* The most units that anybody in the queue waits for; 1 if it is empty. */
static inline u32 ksem_queue_widest(const struct ksem_queue *queue)
{
	struct rb_node *last = rb_last(&queue->wide);

	return last ? rb_entry(last, struct ksem_waiter, wide)->units : 1;
}

/*
 * Moves waiters whose priority has changed since they queued, also by
 * inheritance, among the first KSEM_REFRESH.  Returns at how many it has looked.
 */
static inline int ksem_queue_refresh(struct ksem_queue *queue)
{
	struct rb_node *node = rb_first_cached(&queue->by_prio);
	struct ksem_waiter *waiter;
	int looked = 0;
	int prio;

	while (node && looked < KSEM_REFRESH) {
		looked++;
		waiter = rb_entry(node, struct ksem_waiter, node);
		node = rb_next(node);
		prio = ksem_prio(waiter);
		if (prio == waiter->prio)
			continue;
		rb_erase_cached(&waiter->node, &queue->by_prio);
		waiter->prio = prio;
		rb_add_cached(&waiter->node, &queue->by_prio, ksem_before);
	}
	return looked;
}

#endif /* _KSEM_QUEUE_H */

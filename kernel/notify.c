// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling those who watch a semaphore without waiting on it: poll, and the
 * files in sysfs.
 *
 * A program that has mapped the word changes it without telling anyone.  So as
 * long as somebody watches, the word says CONTENDED and every change comes
 * through the kernel; and if nobody does, watching costs nobody anything.  Who
 * polls stands in a wait queue.  In sysfs nobody can tell who polls, but who
 * does it reads first: a read arms one notification.
 *
 * Both are told from irq_work, since their locks can't be taken in every context
 * that can post.
 */

#include <linux/kernfs.h>

#include "core.h"

static __poll_t ksem_poll_mask(const struct ksem *sem)
{
	__poll_t mask = 0;

	if (sem->dead)
		return EPOLLHUP | EPOLLERR;
	/* Units that are being saved up for somebody are not to be had. */
	if (sem->units && !sem->nr_waiters)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (sem->units < sem->max)
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

static void ksem_notify(struct irq_work *work)
{
	struct ksem *sem = container_of(work, struct ksem, notify);
	unsigned long flags;
	__poll_t mask;
	bool watched;

	flags = ksem_lock(sem);
	mask = ksem_poll_mask(sem);
	/* A device that is being made can be read already, but not polled. */
	watched = sem->watched && READ_ONCE(sem->waiters_node);
	if (watched)
		WRITE_ONCE(sem->watched, false);
	ksem_unlock(sem, flags);

	/* Also those in ksem_operate_until(), for whom any change can matter. */
	wake_up_poll(&sem->poll, mask);
	if (watched) {
		kernfs_notify(sem->value_node);
		kernfs_notify(sem->waiters_node);
	}
}

void ksem_notify_init(struct ksem *sem)
{
	init_waitqueue_head(&sem->poll);
	init_irq_work(&sem->notify, ksem_notify);
}

/*
 * The lock is held.  Whoever has joined the queue takes the lock after that and
 * looks, so either we see them here or they see what we have changed.
 */
bool ksem_observed(struct ksem *sem)
{
	/* Ordered by the lock. */
	return sem->watched || waitqueue_active(&sem->poll);
}

__poll_t ksem_poll(struct ksem *sem, struct file *file, poll_table *wait)
{
	unsigned long flags;
	__poll_t mask;

	poll_wait(file, &sem->poll, wait);
	flags = ksem_lock(sem);
	mask = ksem_poll_mask(sem);
	ksem_unlock(sem, flags);
	return mask;
}

/* Before sysfs shows something that may be polled. */
void ksem_watch(struct ksem *sem)
{
	unsigned long flags = ksem_lock(sem);

	WRITE_ONCE(sem->watched, true);
	ksem_unlock(sem, flags);
}

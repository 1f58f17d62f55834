// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling watchers of a semaphore that don't wait on it: poll, and the files in
 * sysfs.
 *
 * A program that has mapped the word changes it without telling anyone.  So as
 * long as somebody polls, the word has a ceiling of 0 and every post comes through
 * the kernel; at the ceiling, or while a file in sysfs is watched, the word says
 * CONTENDED and so does every wait.  If nobody does, watching costs nobody anything.
 *
 * The task that changes the semaphore tells the watchers, after the unlock and so at
 * its own priority.  With interrupts off, and in one, it tells one poller at most: if
 * there are several, or somebody watches the files in sysfs, there may be thousands,
 * and the thread "ksem" tells them.  On PREEMPT_RT the lock of a wait queue sleeps, so
 * a context that can't be preempted leaves that one to the thread, too.
 */

#include <linux/lockdep.h>

#include "sem.h"

/* The lock is held. */
static __poll_t ksem_poll_mask(struct ksem *sem)
{
	__poll_t mask = 0;

	if (sem->dead)
		return EPOLLHUP | EPOLLERR;
	/* Units that are being saved up for somebody are not to be had. */
	if (sem->units && (!sem->nr_waiters || ksem_can_pass(sem)))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (sem->units < sem->max)
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

/*
 * What is so now, of what the changes can have brought; the lock is held.  Told of units
 * and of room at once, epoll would wake all that wait with EPOLLEXCLUSIVE.
 */
__poll_t ksem_poll_news(struct ksem *sem)
{
	__poll_t news = ksem_poll_mask(sem);

	if (!(sem->changed & KSEM_CHANGED_UNITS))
		news &= ~(EPOLLIN | EPOLLRDNORM);
	if (!(sem->changed & KSEM_CHANGED_ROOM))
		news &= ~(EPOLLOUT | EPOLLWRNORM);
	return news | EPOLLPRI;
}

/* A guess, as the lock isn't held. */
static bool ksem_one_poller(struct ksem *sem)
{
	return READ_ONCE(sem->poll.head.next) == READ_ONCE(sem->poll.head.prev) &&
	       !READ_ONCE(sem->watched);
}

static bool ksem_may_tell_many(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return preemptible();
	return !irqs_disabled() && !in_serving_softirq();
}

/*
 * Without PREEMPT_RT the lock of a wait queue doesn't sleep, and the caller may hold a raw
 * one, or be an interrupt.  Lockdep has to be told, as it judges by the rules of both.
 */
static DEFINE_WAIT_OVERRIDE_MAP(ksem_wake_map, LD_WAIT_CONFIG);

/* What ksem_leave() returned; the lock has been dropped. */
void ksem_tell(struct ksem *sem, __poll_t news)
{
	bool one = !IS_ENABLED(CONFIG_PREEMPT_RT) && ksem_one_poller(sem);
	unsigned long flags;

	if (!one && !ksem_may_tell_many()) {
		ksem_settle_later(sem, news & EPOLLOUT ? KSEM_CHANGED :
				       KSEM_CHANGED_GIVEN);
		return;
	}
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		lock_map_acquire_try(&ksem_wake_map);
	if (one) {
		/* As below, without provision for many. */
		spin_lock_irqsave(&sem->poll.lock, flags);
		wake_up_locked_poll(&sem->poll, news);
		spin_unlock_irqrestore(&sem->poll.lock, flags);
	} else {
		wake_up_poll(&sem->poll, news);
	}
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		lock_map_release(&ksem_wake_map);
	/* Was it the last watcher?  Then the fast paths are open again. */
	if (!ksem_observed(sem))
		ksem_unlock(sem, ksem_lock(sem));
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

/*
 * @entry's function is called at the next change, and calls ksem_watched(); nothing
 * happens if the entry is on the queue already.  There is one for each semaphore.
 */
void ksem_watch(struct ksem *sem, struct wait_queue_entry *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&sem->poll.lock, flags);
	if (list_empty(&entry->entry))
		__add_wait_queue(&sem->poll, entry);
	WRITE_ONCE(sem->watched, true);
	spin_unlock_irqrestore(&sem->poll.lock, flags);
	/* From here on every change comes through the kernel. */
	ksem_unlock(sem, ksem_lock(sem));
}

/* Takes the entry off the queue; for its function, under the lock of that. */
void ksem_watched(struct ksem *sem, struct wait_queue_entry *entry)
{
	list_del_init(&entry->entry);
	WRITE_ONCE(sem->watched, false);
}

void ksem_unwatch(struct ksem *sem, struct wait_queue_entry *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&sem->poll.lock, flags);
	ksem_watched(sem, entry);
	spin_unlock_irqrestore(&sem->poll.lock, flags);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for code that may not sleep: a request stands in the queue in place of
 * a task.
 *
 * The callback runs from irq_work and not straight from the post: so it holds
 * no lock of ours, always runs in the same context whoever posted, and a chain
 * of callbacks that each post for the next one doesn't nest.
 */

#include "core.h"
#include <trace/events/ksem.h>

static void ksem_request_work(struct irq_work *work)
{
	struct ksem_request *req = container_of(work, struct ksem_request,
						work);
	int err = req->waiter.status;

	if (!err)
		trace_ksem_acquired(req->sem, req->waiter.units,
				    ktime_sub(ktime_get(), req->waiter.start));
	/* From here the callback may submit the request again. */
	smp_store_release(&req->busy, false);
	req->granted(req, err);
}

/*
 * The queue is done with the request; the lock is held, so that a cancel which
 * comes too late finds the work queued and can wait for it.
 */
void ksem_request_over(struct ksem_waiter *waiter)
{
	irq_work_queue(&container_of(waiter, struct ksem_request,
				     waiter)->work);
}

/**
 * ksem_request_init - set up a request before its first use
 * @req: the request
 * @granted: called once for every time the request was submitted with success
 *	and not cancelled
 *
 * Context: any.
 */
void ksem_request_init(struct ksem_request *req, ksem_granted_t granted)
{
	*req = (struct ksem_request) { .granted = granted };
	init_irq_work(&req->work, ksem_request_work);
}
EXPORT_SYMBOL_GPL(ksem_request_init);

/**
 * ksem_wait_async_n - ask for n units without sleeping
 * @sem: the semaphore; the caller keeps it until the request is over
 * @n: how many units, all at once
 * @req: the request, not in use
 *
 * The request queues like a task without a real-time priority.  Its callback
 * runs soon after the units are granted, also when they are there already.
 *
 * Context: any but NMI, also with interrupts off; on PREEMPT_RT too.
 * Return: 0, the callback will run; -EBUSY if @req is in use; -EIDRM if the
 * semaphore is shut down; -ERANGE if @n is above its ceiling; -EINVAL if @n is
 * 0.
 */
int ksem_wait_async_n(struct ksem *sem, unsigned int n,
		      struct ksem_request *req)
{
	unsigned long flags;
	int err;

	if (!n)
		return -EINVAL;
	/* Pairs with the release before the callback. */
	if (smp_load_acquire(&req->busy))
		return -EBUSY;

	flags = ksem_lock(sem);
	err = ksem_take(sem, n);
	if (!err || err == -EAGAIN) {
		req->sem = sem;
		req->busy = true;
	}
	if (!err) {
		req->waiter.status = 0;
		req->waiter.units = n;
		req->waiter.start = ktime_get();
		ksem_request_over(&req->waiter);
	} else if (err == -EAGAIN) {
		ksem_enqueue(sem, &req->waiter, n, NULL);
		trace_ksem_wait(sem, n);
		err = 0;
	}
	ksem_settle_and_unlock(sem, flags);
	return err;
}
EXPORT_SYMBOL_GPL(ksem_wait_async_n);

/**
 * ksem_cancel - take a request back
 * @req: the request
 *
 * Context: any but NMI.
 * Return: true if the request was still queued: it got nothing and its
 * callback won't run.  false if there is nothing to cancel: it was not
 * submitted, or its callback has run, is running or is about to.
 */
bool ksem_cancel(struct ksem_request *req)
{
	struct ksem *sem;
	unsigned long flags;
	bool queued;

	/*
	 * Pairs with the release before the callback: a request that is over
	 * may have outlived its semaphore.
	 */
	if (!smp_load_acquire(&req->busy))
		return false;
	sem = req->sem;
	flags = ksem_lock(sem);
	queued = req->waiter.status == KSEM_QUEUED;
	if (queued) {
		ksem_dequeue(sem, &req->waiter);
		req->waiter.status = -ECANCELED;
		req->busy = false;
	}
	ksem_settle_and_unlock(sem, flags);
	return queued;
}
EXPORT_SYMBOL_GPL(ksem_cancel);

/**
 * ksem_cancel_sync - take a request back, and wait for its callback
 * @req: the request; nobody submits it again meanwhile, nor does its callback
 *
 * Afterwards the request can be freed, and the module with the callback be
 * unloaded.
 *
 * Context: process context; may sleep.
 * Return: as ksem_cancel(); false with a callback that has run.
 */
bool ksem_cancel_sync(struct ksem_request *req)
{
	bool queued = ksem_cancel(req);

	irq_work_sync(&req->work);
	return queued;
}
EXPORT_SYMBOL_GPL(ksem_cancel_sync);

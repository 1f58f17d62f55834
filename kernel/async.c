// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for code that may not sleep: a request stands in the queue in place of
 * a task.
 *
 * The callback runs from irq_work and not straight from the post: so it holds
 * no lock of ours, always runs in the same context whoever posted, and a chain
 * of callbacks that each post for the next one doesn't nest.  The irq_work is
 * the CPU's and not the request's, since the request can be gone before the
 * irq_work has ended.
 *
 * A request is busy from when it is submitted until just before its callback,
 * which may submit it again; then a second call of it can overlap with the end
 * of the first one.  So the calls are counted, and who cancels waits for them.
 * Both are one word, since who cancels has to see both at one moment.
 */

#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/sched/clock.h>
#include <linux/wait_bit.h>

#include "core.h"

/* Requests that are over and whose callback is still to be run on a CPU. */
struct ksem_over {
	struct llist_head	requests;
	struct irq_work		work;
};

static DEFINE_PER_CPU(struct ksem_over, ksem_over);

/* The state of a request: submitted, and so many calls under way. */
#define KSEM_BUSY	1
#define KSEM_CALL	2

static bool ksem_is_busy(struct ksem_request *req)
{
	return atomic_read_acquire(&req->state) & KSEM_BUSY;
}

static void ksem_request_call(struct ksem_request *req)
{
	int err = req->waiter.status;

	ksem_count_end(req->sem, req->waiter.units,
		       ksem_count_time(req->sem, req->start), err);
	/* From here on it may be submitted again. */
	atomic_fetch_andnot_release(KSEM_BUSY, &req->state);
	req->granted(req, err);
	/* From here on it may be freed; a waiter is found by the address. */
	if (atomic_sub_return(KSEM_CALL, &req->state) < KSEM_CALL)
		wake_up_var(&req->state);
}

static void ksem_over_work(struct irq_work *work)
{
	struct ksem_over *over = container_of(work, struct ksem_over, work);
	struct llist_node *list = llist_del_all(&over->requests);
	struct ksem_request *req, *next;

	llist_for_each_entry_safe(req, next, llist_reverse_order(list), over)
		ksem_request_call(req);
}

/*
 * The queue is done with the request.  The lock is held, so that a cancel which
 * comes too late sees the call counted.
 */
void ksem_request_over(struct ksem_waiter *waiter)
{
	struct ksem_request *req = container_of(waiter, struct ksem_request,
						waiter);
	struct ksem_over *over = this_cpu_ptr(&ksem_over);

	atomic_add(KSEM_CALL, &req->state);
	if (llist_add(&req->over, &over->requests))
		irq_work_queue(&over->work);
}

void ksem_async_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		init_irq_work(&per_cpu(ksem_over, cpu).work, ksem_over_work);
}

/* The users are gone, the end of a last call may still be running. */
void ksem_async_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		irq_work_sync(&per_cpu(ksem_over, cpu).work);
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
}
EXPORT_SYMBOL_GPL(ksem_request_init);

/**
 * ksem_wait_async_n - ask for n units without sleeping
 * @sem: the semaphore; the caller keeps it until the request is over and no
 *	call with the request is under way
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
	if (atomic_fetch_or_acquire(KSEM_BUSY, &req->state) & KSEM_BUSY)
		return -EBUSY;
	WRITE_ONCE(req->sem, sem);
	req->start = local_clock();
	req->waiter.units = n;

	flags = ksem_lock(sem);
	err = ksem_take(sem, n);
	if (!err) {
		req->waiter.status = 0;
		ksem_request_over(&req->waiter);
	} else if (err == -EAGAIN) {
		ksem_enqueue(sem, &req->waiter, n, NULL);
	} else {
		atomic_fetch_andnot_release(KSEM_BUSY, &req->state);
	}
	ksem_settle_and_unlock(sem, flags);
	return err == -EAGAIN ? 0 : err;
}
EXPORT_SYMBOL_GPL(ksem_wait_async_n);

/**
 * ksem_cancel - take a request back
 * @req: the request; nobody submits it to another semaphore meanwhile
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

	/* Pairs with the release before the callback. */
	if (!ksem_is_busy(req))
		return false;
	/* NULL if it is just being submitted for the first time. */
	sem = READ_ONCE(req->sem);
	if (!sem)
		return false;
	flags = ksem_lock(sem);
	queued = ksem_is_busy(req) && req->waiter.status == KSEM_QUEUED;
	if (queued) {
		ksem_dequeue(sem, &req->waiter);
		req->waiter.status = -ECANCELED;
		atomic_fetch_andnot_release(KSEM_BUSY, &req->state);
	}
	ksem_settle_and_unlock(sem, flags);
	return queued;
}
EXPORT_SYMBOL_GPL(ksem_cancel);

/**
 * ksem_cancel_sync - take a request back, and wait for its callback
 * @req: the request; nobody but its callback submits it meanwhile, and that to
 *	the same semaphore
 *
 * Afterwards the request can be freed, and the module with the callback be
 * unloaded.
 *
 * Context: process context; may sleep.
 * Return: true if the request was taken back; false with a callback that has
 * run, or if it was not submitted.
 */
bool ksem_cancel_sync(struct ksem_request *req)
{
	bool queued;

	do {
		queued = ksem_cancel(req);
		wait_var_event(&req->state,
			       atomic_read_acquire(&req->state) < KSEM_CALL);
		/* Has the callback submitted it again? */
	} while (atomic_read_acquire(&req->state));
	return queued;
}
EXPORT_SYMBOL_GPL(ksem_cancel_sync);

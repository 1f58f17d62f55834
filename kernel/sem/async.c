// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for code that may not sleep: a request stands in the queue in place of
 * a task.  Its callback is one of the calls of call.c.
 *
 * A request is busy from when it is submitted until just before its callback,
 * which may submit it again; then a second call of it can overlap with the end
 * of the first one.  So the calls are counted, and a cancel waits for them.
 * Meanwhile it keeps the callback from submitting the request again, or it could
 * wait for ever.  All of this is one word, since a cancel has to see it at one
 * moment.
 */

#include <linux/export.h>
#include <linux/wait_bit.h>

#include "sem.h"

/* The state of a request: submitted; so many cancels and calls under way. */
#define KSEM_BUSY	1
#define KSEM_CANCEL	2
#define KSEM_CALL	0x10000

static bool ksem_is_busy(struct ksem_request *req)
{
	return atomic_read_acquire(&req->state) & KSEM_BUSY;
}

/* Submitted, or being called: both at one moment, as the one becomes the other. */
static bool ksem_is_used(struct ksem_request *req)
{
	int state = atomic_read_acquire(&req->state);

	return state & KSEM_BUSY || state >= KSEM_CALL;
}

static void ksem_request_call(struct ksem_call *call)
{
	struct ksem_request *req = container_of(call, struct ksem_request,
						call);
	int err = req->waiter.status;
	s64 ns = 0;

	if (req->start) {
		ns = max_t(s64, local_clock() - req->start, 0);
		ksem_count_time(req->sem, ns);
	}
	ksem_count_end(req->sem, req->waiter.units, ns, err);
	/* From here on it may be submitted again. */
	atomic_fetch_andnot_release(KSEM_BUSY, &req->state);
	req->granted(req, err);
	/* From here on it may be freed; a waiter is found by the address. */
	if (atomic_sub_return(KSEM_CALL, &req->state) < KSEM_CALL)
		wake_up_var(&req->state);
}

/*
 * The queue is done with the request.  The lock is held, so that a cancel which
 * comes too late sees the call counted.
 */
static void ksem_request_end(struct ksem_request *req, int status,
			     struct ksem_calls *calls)
{
	req->waiter.status = status;
	req->call.fn = ksem_request_call;
	atomic_add(KSEM_CALL, &req->state);
	ksem_calls_add(calls, &req->call);
}

static bool ksem_request_served(struct ksem_waiter *waiter, int status,
				struct ksem_batch *batch)
{
	ksem_request_end(container_of(waiter, struct ksem_request, waiter),
			 status, &batch->calls);
	return true;
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

static bool ksem_request_begin(struct ksem_request *req)
{
	int state = atomic_read(&req->state);

	do {
		/* Anything but calls. */
		if (state & (KSEM_CALL - 1))
			return false;
		/* Pairs with the release before the callback. */
	} while (!atomic_try_cmpxchg_acquire(&req->state, &state,
					     state | KSEM_BUSY));
	return true;
}

/**
 * ksem_wait_async_n - ask for n units without sleeping
 * @sem: the semaphore; the caller keeps it until the request is over and no
 *	call with the request is under way
 * @n: how many units, all at once
 * @req: the request, not in use
 *
 * The request queues like a task without a real-time priority.  Its callback
 * runs as soon as the units are granted: if they are there already, it can run
 * before this returns.
 *
 * Context: any but NMI, also with interrupts off; on PREEMPT_RT too.
 * Return: 0, the callback will run; -EBUSY if @req is in use, or somebody is in
 * ksem_cancel_sync() with it; -EIDRM if the semaphore is shut down; -ERANGE if @n
 * is above its ceiling; -EINVAL if @n is 0.
 */
int ksem_wait_async_n(struct ksem *sem, unsigned int n,
		      struct ksem_request *req)
{
	struct ksem_calls calls;
	unsigned long flags;
	int err;

	if (!n)
		return -EINVAL;
	ksem_calls_init(&calls);
	if (!ksem_request_begin(req))
		return -EBUSY;
	WRITE_ONCE(req->sem, sem);
	req->start = 0;
	req->waiter.units = n;

	flags = ksem_lock(sem);
	err = ksem_take(sem, n);
	if (!err) {
		ksem_record_op(sem);
		ksem_request_end(req, 0, &calls);
	} else if (err == -EAGAIN) {
		ksem_enqueue(sem, &req->waiter, n, NULL, ksem_request_served);
		req->start = ksem_count_begin(sem, n);
		req->waiter.since = req->start;
	} else {
		atomic_fetch_andnot_release(KSEM_BUSY, &req->state);
	}
	ksem_unlock(sem, flags);
	ksem_make_calls(&calls);
	return err == -EAGAIN ? 0 : err;
}
EXPORT_SYMBOL_GPL(ksem_wait_async_n);

/**
 * ksem_cancel - take a request back
 * @req: the request; nobody submits it to another semaphore meanwhile, and the
 *	caller holds the semaphore that it was submitted to
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
	ksem_unlock(sem, flags);
	return queued;
}
EXPORT_SYMBOL_GPL(ksem_cancel);

/**
 * ksem_cancel_sync - take a request back, and wait for its callback
 * @req: the request; nobody but its callback submits it meanwhile, and that to
 *	the same semaphore, which the caller holds
 *
 * A callback that submits it again gets -EBUSY from now on.  Afterwards the
 * request can be freed, and the module with the callback be unloaded.
 *
 * Context: process context, but not the callback; may sleep.
 * Return: true if the request was taken back; false with a callback that has
 * run, or if it was not submitted.
 */
bool ksem_cancel_sync(struct ksem_request *req)
{
	bool queued;

	atomic_add(KSEM_CANCEL, &req->state);
	do {
		queued = ksem_cancel(req);
		wait_var_event(&req->state,
			       atomic_read_acquire(&req->state) < KSEM_CALL);
		/* Was the callback just submitting it again? */
	} while (ksem_is_used(req));
	atomic_sub(KSEM_CANCEL, &req->state);
	return queued;
}
EXPORT_SYMBOL_GPL(ksem_cancel_sync);

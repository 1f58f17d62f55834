// SPDX-License-Identifier: GPL-2.0-only
/* How long a request waits: flags, clock and time, as user space gives them. */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/nsproxy.h>
#include <linux/time64.h>
#include <linux/time_namespace.h>

#include "../sem/sem.h"
#include "timeout.h"

#define KSEM_WAIT_FLAGS	(KSEM_WAIT_UNDO | KSEM_WAIT_NOWAIT | \
			 KSEM_WAIT_TIMEOUT | KSEM_WAIT_DEADLINE | \
			 KSEM_WAIT_NORESTART)
#define KSEM_WAIT_LIMITS	(KSEM_WAIT_TIMEOUT | KSEM_WAIT_DEADLINE)

/* How far the clock of the caller's time namespace is ahead of the machine's. */
static ktime_t ksem_clock_offset(clockid_t clock)
{
#ifdef CONFIG_TIME_NS
	const struct timens_offsets *offsets =
		&current->nsproxy->time_ns->offsets;

	if (clock == CLOCK_MONOTONIC)
		return timespec64_to_ktime(offsets->monotonic);
	if (clock == CLOCK_BOOTTIME)
		return timespec64_to_ktime(offsets->boottime);
#endif
	return 0;
}

int ksem_timeout_check(struct ksem_timeout *timeout)
{
	u32 limits = timeout->flags & KSEM_WAIT_LIMITS;

	if (timeout->flags & ~KSEM_WAIT_FLAGS || limits == KSEM_WAIT_LIMITS)
		return -EINVAL;
	if (!limits)
		return timeout->timeout || timeout->clock ? -EINVAL : 0;
	if (timeout->timeout < 0 || (timeout->clock != CLOCK_REALTIME &&
				     timeout->clock != CLOCK_MONOTONIC &&
				     timeout->clock != CLOCK_BOOTTIME))
		return -EINVAL;
	return 0;
}

/*
 * Turns a timeout into a deadline, also in the request itself: if the wait is
 * interrupted, that goes back, and a caller that asks again doesn't start anew.
 * The request's is by the clock of the caller's time namespace, @deadline by the
 * machine's.  NULL if there is no limit.
 */
const struct ksem_deadline *
ksem_timeout_deadline(struct ksem_timeout *timeout,
		      struct ksem_deadline *deadline)
{
	ktime_t offset;

	if (!(timeout->flags & KSEM_WAIT_LIMITS))
		return NULL;
	if (timeout->clock == CLOCK_REALTIME &&
	    timeout->flags & KSEM_WAIT_TIMEOUT)
		timeout->clock = CLOCK_MONOTONIC;
	offset = ksem_clock_offset(timeout->clock);
	deadline->clock = timeout->clock;
	if (timeout->flags & KSEM_WAIT_TIMEOUT) {
		deadline->at = ktime_add_safe(ksem_clock_now(timeout->clock),
					      timeout->timeout);
		/* The namespace may begin after the machine: not below 0. */
		if (deadline->at == KTIME_MAX || offset > 0)
			timeout->timeout = ktime_add_safe(deadline->at, offset);
		else
			timeout->timeout = max_t(ktime_t, deadline->at + offset, 0);
		timeout->flags ^= KSEM_WAIT_LIMITS;
	} else if (offset < 0) {
		deadline->at = ktime_add_safe(timeout->timeout, -offset);
	} else {
		deadline->at = max_t(ktime_t, timeout->timeout - offset, 0);
	}
	return deadline;
}

/* After -EINTR.  A signal without a handler interrupts nothing. */
int ksem_timeout_interrupted(const struct ksem_timeout *timeout)
{
	return timeout->flags & KSEM_WAIT_NORESTART ? -ERESTARTNOHAND :
						      -ERESTARTSYS;
}

bool ksem_file_nowait(const struct file *file,
		      const struct ksem_timeout *timeout)
{
	return timeout->flags & KSEM_WAIT_NOWAIT || file->f_flags & O_NONBLOCK;
}

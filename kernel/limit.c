// SPDX-License-Identifier: GPL-2.0-only
/* How long a request waits: flags, clock and time, as user space gives them. */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/time64.h>

#include "core.h"
#include "limit.h"

#define KSEM_WAIT_FLAGS	(KSEM_WAIT_UNDO | KSEM_WAIT_NOWAIT | \
			 KSEM_WAIT_TIMEOUT | KSEM_WAIT_DEADLINE | \
			 KSEM_WAIT_NORESTART)
#define KSEM_WAIT_LIMITS	(KSEM_WAIT_TIMEOUT | KSEM_WAIT_DEADLINE)

static ktime_t ksem_clock_now(clockid_t clock)
{
	return clock == CLOCK_BOOTTIME ? ktime_get_boottime() : ktime_get();
}

int ksem_limit_check(struct ksem_limit *limit)
{
	u32 limits = limit->flags & KSEM_WAIT_LIMITS;

	if (limit->flags & ~KSEM_WAIT_FLAGS || limits == KSEM_WAIT_LIMITS)
		return -EINVAL;
	if (!limits)
		return limit->timeout || limit->clock ? -EINVAL : 0;
	if (limit->timeout < 0 || (limit->clock != CLOCK_REALTIME &&
				   limit->clock != CLOCK_MONOTONIC &&
				   limit->clock != CLOCK_BOOTTIME))
		return -EINVAL;
	return 0;
}

/*
 * Turns a timeout into a deadline, also in the request itself: if the wait is
 * interrupted, that goes back, and who asks again doesn't start anew.
 * NULL if there is no limit.
 */
const struct ksem_deadline *
ksem_limit_deadline(struct ksem_limit *limit, struct ksem_deadline *deadline)
{
	if (!(limit->flags & KSEM_WAIT_LIMITS))
		return NULL;
	if (limit->flags & KSEM_WAIT_TIMEOUT) {
		if (limit->clock == CLOCK_REALTIME)
			limit->clock = CLOCK_MONOTONIC;
		limit->timeout = ktime_add_safe(ksem_clock_now(limit->clock),
						limit->timeout);
		limit->flags ^= KSEM_WAIT_LIMITS;
	}
	deadline->at = limit->timeout;
	deadline->clock = limit->clock;
	return deadline;
}

/* After -EINTR.  A signal without a handler interrupts nothing. */
int ksem_limit_interrupted(const struct ksem_limit *limit)
{
	return limit->flags & KSEM_WAIT_NORESTART ? -ERESTARTNOHAND :
						    -ERESTARTSYS;
}

bool ksem_file_nowait(const struct file *file, const struct ksem_limit *limit)
{
	return limit->flags & KSEM_WAIT_NOWAIT || file->f_flags & O_NONBLOCK;
}

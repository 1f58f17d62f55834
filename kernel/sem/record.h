/* SPDX-License-Identifier: GPL-2.0-only */
/* Who operated last on a semaphore that is recorded, and when. */
#ifndef _KSEM_RECORD_H
#define _KSEM_RECORD_H

#include <linux/time64.h>

struct pid;

/**
 * struct ksem_record - the last operation
 * @pid: the process, with a reference; NULL if there was none, or it was the
 *	kernel's
 * @op_time: of the last operation, in seconds of CLOCK_REALTIME; 0 if there was none
 * @set_time: when the value was set last
 */
struct ksem_record {
	struct pid	*pid;
	time64_t	op_time;
	time64_t	set_time;
};

#endif /* _KSEM_RECORD_H */

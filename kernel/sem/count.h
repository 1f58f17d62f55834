/* SPDX-License-Identifier: GPL-2.0-only */
/* What is counted and traced. */
#ifndef _KSEM_COUNT_H
#define _KSEM_COUNT_H

#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/u64_stats_sync.h>

struct ksem;

/**
 * struct ksem_stats - what /sys/class/ksem/NAME/ shows, of one CPU
 * @acquired: units taken
 * @posted: units given
 * @contended: waits that had to queue
 * @timeouts: waits that ended by their time limit
 * @interrupted: waits that ended by a signal
 * @wait_ns_total: nanoseconds waited
 * @sync: where 64 bits are read in two halves
 */
struct ksem_stats {
	u64			acquired;
	u64			posted;
	u64			contended;
	u64			timeouts;
	u64			interrupted;
	u64			wait_ns_total;
	struct u64_stats_sync	sync;
};

#if BITS_PER_LONG == 64
#define ksem_count(sem, member, n)	this_cpu_add((sem)->stats->member, n)
#else
#define ksem_count(sem, member, n)					\
do {									\
	struct ksem_stats __percpu *_stats = (sem)->stats;		\
	struct ksem_stats *_this;					\
	unsigned long _flags;						\
									\
	local_irq_save(_flags);						\
	_this = this_cpu_ptr(_stats);					\
	u64_stats_update_begin(&_this->sync);				\
	_this->member += (n);						\
	u64_stats_update_end(&_this->sync);				\
	local_irq_restore(_flags);					\
} while (0)
#endif

/* count.c; any context but NMI */
u64 ksem_count_sum(const struct ksem *sem, size_t offset);
u64 ksem_count_begin(struct ksem *sem, u32 n);
int ksem_count_blocked(struct ksem *sem, u32 n, u64 start, int status);
void ksem_count_end(struct ksem *sem, u32 n, s64 ns, int status);
s64 ksem_count_time(struct ksem *sem, u64 start, u64 end);

/* When the calling task, which has slept, got its CPU again. */
static inline u64 ksem_woken_at(void)
{
#ifdef CONFIG_SCHEDSTATS
	return current->sched_info.last_arrival;
#else
	return local_clock();
#endif
}

#endif /* _KSEM_COUNT_H */

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

/* Adds to one of the counters in @stats. */
static __always_inline void ksem_count(struct ksem_stats __percpu *stats,
				       u64 __percpu *counter, u64 n)
{
#if BITS_PER_LONG == 64
	this_cpu_add(*counter, n);
#else
	struct u64_stats_sync *sync;
	unsigned long flags;

	local_irq_save(flags);
	sync = this_cpu_ptr(&stats->sync);
	u64_stats_update_begin(sync);
	*this_cpu_ptr(counter) += n;
	u64_stats_update_end(sync);
	local_irq_restore(flags);
#endif
}

/* count.c; any context but NMI */
u64 ksem_count_sum(const struct ksem *sem, size_t offset);
u64 ksem_count_begin(struct ksem *sem, u32 n);
int ksem_count_blocked(struct ksem *sem, u32 n, u64 start, int status);
void ksem_count_end(struct ksem *sem, u32 n, s64 ns, int status);
void ksem_count_time(struct ksem *sem, s64 ns);

/* How long the calling task has waited since @start, until it got its CPU again. */
static inline s64 ksem_waited(u64 start)
{
#ifdef CONFIG_SCHEDSTATS
	s64 ns = current->sched_info.last_arrival - start;

	/* Else it didn't sleep, or hasn't yet. */
	if (likely(ns > 0))
		return ns;
#endif
	return max_t(s64, local_clock() - start, 0);
}

#endif /* _KSEM_COUNT_H */

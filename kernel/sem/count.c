// SPDX-License-Identifier: GPL-2.0-only
/* Counting and tracing of waits; the fast paths do theirs in fast.h. */

#include <linux/sched/clock.h>

#include "sem.h"
#include <trace/events/ksem.h>

/* One of the numbers of struct ksem_stats, of all CPUs together. */
u64 ksem_count_sum(const struct ksem *sem, size_t offset)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ksem_stats *stats = per_cpu_ptr(sem->stats, cpu);
		unsigned int start;
		u64 value;

		do {
			start = u64_stats_fetch_begin(&stats->sync);
			value = READ_ONCE(*(u64 *)((void *)stats + offset));
		} while (u64_stats_fetch_retry(&stats->sync, start));
		sum += value;
	}
	return sum;
}

/*
 * A wait begins to block.  Called under the semaphore's lock, so that whatever
 * serves it is traced later.  Returns the time for ksem_count_time().
 */
u64 ksem_count_begin(struct ksem *sem, u32 n)
{
	ksem_count(sem->stats, &sem->stats->contended, 1);
	trace_ksem_wait(sem, n);
	return local_clock();
}

/*
 * For how long a wait has blocked, by the scheduler's clock, which is the cheapest;
 * it may go back a little from one CPU to another.
 */
static __always_inline void ksem_add_time(struct ksem *sem, s64 ns)
{
	s64 max = atomic64_read(&sem->wait_ns_max);

	ksem_count(sem->stats, &sem->stats->wait_ns_total, ns);
	while (ns > max &&
	       !atomic64_try_cmpxchg_relaxed(&sem->wait_ns_max, &max, ns))
		;
}

void ksem_count_time(struct ksem *sem, s64 ns)
{
	ksem_add_time(sem, ns);
}

static __always_inline void ksem_add_end(struct ksem *sem, u32 n, s64 ns,
					 int status)
{
	if (!status) {
		ksem_count(sem->stats, &sem->stats->acquired, n);
		trace_ksem_acquired(sem, n, ns);
	} else if (status == -ETIMEDOUT) {
		ksem_count(sem->stats, &sem->stats->timeouts, 1);
		trace_ksem_timeout(sem, n);
	} else if (status == -EINTR) {
		ksem_count(sem->stats, &sem->stats->interrupted, 1);
		trace_ksem_interrupted(sem, n);
	}
}

/* How a wait ended. */
void ksem_count_end(struct ksem *sem, u32 n, s64 ns, int status)
{
	ksem_add_end(sem, n, ns, status);
}

/* A task's wait for @n units that has blocked ended so; returns @status. */
int ksem_count_blocked(struct ksem *sem, u32 n, u64 start, int status)
{
	s64 ns = ksem_waited(start);

	ksem_add_time(sem, ns);
	ksem_add_end(sem, n, ns, status);
	return status;
}

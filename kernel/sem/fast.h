/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast paths: one compare-and-exchange on the word.
 *
 * Inline in every door, as a call would cost as much again.  What they can't do
 * they leave to the slow paths, errors too.  The word may move to a page
 * meanwhile, or back: what they then look at says CONTENDED for ever.
 */
#ifndef _KSEM_FAST_H
#define _KSEM_FAST_H

#include "sem.h"
#include <trace/events/ksem.h>

/* Attempts: somebody may write to a mapped word all the time. */
#define KSEM_FAST_TRIES	8

/* False for 0 units, and any number too large. */
static __always_inline bool ksem_take_fast(struct ksem *sem, u64 n)
{
	atomic64_t *p = READ_ONCE(sem->word);
	s64 word = atomic64_read(p);
	int tries = KSEM_FAST_TRIES;

	do {
		u32 units = word;

		/* CONTENDED, as a number, is above every ceiling. */
		if (n - 1 >= units || units > READ_ONCE(sem->max))
			return false;
		if (likely(atomic64_try_cmpxchg_acquire(p, &word, word - n))) {
			ksem_count(sem->stats, &sem->stats->acquired, n);
			trace_ksem_acquired(sem, n, 0);
			return true;
		}
	} while (--tries);
	return false;
}

/*
 * False for 0 units, and any number too large; *seen is the word then.
 *
 * It goes by the word's ceiling, so that the exchange fails if that has changed
 * meanwhile; for the sake of truth that may not be above the kernel's own.
 */
static __always_inline bool ksem_give_fast(struct ksem *sem, u64 n, s64 *seen)
{
	atomic64_t *p = READ_ONCE(sem->word);
	s64 word = atomic64_read(p);
	int tries = KSEM_FAST_TRIES;

	do {
		u32 ceiling = KSEM_WORD_CEILING(word);
		u32 units = word;

		if (units > ceiling || n - 1 >= ceiling - units ||
		    ceiling > READ_ONCE(sem->max))
			break;
		if (likely(atomic64_try_cmpxchg_release(p, &word, word + n))) {
			ksem_count(sem->stats, &sem->stats->posted, n);
			trace_ksem_post(sem, n);
			return true;
		}
	} while (--tries);
	*seen = word;
	return false;
}

/* After ksem_give_fast(), which has seen @word. */
static __always_inline int ksem_post_after(struct ksem *sem, u32 n, s64 word)
{
	if (word & KSEM_WORD_CONTENDED || READ_ONCE(sem->nr_waiters))
		return ksem_post_slow(sem, n, NULL);
	return ksem_post_open(sem, n, word);
}

static __always_inline int ksem_post_now(struct ksem *sem, u32 n)
{
	s64 word;

	return ksem_give_fast(sem, n, &word) ? 0 : ksem_post_after(sem, n, word);
}

#endif /* _KSEM_FAST_H */

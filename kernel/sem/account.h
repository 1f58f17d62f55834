/* SPDX-License-Identifier: GPL-2.0-only */
/* What a handle undoes when it is closed. */
#ifndef _KSEM_ACCOUNT_H
#define _KSEM_ACCOUNT_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct ksem;

/**
 * struct ksem_account - what a handle undoes when it is closed
 * @lock: guards the other members
 * @epoch: the semaphore's when @units was true
 * @units: to give back, or to take if it is below 0
 */
struct ksem_account {
	raw_spinlock_t	lock;
	u32		epoch;
	s64		units;
};

void ksem_account_init(struct ksem_account *account);
s64 ksem_account_add(struct ksem_account *account, const struct ksem *sem,
		     s64 units);
void ksem_account_less(struct ksem_account *account, const struct ksem *sem,
		       u32 n);

#endif /* _KSEM_ACCOUNT_H */

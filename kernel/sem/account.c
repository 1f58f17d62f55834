// SPDX-License-Identifier: GPL-2.0-only
/*
 * The account of a handle: units it gives back when it is closed, or takes if
 * they are below 0.  Setting a semaphore's value can make all its accounts void;
 * each account finds that out when it is looked at next.
 *
 * An account changes under the lock of the semaphore, together with the units:
 * so nobody sees units before the account says so, and no account is made void
 * in between.
 */

#include "account.h"
#include "sem.h"

void ksem_account_init(struct ksem_account *account)
{
	raw_spin_lock_init(&account->lock);
}

static unsigned long ksem_account_lock(struct ksem_account *account,
				       const struct ksem *sem)
	__acquires(&account->lock)
{
	unsigned long flags;
	u32 epoch;

	raw_spin_lock_irqsave(&account->lock, flags);
	/* Under the lock: one read before could be older than the account's. */
	epoch = READ_ONCE(sem->epoch);
	if (account->epoch != epoch) {
		account->epoch = epoch;
		account->units = 0;
	}
	return flags;
}

/* Returns what there is then. */
s64 ksem_account_add(struct ksem_account *account, const struct ksem *sem,
		     s64 units)
{
	unsigned long flags = ksem_account_lock(account, sem);
	s64 sum = account->units += units;

	raw_spin_unlock_irqrestore(&account->lock, flags);
	return sum;
}

/* Takes up to n off, down to 0. */
void ksem_account_less(struct ksem_account *account, const struct ksem *sem,
		       u32 n)
{
	unsigned long flags = ksem_account_lock(account, sem);

	account->units -= clamp_t(s64, account->units, 0, n);
	raw_spin_unlock_irqrestore(&account->lock, flags);
}

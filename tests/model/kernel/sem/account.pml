/* SPDX-License-Identifier: MIT */
/* kernel/sem/account.c: the account of a handle.  All in the step of a caller. */

typedef Account {
	byte epoch;
	byte units
};

Account accounts[HANDLES];

/* ksem_account_lock() */
inline ksem_account_look(h, s)
{
	if
	:: accounts[h].epoch != sem[s].epoch ->
		accounts[h].epoch = sem[s].epoch;
		accounts[h].units = 0
	:: else
	fi
}

inline ksem_account_add(h, s, n)
{
	ksem_account_look(h, s);
	accounts[h].units = accounts[h].units + n
}

/* Down to 0. */
inline ksem_account_less(h, s, n)
{
	ksem_account_look(h, s);
	accounts[h].units = (accounts[h].units < n -> 0 : accounts[h].units - n)
}

/* If there is an account, and the units were taken, or given. */
inline ksem_account_take(h, s, n, ret)
{
	if
	:: h != NOBODY && ret == OK -> ksem_account_add(h, s, n)
	:: else
	fi
}

inline ksem_account_post(h, s, n, ret)
{
	if
	:: h != NOBODY && ret == OK -> ksem_account_less(h, s, n)
	:: else
	fi
}

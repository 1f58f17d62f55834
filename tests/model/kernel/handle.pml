/* SPDX-License-Identifier: MIT */
/*
 * kernel/handle.c and handle.h, for handles that undo all.  A process that uses
 * them has two more variables: less and part.
 */

byte undo[HANDLES];

inline ksem_handle_took(h, n)
{
	d_step { undo[h] = undo[h] + n }
}

inline ksem_handle_gives(h, n)
{
	d_step {
		less = (undo[h] < n -> undo[h] : n);
		undo[h] = undo[h] - less
	}
}

inline ksem_handle_take(s, h, n, who, ret)
{
	ksem_wait_until(s, n, who, ret);
	if
	:: ret == OK -> ksem_handle_took(h, n)
	:: else
	fi
}

inline ksem_handle_post(s, h, n, ret)
{
#ifdef BUG_UNDO_COUNTS_POST_LATE
	ksem_post_n(s, n, ret);
	if
	:: ret == OK -> ksem_handle_gives(h, n)
	:: else
	fi;
#else
	ksem_handle_gives(h, n);
	ksem_post_n(s, n, ret);
	if
	:: ret != OK -> ksem_handle_took(h, less)
	:: else
	fi;
#endif
	less = 0
}

/* The last descriptor is closed: nobody is in a call any more. */
inline ksem_handle_release(s, h)
{
#ifndef BUG_UNDO_LOST
	if
	:: undo[h] -> ksem_give_back(s, undo[h])
	:: else
	fi;
#endif
	undo[h] = 0
}

/* SPDX-License-Identifier: MIT */
/*
 * kernel/device/handle.c, for handles that undo all.  A process that uses them
 * has one more variable: part.
 */

#define ksem_handle_take(s, h, n, who, ret)	ksem_block(s, n, who, h, ret)

#define ksem_handle_post(s, h, n, ret)		ksem_post_slow(s, n, h, ret)

/* The last descriptor is closed: nobody is in a call any more. */
inline ksem_handle_release(s, h)
{
	d_step { ksem_account_look(h, s) }
#ifndef BUG_UNDO_LOST
	if
	:: accounts[h].units -> ksem_give_back(s, h)
	:: else
	fi
#else
	skip
#endif
}

/* SPDX-License-Identifier: MIT */
/*
 * A program that has mapped the page, as <uapi/linux/ksem.h> tells it to do:
 * one attempt, then the kernel.
 */

inline user_wait(s, n, me, ret)
{
	d_step { copy_word(old, sem[s].mem[PAGE_WORD]); err = EAGAIN }
	if
	:: !old.contended && n <= old.units ->
		d_step {
			if
			:: WORD_IS(s, PAGE_WORD, old) ->
				sem[s].mem[PAGE_WORD].units = old.units - n;
				ghost_took(s, n, sem[s].nr_waiters);
				err = OK
			:: else
			fi
		}
	:: else
	fi;
	d_step { clear_word(old); ret = err }
	if
	:: ret == OK -> err = OK
	:: else -> ksem_wait_common(s, n, me, ret)
	fi
}

inline user_post(s, n, ret)
{
	d_step { copy_word(old, sem[s].mem[PAGE_WORD]); err = EAGAIN }
	if
	:: !old.contended && old.units + n <= old.ceiling ->
		d_step {
			if
			:: WORD_IS(s, PAGE_WORD, old) ->
				sem[s].mem[PAGE_WORD].units = old.units + n;
				ghost_gave(s, n);
				assert(old.units + n <= sem[s].max);
				err = OK
			:: else
			fi
		}
	:: else
	fi;
#ifdef BUG_POST_TRUSTS_CEILING
	if
	:: !old.contended && old.units + n > old.ceiling -> err = EOVERFLOW
	:: else
	fi;
#endif
	d_step { clear_word(old); ret = err }
	if
	:: ret == OK -> err = OK
#ifdef BUG_POST_TRUSTS_CEILING
	:: ret == EOVERFLOW -> err = OK
#endif
	:: else -> ksem_post_n(s, n, ret)
	fi
}

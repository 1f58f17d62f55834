/* SPDX-License-Identifier: MIT */
/* kernel/page.c */

inline ksem_map(s)
{
	if
	:: sem[s].page
	:: else -> ksem_make_page(s)
	fi
}

inline ksem_make_page(s)
{
	ksem_lock(s);
	if
	:: !sem[s].page ->
#ifndef BUG_PAGE_STARTS_AT_ZERO
		sem[s].mem[PAGE_WORD].contended = 1;
#endif
		sem[s].page = 1;
		if
		:: sem[s].dead
		:: else ->
#ifdef BUG_MOVE_LEAVES_UNITS
			d_step {
				set_word(WORD(s), sem[s].units, sem[s].max, 0)
			}
#endif
			sem[s].word = PAGE_WORD
		fi
	:: else
	fi;
	ksem_unlock(s)
}

/* Mapped from the start. */
inline ksem_init_mapped(s, value, top)
{
	ksem_init(s, 0, top);
	sem[s].mem[OWN_WORD].contended = 1;
	sem[s].page = 1;
	sem[s].word = PAGE_WORD;
	set_word(sem[s].mem[PAGE_WORD], value, top, 0);
	made[s] = value
}

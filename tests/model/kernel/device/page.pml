/* SPDX-License-Identifier: MIT */
/* kernel/device/page.c */

bit ksem_page_mutex;

inline ksem_map(s)
{
	if
	:: sem[s].page
	:: else -> ksem_make_page(s)
	fi
}

inline ksem_make_page(s)
{
	atomic {
		!ksem_page_mutex ->
		if
		:: !sem[s].page ->
			d_step {
				ksem_page_mutex = 1;
				locked = 1;
#ifndef BUG_PAGE_STARTS_AT_ZERO
				sem[s].mem[PAGE_WORD].contended = 1;
#endif
				sem[s].page = 1
			}
		:: else
		fi
	}
	if
	:: locked ->
		locked = 0;
		ksem_move_word(s);
		ksem_page_mutex = 0
	:: else
	fi
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

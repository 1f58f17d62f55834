/* SPDX-License-Identifier: MIT */
/*
 * Somebody writes anything into the page.  Units may then be too many or too
 * few, so nothing is said of them; but the kernel stays within the ceiling, and
 * a shutdown is for ever.
 */
#define TASKS	2
#define QUEUE	2
#define NO_GHOSTS
#define CAN_OVERFLOW	1
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

/* Some times, or again and again as long as the others go on. */
proctype Scribbler()
{
	byte i;

	do
	:: i < 2 ->
		i++;
		if
		:: d_step { set_word(sem[0].mem[PAGE_WORD], 0, 2, 0) }
		:: d_step { set_word(sem[0].mem[PAGE_WORD], 3, 3, 0) }
		fi
	:: break
	od
}

init {
	TASK;

	atomic {
		ksem_init_mapped(0, 1, 2);
		run Scribbler();
		run Keeper(0, 0, 2, EINTR);
		run Keeper(1, 0, 1, OK);
		run Poster(0, 1, 0)
	}
	ksem_shutdown(0);
	ksem_trywait_n(0, 1, ret);
	assert(ret == EIDRM)
}

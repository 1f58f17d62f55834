/* SPDX-License-Identifier: MIT */
/*
 * Somebody writes anything into the page of an unfair semaphore.  As in hostile:
 * the kernel stays within the ceiling, and a shutdown ends all waits.
 */
#define TASKS	2
#define QUEUE	2
#define NO_GHOSTS
#define CAN_OVERFLOW	1
#define UNFAIR
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

/* Once, or not at all. */
proctype Scribbler()
{
	if
	:: d_step { set_word(sem[0].mem[PAGE_WORD], 0, 2, 0) }
	:: d_step { set_word(sem[0].mem[PAGE_WORD], 3, 3, 0) }
	:: skip
	fi
}

init {
	TASK;

	atomic {
		ksem_init_mapped(0, 0, 2);
		run Scribbler();
		run Keeper(0, 0, 1, EINTR);
		run Keeper(1, 0, 1, OK);
		run Poster(0, 1, 0)
	}
	ksem_shutdown(0);
	ksem_trywait_n(0, 1, ret);
	assert(ret == EIDRM)
}

/* SPDX-License-Identifier: MIT */
/*
 * Two first mmap()s at once move the word to a page, under fast paths in the
 * kernel and waits that block.
 */
#define TASKS	3
#define QUEUE	3
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

proctype MapAndPost()
{
	TASK;

	ksem_map(0);
	user_post(0, 1, ret);
	assert(ret == OK)
}

proctype MapAndWait(byte me)
{
	TASK;

	ksem_map(0);
	user_wait(0, 1, me, ret);
	keep(0, 1);
	assert(ret == OK || ret == EIDRM)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 1, 4);
		run MapAndPost();
		run MapAndWait(0);
		run Keeper(1, 0, 2, OK);
		run Keeper(2, 0, 1, OK);
		run Poster(0, 1, 0)
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}

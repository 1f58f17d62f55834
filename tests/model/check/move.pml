/* SPDX-License-Identifier: MIT */
/*
 * Two first mmap()s at once move the word to a page, under those who go the
 * fast way in the kernel, who wait, and who read the value.
 */
#define TASKS	3
#define QUEUE	3
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
		run Keeper(1, 2);
		run Keeper(2, 1);
		run Poster(1)
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}

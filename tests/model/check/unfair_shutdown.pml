/* SPDX-License-Identifier: MIT */
/* A shutdown while one is nudged, and another waits behind it. */
#define TASKS	2
#define QUEUE	2
#define KSEM_BATCH	1
#define UNFAIR
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

proctype Shutdown()
{
	TASK;

	ksem_shutdown(0)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 0, 2);
		run Keeper(0, 0, 1, EINTR);
		run Keeper(1, 0, 1, OK);
		run UserPoster(1);
		run Shutdown()
	}
	timeout;
	check_quiet(0);
	assert(!sem[0].nr_waiters);
	assert(sem[0].mem[PAGE_WORD].contended)
}

/* SPDX-License-Identifier: MIT */
/* Waiters for several units, a queue served in parts, and newcomers. */
#define TASKS		3
#define QUEUE		3
#define KSEM_BATCH	1
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

proctype Newcomer()
{
	TASK;

	ksem_trywait_n(0, 1, ret);
	keep(0, 1);
	assert(ret == OK || ret == EAGAIN)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 0, 4);
		run Keeper(0, 0, 2, OK);
		run UserKeeper(1, 1);
		run Keeper(2, 0, 1, OK);
		run Poster(0, 2, 0);
		run Newcomer()
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}

/* SPDX-License-Identifier: MIT */
/* A shutdown against everything, the first mmap included. */
#define TASKS		3
#define QUEUE		3
#define KSEM_BATCH	1
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

bit is_down;

proctype Shutdown()
{
	TASK;

	ksem_shutdown(0);
	is_down = 1
}

/* A task that comes after the shutdown gets nothing. */
proctype Mapper(byte me)
{
	TASK;
	bit late;

	ksem_map(0);
	late = is_down;
	user_wait(0, 1, me, ret);
	keep(0, 1);
	assert(ret == EIDRM || (ret == OK && !late));
	late = is_down;
	user_post(0, 1, ret);
	assert(ret == EIDRM || (ret == OK && !late))
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 1, 4);
		run Mapper(0);
		run Keeper(1, 0, 2, EINTR);
		run Keeper(2, 0, 1, OK);
		run Shutdown()
	}
	timeout;
	check_quiet(0);
	assert(!sem[0].nr_waiters);
	assert(!sem[0].page || sem[0].mem[PAGE_WORD].contended)
}

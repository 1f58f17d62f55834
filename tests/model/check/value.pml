/* SPDX-License-Identifier: MIT */
/* A task that reads the value while nobody changes it reads that value. */
#define TASKS	2
#define QUEUE	2
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

proctype Reader()
{
	TASK;

	ksem_value(0, ret);
	assert(ret == 2)
}

proctype Mapper()
{
	TASK;

	ksem_map(0)
}

/* It goes the slow way, and gets nothing. */
proctype Greedy()
{
	TASK;

	ksem_trywait_n(0, 3, ret);
	keep(0, 3);
	assert(ret == EAGAIN)
}

init {
	LOCALS;

	atomic {
		ksem_init(0, 2, 4);
		run Reader();
		run Mapper();
		run Mapper();
		run Greedy()
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}

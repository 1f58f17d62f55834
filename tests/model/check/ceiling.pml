/* SPDX-License-Identifier: MIT */
/* The ceiling is changed under posts of programs and of the kernel. */
#define TASKS	1
#define QUEUE	2
#define KSEM_FAST_TRIES	2
#define CAN_OVERFLOW	1
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

proctype SetMax(byte top)
{
	TASK;

	ksem_set_max(0, top, ret);
	assert(ret == OK || ret == EINVAL || ret == EBUSY)
}

proctype Demanding(byte me)
{
	TASK;

	ksem_wait_common(0, 2, me, ret);
	keep(0, 2);
	assert(ret == OK || ret == ERANGE || ret == EIDRM)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 0, 2);
		run SetMax(1);
		run SetMax(3);
		run UserPoster(1);
		run UserPoster(1);
		run Poster(0, 1, 0);
		run Demanding(0)
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}

/* SPDX-License-Identifier: MIT */
/*
 * Threads that run go ahead of the waiters, by the fast paths of a program and
 * of the kernel.
 */
#define TASKS		3
#define QUEUE		3
#define UNFAIR
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

proctype UserPair(byte me)
{
	TASK;

	user_wait(0, 1, me, ret);
	keep(0, 1);
	if
	:: ret == OK ->
		give_up_units(0, 1);
		user_post(0, 1, ret);
		assert(ret == OK || ret == EIDRM)
	:: else -> assert(ret == EIDRM)
	fi
}

proctype KernelPair(byte me)
{
	TASK;

	ksem_wait_common(0, 1, me, ret);
	keep(0, 1);
	if
	:: ret == OK ->
		give_up_units(0, 1);
		ksem_post_n(0, 1, ret);
		assert(ret == OK || ret == EIDRM)
	:: else -> assert(ret == EIDRM)
	fi
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 1, 3);
		run UserPair(0);
		run KernelPair(1);
		run Keeper(2, 0, 1, OK);
		run UserPoster(1)
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}

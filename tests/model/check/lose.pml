/* SPDX-License-Identifier: MIT */
/*
 * A program gives a unit and takes it again, before or after the waiters have
 * been there: one that was passed for long enough isn't passed any more.
 */
#define TASKS	2
#define QUEUE	2
#define UNFAIR
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

proctype Passer()
{
	TASK;
	byte rounds;

	do
	:: rounds == 3 -> break
	:: else ->
		rounds++;
		user_post(0, 1, ret);
		assert(ret == OK);
		ksem_trywait_n(0, 1, ret);
		keep(0, 1);
		assert(ret == OK || ret == EAGAIN)
	od
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 0, 3);
		run Keeper(0, 0, 1, OK);
		run Keeper(1, 0, 1, OK);
		run Passer()
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}

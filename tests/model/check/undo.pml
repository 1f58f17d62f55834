/* SPDX-License-Identifier: MIT */
/* Tasks with handles that undo, killed at any moment. */
#define TASKS	3
#define QUEUE	3
#define HANDLES	2
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/handle.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

/*
 * Takes two units and gives one back.  A kill ends a sleep; in a program it
 * comes between two calls.
 */
proctype Mortal(byte me)
{
	TASK;
	byte part, turns;

	may_give_up(EINTR);
	ksem_handle_take(0, me, 2, me, ret);
	keep(0, 2);
	if
	:: ret != OK || give_up == EINTR -> skip
	:: ret == OK ->
		give_up_units(0, 1);
		ksem_handle_post(0, me, 1, ret)
	fi;
	ksem_handle_release(0, me)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 2, 3);
		run Mortal(0);
		run Mortal(1);
		run Keeper(2, 0, 1, OK);
		run UserPoster(1)
	}
	timeout;
	check_quiet(0);
	assert(made[0] == 3);
	assert(!accounts[0].units && !accounts[1].units);
	check_shutdown(0)
}

/* SPDX-License-Identifier: MIT */
/*
 * A handle that undoes all, of two threads: what one has posted serves the
 * other, and so comes back.  A third task waits for it then.
 */
#define TASKS	2
#define QUEUE	2
#define HANDLES	1
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/handle.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

byte users = 2;			/* of the handle */

/* fput() */
inline let_go()
{
	atomic { users--; last = users == 0 }
	if
	:: last ->
		ksem_handle_release(0, 0)
	:: else
	fi
}

proctype Taker(byte me)
{
	TASK;
	byte part, turns;
	bit last;

	ksem_handle_take(0, 0, 1, me, ret);
	keep(0, 1);
	assert(ret == OK);
	let_go()
}

proctype Giver()
{
	TASK;
	byte part, turns;
	bit last;

	ksem_handle_post(0, 0, 1, ret);
	assert(ret == OK);
	let_go()
}

proctype KeeperOfMany(byte me)
{
	TASK;

	users == 0;
	ksem_wait_common(0, 1, me, ret);
	keep(0, 1);
	assert(ret == OK)
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 0, 2);
		run Taker(0);
		run Giver();
		run KeeperOfMany(1)
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}

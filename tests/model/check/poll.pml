/* SPDX-License-Identifier: MIT */
/* Pollers are told, also of what programs do to the page. */
#define TASKS	3
#define QUEUE	3
#define CAN_OVERFLOW	1
#define POLLS
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../kernel/sem/poll.pml"
#include "../tasks.pml"

bit polls[TASKS];

proctype Poller(byte me, what)
{
	TASK;

	polls[me] = 1;
	do_poll(0, me, what, ret);
	polls[me] = 0
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 1, 1);
		run Poller(0, IN);
		run Poller(1, OUT);
		run UserKeeper(2, 1);
		run UserPoster(1)
	}
	timeout;
	check_quiet(0);
	d_step {
		assert(!polls[0] || !WORD(0).units || sem[0].nr_waiters);
		assert(!polls[1] || WORD(0).units == sem[0].max)
	}
	check_shutdown(0)
}

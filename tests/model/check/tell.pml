/* SPDX-License-Identifier: MIT */
/*
 * PREEMPT_RT: a post that can't be preempted leaves it to the thread to tell the
 * pollers.
 */
#define TASKS	3
#define QUEUE	3
#define POLLS
#define PREEMPT_RT
#define THREAD
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../kernel/sem/poll.pml"
#include "../kernel/sem/call.pml"
#include "../tasks.pml"

bit polls;

proctype Poller(byte me)
{
	TASK;

	polls = 1;
	do_poll(0, me, IN, ret);
	polls = 0
}

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 0, 2);
		run Thread();
		run Poller(0);
		run UserKeeper(1, 1);
		run Poster(0, 1, 1);
		run Poster(0, 1, 1)
	}
	timeout;
	check_quiet(0);
	assert(!polls || !WORD(0).units || sem[0].nr_waiters);
	check_shutdown(0)
}

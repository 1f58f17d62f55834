/* SPDX-License-Identifier: MIT */
/* The order by priority: a waiter that queues can be the new head. */
#define TASKS	3
#define QUEUE	3
#include "../kernel/core.pml"
#include "../kernel/wait.pml"
#include "../kernel/page.pml"
#include "../tasks.pml"

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 2, 4);
		sem[0].by_priority = 1;
		waiter[0].prio = 2;
		waiter[1].prio = 1;
		waiter[2].prio = 2;
		run Impatient(0, 3, EINTR);
		run Keeper(1, 1);
		run Keeper(2, 2);
		run UserPoster(1)
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}

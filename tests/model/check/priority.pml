/* SPDX-License-Identifier: MIT */
/* The order by priority: a waiter that queues can be the new head. */
#define TASKS	3
#define QUEUE	3
#define PRIORITY
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 2, 4);
		prio[0] = 2;
		prio[1] = 1;
		prio[2] = 2;
		run Keeper(0, 0, 3, EINTR);
		run Keeper(1, 0, 1, OK);
		run Keeper(2, 0, 2, OK);
		run UserPoster(1)
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}

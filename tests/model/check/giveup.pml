/* SPDX-License-Identifier: MIT */
/* Signals and timeouts against posts; the head leaves, and others wait for it. */
#define TASKS	3
#define QUEUE	3
#define USERS
#include "../kernel/sem/core.pml"
#include "../kernel/sem/wait.pml"
#include "../kernel/device/page.pml"
#include "../tasks.pml"

init {
	LOCALS;

	atomic {
		ksem_init_mapped(0, 0, 4);
		run Keeper(0, 0, 2, EINTR);
		run Keeper(1, 0, 1, ETIMEDOUT);
		run Keeper(2, 0, 1, OK);
		run Poster(0, 1, 0);
		run UserPoster(1)
	}
	timeout;
	check_quiet(0);
	check_shutdown(0)
}

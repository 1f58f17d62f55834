/* SPDX-License-Identifier: MIT */
/*
 * kernel/async.c, the part that ksem_serve() calls.  busy and calls are in one
 * variable in C.
 */

typedef Request {
	bit busy;
	byte calls;
	byte over		/* on the list of an irq_work */
};

Request req[REQUESTS];		/* the waiter of request r is waiter[r] */

inline ksem_request_over(w)
{
	d_step {
		req[w].calls++;
		req[w].over++;
		assert(req[w].over == 1)
	}
}

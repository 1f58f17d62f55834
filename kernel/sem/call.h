/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that have to be made without a lock, now or a little later. */
#ifndef _KSEM_CALL_H
#define _KSEM_CALL_H

#include <linux/ksem.h>

/* A list of calls, in the order in which they are made; @last if there is a first. */
struct ksem_calls {
	struct ksem_call	*first;
	struct ksem_call	*last;
};

static inline void ksem_calls_init(struct ksem_calls *calls)
{
	calls->first = NULL;
}

/* Appends @more, which isn't empty. */
static inline void ksem_calls_join(struct ksem_calls *calls,
				   const struct ksem_calls *more)
{
	if (calls->first)
		calls->last->next = more->first;
	else
		calls->first = more->first;
	calls->last = more->last;
}

static inline void ksem_calls_add(struct ksem_calls *calls,
				  struct ksem_call *call)
{
	call->next = NULL;
	ksem_calls_join(calls, &(struct ksem_calls){ call, call });
}

/* call.c; any context but NMI */
void ksem_make_calls(struct ksem_calls *calls);
void ksem_call_later(struct ksem_call *call);

int ksem_call_init(void);
void ksem_call_exit(void);

#endif /* _KSEM_CALL_H */

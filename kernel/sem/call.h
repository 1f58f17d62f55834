/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that have to be made without a lock, now or a little later. */
#ifndef _KSEM_CALL_H
#define _KSEM_CALL_H

#include <linux/ksem.h>

/* A list of calls, in the order in which they are made. */
struct ksem_calls {
	struct ksem_call	*first;
	struct ksem_call	**end;
};

static inline void ksem_calls_init(struct ksem_calls *calls)
{
	calls->first = NULL;
	calls->end = &calls->first;
}

static inline void ksem_calls_add(struct ksem_calls *calls,
				  struct ksem_call *call)
{
	call->next = NULL;
	*calls->end = call;
	calls->end = &call->next;
}

/* call.c; any context but NMI */
void ksem_make_calls(struct ksem_calls *calls);
void ksem_call_later(struct ksem_call *call);

int ksem_call_init(void);
void ksem_call_exit(void);

#endif /* _KSEM_CALL_H */

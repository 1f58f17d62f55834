/* SPDX-License-Identifier: GPL-2.0-only */
/* How long a request waits. */
#ifndef _KSEM_TIMEOUT_H
#define _KSEM_TIMEOUT_H

#include <linux/types.h>

struct file;
struct ksem_deadline;

/* What the requests that wait have in common, as it goes from and to them. */
struct ksem_timeout {
	u32	flags;
	u32	clock;
	s64	timeout;
};

int ksem_timeout_check(struct ksem_timeout *timeout);
const struct ksem_deadline *
ksem_timeout_deadline(struct ksem_timeout *timeout,
		      struct ksem_deadline *deadline);
int ksem_timeout_interrupted(const struct ksem_timeout *timeout);
bool ksem_file_nowait(const struct file *file,
		      const struct ksem_timeout *timeout);

#endif /* _KSEM_TIMEOUT_H */

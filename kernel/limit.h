/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KSEM_LIMIT_H
#define _KSEM_LIMIT_H

#include <linux/types.h>

struct file;
struct ksem_deadline;

/* What the requests that wait have in common, as it goes from and to them. */
struct ksem_limit {
	u32	flags;
	u32	clock;
	s64	timeout;
};

int ksem_limit_check(struct ksem_limit *limit);
const struct ksem_deadline *
ksem_limit_deadline(struct ksem_limit *limit, struct ksem_deadline *deadline);
int ksem_limit_interrupted(const struct ksem_limit *limit);
bool ksem_file_nowait(const struct file *file, const struct ksem_limit *limit);

#endif /* _KSEM_LIMIT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The text that the files take. */
#ifndef _KSEM_PARSE_H
#define _KSEM_PARSE_H

#include <linux/ktime.h>
#include <linux/types.h>

int ksem_parse_value(const char *text, size_t len, u32 *value);
int ksem_parse_units(const char *text, size_t len, u32 *units);
int ksem_parse_timedwait(const char *text, size_t len, ktime_t *timeout,
			 u32 *units);

#endif /* _KSEM_PARSE_H */

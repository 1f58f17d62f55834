/* SPDX-License-Identifier: GPL-2.0-only */
/* The text that the files take. */
#ifndef _KSEM_PARSE_H
#define _KSEM_PARSE_H

#include <linux/ktime.h>
#include <linux/types.h>

int ksem_parse_value(const char *text, size_t len, u32 *value);
int ksem_parse_any_units(const char *text, size_t len, u32 *units);
int ksem_parse_timedwait(const char *text, size_t len, ktime_t *timeout,
			 u32 *units);

/* A number from 1; nearly everybody writes one digit, and maybe a newline. */
static __always_inline int ksem_parse_units(const char *text, size_t len,
					    u32 *units)
{
	u32 digit = (u8)text[0] - '0';

	if (digit - 1 < 9 && (len == 1 || (len == 2 && text[1] == '\n'))) {
		*units = digit;
		return 0;
	}
	return ksem_parse_any_units(text, len, units);
}

#endif /* _KSEM_PARSE_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers and durations as people write them.
 *
 * The text comes with a NUL behind its len bytes.  -EINVAL says that it is not
 * of the form, -ERANGE that it is but doesn't fit.
 */

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/ksem.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "parse.h"

/*
 * configfs cuts a longer write to this size without telling, so of a text that
 * fills it the end may be missing.
 */
#define KSEM_TEXT_MAX	4095

static const struct {
	const char *name;
	u64 ns;
} ksem_time_units[] = {
	{ "",	NSEC_PER_SEC },
	{ "ns",	1 },
	{ "us",	NSEC_PER_USEC },
	{ "ms",	NSEC_PER_MSEC },
	{ "s",	NSEC_PER_SEC },
	{ "m",	60ULL * NSEC_PER_SEC },
	{ "h",	3600ULL * NSEC_PER_SEC },
	{ "d",	86400ULL * NSEC_PER_SEC },
};

/*
 * A number from 0, all of the text.  By hand, as this is what a wait or a post
 * by the files mostly consists of: kstrtouint() takes four times as long, lets
 * a sign pass, and tells of the size before the form.
 */
int ksem_parse_value(const char *text, size_t len, u32 *value)
{
	const char *end = text + len;
	const char *p = text;
	u64 n = 0;

	if (len >= KSEM_TEXT_MAX)
		return -EINVAL;
	for (; isdigit(*p); p++)
		n = min(n * 10 + (*p - '0'), KSEM_VALUE_MAX + 1ULL);
	if (p == text || p + (*p == '\n') != end)
		return -EINVAL;
	if (n > KSEM_VALUE_MAX)
		return -ERANGE;
	*value = n;
	return 0;
}

/* A number from 1. */
int ksem_parse_any_units(const char *text, size_t len, u32 *units)
{
	u32 n;
	int err = ksem_parse_value(text, len, &n);

	if (err)
		return err;
	if (!n)
		return -EINVAL;
	*units = n;
	return 0;
}

/* The digits after the point, as billionths; further ones don't count. */
static const char *ksem_parse_fraction(const char *p, u64 *billionths)
{
	u32 digit = NSEC_PER_SEC;

	for (; isdigit(*p); p++) {
		digit /= 10;
		*billionths += digit * (*p - '0');
	}
	return p;
}

/* Returns where the duration ends, or an error. */
static const char *ksem_parse_duration(const char *p, ktime_t *duration)
{
	u64 whole = 0, billionths = 0, seconds, part, ns;
	bool too_long = false;
	size_t len, i;
	u32 rest;

	if (!isdigit(*p))
		return ERR_PTR(-EINVAL);
	for (; isdigit(*p); p++)
		too_long |= check_mul_overflow(whole, 10ULL, &whole) ||
			    check_add_overflow(whole, (u64)(*p - '0'), &whole);
	if (*p == '.') {
		if (!isdigit(*++p))
			return ERR_PTR(-EINVAL);
		p = ksem_parse_fraction(p, &billionths);
	}

	for (len = 0; isalpha(p[len]); len++)
		;
	for (i = 0; i < ARRAY_SIZE(ksem_time_units); i++)
		if (strlen(ksem_time_units[i].name) == len &&
		    !strncmp(ksem_time_units[i].name, p, len))
			break;
	if (i == ARRAY_SIZE(ksem_time_units))
		return ERR_PTR(-EINVAL);

	/* At most a day times 10^9: no overflow before the division. */
	seconds = div_u64_rem(ksem_time_units[i].ns, NSEC_PER_SEC, &rest);
	part = seconds * billionths +
	       div_u64(rest * billionths, NSEC_PER_SEC);
	too_long |= check_mul_overflow(whole, ksem_time_units[i].ns, &ns) ||
		    check_add_overflow(ns, part, &ns) || ns > KTIME_MAX;
	if (too_long)
		return ERR_PTR(-ERANGE);
	*duration = ns_to_ktime(ns);
	return p + len;
}

/* DURATION [N]; one unit if N isn't given. */
int ksem_parse_timedwait(const char *text, size_t len, ktime_t *timeout,
			 u32 *units)
{
	const char *end;

	if (len >= KSEM_TEXT_MAX)
		return -EINVAL;
	end = ksem_parse_duration(text, timeout);
	if (IS_ERR(end))
		return PTR_ERR(end);
	if (*end == ' ')
		return ksem_parse_units(end + 1, text + len - end - 1, units);
	if (end + (*end == '\n') != text + len)
		return -EINVAL;
	*units = 1;
	return 0;
}

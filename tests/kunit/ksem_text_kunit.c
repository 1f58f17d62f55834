// SPDX-License-Identifier: GPL-2.0-only
/* Numbers and durations as people write them. */

#include <kunit/test.h>
#include <linux/ksem.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "text/parse.h"

struct number {
	const char *text;
	int err;
	u32 value;
};

static const struct number numbers[] = {
	{ "0", 0, 0 },
	{ "1", 0, 1 },
	{ "9\n", 0, 9 },
	{ "10", 0, 10 },
	{ "0000000000000000000000042", 0, 42 },
	{ "2147483647\n", 0, KSEM_VALUE_MAX },
	{ "2147483648", -ERANGE },
	{ "4294967297", -ERANGE },
	{ "18446744073709551617", -ERANGE },
	{ "99999999999999999999999999999", -ERANGE },
	{ "", -EINVAL },
	{ "\n", -EINVAL },
	{ "-1", -EINVAL },
	{ "+1", -EINVAL },
	{ " 1", -EINVAL },
	{ "1 ", -EINVAL },
	{ "1\n\n", -EINVAL },
	{ "0x10", -EINVAL },
	{ "1e3", -EINVAL },
	{ "99999999999x", -EINVAL },
};

static void number_name(const struct number *number, char *name)
{
	strscpy(name, number->text, KUNIT_PARAM_DESC_SIZE);
	strreplace(name, '\n', '.');
}

KUNIT_ARRAY_PARAM(numbers, numbers, number_name);

/* The one is for any number, the other for a number from 1. */
static void text_number(struct kunit *test)
{
	const struct number *number = test->param_value;
	size_t len = strlen(number->text);
	u32 value = 77;

	KUNIT_EXPECT_EQ(test, number->err,
			ksem_parse_value(number->text, len, &value));
	KUNIT_EXPECT_EQ(test, number->err ? 77 : number->value, value);
	value = 77;
	if (!number->err && !number->value) {
		KUNIT_EXPECT_EQ(test, -EINVAL,
				ksem_parse_units(number->text, len, &value));
		KUNIT_EXPECT_EQ(test, 77, value);
		return;
	}
	KUNIT_EXPECT_EQ(test, number->err,
			ksem_parse_units(number->text, len, &value));
	KUNIT_EXPECT_EQ(test, number->err ? 77 : number->value, value);
}

/* A NUL in it, and text that may have been cut. */
static void text_length(struct kunit *test)
{
	char *text = kunit_kzalloc(test, 5000, GFP_KERNEL);
	ktime_t timeout;
	u32 value;

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_EXPECT_EQ(test, -EINVAL, ksem_parse_value("1\0", 2, &value));
	KUNIT_EXPECT_EQ(test, -EINVAL, ksem_parse_value("\0001", 2, &value));
	KUNIT_EXPECT_EQ(test, -EINVAL, ksem_parse_units("1\0", 2, &value));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			ksem_parse_timedwait("1\0", 2, &timeout, &value));
	memset(text, '0', 4095);
	text[4093] = '1';
	text[4094] = 0;
	KUNIT_EXPECT_EQ(test, 0, ksem_parse_value(text, 4094, &value));
	KUNIT_EXPECT_EQ(test, 1, value);
	text[4094] = '1';
	KUNIT_EXPECT_EQ(test, -EINVAL, ksem_parse_value(text, 4095, &value));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			ksem_parse_timedwait(text, 4095, &timeout, &value));
}

struct duration {
	const char *text;
	int err;
	s64 ns;
	u32 units;
};

static const struct duration durations[] = {
	{ "0", 0, 0, 1 },
	{ "3", 0, 3 * NSEC_PER_SEC, 1 },
	{ "3\n", 0, 3 * NSEC_PER_SEC, 1 },
	{ "1.5", 0, 1500 * NSEC_PER_MSEC, 1 },
	{ "250ms 2", 0, 250 * NSEC_PER_MSEC, 2 },
	{ "250ms 12\n", 0, 250 * NSEC_PER_MSEC, 12 },
	{ "7ns", 0, 7, 1 },
	{ "7us", 0, 7 * NSEC_PER_USEC, 1 },
	{ "7s", 0, 7 * NSEC_PER_SEC, 1 },
	{ "2m", 0, 120 * NSEC_PER_SEC, 1 },
	{ "2h", 0, 7200 * NSEC_PER_SEC, 1 },
	{ "0.5d", 0, 43200 * NSEC_PER_SEC, 1 },
	{ "1.000000001s", 0, NSEC_PER_SEC + 1, 1 },
	{ "0.0000000019s", 0, 1, 1 },
	{ "1.9ns", 0, 1, 1 },
	{ "0.25us", 0, 250, 1 },
	{ "9223372036854775807ns", 0, KTIME_MAX, 1 },
	{ "9223372036854775808ns", -ERANGE },
	{ "9223372036.854775807s", 0, KTIME_MAX, 1 },
	{ "9223372036.854775808s", -ERANGE },
	{ "106751d", 0, 106751LL * 86400 * NSEC_PER_SEC, 1 },
	{ "106752d", -ERANGE },
	{ "99999999999999999999", -ERANGE },
	{ "99999999999999999999x", -EINVAL },
	{ "", -EINVAL },
	{ ".5", -EINVAL },
	{ "1.", -EINVAL },
	{ "1.s", -EINVAL },
	{ "-1", -EINVAL },
	{ "1 s", -EINVAL },
	{ "1w", -EINVAL },
	{ "1MS", -EINVAL },
	{ "1msx", -EINVAL },
	{ "1ms ", -EINVAL },
	{ "1ms 0", -EINVAL },
	{ "1ms  1", -EINVAL },
	{ "1ms 1 1", -EINVAL },
	{ "1ms 2147483648", -ERANGE },
};

static void duration_name(const struct duration *duration, char *name)
{
	strscpy(name, duration->text, KUNIT_PARAM_DESC_SIZE);
	strreplace(name, '\n', '.');
}

KUNIT_ARRAY_PARAM(durations, durations, duration_name);

static void text_duration(struct kunit *test)
{
	const struct duration *duration = test->param_value;
	ktime_t timeout = 0;
	u32 units = 0;

	KUNIT_EXPECT_EQ(test, duration->err,
			ksem_parse_timedwait(duration->text,
					     strlen(duration->text), &timeout,
					     &units));
	if (duration->err)
		return;
	KUNIT_EXPECT_EQ(test, duration->ns, ktime_to_ns(timeout));
	KUNIT_EXPECT_EQ(test, duration->units, units);
}

static struct kunit_case text_cases[] = {
	KUNIT_CASE_PARAM(text_number, numbers_gen_params),
	KUNIT_CASE_PARAM(text_duration, durations_gen_params),
	KUNIT_CASE(text_length),
	{}
};

static struct kunit_suite text_suite = {
	.name = "ksem-text",
	.test_cases = text_cases,
};

kunit_test_suite(text_suite);

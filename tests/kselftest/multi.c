// SPDX-License-Identifier: GPL-2.0-only
/* Several semaphores at once: ANY takes of one, ALL is one step or nothing. */
#include "util.h"

FIXTURE(multi) {
	struct sem a, b;
};

FIXTURE_SETUP(multi)
{
	if (access(KSEM_DIR, F_OK))
		SKIP(return, "no " KSEM_DIR);
	ASSERT_EQ(0, sem_make(&self->a, 'a'));
	ASSERT_EQ(0, sem_make(&self->b, 'b'));
}

FIXTURE_TEARDOWN(multi)
{
	sem_end(&self->a);
	sem_end(&self->b);
}

#define WAIT(_sem, _n, ...)	\
	{ .fd = (_sem).fd, .op = KSEM_OP_WAIT, .units = (_n), ##__VA_ARGS__ }
#define POST(_sem, _n, ...)	\
	{ .fd = (_sem).fd, .op = KSEM_OP_POST, .units = (_n), ##__VA_ARGS__ }
#define SET(_sem, _n, ...)	\
	{ .fd = (_sem).fd, .op = KSEM_OP_SET, .units = (_n), ##__VA_ARGS__ }
#define ZERO(_sem, ...)	\
	{ .fd = (_sem).fd, .op = KSEM_OP_ZERO, ##__VA_ARGS__ }

static struct ksem_ioc_multi multi_of(const struct ksem_ioc_op *ops, int nr,
				      int flags)
{
	struct ksem_ioc_multi req = {
		.ops = (unsigned long)ops, .nr = nr, .op_size = sizeof(*ops),
		.flags = flags,
	};

	return req;
}

/* Tries the request, without blocking.  The index, or the error. */
#define try_multi(_command, ...) ({					\
	struct ksem_ioc_op _ops[] = { __VA_ARGS__ };			\
	struct ksem_ioc_multi _req = multi_of(_ops, ARRAY_SIZE(_ops),	\
					      KSEM_WAIT_NOWAIT);	\
	int _err = request(self->a.fd, _command, _req);			\
									\
	last = _req;							\
	_err ?: (int)_req.index;					\
})
#define try_any(...)	try_multi(KSEM_IOC_ANY, __VA_ARGS__)
#define try_all(...)	try_multi(KSEM_IOC_ALL, __VA_ARGS__)

/* What came back of the last of these. */
static struct ksem_ioc_multi last;

TEST_F(multi, any)
{
	ASSERT_EQ(0, give(self->b.fd, 2));
	EXPECT_EQ(1, try_any(WAIT(self->a, 1), WAIT(self->b, 2)));
	EXPECT_EQ(2, last.taken);
	check_state(self->b.fd);
	EXPECT_EQ(-EAGAIN, try_any(WAIT(self->a, 1), WAIT(self->b, 1)));
	/* The first one that can be done. */
	ASSERT_EQ(0, give(self->a.fd, 1));
	ASSERT_EQ(0, give(self->b.fd, 1));
	EXPECT_EQ(0, try_any(WAIT(self->a, 1), WAIT(self->b, 1)));
	check_state(self->a.fd);
	check_state(self->b.fd, .value = 1);
}

TEST_F(multi, any_blocks)
{
	struct ksem_ioc_op ops[] = { WAIT(self->a, 1), WAIT(self->b, 2) };
	struct ksem_ioc_multi any = multi_of(ops, ARRAY_SIZE(ops), 0);
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_ANY,
			    .arg = (long)&any };

	waiter_start(&w);
	check_state(self->a.fd, .waiters = 1);
	check_state(self->b.fd, .waiters = 1);
	EXPECT_EQ(0, give(self->b.fd, 3));
	EXPECT_EQ(0, waiter_end(&w));
	EXPECT_EQ(1, any.index);
	EXPECT_EQ(2, any.taken);
	check_state(self->a.fd);
	check_state(self->b.fd, .value = 1);

	EXPECT_EQ(0, take(self->b.fd, 1));
	waiter_start(&w);
	EXPECT_EQ(0, put(&self->b, "shutdown", "1"));
	EXPECT_EQ(-EIDRM, waiter_end(&w));
	EXPECT_EQ(1, any.index);
	check_state(self->a.fd);
}

TEST_F(multi, time_limits)
{
	struct ksem_ioc_op ops[] = { WAIT(self->a, 1), WAIT(self->b, 1) };
	struct ksem_ioc_multi req = multi_of(ops, ARRAY_SIZE(ops),
					     KSEM_WAIT_TIMEOUT);
	__s64 start = now(CLOCK_MONOTONIC);

	req.clock = CLOCK_BOOTTIME;
	req.timeout = 5000000;
	EXPECT_EQ(-ETIMEDOUT, request(self->a.fd, KSEM_IOC_ANY, req));
	EXPECT_EQ(-ETIMEDOUT, request(self->a.fd, KSEM_IOC_ALL, req));
	EXPECT_LE(10000000, now(CLOCK_MONOTONIC) - start);
	req.flags = KSEM_WAIT_DEADLINE;
	req.clock = CLOCK_REALTIME;
	req.timeout = 1;
	EXPECT_EQ(-ETIMEDOUT, request(self->a.fd, KSEM_IOC_ANY, req));
	EXPECT_EQ(-ETIMEDOUT, request(self->a.fd, KSEM_IOC_ALL, req));
	check_state(self->a.fd);
	check_state(self->b.fd);
}

TEST_F(multi, signals)
{
	static const unsigned long commands[] = { KSEM_IOC_ANY, KSEM_IOC_ALL };
	struct ksem_ioc_op ops[] = { WAIT(self->a, 1), WAIT(self->b, 1) };
	unsigned int i;

	handle_signal(0);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		struct ksem_ioc_multi req = multi_of(ops, ARRAY_SIZE(ops),
						     KSEM_WAIT_TIMEOUT);
		struct waiter w = { .fd = self->a.fd, .command = commands[i],
				    .arg = (long)&req };

		req.clock = CLOCK_MONOTONIC;
		req.timeout = 3600000000000LL;
		waiter_start(&w);
		pthread_kill(w.thread, SIGUSR1);
		EXPECT_EQ(-EINTR, waiter_end(&w));
		EXPECT_EQ(KSEM_WAIT_DEADLINE, req.flags);
		EXPECT_LT(3600000000000LL, req.timeout);
		EXPECT_EQ(0, req.taken);
		check_state(self->a.fd);
		check_state(self->b.fd);
	}
}

TEST_F(multi, bad_requests)
{
	struct ksem_ioc_op ops[KSEM_OPS_MAX + 1] = { WAIT(self->a, 1) };
	struct ksem_ioc_multi req = multi_of(ops, ARRAY_SIZE(ops),
					     KSEM_WAIT_NOWAIT);
	struct sem ro = { .fd = sem_open_as(&self->a, O_RDONLY) };
	struct sem wo = { .fd = sem_open_as(&self->a, O_WRONLY) };
	struct sem none = { .fd = -1 }, other = { .fd = STDIN_FILENO };
	__u64 b = info(self->b.fd).id;

	ASSERT_EQ(0, give(self->a.fd, 2));
	EXPECT_EQ(-EINVAL, request(self->a.fd, KSEM_IOC_ANY, req));
	req.nr = 0;
	EXPECT_EQ(-EINVAL, request(self->a.fd, KSEM_IOC_ALL, req));
	req.nr = 1;
	req.op_size = 16;
	EXPECT_EQ(-EINVAL, request(self->a.fd, KSEM_IOC_ALL, req));
	req.op_size = 1 << 20;
	EXPECT_EQ(-E2BIG, request(self->a.fd, KSEM_IOC_ALL, req));
	req.op_size = 40;
	ops[1].fd = 1;
	EXPECT_EQ(-E2BIG, request(self->a.fd, KSEM_IOC_ALL, req));
	ops[1].fd = 0;
	req.flags = 0x40;
	EXPECT_EQ(-EINVAL, request(self->a.fd, KSEM_IOC_ALL, req));
	req.flags = KSEM_WAIT_NOWAIT;
	EXPECT_EQ(0, request(self->a.fd, KSEM_IOC_ALL, req));
	req.ops = 0;
	EXPECT_EQ(-EFAULT, request(self->a.fd, KSEM_IOC_ALL, req));

	EXPECT_EQ(-EINVAL, try_any(POST(self->a, 1)));
	EXPECT_EQ(-EINVAL, try_any(WAIT(self->a, 1, .flags = KSEM_OP_UNDO)));
	EXPECT_EQ(-EINVAL, try_any(WAIT(self->a, 1), WAIT(ro, 1)));
	EXPECT_EQ(-EBADF, try_any(WAIT(self->a, 1), WAIT(none, 1)));
	EXPECT_EQ(1, last.index);
	EXPECT_EQ(-EINVAL, try_any(WAIT(other, 1)));
	EXPECT_EQ(-ESTALE, try_any(WAIT(self->a, 1, .id = b)));
	EXPECT_EQ(-EINVAL, try_all(WAIT(self->a, 0)));
	EXPECT_EQ(-EINVAL, try_all(ZERO(self->a, .units = 1)));
	EXPECT_EQ(-EINVAL, try_all(ZERO(self->a, .flags = KSEM_OP_UNDO)));
	EXPECT_EQ(-EINVAL, try_all(SET(self->a, 1, .flags = KSEM_OP_ADJUST)));
	EXPECT_EQ(-EINVAL, try_all(WAIT(self->a, 1, .flags = KSEM_OP_UNDO |
					KSEM_OP_ADJUST)));
	EXPECT_EQ(-EINVAL, try_all(WAIT(self->a, 1, .flags = 8)));
	EXPECT_EQ(-EINVAL, try_all({ .fd = self->a.fd, .op = 4 }));
	EXPECT_EQ(-ERANGE, try_all(POST(self->a, KSEM_VALUE_MAX + 1)));
	EXPECT_EQ(-EBADF, try_all(WAIT(wo, 1)));
	EXPECT_EQ(-EBADF, try_all(POST(ro, 1)));
	EXPECT_EQ(-EBADF, try_all(SET(ro, 1)));
	EXPECT_EQ(-EBADF, try_all(SET(wo, 1)));
	check_state(self->a.fd, .value = 1);
	EXPECT_EQ(1, try_all(POST(wo, 1), WAIT(ro, 1)));
	check_state(self->a.fd, .value = 1);
	close(ro.fd);
	close(wo.fd);
}

/* In order, and each sees what those before it have done. */
TEST_F(multi, all)
{
	ASSERT_EQ(0, give(self->a.fd, 1));
	EXPECT_EQ(1, try_all(WAIT(self->a, 1), POST(self->b, 2)));
	check_state(self->a.fd);
	check_state(self->b.fd, .value = 2);
	EXPECT_EQ(4, try_all(POST(self->a, 3), WAIT(self->a, 2),
			     WAIT(self->b, 2), ZERO(self->b),
			     SET(self->b, 7)));
	check_state(self->a.fd, .value = 1);
	check_state(self->b.fd, .value = 7);
}

/* Or nothing. */
TEST_F(multi, nothing)
{
	struct ksem_ioc_op ops[] = {
		WAIT(self->a, 1, .flags = KSEM_OP_NOWAIT), POST(self->b, 1),
		WAIT(self->a, 5, .flags = KSEM_OP_NOWAIT),
	};
	struct ksem_ioc_multi all = multi_of(ops, ARRAY_SIZE(ops), 0);

	ASSERT_EQ(0, give(self->a.fd, 1));
	ASSERT_EQ(0, configure(self->b.fd, KSEM_SET_MAX, .max = 3));
	EXPECT_EQ(-EAGAIN, try_all(WAIT(self->a, 1), WAIT(self->b, 1)));
	EXPECT_EQ(1, last.index);
	EXPECT_EQ(-EAGAIN, try_all(POST(self->b, 1), ZERO(self->a)));
	EXPECT_EQ(-EOVERFLOW, try_all(WAIT(self->a, 1), POST(self->b, 4)));
	EXPECT_EQ(1, last.index);
	EXPECT_EQ(-EOVERFLOW, try_all(SET(self->b, 4)));
	EXPECT_EQ(-ERANGE, try_all(WAIT(self->a, 1), WAIT(self->b, 4)));
	EXPECT_EQ(-EAGAIN, request(self->a.fd, KSEM_IOC_ALL, all));
	EXPECT_EQ(2, all.index);
	EXPECT_EQ(0, put(&self->b, "shutdown", "1"));
	EXPECT_EQ(-EIDRM, try_all(WAIT(self->a, 1), POST(self->b, 1)));
	EXPECT_EQ(-EIDRM, try_all(WAIT(self->a, 1), ZERO(self->b)));
	EXPECT_EQ(-EIDRM, try_all(WAIT(self->a, 1), SET(self->b, 0)));
	check_state(self->a.fd, .value = 1);
}

/* Until all can be done, it takes nothing and stands in nobody's way. */
TEST_F(multi, all_blocks)
{
	struct ksem_ioc_op ops[] = { WAIT(self->a, 2), WAIT(self->b, 1) };
	struct ksem_ioc_multi all = multi_of(ops, ARRAY_SIZE(ops), 0);
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_ALL,
			    .arg = (long)&all };
	struct ksem_ioc_info is;

	waiter_start(&w);
	is = info(self->a.fd);
	EXPECT_EQ(1, is.waiters);
	EXPECT_EQ(1, is.for_units);
	EXPECT_EQ(0, is.for_zero);
	EXPECT_EQ(0, give(self->a.fd, 2));
	until(info(self->b.fd).for_units == 1);
	check_state(self->a.fd, .value = 2, .waiters = 1);
	EXPECT_EQ(0, info(self->a.fd).for_units);
	EXPECT_EQ(0, take(self->a.fd, 1));
	EXPECT_EQ(0, give(self->b.fd, 1));
	until(info(self->a.fd).for_units == 1);
	check_state(self->b.fd, .value = 1, .waiters = 1);
	EXPECT_EQ(0, give(self->a.fd, 1));
	EXPECT_EQ(0, waiter_end(&w));
	check_state(self->a.fd);
	check_state(self->b.fd);

	waiter_start(&w);
	EXPECT_EQ(0, put(&self->b, "shutdown", "1"));
	EXPECT_EQ(0, give(self->a.fd, 2));
	EXPECT_EQ(-EIDRM, waiter_end(&w));
	check_state(self->a.fd, .value = 2);
}

TEST_F(multi, zero)
{
	struct ksem_ioc_op ops[] = { ZERO(self->a), POST(self->b, 1) };
	struct ksem_ioc_multi all = multi_of(ops, ARRAY_SIZE(ops), 0);
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_ALL,
			    .arg = (long)&all };

	ASSERT_EQ(0, give(self->a.fd, 2));
	waiter_start(&w);
	EXPECT_EQ(1, info(self->a.fd).for_zero);
	EXPECT_EQ(0, take(self->a.fd, 1));
	check_state(self->a.fd, .value = 1, .waiters = 1);
	EXPECT_EQ(0, take(self->a.fd, 1));
	EXPECT_EQ(0, waiter_end(&w));
	check_state(self->a.fd);
	check_state(self->b.fd, .value = 1);
}

/* What a step gives goes to the waiters in the same step. */
TEST_F(multi, serves_waiters)
{
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_TAKE,
			    .arg = 2 };
	struct waiter v = { .fd = self->b.fd, .command = KSEM_IOC_TAKE,
			    .arg = 1 };

	waiter_start(&w);
	waiter_start(&v);
	EXPECT_EQ(1, try_all(POST(self->a, 3), SET(self->b, 2)));
	EXPECT_EQ(0, waiter_end(&w));
	EXPECT_EQ(0, waiter_end(&v));
	check_state(self->a.fd, .value = 1);
	check_state(self->b.fd, .value = 1);
}

/* UNDO of the request is for all that is taken. */
TEST_F(multi, undo)
{
	struct sem a = { .fd = sem_open_as(&self->a, O_RDWR) };
	struct sem b = { .fd = sem_open_as(&self->b, O_RDWR) };
	struct ksem_ioc_op ops[] = { WAIT(a, 1), WAIT(b, 2) };
	struct ksem_ioc_multi req = multi_of(ops, ARRAY_SIZE(ops),
					     KSEM_WAIT_UNDO);
	struct waiter w = { .fd = a.fd, .command = KSEM_IOC_ANY,
			    .arg = (long)&req };

	ASSERT_EQ(0, give(a.fd, 2));
	ASSERT_EQ(0, give(b.fd, 2));
	EXPECT_EQ(0, request(a.fd, KSEM_IOC_ALL, req));
	check_state(a.fd, .value = 1, .undo = 1);
	check_state(b.fd, .undo = 2);
	EXPECT_EQ(0, request(a.fd, KSEM_IOC_ANY, req));
	check_state(a.fd, .undo = 2);
	waiter_start(&w);
	EXPECT_EQ(0, give(b.fd, 2));
	EXPECT_EQ(0, waiter_end(&w));
	check_state(b.fd, .undo = 4);
	close(a.fd);
	close(b.fd);
	check_state(self->a.fd, .value = 2);
	check_state(self->b.fd, .value = 4);
}

/* Two steps of opposite order, and all the time. */
static void *swap_all(void *arg)
{
	struct ksem_ioc_multi *req = arg;
	struct ksem_ioc_op *ops = (void *)(unsigned long)req->ops;
	int i, err = 0;

	for (i = 0; i < 2000 && !err; i++)
		err = request(ops[0].fd, KSEM_IOC_ALL, *req);
	return (void *)(long)err;
}

TEST_F(multi, opposite_orders)
{
	struct ksem_ioc_op ab[] = { WAIT(self->a, 1), POST(self->b, 1) };
	struct ksem_ioc_op ba[] = { WAIT(self->b, 1), POST(self->a, 1) };
	struct ksem_ioc_multi reqs[] = {
		multi_of(ab, ARRAY_SIZE(ab), 0), multi_of(ba, ARRAY_SIZE(ba), 0),
	};
	pthread_t threads[2];
	void *err;
	int i;

	ASSERT_EQ(0, give(self->a.fd, 1));
	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, swap_all, &reqs[i]);
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], &err);
		EXPECT_EQ(NULL, err);
	}
	check_state(self->a.fd, .value = 1);
	check_state(self->b.fd);
}

TEST_HARNESS_MAIN

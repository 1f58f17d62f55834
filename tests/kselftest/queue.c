// SPDX-License-Identifier: GPL-2.0-only
/* Who is served: in order, by priority, all at once, and if it isn't fair. */
#include "util.h"

FIXTURE(queue) {
	struct sem a, b;
};

FIXTURE_SETUP(queue)
{
	if (access(KSEM_DIR, F_OK))
		SKIP(return, "no " KSEM_DIR);
	ASSERT_EQ(0, sem_make(&self->a, 'a'));
	ASSERT_EQ(0, sem_make(&self->b, 'b'));
}

FIXTURE_TEARDOWN(queue)
{
	sem_end(&self->a);
	sem_end(&self->b);
}

#define TAKER(_n, ...)	{ .fd = self->a.fd, .command = KSEM_IOC_TAKE,	\
			  .arg = (_n), ##__VA_ARGS__ }

/* Gives one unit; the index of the waiter that it was for. */
static int give_to(int fd, struct waiter *w, int nr)
{
	int i;

	if (give(fd, 1))
		return -1;
	for (i = 0; ; i = (i + 1) % nr) {
		if (w[i].thread && is_done(&w[i])) {
			waiter_end(&w[i]);
			w[i].thread = 0;
			return w[i].err ?: i;
		}
		usleep(100);
	}
}

TEST_F(queue, fifo)
{
	struct waiter w[] = { TAKER(1), TAKER(1), TAKER(1) };
	int i;

	for (i = 0; i < 3; i++)
		waiter_start(&w[i]);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(i, give_to(self->a.fd, w, 3));
		check_state(self->a.fd, .waiters = 2 - i);
	}
}

/* Nobody overtakes a waiter for several units. */
TEST_F(queue, saved_up)
{
	struct waiter w[] = { TAKER(3), TAKER(1) };

	waiter_start(&w[0]);
	waiter_start(&w[1]);
	EXPECT_EQ(0, give(self->a.fd, 2));
	check_state(self->a.fd, .value = 2, .waiters = 2);
	EXPECT_EQ(-EAGAIN, try_take(self->a.fd, 1));
	EXPECT_EQ(-EAGAIN, put(&self->a, "trywait", "2"));
	EXPECT_EQ(0, give(self->a.fd, 1));
	EXPECT_EQ(0, waiter_end(&w[0]));
	check_state(self->a.fd, .waiters = 1);
	EXPECT_EQ(0, give(self->a.fd, 1));
	EXPECT_EQ(0, waiter_end(&w[1]));
}

/* When the first one gives up, those behind it are served. */
TEST_F(queue, gives_up)
{
	struct waiter w[] = { TAKER(3), TAKER(1), TAKER(1) };

	handle_signal(0);
	waiter_start(&w[0]);
	waiter_start(&w[1]);
	waiter_start(&w[2]);
	EXPECT_EQ(0, give(self->a.fd, 2));
	pthread_kill(w[0].thread, SIGUSR1);
	EXPECT_EQ(-EINTR, waiter_end(&w[0]));
	EXPECT_EQ(0, waiter_end(&w[1]));
	EXPECT_EQ(0, waiter_end(&w[2]));
	check_state(self->a.fd);
}

TEST_F(queue, ceiling)
{
	struct waiter w = TAKER(3);

	ASSERT_EQ(0, configure(self->a.fd, KSEM_SET_MAX, .max = 5));
	waiter_start(&w);
	EXPECT_EQ(-EBUSY, configure(self->a.fd, KSEM_SET_MAX, .max = 2));
	EXPECT_EQ(0, configure(self->a.fd, KSEM_SET_MAX, .max = 3));
	/* A post above it fails, though somebody waits. */
	EXPECT_EQ(-EOVERFLOW, give(self->a.fd, 4));
	EXPECT_EQ(0, configure(self->a.fd, KSEM_SET_MAX | KSEM_SET_VALUE,
			       .max = 9, .value = 9));
	EXPECT_EQ(0, waiter_end(&w));
	check_state(self->a.fd, .value = 6, .max = 9);
}

TEST_F(queue, priority)
{
	struct waiter w[] = {
		TAKER(1), TAKER(1, .prio = 10), TAKER(1, .prio = 30),
		TAKER(1, .prio = 20), TAKER(1, .prio = 30), TAKER(1),
	};
	static const int order[] = { 2, 4, 3, 1, 0, 5 };
	struct sched_param param = { .sched_priority = 1 };
	unsigned int i;

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		SKIP(return, "no real-time priorities");
	param.sched_priority = 0;
	sched_setscheduler(0, SCHED_OTHER, &param);

	ASSERT_EQ(0, put(&self->a, "order", "priority"));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		waiter_start(&w[i]);
	EXPECT_EQ(-EBUSY, put(&self->a, "order", "fifo"));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		EXPECT_EQ(order[i], give_to(self->a.fd, w, ARRAY_SIZE(w)));
	check_state(self->a.fd, .flags = KSEM_INFO_MAPPABLE |
		    KSEM_INFO_OWNER | KSEM_INFO_PRIORITY);
}

/* The priority that counts is that when units are handed out. */
TEST_F(queue, priority_changes)
{
	struct waiter w[] = { TAKER(1), TAKER(1), TAKER(2) };
	struct sched_param param = { .sched_priority = 5 };
	int i;

	ASSERT_EQ(0, put(&self->a, "order", "priority"));
	for (i = 0; i < 3; i++)
		waiter_start(&w[i]);
	if (pthread_setschedparam(w[1].thread, SCHED_FIFO, &param))
		SKIP(return, "no real-time priorities");
	EXPECT_EQ(1, give_to(self->a.fd, w, 3));
	EXPECT_EQ(0, give_to(self->a.fd, w, 3));
	EXPECT_EQ(0, give(self->a.fd, 2));
	EXPECT_EQ(0, waiter_end(&w[2]));
}

/* More waiters than are served in one go. */
TEST_F(queue, many)
{
	enum { NR = 100 };
	struct waiter w[NR];
	int i;

	for (i = 0; i < NR; i++) {
		w[i] = (struct waiter)TAKER(1);
		waiter_start(&w[i]);
	}
	check_state(self->a.fd, .waiters = NR);
	EXPECT_EQ(0, give(self->a.fd, NR + 1));
	for (i = 0; i < NR; i++)
		EXPECT_EQ(0, waiter_end(&w[i]));
	check_state(self->a.fd, .value = 1);

	EXPECT_EQ(0, take(self->a.fd, 1));
	for (i = 0; i < NR; i++)
		waiter_start(&w[i]);
	EXPECT_EQ(0, put(&self->a, "shutdown", "1"));
	for (i = 0; i < NR; i++)
		EXPECT_EQ(-EIDRM, waiter_end(&w[i]));
}

/* "fair" is 0: who runs can go ahead, and nobody starves. */
TEST_F(queue, unfair)
{
	struct waiter w[] = { TAKER(1), TAKER(1), TAKER(2) };
	unsigned int i;
	int taken = 0;

	ASSERT_EQ(0, put(&self->a, "fair", "0"));
	waiter_start(&w[0]);
	EXPECT_EQ(0, give(self->a.fd, 1));
	EXPECT_EQ(0, waiter_end(&w[0]));

	/* We take it again at once, until it is the waiter's turn. */
	waiter_start(&w[0]);
	do {
		EXPECT_EQ(0, give(self->a.fd, 1));
		if (try_take(self->a.fd, 1))
			break;
		taken++;
	} while (!is_done(&w[0]));
	EXPECT_EQ(0, waiter_end(&w[0]));
	TH_LOG("went ahead %d times", taken);

	/* Units are handed over if they are many, and to who wants several. */
	EXPECT_EQ(0, put(&self->a, "value", "0"));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		waiter_start(&w[i]);
	EXPECT_EQ(0, give(self->a.fd, 40));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		EXPECT_EQ(0, waiter_end(&w[i]));
	check_state(self->a.fd, .value = 36, .flags = KSEM_INFO_MAPPABLE |
		    KSEM_INFO_OWNER | KSEM_INFO_UNFAIR);
}

/* Units that have to go to a waiter aren't in the way of a post. */
TEST_F(queue, unfair_room)
{
	struct waiter w[] = { TAKER(1), TAKER(1), TAKER(1) };
	unsigned int i;

	ASSERT_EQ(0, configure(self->a.fd, KSEM_SET_FAIR | KSEM_SET_MAX,
			       .max = 1));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		waiter_start(&w[i]);
	for (i = 0; i < ARRAY_SIZE(w); i++)
		EXPECT_EQ(0, give(self->a.fd, 1));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		EXPECT_EQ(0, waiter_end(&w[i]));
	check_state(self->a.fd, .max = 1, .flags = KSEM_INFO_MAPPABLE |
		    KSEM_INFO_OWNER | KSEM_INFO_UNFAIR);
}

/* Signals, time limits and shutdown end a wait that can be passed, too. */
TEST_F(queue, unfair_ends)
{
	struct ksem_ioc_wait wait = {
		.units = 1, .flags = KSEM_WAIT_TIMEOUT | KSEM_WAIT_UNDO,
		.clock = CLOCK_MONOTONIC, .timeout = 3000000,
	};
	struct waiter w = TAKER(1);

	ASSERT_EQ(0, put(&self->a, "fair", "0"));
	EXPECT_EQ(-ETIMEDOUT, request(self->a.fd, KSEM_IOC_WAIT, wait));
	handle_signal(0);
	waiter_start(&w);
	pthread_kill(w.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, waiter_end(&w));
	waiter_start(&w);
	EXPECT_EQ(0, put(&self->a, "fair", "1"));
	EXPECT_EQ(0, give(self->a.fd, 1));
	EXPECT_EQ(0, waiter_end(&w));
	check_state(self->a.fd);
	EXPECT_EQ(0, put(&self->a, "fair", "0"));
	waiter_start(&w);
	EXPECT_EQ(0, put(&self->a, "shutdown", "1"));
	EXPECT_EQ(-EIDRM, waiter_end(&w));
}

/* Threads that take turns lose and make no unit. */
static void *take_turns(void *arg)
{
	int *fd = arg;
	int i, err = 0;

	for (i = 0; i < 2000 && !err; i++)
		err = take(*fd, 1) ?: give(*fd, 1);
	return (void *)(long)err;
}

TEST_F(queue, turns)
{
	pthread_t threads[4];
	int fair, i;
	void *err;

	ASSERT_EQ(0, put(&self->a, "max", "2"));
	ASSERT_EQ(0, put(&self->a, "value", "2"));
	for (fair = 0; fair < 2; fair++) {
		EXPECT_EQ(0, put(&self->a, "fair", fair ? "1" : "0"));
		for (i = 0; i < 4; i++)
			pthread_create(&threads[i], NULL, take_turns,
				       &self->a.fd);
		for (i = 0; i < 4; i++) {
			pthread_join(threads[i], &err);
			EXPECT_EQ(NULL, err);
		}
		EXPECT_EQ(2, info(self->a.fd).value);
		EXPECT_EQ(0, info(self->a.fd).waiters);
	}
}

TEST_HARNESS_MAIN

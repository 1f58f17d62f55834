// SPDX-License-Identifier: GPL-2.0-only
/* Units that come back when their handle is closed. */
#include "util.h"

FIXTURE(undo) {
	struct sem a, b;
};

FIXTURE_SETUP(undo)
{
	if (access(KSEM_DIR, F_OK))
		SKIP(return, "no " KSEM_DIR);
	ASSERT_EQ(0, sem_make(&self->a, 'a'));
	ASSERT_EQ(0, sem_make(&self->b, 'b'));
}

FIXTURE_TEARDOWN(undo)
{
	sem_end(&self->a);
	sem_end(&self->b);
}

#define take_undo(_fd, _n)	\
	wait_for(_fd, .units = (_n), .flags = KSEM_WAIT_UNDO)
#define post_undo(_fd, _n)	\
	post(_fd, .units = (_n), .flags = KSEM_POST_UNDO)

TEST_F(undo, close)
{
	int fd = sem_open_as(&self->a, O_RDWR);

	ASSERT_EQ(0, give(fd, 5));
	EXPECT_EQ(0, take_undo(fd, 3));
	EXPECT_EQ(0, take(fd, 1));
	check_state(fd, .value = 1, .undo = 3);
	check_state(self->a.fd, .value = 1);
	EXPECT_EQ(0, give(fd, 1));
	check_state(fd, .value = 2, .undo = 3);
	EXPECT_EQ(0, post_undo(fd, 1));
	check_state(fd, .value = 3, .undo = 2);
	close(fd);
	check_state(self->a.fd, .value = 5);
}

/* A post takes off no more than there is. */
TEST_F(undo, post_more)
{
	int fd = sem_open_as(&self->a, O_RDWR);

	ASSERT_EQ(0, give(fd, 1));
	EXPECT_EQ(0, take_undo(fd, 1));
	EXPECT_EQ(0, post_undo(fd, 4));
	check_state(fd, .value = 4);
	close(fd);
	check_state(self->a.fd, .value = 4);
}

/* The rule: all that is taken by handles that are opened later. */
TEST_F(undo, rule)
{
	int fd;

	ASSERT_EQ(0, put(&self->a, "undo", "1"));
	EXPECT_EQ(0, give(self->a.fd, 4));
	EXPECT_EQ(0, take(self->a.fd, 1));
	check_state(self->a.fd, .value = 3);
	fd = sem_open_as(&self->a, O_RDWR);
	EXPECT_EQ(0, take(fd, 1));
	EXPECT_EQ(0, try_take(fd, 1));
	EXPECT_EQ(0, result(read(fd, (char [1]) {}, 1)) - 1);
	check_state(fd, .undo = 3, .flags = KSEM_INFO_OWNER | KSEM_INFO_UNDO);
	EXPECT_EQ(0, give(fd, 1));
	check_state(fd, .value = 1, .undo = 2,
		    .flags = KSEM_INFO_OWNER | KSEM_INFO_UNDO);
	close(fd);
	check_state(self->a.fd, .value = 3);
}

/* The last of several descriptors counts. */
TEST_F(undo, duplicate)
{
	int fd = sem_open_as(&self->a, O_RDWR), copy = dup(fd);
	pid_t child;
	int status;

	ASSERT_EQ(0, give(fd, 1));
	EXPECT_EQ(0, take_undo(fd, 1));
	close(fd);
	child = fork();
	if (!child)
		_exit(0);
	EXPECT_EQ(child, waitpid(child, &status, 0));
	check_state(copy, .undo = 1);
	close(copy);
	check_state(self->a.fd, .value = 1);
}

static void hold_and_pause(struct sem *sem, unsigned int n)
{
	int fd = sem_open_as(sem, O_RDWR);

	take_undo(fd, n);
	for (;;)
		pause();
}

/* A killed holder's units go to the first waiter. */
TEST_F(undo, killed)
{
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_TAKE,
			    .arg = 1 };
	pid_t child;
	int status;

	ASSERT_EQ(0, give(self->a.fd, 2));
	child = fork();
	if (!child)
		hold_and_pause(&self->a, 2);
	until(info(self->a.fd).value == 0);
	waiter_start(&w);
	kill(child, SIGKILL);
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, waiter_end(&w));
	until(info(self->a.fd).value == 1);
	check_state(self->a.fd, .value = 1);
}

/* What is handed over to a blocked waiter counts, too. */
TEST_F(undo, handed_over)
{
	struct ksem_ioc_wait wait = { .units = 2, .flags = KSEM_WAIT_UNDO };
	struct waiter w = { .fd = sem_open_as(&self->a, O_RDWR),
			    .command = KSEM_IOC_WAIT, .arg = (long)&wait };

	waiter_start(&w);
	EXPECT_EQ(0, give(self->a.fd, 3));
	EXPECT_EQ(0, waiter_end(&w));
	check_state(w.fd, .value = 1, .undo = 2);
	close(w.fd);
	check_state(self->a.fd, .value = 3);
}

/* What doesn't fit below the ceiling is lost; waiters make room. */
TEST_F(undo, no_room)
{
	struct ksem_ioc_wait wait = { .units = 2 };
	struct waiter w[2];
	int fd = sem_open_as(&self->a, O_RDWR);
	int i;

	ASSERT_EQ(0, configure(fd, KSEM_SET_VALUE | KSEM_SET_MAX, .value = 2,
			       .max = 2));
	EXPECT_EQ(0, take_undo(fd, 2));
	EXPECT_EQ(0, put(&self->a, "value", "1"));
	close(fd);
	check_state(self->a.fd, .value = 2, .max = 2);

	fd = sem_open_as(&self->a, O_RDWR);
	EXPECT_EQ(0, take_undo(fd, 2));
	EXPECT_EQ(0, give(self->a.fd, 2));
	EXPECT_EQ(0, take_undo(fd, 2));
	for (i = 0; i < 2; i++) {
		w[i] = (struct waiter) { .fd = self->a.fd,
			.command = KSEM_IOC_WAIT, .arg = (long)&wait };
		waiter_start(&w[i]);
	}
	close(fd);
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, waiter_end(&w[i]));
	check_state(self->a.fd, .max = 2);
}

static int all_of(int fd, __u32 op, __u32 units, __u32 flags)
{
	struct ksem_ioc_op ops = { fd, op, units, flags };
	struct ksem_ioc_multi all = {
		.ops = (long)&ops, .nr = 1, .op_size = sizeof(ops),
		.flags = KSEM_WAIT_NOWAIT,
	};

	return request(fd, KSEM_IOC_ALL, all);
}

/* ADJUST goes below zero: then units are taken when the handle is closed. */
TEST_F(undo, adjust)
{
	int fd = sem_open_as(&self->a, O_RDWR);

	EXPECT_EQ(0, all_of(fd, KSEM_OP_POST, 3, KSEM_OP_ADJUST));
	check_state(fd, .value = 3, .undo = -3);
	EXPECT_EQ(0, all_of(fd, KSEM_OP_WAIT, 1, KSEM_OP_ADJUST));
	check_state(fd, .value = 2, .undo = -2);
	/* UNDO takes nothing off what is below 0. */
	EXPECT_EQ(0, all_of(fd, KSEM_OP_POST, 1, KSEM_OP_UNDO));
	check_state(fd, .value = 3, .undo = -2);
	close(fd);
	check_state(self->a.fd, .value = 1);

	fd = sem_open_as(&self->a, O_RDWR);
	EXPECT_EQ(0, all_of(fd, KSEM_OP_POST, 3, KSEM_OP_ADJUST));
	EXPECT_EQ(0, take(self->a.fd, 2));
	close(fd);
	check_state(self->a.fd);
}

/* SET with UNDO makes void what all handles would undo. */
TEST_F(undo, void)
{
	int fd = sem_open_as(&self->a, O_RDWR);

	ASSERT_EQ(0, give(fd, 2));
	EXPECT_EQ(0, take_undo(fd, 2));
	EXPECT_EQ(0, all_of(self->a.fd, KSEM_OP_SET, 1, 0));
	check_state(fd, .value = 1, .undo = 2);
	EXPECT_EQ(0, all_of(self->a.fd, KSEM_OP_SET, 1, KSEM_OP_UNDO));
	check_state(fd, .value = 1);
	EXPECT_EQ(0, take_undo(fd, 1));
	check_state(fd, .undo = 1);
	close(fd);
	check_state(self->a.fd, .value = 1);
}

/* After a shutdown there is nothing to give back to. */
TEST_F(undo, shutdown)
{
	int fd = sem_open_as(&self->a, O_RDWR);

	ASSERT_EQ(0, give(fd, 1));
	EXPECT_EQ(0, take_undo(fd, 1));
	EXPECT_EQ(0, put(&self->a, "shutdown", "1"));
	EXPECT_EQ(-EIDRM, post_undo(fd, 1));
	close(fd);
	check_state(self->a.fd, .flags = KSEM_INFO_MAPPABLE | KSEM_INFO_OWNER |
		    KSEM_INFO_SHUTDOWN);
}

TEST_HARNESS_MAIN

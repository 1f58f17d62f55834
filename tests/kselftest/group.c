// SPDX-License-Identifier: GPL-2.0-only
/* Groups: several semaphores by the handle of one, as a set of System V is. */
#include "util.h"

#include <sys/sem.h>
#include <sys/sysmacros.h>
#include <linux/time_types.h>

#define KEY	0xcafe

FIXTURE(group) {
	struct sem head, m[2];
};

#define begin(_fd, ...)	\
	request(_fd, KSEM_IOC_GROUP, (struct ksem_ioc_group) { __VA_ARGS__ })
#define join(_fd, ...)	\
	request(_fd, KSEM_IOC_JOIN, (struct ksem_ioc_join) { __VA_ARGS__ })

/* semop() with these operations. */
#define semop_with(_fd, _timeout, ...) ({				\
	struct sembuf _ops[] = { __VA_ARGS__ };				\
	struct ksem_ioc_semop _req = {					\
		.ops = (unsigned long)_ops, .nr = ARRAY_SIZE(_ops),	\
		.timeout = (unsigned long)(_timeout),			\
	};								\
									\
	request(_fd, KSEM_IOC_SEMOP, _req);				\
})
#define operate(_fd, ...)	semop_with(_fd, NULL, __VA_ARGS__)

static int set_values(int fd, __u32 first, __u32 nr, __u16 *values)
{
	struct ksem_ioc_values req = {
		.values = (unsigned long)values, .first = first, .nr = nr,
	};

	return request(fd, KSEM_IOC_SET_VALUES, req);
}

static int get_values(int fd, __u32 first, __u32 nr, __u16 *values)
{
	struct ksem_ioc_values req = {
		.values = (unsigned long)values, .first = first, .nr = nr,
	};

	return request(fd, KSEM_IOC_GET_VALUES, req);
}

/* The values of both members. */
#define check_values(_fd, _first, _second) do {				\
	__u16 _is[2] = {};						\
									\
	EXPECT_EQ(0, get_values(_fd, 0, 2, _is));			\
	EXPECT_EQ(_first, _is[0]);					\
	EXPECT_EQ(_second, _is[1]);					\
} while (0)

FIXTURE_SETUP(group)
{
	int i;

	if (access(KSEM_DIR, F_OK))
		SKIP(return, "no " KSEM_DIR);
	ASSERT_EQ(0, sem_make(&self->head, 'h'));
	ASSERT_EQ(0, begin(self->head.fd, .members = 2, .key = KEY));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, sem_make(&self->m[i], '0' + i));
		ASSERT_EQ(0, configure(self->m[i].fd, KSEM_SET_RECORD |
				       KSEM_SET_MAX, .record = 1,
				       .max = 32767));
		ASSERT_EQ(0, join(self->head.fd, .fd = self->m[i].fd));
	}
}

FIXTURE_TEARDOWN(group)
{
	sem_end(&self->head);
	sem_end(&self->m[0]);
	sem_end(&self->m[1]);
}

TEST_F(group, making)
{
	int wo = sem_open_as(&self->m[0], O_WRONLY);
	struct sem c, d;

	ASSERT_EQ(0, sem_make(&c, 'c'));
	ASSERT_EQ(0, sem_make(&d, 'd'));
	EXPECT_EQ(-ENOENT, operate(c.fd, { 0, 1 }));
	EXPECT_EQ(-ENOENT, join(c.fd, .fd = d.fd));
	EXPECT_EQ(-EINVAL, begin(c.fd, .members = 0));
	EXPECT_EQ(-EINVAL, begin(c.fd, .members = KSEM_GROUP_MAX + 1));
	EXPECT_EQ(-EEXIST, begin(self->head.fd, .members = 1));
	EXPECT_EQ(-EINVAL, begin(self->m[0].fd, .members = 1));
	EXPECT_EQ(0, begin(c.fd, .members = 2));
	EXPECT_EQ(-EINVAL, join(c.fd, .fd = c.fd));
	EXPECT_EQ(-EINVAL, join(c.fd, .fd = self->head.fd));
	EXPECT_EQ(-EINVAL, join(c.fd, .fd = 0));
	EXPECT_EQ(-EINVAL, join(c.fd, .fd = d.fd, .reserved = 1));
	EXPECT_EQ(-EBADF, join(c.fd, .fd = -1));
	EXPECT_EQ(-EBADF, join(c.fd, .fd = wo));
	EXPECT_EQ(-ESTALE, join(c.fd, .fd = d.fd, .id = 1));
	EXPECT_EQ(-ESTALE, begin(c.fd, .members = 1, .id = 1));
	EXPECT_EQ(0, join(c.fd, .fd = d.fd));
	/* It isn't there before the last one has joined. */
	EXPECT_EQ(-ENOENT, operate(c.fd, { 0, 1 }));
	EXPECT_EQ(0, info(c.fd).flags & KSEM_INFO_GROUP);
	/* One semaphore can be a member twice, and of several groups. */
	EXPECT_EQ(0, join(c.fd, .fd = d.fd));
	EXPECT_EQ(KSEM_INFO_GROUP, info(c.fd).flags & KSEM_INFO_GROUP);
	EXPECT_EQ(0, operate(c.fd, { 0, 1 }, { 1, -1 }));
	EXPECT_EQ(0, operate(c.fd, { 1, 2 }));
	check_state(d.fd, .value = 2);
	/* A group that is never finished. */
	sem_end(&c);
	ASSERT_EQ(0, sem_make(&c, 'c'));
	EXPECT_EQ(0, begin(c.fd, .members = 2));
	EXPECT_EQ(0, join(c.fd, .fd = d.fd));
	EXPECT_EQ(0, begin(c.fd, .members = 3));
	sem_end(&c);
	sem_end(&d);
	close(wo);
}

TEST_F(group, operations)
{
	int fd = self->head.fd;

	EXPECT_EQ(0, operate(fd, { 0, 3 }));
	EXPECT_EQ(0, operate(fd, { 0, -1 }, { 1, 2 }));
	check_values(fd, 2, 2);
	EXPECT_EQ(-EAGAIN, operate(fd, { 0, -1 }, { 1, -3, IPC_NOWAIT }));
	EXPECT_EQ(-EAGAIN, operate(fd, { 0, 0, IPC_NOWAIT }));
	EXPECT_EQ(-EAGAIN, operate(fd, { 0, -3, IPC_NOWAIT }));
	EXPECT_EQ(-ERANGE, operate(fd, { 0, 32766 }));
	EXPECT_EQ(-ERANGE, operate(fd, { 0, -1 }, { 0, 32767 }));
	EXPECT_EQ(-EFBIG, operate(fd, { 2, 1 }));
	check_values(fd, 2, 2);
	EXPECT_EQ(0, operate(fd, { 0, -2 }, { 0, 0 }, { 1, -2 }));
	check_values(fd, 0, 0);
	EXPECT_EQ(0, operate(fd, { 1, 0 }));
	check_state(fd, .flags = KSEM_INFO_MAPPABLE | KSEM_INFO_OWNER |
		    KSEM_INFO_GROUP);
}

TEST_F(group, bad_operations)
{
	struct __kernel_timespec bad = { .tv_nsec = 1000000000 };
	struct __kernel_timespec soon = { .tv_nsec = 2000000 };
	int r = sem_open_as(&self->head, O_RDONLY);
	int w = sem_open_as(&self->head, O_WRONLY);
	struct sembuf ops[KSEM_OPS_MAX + 1] = {};
	struct ksem_ioc_semop req = { .ops = (unsigned long)ops };
	__u16 values[2] = { 1, 1 };
	int fd = self->head.fd;

	EXPECT_EQ(-EINVAL, request(fd, KSEM_IOC_SEMOP, req));
	req.nr = KSEM_OPS_MAX + 1;
	EXPECT_EQ(-E2BIG, request(fd, KSEM_IOC_SEMOP, req));
	req.nr = KSEM_OPS_MAX;
	EXPECT_EQ(0, request(fd, KSEM_IOC_SEMOP, req));
	req.ops = 0;
	EXPECT_EQ(-EFAULT, request(fd, KSEM_IOC_SEMOP, req));
	req.nr = 1;
	EXPECT_EQ(-EFAULT, request(fd, KSEM_IOC_SEMOP, req));
	req.reserved = 1;
	EXPECT_EQ(-EINVAL, request(fd, KSEM_IOC_SEMOP, req));
	req.id = 1;
	EXPECT_EQ(-ESTALE, request(fd, KSEM_IOC_SEMOP, req));
	EXPECT_EQ(-EINVAL, semop_with(fd, &bad, { 0, -1 }));
	EXPECT_EQ(-EFAULT, semop_with(fd, 8, { 0, -1 }));
	EXPECT_EQ(-EAGAIN, semop_with(fd, &soon, { 0, -1 }));
	EXPECT_EQ(-EAGAIN, semop_with(fd, &soon, { 0, -1 }, { 1, -1 }));

	/* What changes members takes write permission, all else to read. */
	EXPECT_EQ(-EACCES, operate(r, { 0, 1 }));
	EXPECT_EQ(-EACCES, operate(w, { 0, 0 }));
	EXPECT_EQ(0, operate(w, { 0, 1 }));
	EXPECT_EQ(0, operate(r, { 1, 0 }));
	EXPECT_EQ(-EACCES, set_values(r, 0, 2, values));
	EXPECT_EQ(-EACCES, get_values(w, 0, 2, values));
	EXPECT_EQ(-EACCES, request(w, KSEM_IOC_GROUP_INFO,
				   (struct ksem_ioc_group) {}));
	EXPECT_EQ(-EACCES, request(w, KSEM_IOC_MEMBER,
				   (struct ksem_ioc_member) {}));
	check_values(fd, 1, 0);
	close(r);
	close(w);
}

TEST_F(group, blocks)
{
	struct sembuf one[] = { { 0, -1 } };
	struct sembuf zero[] = { { 1, 0 } };
	struct sembuf two[] = { { 0, -2 }, { 1, -1 } };
	struct ksem_ioc_semop reqs[] = {
		{ .ops = (unsigned long)one, .nr = 1 },
		{ .ops = (unsigned long)zero, .nr = 1 },
		{ .ops = (unsigned long)two, .nr = 2 },
	};
	struct waiter w[3];
	struct ksem_ioc_member is = { .index = 1 };
	int fd = self->head.fd, i;

	ASSERT_EQ(0, operate(fd, { 1, 1 }));
	for (i = 0; i < 3; i++) {
		w[i] = (struct waiter) {
			.fd = fd, .command = KSEM_IOC_SEMOP,
			.arg = (long)&reqs[i],
		};
		waiter_start(&w[i]);
	}
	EXPECT_EQ(0, request(fd, KSEM_IOC_MEMBER, is));
	EXPECT_EQ(1, is.value);
	EXPECT_EQ(1, is.for_zero);
	is.index = 0;
	EXPECT_EQ(0, request(fd, KSEM_IOC_MEMBER, is));
	EXPECT_EQ(2, is.for_units);
	EXPECT_EQ(0, operate(fd, { 0, 1 }));
	EXPECT_EQ(0, waiter_end(&w[0]));
	EXPECT_EQ(0, operate(fd, { 1, -1 }));
	EXPECT_EQ(0, waiter_end(&w[1]));
	EXPECT_EQ(0, operate(fd, { 0, 3 }));
	EXPECT_EQ(0, operate(fd, { 1, 3 }));
	EXPECT_EQ(0, waiter_end(&w[2]));
	check_values(fd, 1, 2);

	/* A unit that is posted to the head is none of the member's. */
	EXPECT_EQ(0, operate(fd, { 0, -1 }));
	waiter_start(&w[0]);
	EXPECT_EQ(0, give(fd, 1));
	EXPECT_EQ(0, give(self->m[0].fd, 1));
	EXPECT_EQ(0, waiter_end(&w[0]));

	handle_signal(SA_RESTART);
	waiter_start(&w[0]);
	pthread_kill(w[0].thread, SIGUSR1);
	EXPECT_EQ(-EINTR, waiter_end(&w[0]));
	waiter_start(&w[0]);
	waiter_start(&w[2]);
	EXPECT_EQ(0, configure(fd, KSEM_SET_SHUTDOWN));
	EXPECT_EQ(-EIDRM, waiter_end(&w[0]));
	EXPECT_EQ(-EIDRM, waiter_end(&w[2]));
	EXPECT_EQ(-EIDRM, operate(fd, { 0, 1 }));
	EXPECT_EQ(-EIDRM, operate(fd, { 0, 1 }, { 1, 1 }));
	EXPECT_EQ(-EIDRM, request(fd, KSEM_IOC_MEMBER, is));
	EXPECT_EQ(-EIDRM, set_values(fd, 0, 1, (__u16 [1]) {}));
	/* The members go on. */
	EXPECT_EQ(0, give(self->m[0].fd, 1));
}

/* SEM_UNDO goes by the handle of the head. */
TEST_F(group, undo)
{
	int fd = sem_open_as(&self->head, O_RDWR);
	__u16 ones[2] = { 1, 1 };

	EXPECT_EQ(0, operate(fd, { 0, 5 }));
	EXPECT_EQ(0, operate(fd, { 0, -3, SEM_UNDO }, { 1, 2, SEM_UNDO }));
	EXPECT_EQ(0, operate(fd, { 0, 1, SEM_UNDO }));
	check_values(fd, 3, 2);
	close(fd);
	check_values(self->head.fd, 5, 0);

	/* To set a value makes it void. */
	fd = sem_open_as(&self->head, O_RDWR);
	EXPECT_EQ(0, operate(fd, { 0, -3, SEM_UNDO }, { 1, 2, SEM_UNDO }));
	EXPECT_EQ(0, set_values(self->head.fd, 0, 2, ones));
	close(fd);
	check_values(self->head.fd, 1, 1);
}

TEST_F(group, undo_blocked)
{
	int fd = sem_open_as(&self->head, O_RDWR);
	struct sembuf one = { 0, -1, SEM_UNDO };
	struct ksem_ioc_semop req = { .ops = (long)&one, .nr = 1 };
	struct waiter w = { .fd = fd, .command = KSEM_IOC_SEMOP,
			    .arg = (long)&req };

	waiter_start(&w);
	EXPECT_EQ(0, operate(self->head.fd, { 0, 1 }));
	EXPECT_EQ(0, waiter_end(&w));
	check_values(fd, 0, 0);
	close(fd);
	check_values(self->head.fd, 1, 0);
}

TEST_F(group, values)
{
	__u16 values[2] = { 7, 9 };
	int fd = self->head.fd;

	EXPECT_EQ(0, set_values(fd, 0, 2, values));
	check_values(fd, 7, 9);
	EXPECT_EQ(0, set_values(fd, 1, 1, values));
	check_values(fd, 7, 7);
	EXPECT_EQ(0, get_values(fd, 1, 1, values + 1));
	EXPECT_EQ(7, values[1]);
	EXPECT_EQ(-EINVAL, get_values(fd, 0, 0, values));
	EXPECT_EQ(-EINVAL, get_values(fd, 0, 3, values));
	EXPECT_EQ(-EINVAL, get_values(fd, 2, 1, values));
	EXPECT_EQ(-EINVAL, set_values(fd, 1, -1, values));
	EXPECT_EQ(-EFAULT, get_values(fd, 0, 2, NULL));
	EXPECT_EQ(-EFAULT, set_values(fd, 0, 2, NULL));
	values[1] = 32768;
	EXPECT_EQ(-ERANGE, set_values(fd, 0, 2, values));
	check_values(fd, 7, 7);
	EXPECT_EQ(0, configure(self->m[0].fd, KSEM_SET_MAX | KSEM_SET_VALUE,
			       .max = 70000, .value = 65536));
	EXPECT_EQ(-ERANGE, get_values(fd, 0, 2, values));
}

/* More members than one step can have. */
TEST_F(group, many)
{
	enum { NR = KSEM_OPS_MAX + 3 };
	__u16 values[NR], is[NR] = {};
	struct sem c, d;
	int i;

	ASSERT_EQ(0, sem_make(&c, 'c'));
	ASSERT_EQ(0, begin(c.fd, .members = NR));
	for (i = 0; i < NR; i++) {
		ASSERT_EQ(0, sem_make(&d, 'd'));
		EXPECT_EQ(0, join(c.fd, .fd = d.fd));
		sem_end(&d);
		values[i] = i;
	}
	EXPECT_EQ(0, set_values(c.fd, 0, NR, values));
	EXPECT_EQ(0, get_values(c.fd, 0, NR, is));
	EXPECT_EQ(0, memcmp(values, is, sizeof(is)));
	EXPECT_EQ(0, operate(c.fd, { NR - 1, -NR + 1 }));
	sem_end(&c);
}

TEST_F(group, tells)
{
	long long start = now(CLOCK_REALTIME) / 1000000000 - 1;
	struct ksem_ioc_group group = {};
	struct ksem_ioc_member member = { .index = 1 };
	__u16 value = 4;
	int fd = self->head.fd;

	EXPECT_EQ(0, request(fd, KSEM_IOC_GROUP_INFO, group));
	EXPECT_EQ(2, group.members);
	EXPECT_EQ(KEY, group.key);
	EXPECT_EQ(getuid(), group.uid);
	EXPECT_EQ(getgid(), group.gid);
	EXPECT_EQ(0, group.op_time);
	EXPECT_EQ(0, group.set_time);
	EXPECT_EQ(0, operate(fd, { 0, 1 }));
	EXPECT_EQ(0, set_values(fd, 1, 1, &value));
	EXPECT_EQ(0, request(fd, KSEM_IOC_GROUP_INFO, group));
	EXPECT_LE(start, group.op_time);
	EXPECT_LE(start, group.set_time);
	EXPECT_EQ(0, request(fd, KSEM_IOC_MEMBER, member));
	EXPECT_EQ(4, member.value);
	EXPECT_EQ(32767, member.max);
	EXPECT_EQ(0, member.op_time);
	EXPECT_LE(start, member.set_time);
	EXPECT_EQ(getpid(), member.pid);
	member.index = 2;
	EXPECT_EQ(-EINVAL, request(fd, KSEM_IOC_MEMBER, member));
	EXPECT_EQ(-ENOENT, request(self->m[0].fd, KSEM_IOC_MEMBER, member));
	EXPECT_EQ(-ENOENT, get_values(self->m[0].fd, 0, 1, &value));
	EXPECT_EQ(-ENOENT, request(self->m[0].fd, KSEM_IOC_GROUP_INFO, group));
	group.id = 1;
	EXPECT_EQ(-ESTALE, request(fd, KSEM_IOC_GROUP_INFO, group));
}

TEST_F(group, find)
{
	struct ksem_ioc_find find = { .flags = KSEM_FIND_COUNT };
	int control = open(KSEM_CONTROL, O_RDONLY | O_CLOEXEC);
	struct stat st;

	ASSERT_LE(0, control);
	ASSERT_EQ(0, fstat(self->head.fd, &st));
	find.minor = minor(st.st_rdev);
	EXPECT_EQ(0, request(control, KSEM_IOC_FIND, find));
	EXPECT_EQ(minor(st.st_rdev), find.minor);
	EXPECT_EQ(info(self->head.fd).id, find.id);
	EXPECT_STREQ(self->head.name, find.name);
	EXPECT_EQ(2, find.members);
	EXPECT_EQ(KEY, find.key);
	EXPECT_LE(1, find.groups);
	EXPECT_LE(2, find.all_members);
	EXPECT_LE(find.minor, find.last);
	find.minor = 0;
	find.flags = 0;
	EXPECT_EQ(0, request(control, KSEM_IOC_FIND, find));
	EXPECT_GE(minor(st.st_rdev), find.minor);
	find.minor = 0xfffff;
	EXPECT_EQ(-ENOENT, request(control, KSEM_IOC_FIND, find));
	find.flags = 2;
	EXPECT_EQ(-EINVAL, request(control, KSEM_IOC_FIND, find));
	EXPECT_EQ(-EINVAL, request(control, sized(KSEM_IOC_FIND, 8), find));
	EXPECT_EQ(-EFAULT, result(ioctl(control, KSEM_IOC_FIND, 0)));
	/* A head that is shut down doesn't count. */
	EXPECT_EQ(0, configure(self->head.fd, KSEM_SET_SHUTDOWN));
	find = (struct ksem_ioc_find) { .minor = minor(st.st_rdev) };
	request(control, KSEM_IOC_FIND, find);
	EXPECT_NE(info(self->head.fd).id, find.id);
	close(control);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/* A handle: its requests, read, write, poll, and what becomes of it after rmdir. */
#include "util.h"

FIXTURE(handle) {
	struct sem a, b;
};

FIXTURE_SETUP(handle)
{
	if (access(KSEM_DIR, F_OK))
		SKIP(return, "no " KSEM_DIR);
	ASSERT_EQ(0, sem_make(&self->a, 'a'));
	ASSERT_EQ(0, sem_make(&self->b, 'b'));
}

FIXTURE_TEARDOWN(handle)
{
	sem_end(&self->a);
	sem_end(&self->b);
}

TEST_F(handle, take_and_give)
{
	int fd = self->a.fd;

	EXPECT_EQ(0, give(fd, 3));
	EXPECT_EQ(0, take(fd, 2));
	check_state(fd, .value = 1);
	EXPECT_EQ(-EINVAL, take(fd, 0));
	EXPECT_EQ(-EINVAL, give(fd, 0));
	EXPECT_EQ(-ERANGE, take(fd, 0x80000000UL));
	EXPECT_EQ(-ERANGE, give(fd, 0x80000000UL));
	EXPECT_EQ(-EOVERFLOW, give(fd, KSEM_VALUE_MAX));
	ASSERT_EQ(0, configure(fd, KSEM_SET_MAX, .max = 4));
	EXPECT_EQ(-ERANGE, take(fd, 5));
	EXPECT_EQ(-EOVERFLOW, give(fd, 4));
	check_state(fd, .value = 1, .max = 4);
	EXPECT_EQ(0, give(fd, 3));
	check_state(fd, .value = 4, .max = 4);
}

TEST_F(handle, wait_and_post)
{
	struct ksem_ioc_wait wait = { .units = 2, .flags = KSEM_WAIT_NOWAIT };
	int fd = self->a.fd;

	EXPECT_EQ(0, post(fd, .units = 3));
	EXPECT_EQ(0, request(fd, KSEM_IOC_WAIT, wait));
	EXPECT_EQ(2, wait.taken);
	check_state(fd, .value = 1);
	wait.taken = 0;
	EXPECT_EQ(-EAGAIN, request(fd, KSEM_IOC_WAIT, wait));
	EXPECT_EQ(0, wait.taken);
	EXPECT_EQ(-EINVAL, try_take(fd, 0));
	EXPECT_EQ(-ERANGE, try_take(fd, KSEM_VALUE_MAX + 1));
	EXPECT_EQ(-EINVAL, post(fd, .units = 0));
	EXPECT_EQ(-ERANGE, post(fd, .units = KSEM_VALUE_MAX + 1));
	EXPECT_EQ(-EOVERFLOW, post(fd, .units = KSEM_VALUE_MAX));
	EXPECT_EQ(-EINVAL, post(fd, .units = 1, .flags = 2));
	check_state(fd, .value = 1);
}

/* Flags and times that don't go together. */
TEST_F(handle, bad_waits)
{
	static const struct ksem_ioc_wait bad[] = {
		{ .units = 1, .flags = 0x20 },
		{ .units = 1, .flags = 0x80000000 },
		{ .units = 1, .timeout = 1 },
		{ .units = 1, .clock = CLOCK_MONOTONIC },
		{ .units = 1, .flags = KSEM_WAIT_NOWAIT, .timeout = 1 },
		{ .units = 1, .flags = KSEM_WAIT_TIMEOUT, .timeout = -1 },
		{ .units = 1, .flags = KSEM_WAIT_DEADLINE, .timeout = -1 },
		{ .units = 1, .flags = KSEM_WAIT_TIMEOUT | KSEM_WAIT_DEADLINE },
		{ .units = 1, .flags = KSEM_WAIT_TIMEOUT,
		  .clock = CLOCK_PROCESS_CPUTIME_ID },
		{ .units = 1, .flags = KSEM_WAIT_TIMEOUT, .clock = -1 },
	};
	struct ksem_ioc_wait wait;
	unsigned int i;

	ASSERT_EQ(0, give(self->a.fd, 1));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		wait = bad[i];
		EXPECT_EQ(-EINVAL, request(self->a.fd, KSEM_IOC_WAIT, wait)) {
			TH_LOG("bad[%u]", i);
		}
	}
	check_state(self->a.fd, .value = 1);
}

TEST_F(handle, time_limits)
{
	static const clockid_t clocks[] = {
		CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME,
	};
	const __s64 ms = 1000000;
	int fd = self->a.fd;
	unsigned int i;
	__s64 start;

	for (i = 0; i < ARRAY_SIZE(clocks); i++) {
		clockid_t clock = clocks[i];

		start = now(CLOCK_MONOTONIC);
		EXPECT_EQ(-ETIMEDOUT, wait_for(fd, .units = 1, .clock = clock,
					       .flags = KSEM_WAIT_TIMEOUT,
					       .timeout = 20 * ms));
		EXPECT_LE(20 * ms, now(CLOCK_MONOTONIC) - start);
		EXPECT_EQ(-ETIMEDOUT, wait_for(fd, .units = 1, .clock = clock,
					       .flags = KSEM_WAIT_DEADLINE,
					       .timeout = now(clock) + ms));
		/* Long ago: but what is there is taken. */
		EXPECT_EQ(-ETIMEDOUT, wait_for(fd, .units = 1, .clock = clock,
					       .flags = KSEM_WAIT_DEADLINE));
		EXPECT_EQ(0, give(fd, 2));
		EXPECT_EQ(0, wait_for(fd, .units = 1, .clock = clock,
				      .flags = KSEM_WAIT_DEADLINE));
		EXPECT_EQ(0, wait_for(fd, .units = 1, .clock = clock,
				      .flags = KSEM_WAIT_TIMEOUT,
				      .timeout = 0x7fffffffffffffffLL));
	}
	check_state(fd);
	EXPECT_STREQ("9", get_from(path(KSEM_CLASS, &self->a, "timeouts")));
}

TEST_F(handle, access_modes)
{
	int r = sem_open_as(&self->a, O_RDONLY);
	int w = sem_open_as(&self->a, O_WRONLY);
	char c;

	ASSERT_EQ(0, give(self->a.fd, 1));
	EXPECT_EQ(-EBADF, give(r, 1));
	EXPECT_EQ(-EBADF, post(r, .units = 1));
	EXPECT_EQ(-EBADF, result(write(r, "1", 1)));
	EXPECT_EQ(-EBADF, take(w, 1));
	EXPECT_EQ(-EBADF, try_take(w, 1));
	EXPECT_EQ(-EBADF, result(read(w, &c, 1)));
	EXPECT_EQ(KSEM_MAP_MODE, info(r).map);
	EXPECT_EQ(KSEM_MAP_MODE, info(w).map);
	check_state(r, .value = 1, .flags = KSEM_INFO_OWNER);
	EXPECT_EQ(0, give(w, 1));
	EXPECT_EQ(0, take(r, 2));
	check_state(self->a.fd);
	close(r);
	close(w);
}

/* A request can say which semaphore it means. */
TEST_F(handle, identity)
{
	__u64 a = info(self->a.fd).id, b = info(self->b.fd).id;
	int fd = self->a.fd;

	EXPECT_LT(a, b);
	EXPECT_NE(0, (__u32)a);
	EXPECT_EQ(0, post(fd, .units = 1, .id = a));
	EXPECT_EQ(-ESTALE, post(fd, .units = 1, .id = b));
	EXPECT_EQ(-ESTALE, wait_for(fd, .units = 1, .id = b));
	EXPECT_EQ(-ESTALE, configure(fd, KSEM_SET_VALUE, .value = 9, .id = b));
	EXPECT_EQ(-ESTALE, result(ioctl(fd, KSEM_IOC_REMOVE, (__u32)b)));
	EXPECT_EQ(-ESTALE, result(ioctl(fd, KSEM_IOC_AGAIN, (__u32)b)));
	EXPECT_EQ(-ESTALE, request(fd, KSEM_IOC_WAITERS,
				   (struct ksem_ioc_waiters) { .id = b }));
	if (sizeof(long) == 8) {
		EXPECT_EQ(-ESTALE, take(fd, b << 32 | 1));
		EXPECT_EQ(-ESTALE, give(fd, b << 32 | 1));
		EXPECT_EQ(0, give(fd, a << 32 | 1));
		EXPECT_EQ(0, take(fd, a << 32 | 1));
	}
	EXPECT_EQ(0, wait_for(fd, .units = 1, .id = a));
	check_state(fd);
}

/* Structures can grow. */
TEST_F(handle, sizes)
{
	static const struct {
		unsigned long command;
		size_t size;
	} requests[] = {
		{ KSEM_IOC_WAIT, sizeof(struct ksem_ioc_wait) },
		{ KSEM_IOC_POST, sizeof(struct ksem_ioc_post) },
		{ KSEM_IOC_INFO, sizeof(struct ksem_ioc_info) },
		{ KSEM_IOC_ANY, sizeof(struct ksem_ioc_multi) },
		{ KSEM_IOC_ALL, sizeof(struct ksem_ioc_multi) },
		{ KSEM_IOC_CONFIG, sizeof(struct ksem_settings) },
		{ KSEM_IOC_GROUP, sizeof(struct ksem_ioc_group) },
		{ KSEM_IOC_JOIN, sizeof(struct ksem_ioc_join) },
		{ KSEM_IOC_GROUP_INFO, sizeof(struct ksem_ioc_group) },
		{ KSEM_IOC_SEMOP, sizeof(struct ksem_ioc_semop) },
		{ KSEM_IOC_MEMBER, sizeof(struct ksem_ioc_member) },
		{ KSEM_IOC_GET_VALUES, sizeof(struct ksem_ioc_values) },
		{ KSEM_IOC_SET_VALUES, sizeof(struct ksem_ioc_values) },
		{ KSEM_IOC_WAITERS, sizeof(struct ksem_ioc_waiters) },
	};
	struct {
		union {
			struct ksem_ioc_wait wait;
			struct ksem_ioc_info info;
			char bytes[512];
		};
	} req;
	int fd = self->a.fd;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		unsigned long command = requests[i].command;
		size_t size = requests[i].size;

		EXPECT_EQ(-EINVAL, request(fd, sized(command, size - 1), req)) {
			TH_LOG("requests[%u]", i);
		}
		EXPECT_EQ(-EFAULT, result(ioctl(fd, command, 0))) {
			TH_LOG("requests[%u]", i);
		}
		if (command == KSEM_IOC_INFO)
			continue;
		memset(&req, 0, sizeof(req));
		req.bytes[size] = 1;
		EXPECT_EQ(-E2BIG, request(fd, sized(command, size + 8), req)) {
			TH_LOG("requests[%u]", i);
		}
	}
	memset(&req, 0, sizeof(req));
	req.wait.units = 1;
	EXPECT_EQ(0, give(fd, 1));
	EXPECT_EQ(0, request(fd, sized(KSEM_IOC_WAIT, 40), req));
	EXPECT_EQ(1, req.wait.taken);
	memset(&req, 0xff, sizeof(req));
	EXPECT_EQ(0, request(fd, sized(KSEM_IOC_INFO,
				       sizeof(req.info) + 8), req));
	EXPECT_EQ(0, req.bytes[sizeof(req.info)]);
	EXPECT_EQ(0, req.bytes[sizeof(req.info) + 7]);
	EXPECT_EQ(-1, req.bytes[sizeof(req.info) + 8]);
	EXPECT_EQ(-ENOTTY, result(ioctl(fd, _IO(KSEM_IOC_TYPE, 99), 0)));
	EXPECT_EQ(-ENOTTY, result(ioctl(fd, _IO('k', 5), 1)));
	check_state(fd);
}

TEST_F(handle, read_and_write)
{
	int fd = sem_open_as(&self->a, O_RDWR | O_NONBLOCK);
	void *nowhere = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	char text[8] = "";
	struct iovec io = { text, 1 };

	EXPECT_EQ(1, write(fd, "4", 1));
	EXPECT_EQ(2, write(fd, "1\n", 2));
	EXPECT_EQ(2, read(fd, text, sizeof(text)));
	EXPECT_STREQ("1\n", text);
	/* One line is one unit, also byte by byte. */
	EXPECT_EQ(1, read(fd, text, 1));
	EXPECT_EQ('\n', text[0]);
	EXPECT_EQ(0, read(fd, text, 0));
	check_state(fd, .value = 3);
	EXPECT_EQ(-EFAULT, result(read(fd, nowhere, 1)));
	check_state(fd, .value = 2);
	EXPECT_EQ(0, take(fd, 2));
	EXPECT_EQ(-EAGAIN, result(read(fd, text, 1)));
	EXPECT_EQ(-EAGAIN, take(fd, 1));
	EXPECT_EQ(-EAGAIN, wait_for(fd, .units = 1));
	EXPECT_EQ(-EAGAIN, result(preadv2(self->a.fd, &io, 1, -1,
					  RWF_NOWAIT)));
	EXPECT_EQ(-EINVAL, result(write(fd, "0", 1)));
	EXPECT_EQ(-EINVAL, result(write(fd, "x", 1)));
	EXPECT_EQ(-EINVAL, result(write(fd, "", 0)));
	memset(text, '0', sizeof(text));
	EXPECT_EQ(-EINVAL, result(write(fd, text, 8)));
	EXPECT_EQ(-ERANGE, result(write(fd, "2147483648", 10)));
	EXPECT_EQ(-EFAULT, result(write(fd, nowhere, 1)));
	EXPECT_EQ(-ESPIPE, result(lseek(fd, 0, SEEK_SET)));
	check_state(fd);
	close(fd);
}

static short polled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	poll(&p, 1, 0);
	return p.revents;
}

static void *poll_in(void *arg)
{
	struct pollfd p = { .fd = *(int *)arg, .events = POLLIN };

	poll(&p, 1, -1);
	return (void *)(long)p.revents;
}

TEST_F(handle, poll)
{
	int fd = self->a.fd;
	pthread_t thread;
	void *events;

	ASSERT_EQ(0, configure(fd, KSEM_SET_MAX, .max = 2));
	EXPECT_EQ(POLLOUT, polled(fd));
	EXPECT_EQ(0, give(fd, 1));
	EXPECT_EQ(POLLIN | POLLOUT, polled(fd));
	EXPECT_EQ(0, give(fd, 1));
	EXPECT_EQ(POLLIN, polled(fd));
	EXPECT_EQ(0, take(fd, 2));

	pthread_create(&thread, NULL, poll_in, &self->a.fd);
	EXPECT_EQ(0, give(fd, 1));
	pthread_join(thread, &events);
	EXPECT_EQ(POLLIN, (long)events);
	EXPECT_EQ(0, take(fd, 1));

	pthread_create(&thread, NULL, poll_in, &self->a.fd);
	EXPECT_EQ(0, put(&self->a, "shutdown", "1"));
	pthread_join(thread, &events);
	EXPECT_EQ(POLLERR | POLLHUP, (long)events & (POLLERR | POLLHUP));
}

/* A unit for which a waiter queues is none for a poller. */
TEST_F(handle, poll_behind_a_waiter)
{
	struct ksem_ioc_wait two = { .units = 2 };
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_WAIT,
			    .arg = (long)&two };

	waiter_start(&w);
	EXPECT_EQ(0, give(self->a.fd, 1));
	EXPECT_EQ(POLLOUT, polled(self->a.fd));
	EXPECT_EQ(0, give(self->a.fd, 2));
	EXPECT_EQ(0, waiter_end(&w));
	EXPECT_EQ(POLLIN | POLLOUT, polled(self->a.fd));
	check_state(self->a.fd, .value = 1);
}

TEST_F(handle, signals)
{
	struct ksem_ioc_wait wait = {
		.units = 1, .flags = KSEM_WAIT_TIMEOUT,
		.clock = CLOCK_REALTIME, .timeout = 3600000000000LL,
	};
	struct waiter t = { .fd = self->a.fd, .command = KSEM_IOC_TAKE,
			    .arg = 1 };
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_WAIT,
			    .arg = (long)&wait };
	__s64 before = now(CLOCK_MONOTONIC);

	handle_signal(0);
	waiter_start(&t);
	pthread_kill(t.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, waiter_end(&t));
	waiter_start(&w);
	pthread_kill(w.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, waiter_end(&w));
	/* The same request waits for the rest of the time only. */
	EXPECT_EQ(KSEM_WAIT_DEADLINE, wait.flags);
	EXPECT_EQ(CLOCK_MONOTONIC, wait.clock);
	EXPECT_LE(before + 3600000000000LL, wait.timeout);
	EXPECT_GE(now(CLOCK_MONOTONIC) + 3600000000000LL, wait.timeout);
	EXPECT_EQ(0, wait.taken);

	handle_signal(SA_RESTART);
	waiter_start(&w);
	waiter_start(&t);
	pthread_kill(w.thread, SIGUSR1);
	pthread_kill(t.thread, SIGUSR1);
	EXPECT_EQ(0, give(self->a.fd, 2));
	EXPECT_EQ(0, waiter_end(&w));
	EXPECT_EQ(0, waiter_end(&t));
	EXPECT_EQ(1, wait.taken);

	wait.flags |= KSEM_WAIT_NORESTART;
	waiter_start(&w);
	pthread_kill(w.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, waiter_end(&w));
	check_state(self->a.fd);
}

/* Another thread makes the request void, so that its restart ends. */
TEST_F(handle, void_request)
{
	struct ksem_ioc_wait wait = { .units = 1 };
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_WAIT,
			    .arg = (long)&wait };

	handle_signal(SA_RESTART);
	waiter_start(&w);
	wait.flags = -1;
	pthread_kill(w.thread, SIGUSR1);
	EXPECT_EQ(-EINVAL, waiter_end(&w));
	check_state(self->a.fd);
}

TEST_F(handle, shutdown)
{
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_TAKE,
			    .arg = 1 };
	int fd = self->a.fd;

	waiter_start(&w);
	EXPECT_EQ(-EINVAL, configure(fd, KSEM_SET_SHUTDOWN | KSEM_SET_VALUE));
	EXPECT_EQ(0, configure(fd, KSEM_SET_SHUTDOWN));
	EXPECT_EQ(-EIDRM, waiter_end(&w));
	EXPECT_EQ(-EIDRM, configure(fd, KSEM_SET_SHUTDOWN));
	EXPECT_EQ(-EIDRM, configure(fd, KSEM_SET_VALUE, .value = 1));
	EXPECT_EQ(-EIDRM, take(fd, 1));
	EXPECT_EQ(-EIDRM, give(fd, 1));
	EXPECT_EQ(-EIDRM, try_take(fd, 1));
	EXPECT_EQ(-EIDRM, wait_for(fd, .units = 1));
	EXPECT_EQ(-EIDRM, post(fd, .units = 1));
	check_state(fd, .flags = KSEM_INFO_MAPPABLE | KSEM_INFO_OWNER |
		    KSEM_INFO_SHUTDOWN);
}

TEST_F(handle, config)
{
	static const struct {
		struct ksem_settings settings;
		int err;
	} bad[] = {
		{ { .set = 0 }, -EINVAL },
		{ { .set = KSEM_SET_MODE }, -EINVAL },
		{ { .set = 0x80000000 }, -EINVAL },
		{ { .set = KSEM_SET_VALUE, .value = 6 }, -EOVERFLOW },
		{ { .set = KSEM_SET_MAX, .max = 0 }, -EINVAL },
		{ { .set = KSEM_SET_MAX, .max = 2 }, -EINVAL },
		{ { .set = KSEM_SET_MAX, .max = -1 }, -EINVAL },
		{ { .set = KSEM_SET_ORDER, .order = 2 }, -EINVAL },
		{ { .set = KSEM_SET_FAIR, .fair = 2 }, -EINVAL },
		{ { .set = KSEM_SET_RECORD, .record = 2 }, -EINVAL },
		{ { .set = KSEM_SET_UNDO, .undo = 2 }, -EINVAL },
		{ { .set = KSEM_SET_MAPPABLE, .mappable = 2 }, -EINVAL },
		{ { .set = KSEM_SET_VALUE | KSEM_SET_MAX, .value = 9,
		    .max = 8 }, -EOVERFLOW },
		/* The rest of it is right, and nothing of it is done. */
		{ { .set = KSEM_SET_VALUE | KSEM_SET_FAIR | KSEM_SET_UNDO,
		    .value = 1, .undo = 2 }, -EINVAL },
	};
	int fd = self->a.fd, later;
	unsigned int i;

	ASSERT_EQ(0, configure(fd, KSEM_SET_VALUE | KSEM_SET_MAX, .value = 3,
			       .max = 5));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct ksem_settings settings = bad[i].settings;

		EXPECT_EQ(bad[i].err,
			  request(fd, KSEM_IOC_CONFIG, settings)) {
			TH_LOG("bad[%u]", i);
		}
		check_state(fd, .value = 3, .max = 5);
	}
	EXPECT_EQ(0, configure(fd, KSEM_SET_VALUE | KSEM_SET_MAX |
			       KSEM_SET_ORDER | KSEM_SET_FAIR |
			       KSEM_SET_RECORD | KSEM_SET_UNDO |
			       KSEM_SET_MAPPABLE,
			       .value = 7, .max = 8, .undo = 1, .record = 1,
			       .order = KSEM_ORDER_PRIORITY));
	check_state(fd, .value = 7, .max = 8, .flags = KSEM_INFO_OWNER |
		    KSEM_INFO_PRIORITY | KSEM_INFO_UNFAIR | KSEM_INFO_RECORD);
	EXPECT_EQ(KSEM_MAP_FORBIDDEN, info(fd).map);
	EXPECT_STREQ("priority", get(&self->a, "order"));
	EXPECT_STREQ("0", get(&self->a, "fair"));
	EXPECT_STREQ("1", get(&self->a, "undo"));
	EXPECT_STREQ("0", get(&self->a, "mappable"));
	later = sem_open_as(&self->a, O_RDWR);
	EXPECT_EQ(KSEM_INFO_UNDO, info(later).flags & KSEM_INFO_UNDO);
	EXPECT_EQ(KSEM_MAP_UNDO, info(later).map);
	close(later);
}

/* Settings that a thread leaves for the next semaphore that it makes. */
TEST_F(handle, next)
{
	struct ksem_settings next = {
		.set = KSEM_SET_VALUE | KSEM_SET_MAX | KSEM_SET_MODE |
		       KSEM_SET_ORDER,
		.value = 2, .max = 3, .mode = 0640,
		.order = KSEM_ORDER_PRIORITY,
	};
	struct ksem_settings bad = { .set = KSEM_SET_VALUE | KSEM_SET_MAX,
				     .value = 4, .max = 3 };
	struct ksem_settings shutdown = { .set = KSEM_SET_SHUTDOWN };
	struct ksem_settings mode = { .set = KSEM_SET_MODE, .mode = 01000 };
	struct ksem_settings none = { .set = 0 };
	int control = open(KSEM_CONTROL, O_RDWR | O_CLOEXEC);
	struct sem c;
	struct stat st;

	ASSERT_LE(0, control);
	EXPECT_EQ(0, request(control, KSEM_IOC_NEXT, next));
	ASSERT_EQ(0, sem_make(&c, 'c'));
	check_state(c.fd, .value = 2, .max = 3, .flags = KSEM_INFO_MAPPABLE |
		    KSEM_INFO_OWNER | KSEM_INFO_PRIORITY);
	EXPECT_EQ(0, fstat(c.fd, &st));
	EXPECT_EQ(0640, st.st_mode & 07777);
	sem_end(&c);
	/* For one only. */
	ASSERT_EQ(0, sem_make(&c, 'c'));
	check_state(c.fd);
	sem_end(&c);

	EXPECT_EQ(0, request(control, KSEM_IOC_NEXT, bad));
	EXPECT_EQ(-EOVERFLOW, sem_make(&c, 'c'));
	EXPECT_EQ(0, request(control, KSEM_IOC_NEXT, next));
	EXPECT_EQ(0, request(control, KSEM_IOC_NEXT, none));
	ASSERT_EQ(0, sem_make(&c, 'c'));
	check_state(c.fd);
	sem_end(&c);

	EXPECT_EQ(-EINVAL, request(control, KSEM_IOC_NEXT, shutdown));
	EXPECT_EQ(-EINVAL, request(control, KSEM_IOC_NEXT, mode));
	EXPECT_EQ(-EFAULT, result(ioctl(control, KSEM_IOC_NEXT, 0)));
	EXPECT_EQ(-EINVAL, request(control, sized(KSEM_IOC_NEXT, 8), next));
	EXPECT_EQ(-ENOTTY, result(ioctl(control, KSEM_IOC_TAKE, 1)));
	EXPECT_EQ(-ENOTTY, request(self->a.fd, KSEM_IOC_NEXT, next));

	EXPECT_EQ(0, request(control, KSEM_IOC_NEXT, next));
	close(control);
	ASSERT_EQ(0, sem_make(&c, 'c'));
	check_state(c.fd);
	sem_end(&c);
}

/* A handle goes on after rmdir. */
TEST_F(handle, removal)
{
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_TAKE,
			    .arg = 1 };
	int fd = self->a.fd, control, status;
	struct ksem_ioc_info old;
	struct sem again;
	pid_t child;

	waiter_start(&w);
	EXPECT_EQ(0, sem_rmdir(&self->a));
	EXPECT_EQ(-ENOENT, sem_open_as(&self->a, O_RDWR));
	EXPECT_EQ(0, give(fd, 2));
	EXPECT_EQ(0, waiter_end(&w));
	check_state(fd, .value = 1);
	EXPECT_EQ(-ENXIO, result(ioctl(fd, KSEM_IOC_AGAIN, 0)));
	EXPECT_EQ(-ENOENT, result(ioctl(fd, KSEM_IOC_REMOVE, 0)));
	old = info(fd);
	/* The name is another one's now. */
	ASSERT_EQ(0, sem_make(&again, 'a'));
	EXPECT_LT(old.id, info(again.fd).id);
	check_state(again.fd);
	check_state(fd, .value = 1);

	/* By request, and not while a task waits in the files. */
	child = fork();
	if (!child) {
		get(&again, "wait");
		_exit(0);
	}
	until(info(again.fd).waiters == 1);
	EXPECT_EQ(-EBUSY, result(ioctl(again.fd, KSEM_IOC_REMOVE, 0)));
	EXPECT_EQ(0, give(again.fd, 1));
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, result(ioctl(again.fd, KSEM_IOC_REMOVE,
				  (__u32)info(again.fd).id)));
	EXPECT_EQ(-ENOENT, sem_open_as(&again, O_RDWR));
	EXPECT_EQ(0, give(again.fd, 1));
	check_state(again.fd, .value = 1);
	sem_end(&again);
	control = open(KSEM_CONTROL, O_RDWR);
	EXPECT_LE(0, control);
	close(control);
}

TEST_F(handle, again)
{
	int fd = result(ioctl(self->a.fd, KSEM_IOC_AGAIN,
			      (__u32)info(self->a.fd).id));

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_RDWR, fcntl(fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(info(self->a.fd).id, info(fd).id);
	EXPECT_EQ(0, give(fd, 1));
	EXPECT_EQ(0, wait_for(fd, .units = 1, .flags = KSEM_WAIT_UNDO));
	check_state(fd, .undo = 1);
	check_state(self->a.fd);
	close(fd);
	check_state(self->a.fd, .value = 1);
}

/* Who is blocked, in order. */
TEST_F(handle, waiters)
{
	struct ksem_ioc_wait two = { .units = 2 };
	struct ksem_ioc_op any_ops[] = {
		{ .fd = self->a.fd, .units = 3 },
		{ .fd = self->b.fd, .units = 1 },
	};
	struct ksem_ioc_op all_ops[] = {
		{ .fd = self->a.fd, .op = KSEM_OP_WAIT, .units = 4 },
	};
	struct ksem_ioc_multi any = {
		.ops = (long)any_ops, .nr = 2, .op_size = sizeof(*any_ops),
	};
	struct ksem_ioc_multi all = {
		.ops = (long)all_ops, .nr = 1, .op_size = sizeof(*all_ops),
	};
	struct waiter w[] = {
		{ .fd = self->a.fd, .command = KSEM_IOC_WAIT,
		  .arg = (long)&two },
		{ .fd = self->a.fd, .command = KSEM_IOC_ANY,
		  .arg = (long)&any },
		{ .fd = self->a.fd, .command = KSEM_IOC_ALL,
		  .arg = (long)&all },
	};
	struct ksem_ioc_waiter told[4] = {};
	struct ksem_ioc_waiters req = {
		.waiters = (long)told, .nr = 4, .waiter_size = sizeof(*told),
	};
	unsigned int i;

	EXPECT_EQ(0, request(self->a.fd, KSEM_IOC_WAITERS, req));
	EXPECT_EQ(0, req.total);
	EXPECT_EQ(0, req.nr);
	for (i = 0; i < ARRAY_SIZE(w); i++)
		waiter_start(&w[i]);
	req.nr = 4;
	EXPECT_EQ(0, request(self->a.fd, KSEM_IOC_WAITERS, req));
	EXPECT_EQ(3, req.total);
	ASSERT_EQ(3, req.nr);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(getpid(), told[i].pid);
		EXPECT_EQ(w[i].tid, told[i].tid);
		EXPECT_EQ(i + 2, told[i].units);
		EXPECT_EQ(i, told[i].way);
		EXPECT_EQ(0, told[i].flags);
		EXPECT_LT(0, told[i].ns);
		EXPECT_STREQ("handle", told[i].comm);
	}
	/* Room for one. */
	memset(told, 0xff, sizeof(told));
	req.nr = 1;
	EXPECT_EQ(0, request(self->a.fd, KSEM_IOC_WAITERS, req));
	EXPECT_EQ(1, req.nr);
	EXPECT_EQ(3, req.total);
	EXPECT_EQ(-1, told[1].pid);
	EXPECT_EQ(2, info(self->a.fd).for_units - info(self->a.fd).for_zero -
		  1);
	req.nr = 1;
	req.waiters = 0;
	EXPECT_EQ(-EFAULT, request(self->a.fd, KSEM_IOC_WAITERS, req));
	req.waiter_size = 8;
	EXPECT_EQ(-EINVAL, request(self->a.fd, KSEM_IOC_WAITERS, req));

	EXPECT_EQ(0, put(&self->a, "shutdown", "1"));
	for (i = 0; i < ARRAY_SIZE(w); i++)
		EXPECT_EQ(-EIDRM, waiter_end(&w[i]));
}

/* With "record", INFO tells who operated last, and when. */
TEST_F(handle, record)
{
	struct ksem_ioc_info is;
	int fd = self->a.fd;
	long long start = now(CLOCK_REALTIME) / 1000000000 - 1;
	pid_t child;
	int status;

	EXPECT_EQ(0, give(fd, 1));
	is = info(fd);
	EXPECT_EQ(0, is.op_time);
	EXPECT_EQ(0, is.pid);
	EXPECT_EQ(getuid(), is.uid);
	EXPECT_EQ(getgid(), is.gid);
	EXPECT_EQ(0, put(&self->a, "record", "1"));
	child = fork();
	if (!child)
		_exit(take(fd, 1) ? 1 : 0);
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	is = info(fd);
	EXPECT_EQ(child, is.pid);
	EXPECT_LE(start, is.op_time);
	EXPECT_EQ(0, is.set_time);
	EXPECT_EQ(0, put(&self->a, "value", "1"));
	is = info(fd);
	EXPECT_LE(start, is.set_time);
	EXPECT_EQ(getpid(), is.pid);
	/* A waiter operates when it is handed its units. */
	EXPECT_EQ(0, take(fd, 1));
	child = fork();
	if (!child)
		_exit(take(fd, 1) ? 1 : 0);
	until(info(fd).waiters == 1);
	EXPECT_EQ(0, give(fd, 1));
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(child, info(fd).pid);
	EXPECT_EQ(0, put(&self->a, "record", "0"));
	EXPECT_EQ(0, give(fd, 1));
	check_state(fd, .value = 1);
}

TEST_F(handle, fdinfo)
{
	struct ksem_ioc_info is = info(self->a.fd);
	char file[64], want[128];
	const char *text;

	EXPECT_EQ(0, give(self->a.fd, 3));
	EXPECT_EQ(0, wait_for(self->a.fd, .units = 2,
			      .flags = KSEM_WAIT_UNDO));
	snprintf(file, sizeof(file), "/proc/self/fdinfo/%d", self->a.fd);
	text = get_from(file);
	snprintf(want, sizeof(want), "ksem-name:\t%s\nksem-id:\t%llu\n",
		 self->a.name, (unsigned long long)is.id);
	EXPECT_NE(NULL, strstr(text, want));
	EXPECT_NE(NULL, strstr(text, "ksem-handle:\t"));
	EXPECT_NE(NULL, strstr(text, "ksem-undo:\t2"));
	EXPECT_EQ(NULL, strstr(text, "ksem-holder"));
}

/* /sys/class/ksem/NAME. */
TEST_F(handle, statistics)
{
	static const struct {
		const char *file, *text;
	} want[] = {
		{ "value", "1" }, { "max", "2147483647" }, { "waiters", "0" },
		{ "acquired", "3" }, { "posted", "4" }, { "contended", "2" },
		{ "timeouts", "1" }, { "interrupted", "0" },
	};
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_TAKE,
			    .arg = 1 };
	struct pollfd p = { .events = POLLPRI };
	char text[16];
	unsigned int i;

	EXPECT_EQ(0, give(self->a.fd, 2));
	EXPECT_EQ(0, take(self->a.fd, 2));
	waiter_start(&w);
	EXPECT_EQ(0, give(self->a.fd, 2));
	EXPECT_EQ(0, waiter_end(&w));
	EXPECT_EQ(-ETIMEDOUT, put(&self->a, "timedwait", "1us 2"));
	for (i = 0; i < ARRAY_SIZE(want); i++)
		EXPECT_STREQ(want[i].text,
			     get_from(path(KSEM_CLASS, &self->a,
					   want[i].file)));
	EXPECT_LT(0, atoll(get_from(path(KSEM_CLASS, &self->a,
					 "wait_ns_max"))));
	EXPECT_LE(atoll(get_from(path(KSEM_CLASS, &self->a, "wait_ns_max"))),
		  atoll(get_from(path(KSEM_CLASS, &self->a,
				      "wait_ns_total"))));

	p.fd = open(path(KSEM_CLASS, &self->a, "value"), O_RDONLY);
	EXPECT_LT(0, read(p.fd, text, sizeof(text)));
	EXPECT_EQ(0, poll(&p, 1, 0));
	EXPECT_EQ(0, take(self->a.fd, 1));
	EXPECT_EQ(1, poll(&p, 1, -1));
	EXPECT_EQ(POLLPRI | POLLERR, p.revents);
	EXPECT_LT(0, pread(p.fd, text, sizeof(text), 0));
	EXPECT_EQ('0', text[0]);
	close(p.fd);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/* The files in configfs: what they say, take and refuse. */
#include "util.h"

FIXTURE(files) {
	struct sem a, b;
};

FIXTURE_SETUP(files)
{
	if (access(KSEM_DIR, F_OK))
		SKIP(return, "no " KSEM_DIR);
	ASSERT_EQ(0, sem_make(&self->a, 'a'));
	ASSERT_EQ(0, sem_make(&self->b, 'b'));
}

FIXTURE_TEARDOWN(files)
{
	sem_end(&self->a);
	sem_end(&self->b);
}

#define PUT(_file, _text)	put(&self->a, _file, _text)
#define GET(_file)		get(&self->a, _file)

/* A thread that reads or writes a file, which blocks. */
struct file_waiter {
	struct sem	*sem;
	const char	*file;
	const char	*text;	/* NULL: reads */
	char		answer[8];
	pthread_t	thread;
	int		err;
};

static void *file_waiter_run(void *arg)
{
	struct file_waiter *w = arg;

	if (w->text)
		w->err = put(w->sem, w->file, w->text);
	else
		snprintf(w->answer, sizeof(w->answer), "%.7s",
			 get(w->sem, w->file));
	return NULL;
}

static void file_waiter_start(struct file_waiter *w)
{
	unsigned int before = info(w->sem->fd).waiters;

	pthread_create(&w->thread, NULL, file_waiter_run, w);
	until(info(w->sem->fd).waiters > before);
}

static int file_waiter_end(struct file_waiter *w)
{
	pthread_join(w->thread, NULL);
	return w->err;
}

TEST_F(files, defaults)
{
	static const struct {
		const char *name, *text;
		mode_t mode;
	} files[] = {
		{ "value", "0", 0644 },
		{ "max", "2147483647", 0644 },
		{ "wait", NULL, 0600 },
		{ "trywait", "-11", 0600 },	/* EAGAIN */
		{ "timedwait", NULL, 0200 },
		{ "post", NULL, 0200 },
		{ "waiters", "0", 0444 },
		{ "order", "fifo", 0644 },
		{ "fair", "1", 0644 },
		{ "record", "0", 0644 },
		{ "shutdown", "0", 0644 },
		{ "undo", "0", 0644 },
		{ "mappable", "1", 0644 },
	};
	struct stat st;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		ASSERT_EQ(0, stat(path(KSEM_DIR, &self->a, files[i].name),
				  &st));
		EXPECT_EQ(files[i].mode, st.st_mode & 07777);
		if (files[i].text)
			EXPECT_STREQ(files[i].text, GET(files[i].name));
	}
	check_state(self->a.fd);
}

TEST_F(files, numbers)
{
	EXPECT_EQ(0, PUT("value", "3"));
	EXPECT_STREQ("3", GET("value"));
	EXPECT_EQ(0, PUT("value", "0000000000000000004\n"));
	EXPECT_STREQ("4", GET("value"));
	EXPECT_EQ(0, PUT("value", "2147483647"));
	check_state(self->a.fd, .value = KSEM_VALUE_MAX);
}

/* Text that is refused changes nothing. */
TEST_F(files, bad_text)
{
	static const char * const numbers[] = {
		"value", "max", "wait", "trywait", "timedwait", "post", "fair",
		"record", "shutdown", "undo", "mappable",
	};
	static const char * const bad[] = {
		"\n", " ", "x", "-1", "+1", " 1", "1 ", "1\n\n", "1\r\n",
		"0x1", "1e3", "1,5", "1x", "\xff", "%d",
	};
	static const struct {
		const char *file, *text;
		int err;
	} special[] = {
		{ "value", "2147483648", -ERANGE },
		{ "value", "18446744073709551617", -ERANGE },
		{ "value", "6", -EOVERFLOW },
		{ "max", "0", -EINVAL },
		{ "max", "2", -EINVAL },
		{ "max", "2147483648", -ERANGE },
		{ "wait", "0", -EINVAL },
		{ "wait", "6", -ERANGE },
		{ "trywait", "0", -EINVAL },
		{ "trywait", "4", -EAGAIN },
		{ "trywait", "6", -ERANGE },
		{ "post", "0", -EINVAL },
		{ "post", "3", -EOVERFLOW },
		{ "post", "4294967297", -ERANGE },
		{ "order", "lifo", -EINVAL },
		{ "order", "fifo ", -EINVAL },
		{ "fair", "2", -EINVAL },
		{ "record", "2", -EINVAL },
		{ "shutdown", "0", -EINVAL },
		{ "shutdown", "2", -EINVAL },
		{ "undo", "2", -EINVAL },
		{ "mappable", "2", -EINVAL },
		{ "timedwait", "1.", -EINVAL },
		{ "timedwait", ".5", -EINVAL },
		{ "timedwait", "1 s", -EINVAL },
		{ "timedwait", "1w", -EINVAL },
		{ "timedwait", "1ms0", -EINVAL },
		{ "timedwait", "1ms 0", -EINVAL },
		{ "timedwait", "1ms 6", -ERANGE },
		{ "timedwait", "293000000000", -ERANGE },
		{ "timedwait", "99999999999999999999d", -ERANGE },
		{ "timedwait", "0 4", -ETIMEDOUT },
	};
	char long_text[5000];
	unsigned int i, j;

	ASSERT_EQ(0, configure(self->a.fd, KSEM_SET_VALUE | KSEM_SET_MAX,
			       .value = 3, .max = 5));
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		const char *file = path(KSEM_DIR, &self->a, numbers[i]);

		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			EXPECT_EQ(-EINVAL, PUT(numbers[i], bad[j])) {
				TH_LOG("%s: '%s'", numbers[i], bad[j]);
			}
		}
		EXPECT_EQ(-EINVAL, put_bytes(file, "1\0", 2));
		EXPECT_EQ(-EINVAL, put_bytes(file, "\0", 1));
		/* configfs cuts it, so its end may be missing. */
		memset(long_text, '0', sizeof(long_text));
		long_text[4094] = '1';
		EXPECT_EQ(-EINVAL, put_bytes(file, long_text, 4095));
		EXPECT_EQ(-EINVAL, put_bytes(file, long_text, 5000));
		check_state(self->a.fd, .value = 3, .max = 5);
	}
	EXPECT_EQ(-EINVAL, put_bytes(path(KSEM_DIR, &self->a, "order"),
				     "fifo\0", 5));
	for (i = 0; i < ARRAY_SIZE(special); i++) {
		EXPECT_EQ(special[i].err,
			  PUT(special[i].file, special[i].text)) {
			TH_LOG("%s: '%s'", special[i].file, special[i].text);
		}
		check_state(self->a.fd, .value = 3, .max = 5);
	}
}

TEST_F(files, wait_and_post)
{
	EXPECT_EQ(0, PUT("post", "5"));
	EXPECT_STREQ("1", GET("wait"));
	EXPECT_STREQ("1", GET("trywait"));
	check_state(self->a.fd, .value = 3);
	EXPECT_EQ(0, PUT("wait", "2"));
	EXPECT_EQ(0, PUT("trywait", "1\n"));
	EXPECT_EQ(-EAGAIN, PUT("trywait", "1"));
	EXPECT_STREQ("-11", GET("trywait"));
	check_state(self->a.fd, .value = 0);
	/* Not even root does what a file isn't for. */
	EXPECT_STREQ("-13", GET("post"));
	EXPECT_STREQ("-13", GET("timedwait"));
	EXPECT_EQ(-EACCES, PUT("waiters", "1"));
}

/* One open file is one operation a write, and one a read. */
TEST_F(files, kept_open)
{
	int fd = open(path(KSEM_DIR, &self->a, "post"), O_WRONLY);
	char text[8];
	int i;

	for (i = 0; i < 3; i++)
		EXPECT_EQ(1, write(fd, "1", 1));
	close(fd);
	check_state(self->a.fd, .value = 3);
	fd = open(path(KSEM_DIR, &self->a, "wait"), O_RDONLY);
	EXPECT_EQ(2, read(fd, text, sizeof(text)));
	EXPECT_EQ(0, read(fd, text, sizeof(text)));
	EXPECT_EQ(2, pread(fd, text, sizeof(text), 0));
	close(fd);
	check_state(self->a.fd, .value = 2);
}

TEST_F(files, timedwait)
{
	static const char * const durations[] = {
		"0", "0.5", "1ns", "1us", "1ms", "1s", "1m", "1h", "1d",
		"1.000000000999s", "106751d", "9223372036s\n", "7ms 1\n",
	};
	long long start = now(CLOCK_MONOTONIC);
	unsigned int i;

	EXPECT_EQ(-ETIMEDOUT, PUT("timedwait", "0"));
	EXPECT_EQ(-ETIMEDOUT, PUT("timedwait", "20ms"));
	EXPECT_LE(20000000, now(CLOCK_MONOTONIC) - start);
	check_state(self->a.fd);

	/* The units are there, so none of them sleeps. */
	ASSERT_EQ(0, PUT("value", "13"));
	for (i = 0; i < ARRAY_SIZE(durations); i++)
		EXPECT_EQ(0, PUT("timedwait", durations[i]));
	check_state(self->a.fd);

	EXPECT_EQ(0, PUT("value", "2"));
	EXPECT_EQ(-ETIMEDOUT, PUT("timedwait", "1ms 3"));
	EXPECT_EQ(0, PUT("timedwait", "1ms 2"));
	check_state(self->a.fd);
}

TEST_F(files, blocked)
{
	struct file_waiter r = { &self->a, "wait" };
	struct file_waiter w = { &self->a, "wait", "3" };
	struct file_waiter t = { &self->a, "timedwait", "1h" };

	file_waiter_start(&r);
	file_waiter_start(&w);
	file_waiter_start(&t);
	EXPECT_STREQ("3", GET("waiters"));
	check_state(self->a.fd, .waiters = 3);

	EXPECT_EQ(-EBUSY, sem_rmdir(&self->a));
	EXPECT_EQ(-EBUSY, PUT("order", "priority"));
	EXPECT_EQ(-EBUSY, PUT("max", "2"));
	EXPECT_EQ(0, PUT("max", "3"));

	EXPECT_EQ(0, PUT("post", "1"));
	EXPECT_EQ(0, file_waiter_end(&r));
	EXPECT_STREQ("1", r.answer);
	check_state(self->a.fd, .waiters = 2, .max = 3);
	/* Units are saved up for the first waiter. */
	EXPECT_EQ(0, PUT("post", "2"));
	check_state(self->a.fd, .value = 2, .waiters = 2, .max = 3);
	EXPECT_EQ(-EAGAIN, PUT("trywait", "1"));
	EXPECT_EQ(0, PUT("post", "1"));
	EXPECT_EQ(0, file_waiter_end(&w));
	check_state(self->a.fd, .waiters = 1, .max = 3);
	EXPECT_EQ(0, PUT("value", "2"));
	EXPECT_EQ(0, file_waiter_end(&t));
	check_state(self->a.fd, .value = 1, .max = 3);
	EXPECT_EQ(0, PUT("order", "priority"));
	EXPECT_STREQ("priority", GET("order"));
	EXPECT_EQ(0, sem_rmdir(&self->a));
}

TEST_F(files, signals)
{
	struct file_waiter w = { &self->a, "wait", "1" };
	struct file_waiter t = { &self->a, "timedwait", "1h" };
	pid_t child;
	int status;

	handle_signal(0);
	file_waiter_start(&w);
	pthread_kill(w.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, file_waiter_end(&w));
	/* With SA_RESTART a wait goes on, and a timed one doesn't. */
	handle_signal(SA_RESTART);
	file_waiter_start(&w);
	pthread_kill(w.thread, SIGUSR1);
	file_waiter_start(&t);
	pthread_kill(t.thread, SIGUSR1);
	EXPECT_EQ(-EINTR, file_waiter_end(&t));
	EXPECT_EQ(0, PUT("post", "1"));
	EXPECT_EQ(0, file_waiter_end(&w));
	check_state(self->a.fd);

	child = fork();
	if (!child) {
		GET("wait");
		_exit(0);
	}
	until(info(self->a.fd).waiters == 1);
	kill(child, SIGKILL);
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(0, PUT("post", "1"));
	check_state(self->a.fd, .value = 1);
}

TEST_F(files, shutdown)
{
	static const char * const changing[] = {
		"value", "max", "wait", "trywait", "post", "timedwait", "fair",
		"record",
	};
	struct file_waiter w = { &self->a, "wait", "2" };
	unsigned int i;

	ASSERT_EQ(0, PUT("value", "1"));
	file_waiter_start(&w);
	EXPECT_EQ(0, PUT("shutdown", "1"));
	EXPECT_EQ(-EIDRM, file_waiter_end(&w));
	for (i = 0; i < ARRAY_SIZE(changing); i++)
		EXPECT_EQ(-EIDRM, PUT(changing[i], "1"));
	EXPECT_EQ(-EIDRM, PUT("order", "fifo"));
	EXPECT_EQ(0, PUT("shutdown", "1"));
	EXPECT_STREQ("1", GET("shutdown"));
	check_state(self->a.fd, .value = 1, .flags = KSEM_INFO_MAPPABLE |
		    KSEM_INFO_OWNER | KSEM_INFO_SHUTDOWN);
}

TEST_F(files, removed)
{
	int fd = open(path(KSEM_DIR, &self->a, "value"), O_RDWR);
	char text[8];

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, sem_rmdir(&self->a));
	EXPECT_EQ(-ENOENT, result(read(fd, text, sizeof(text))));
	EXPECT_EQ(-ENOENT, result(write(fd, "1", 1)));
	close(fd);
	EXPECT_EQ(-ENOENT, sem_open_as(&self->a, O_RDWR));
	EXPECT_EQ(-ENOENT, sem_rmdir(&self->a));
}

TEST_F(files, names)
{
	char name[sizeof(KSEM_DIR) + 300] = KSEM_DIR;
	char *p = name + strlen(KSEM_DIR);
	struct stat st;

	EXPECT_EQ(-EEXIST, result(mkdir(path(KSEM_DIR, &self->a, ""), 0755)));
	strcpy(p, "kselftest!");
	EXPECT_EQ(-EINVAL, result(mkdir(name, 0755)));
	strcpy(p, "kselftest\n");
	EXPECT_EQ(-EINVAL, result(mkdir(name, 0755)));
	strcpy(p, "kselftest\x7f");
	EXPECT_EQ(-EINVAL, result(mkdir(name, 0755)));
	strcpy(p, ".control");
	EXPECT_EQ(-EEXIST, result(mkdir(name, 0755)));
	memset(p, 'k', 256);
	p[256] = 0;
	EXPECT_EQ(-ENAMETOOLONG, result(mkdir(name, 0755)));
	p[255] = 0;
	EXPECT_EQ(0, result(mkdir(name, 0755)));
	EXPECT_EQ(0, result(rmdir(name)));
	strcpy(p, "kselftest \xc3\xa4#%s");
	EXPECT_EQ(0, result(mkdir(name, 0755)));
	EXPECT_EQ(0, stat("/dev/ksem/kselftest \xc3\xa4#%s", &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0600, st.st_mode & 07777);
	EXPECT_EQ(0, result(rmdir(name)));
}

TEST_HARNESS_MAIN

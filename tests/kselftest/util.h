/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests share: a semaphore, its files, its handle and its whole state. */
#ifndef KSEM_UTIL_H
#define KSEM_UTIL_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/ksem.h>
#include "kselftest_harness.h"

/* Only to end what hangs: a busy machine may take as long as it likes. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	600

#define KSEM_DIR	"/sys/kernel/config/ksem/"
#define KSEM_DEV	"/dev/ksem/"
#define KSEM_CLASS	"/sys/class/ksem/"

/* As root; ksem can be a module, and not every system mounts configfs. */
static __attribute__((constructor)) void get_ready(void)
{
	if (!access(KSEM_DIR, F_OK))
		return;
	if (system("modprobe -q ksem 2>/dev/null"))
		printf("# modprobe ksem failed; is it built in?\n");
	mount("configfs", "/sys/kernel/config", "configfs", 0, NULL);
}

/* Waits for what has to come, however long it takes. */
#define until(_condition)	do { usleep(1000); } while (!(_condition))

/* Results are 0 or a count, or an error as in the kernel. */
#define result(_call)	({ long _r = (_call); _r < 0 ? -errno : (int)_r; })

struct sem {
	char	name[32];
	int	fd;
};

static inline const char *path(const char *dir, const struct sem *sem,
			       const char *file)
{
	static __thread char text[4][320];
	static __thread int turn;
	char *p = text[turn++ % 4];

	snprintf(p, sizeof(text[0]), "%s%s/%s", dir, sem->name, file);
	if (!*file)
		p[strlen(p) - 1] = 0;
	return p;
}

static inline int sem_open_as(const struct sem *sem, int flags)
{
	return result(open(path(KSEM_DEV, sem, ""), flags | O_CLOEXEC));
}

/* A semaphore of this test's own, and a handle of it. */
static inline int sem_make(struct sem *sem, char letter)
{
	snprintf(sem->name, sizeof(sem->name), "kselftest-%d-%c", getpid(),
		 letter);
	if (mkdir(path(KSEM_DIR, sem, ""), 0755))
		return -errno;
	sem->fd = sem_open_as(sem, O_RDWR);
	return sem->fd < 0 ? sem->fd : 0;
}

static inline int sem_rmdir(const struct sem *sem)
{
	return result(rmdir(path(KSEM_DIR, sem, "")));
}

static inline void sem_end(struct sem *sem)
{
	close(sem->fd);
	sem_rmdir(sem);
}

static inline int put_bytes(const char *file, const void *text, size_t len)
{
	int fd = open(file, O_WRONLY);
	int ret;

	if (fd < 0)
		return -errno;
	ret = result(write(fd, text, len));
	close(fd);
	return ret < 0 ? ret : 0;
}

static inline int put(const struct sem *sem, const char *file, const char *text)
{
	return put_bytes(path(KSEM_DIR, sem, file), text, strlen(text));
}

/* What a file says, without the newline; or the error as a number. */
static inline const char *get_from(const char *file)
{
	static __thread char text[4][4096];
	static __thread int turn;
	char *p = text[turn++ % 4];
	int fd = open(file, O_RDONLY);
	int len = fd < 0 ? -errno : result(read(fd, p, sizeof(text[0]) - 1));

	if (len < 0)
		snprintf(p, sizeof(text[0]), "%d", len);
	else
		p[len] = 0;
	if (len > 0 && p[len - 1] == '\n')
		p[len - 1] = 0;
	if (fd >= 0)
		close(fd);
	return p;
}

static inline const char *get(const struct sem *sem, const char *file)
{
	return get_from(path(KSEM_DIR, sem, file));
}

static inline int take(int fd, unsigned long n)
{
	return result(ioctl(fd, KSEM_IOC_TAKE, n));
}

static inline int give(int fd, unsigned long n)
{
	return result(ioctl(fd, KSEM_IOC_GIVE, n));
}

#define request(_fd, _command, ...)	\
	result(ioctl(_fd, _command, &(__VA_ARGS__)))
#define wait_for(_fd, ...)	\
	request(_fd, KSEM_IOC_WAIT, (struct ksem_ioc_wait) { __VA_ARGS__ })
#define post(_fd, ...)	\
	request(_fd, KSEM_IOC_POST, (struct ksem_ioc_post) { __VA_ARGS__ })
#define configure(_fd, ...)	\
	request(_fd, KSEM_IOC_CONFIG, (struct ksem_settings) { __VA_ARGS__ })
#define try_take(_fd, _n)	\
	wait_for(_fd, .units = (_n), .flags = KSEM_WAIT_NOWAIT)

/* A request with another size of its structure. */
static inline unsigned long sized(unsigned long command, size_t size)
{
	return (command & ~((unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT)) |
	       (size << _IOC_SIZESHIFT);
}

static inline struct ksem_ioc_info info(int fd)
{
	struct ksem_ioc_info info = { .value = -1 };

	ioctl(fd, KSEM_IOC_INFO, &info);
	return info;
}

/* The whole state that a handle tells of; what isn't named is as after mkdir. */
#define check_state(_fd, ...) do {					\
	struct ksem_ioc_info want = {					\
		.max = KSEM_VALUE_MAX,					\
		.flags = KSEM_INFO_MAPPABLE | KSEM_INFO_OWNER,		\
		##__VA_ARGS__						\
	};								\
	struct ksem_ioc_info is = info(_fd);				\
									\
	EXPECT_EQ(want.value, is.value);				\
	EXPECT_EQ(want.max, is.max);					\
	EXPECT_EQ(want.waiters, is.waiters);				\
	EXPECT_EQ(want.flags, is.flags);				\
	EXPECT_EQ(want.undo, is.undo);					\
} while (0)

/* A thread that makes one request, which is expected to block. */
struct waiter {
	pthread_t	thread;
	int		fd;
	unsigned long	command;
	unsigned long	arg;
	int		prio;
	int		done;
	int		tid;
	int		err;
};

static inline void *waiter_run(void *arg)
{
	struct sched_param param;
	struct waiter *w = arg;

	w->tid = syscall(SYS_gettid);
	param.sched_priority = w->prio;
	if (w->prio)
		pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
	w->err = result(ioctl(w->fd, w->command, w->arg));
	__atomic_store_n(&w->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* The thread sleeps in the kernel. */
static inline int is_asleep(int tid)
{
	char file[64], text[256] = "";
	const char *p;
	int fd;

	snprintf(file, sizeof(file), "/proc/self/task/%d/stat", tid);
	fd = open(file, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	p = strrchr(text, ')');
	return p && p[2] == 'S';
}

/* Returns when it is blocked. */
static inline void waiter_start(struct waiter *w)
{
	unsigned int before = info(w->fd).waiters;

	w->done = 0;
	pthread_create(&w->thread, NULL, waiter_run, w);
	/* It is counted a little before it is in the queues. */
	until(info(w->fd).waiters > before && is_asleep(w->tid));
}

static inline int waiter_end(struct waiter *w)
{
	pthread_join(w->thread, NULL);
	return w->err;
}

static inline int is_done(struct waiter *w)
{
	return __atomic_load_n(&w->done, __ATOMIC_ACQUIRE);
}

static inline void ignore_signal(int signal)
{
}

static inline void handle_signal(int flags)
{
	struct sigaction action = {
		.sa_handler = ignore_signal, .sa_flags = flags,
	};

	sigaction(SIGUSR1, &action, NULL);
}

static inline long long now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

#endif /* KSEM_UTIL_H */

// SPDX-License-Identifier: GPL-2.0-only
/* What an ordinary user may do, and may not. */
#include "util.h"

#include <grp.h>

#define USER	65534

/* The test is that user from here on; root tears down. */
static int become_user(void)
{
	return setgroups(0, NULL) || setresgid(USER, USER, USER) ||
	       setresuid(USER, USER, USER);
}

FIXTURE(perm) {
	struct sem a, b;
	mode_t mode;
};

FIXTURE_SETUP(perm)
{
	struct stat st;

	if (access(KSEM_DIR, F_OK))
		SKIP(return, "no " KSEM_DIR);
	if (getuid())
		SKIP(return, "needs root");
	ASSERT_EQ(0, sem_make(&self->a, 'a'));
	ASSERT_EQ(0, sem_make(&self->b, 'b'));
	ASSERT_EQ(0, stat(KSEM_DIR, &st));
	self->mode = st.st_mode & 07777;
}

FIXTURE_TEARDOWN_PARENT(perm)
{
	chmod(KSEM_DIR, self->mode);
	sem_end(&self->a);
	sem_end(&self->b);
}

TEST_F(perm, defaults)
{
	static const char * const secret[] = {
		"wait", "trywait", "timedwait", "post",
	};
	static const char * const shown[] = {
		"value", "max", "waiters", "order", "fair", "record",
		"shutdown", "undo", "mappable",
	};
	unsigned int i;
	int control;

	ASSERT_EQ(0, become_user());
	for (i = 0; i < ARRAY_SIZE(secret); i++) {
		EXPECT_STREQ("-13", get(&self->a, secret[i]));
		EXPECT_EQ(-EACCES, put(&self->a, secret[i], "1"));
	}
	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		EXPECT_NE('-', get(&self->a, shown[i])[0]);
		EXPECT_EQ(-EACCES, put(&self->a, shown[i], "1"));
	}
	EXPECT_EQ(-EACCES, sem_open_as(&self->a, O_RDONLY));
	EXPECT_EQ(-EACCES, sem_rmdir(&self->a));
	EXPECT_EQ(-EACCES, result(mkdir(KSEM_DIR "kselftest-none", 0755)));
	EXPECT_STREQ("0", get_from(path(KSEM_CLASS, &self->a, "value")));
	/* Settings can be left by everybody, whatever mkdir says then. */
	control = open(KSEM_CONTROL, O_RDWR);
	EXPECT_LE(0, control);
	EXPECT_EQ(0, request(control, KSEM_IOC_NEXT, (struct ksem_settings) {
			.set = KSEM_SET_GROUP, .group = USER }));
	EXPECT_EQ(-EPERM, request(control, KSEM_IOC_NEXT,
				  (struct ksem_settings) {
			.set = KSEM_SET_GROUP, .group = 1 }));
	EXPECT_EQ(-EACCES, result(mkdir(KSEM_DIR "kselftest-none", 0755)));
}

/* The mode of the node is the permission, and only its owner has more. */
TEST_F(perm, not_the_owner)
{
	int fd;

	ASSERT_EQ(0, chmod(path(KSEM_DEV, &self->a, ""), 0666));
	ASSERT_EQ(0, become_user());
	fd = sem_open_as(&self->a, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, give(fd, 2));
	EXPECT_EQ(0, take(fd, 1));
	EXPECT_EQ(-EPERM, configure(fd, KSEM_SET_VALUE, .value = 5));
	EXPECT_EQ(-EPERM, configure(fd, KSEM_SET_SHUTDOWN));
	EXPECT_EQ(-EPERM, result(ioctl(fd, KSEM_IOC_REMOVE, 0)));
	EXPECT_EQ(-EPERM, request(fd, KSEM_IOC_GROUP,
				  (struct ksem_ioc_group) { .members = 1 }));
	EXPECT_EQ(-EPERM, request(fd, KSEM_IOC_JOIN,
				  (struct ksem_ioc_join) { .fd = fd }));
	EXPECT_EQ(0, request(fd, KSEM_IOC_WAITERS,
			     (struct ksem_ioc_waiters) { .waiter_size =
				sizeof(struct ksem_ioc_waiter) }));
	check_state(fd, .value = 1, .flags = KSEM_INFO_MAPPABLE);
	EXPECT_EQ(0, info(fd).uid);
	close(fd);
}

TEST_F(perm, half)
{
	int fd;

	ASSERT_EQ(0, chmod(path(KSEM_DEV, &self->a, ""), 0604));
	ASSERT_EQ(0, chown(path(KSEM_DIR, &self->a, "post"), USER, USER));
	ASSERT_EQ(0, become_user());
	EXPECT_EQ(-EACCES, sem_open_as(&self->a, O_RDWR));
	fd = sem_open_as(&self->a, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBADF, give(fd, 1));
	EXPECT_EQ(0, put(&self->a, "post", "2"));
	EXPECT_EQ(0, take(fd, 1));
	check_state(fd, .value = 1, .flags = 0);
	close(fd);
}

/* Users that root lets make their own. */
TEST_F(perm, maker)
{
	struct stat st;
	struct sem c;

	ASSERT_EQ(0, chmod(KSEM_DIR, 0777));
	ASSERT_EQ(0, become_user());
	ASSERT_EQ(0, sem_make(&c, 'c'));
	ASSERT_EQ(0, fstat(c.fd, &st));
	EXPECT_EQ(USER, st.st_uid);
	EXPECT_EQ(USER, st.st_gid);
	EXPECT_EQ(0600, st.st_mode & 07777);
	EXPECT_EQ(USER, info(c.fd).uid);
	EXPECT_EQ(0, configure(c.fd, KSEM_SET_VALUE | KSEM_SET_MAX,
			       .value = 2, .max = 2));
	check_state(c.fd, .value = 2, .max = 2);
	EXPECT_EQ(-EACCES, put(&c, "value", "1"));
	EXPECT_EQ(0, result(ioctl(c.fd, KSEM_IOC_REMOVE, 0)));
	EXPECT_EQ(-ENOENT, sem_open_as(&c, O_RDWR));
	close(c.fd);
}

/* To remove one takes the permission to write to the directory, too. */
TEST_F(perm, owner)
{
	int fd;

	ASSERT_EQ(0, chown(path(KSEM_DEV, &self->b, ""), USER, USER));
	ASSERT_EQ(0, become_user());
	fd = sem_open_as(&self->b, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, configure(fd, KSEM_SET_VALUE, .value = 2));
	EXPECT_EQ(-EACCES, result(ioctl(fd, KSEM_IOC_REMOVE, 0)));
	check_state(fd, .value = 2);
	EXPECT_EQ(0, info(fd).uid);
	close(fd);
}

TEST_HARNESS_MAIN

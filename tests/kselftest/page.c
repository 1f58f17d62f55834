// SPDX-License-Identifier: GPL-2.0-only
/* The page: its rules, the protocol of its word, and nonsense in it. */
#include "util.h"

FIXTURE(page) {
	struct sem a;
	struct ksem_page *page;
};

static struct ksem_page *map(int fd)
{
	void *page = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

FIXTURE_SETUP(page)
{
	if (access(KSEM_DIR, F_OK))
		SKIP(return, "no " KSEM_DIR);
	ASSERT_EQ(0, sem_make(&self->a, 'a'));
	if (info(self->a.fd).map == KSEM_MAP_ATOMICS ||
	    info(self->a.fd).map == KSEM_MAP_CACHE)
		SKIP(return, "this machine can't map it");
	self->page = map(self->a.fd);
	ASSERT_NE(NULL, self->page);
}

FIXTURE_TEARDOWN(page)
{
	if (self->page)
		munmap(self->page, getpagesize());
	sem_end(&self->a);
}

static __u64 word(struct ksem_page *page)
{
	return __atomic_load_n(&page->word, __ATOMIC_ACQUIRE);
}

static void set_word(struct ksem_page *page, __u64 word)
{
	__atomic_store_n(&page->word, word, __ATOMIC_SEQ_CST);
}

static int is_contended(struct ksem_page *page)
{
	return !!(word(page) & KSEM_WORD_CONTENDED);
}

/* As <linux/ksem.h> has it; false if the kernel has to do it. */
static int take_fast(struct ksem_page *page, __u32 n)
{
	__u64 old = word(page);

	do {
		if (old & KSEM_WORD_CONTENDED || KSEM_WORD_UNITS(old) < n)
			return 0;
	} while (!__atomic_compare_exchange_n(&page->word, &old, old - n, 0,
					      __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return 1;
}

static int give_fast(struct ksem_page *page, __u32 n)
{
	__u64 old = word(page);

	do {
		if (old & KSEM_WORD_CONTENDED ||
		    KSEM_WORD_UNITS(old) + n > KSEM_WORD_CEILING(old))
			return 0;
	} while (!__atomic_compare_exchange_n(&page->word, &old, old + n, 0,
					      __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
	return 1;
}

TEST_F(page, protocol)
{
	int fd = self->a.fd;

	EXPECT_EQ(KSEM_PAGE_VERSION, self->page->version);
	EXPECT_EQ((__u64)KSEM_VALUE_MAX << 32, word(self->page));
	EXPECT_TRUE(give_fast(self->page, 3));
	check_state(fd, .value = 3);
	EXPECT_STREQ("3", get(&self->a, "value"));
	EXPECT_TRUE(take_fast(self->page, 1));
	EXPECT_FALSE(take_fast(self->page, 3));
	EXPECT_EQ(0, take(fd, 1));
	EXPECT_EQ(1, KSEM_WORD_UNITS(word(self->page)));
	EXPECT_EQ(0, put(&self->a, "max", "2"));
	EXPECT_EQ(2, KSEM_WORD_CEILING(word(self->page)));
	EXPECT_FALSE(give_fast(self->page, 2));
	EXPECT_TRUE(give_fast(self->page, 1));
	EXPECT_EQ(-EOVERFLOW, give(fd, 1));
	check_state(fd, .value = 2, .max = 2);
}

TEST_F(page, two_mappings)
{
	int fd = sem_open_as(&self->a, O_RDWR);
	struct ksem_page *other = map(fd);

	ASSERT_NE(NULL, other);
	EXPECT_TRUE(give_fast(self->page, 2));
	EXPECT_TRUE(take_fast(other, 1));
	check_state(fd, .value = 1);
	/* A mapping keeps the semaphore, without a handle and a name. */
	close(fd);
	EXPECT_EQ(0, sem_rmdir(&self->a));
	EXPECT_TRUE(take_fast(other, 1));
	check_state(self->a.fd);
	munmap(other, getpagesize());
}

TEST_F(page, rules)
{
	int ro = sem_open_as(&self->a, O_RDONLY), fd = self->a.fd, later;
	size_t size = getpagesize();
	int rw = PROT_READ | PROT_WRITE;

#define MAP(_size, _prot, _flags, _fd, _offset)	\
	result((long)mmap(NULL, _size, _prot, _flags, _fd, _offset))

	EXPECT_EQ(-EINVAL, MAP(2 * size, rw, MAP_SHARED, fd, 0));
	EXPECT_EQ(-EINVAL, MAP(size, rw, MAP_SHARED, fd, size));
	EXPECT_EQ(-EINVAL, MAP(size, rw, MAP_PRIVATE, fd, 0));
	EXPECT_EQ(-EPERM, MAP(size, rw | PROT_EXEC, MAP_SHARED, fd, 0));
	EXPECT_EQ(-EACCES, MAP(size, PROT_READ, MAP_SHARED, ro, 0));
	EXPECT_EQ(-EACCES, result(mprotect(self->page, size, PROT_EXEC)));
	EXPECT_EQ(-EFAULT, result((long)mremap(self->page, size, 2 * size,
					       MREMAP_MAYMOVE)));
	EXPECT_EQ(0, put(&self->a, "mappable", "0"));
	EXPECT_EQ(-EPERM, MAP(size, rw, MAP_SHARED, fd, 0));
	EXPECT_EQ(KSEM_MAP_FORBIDDEN, info(fd).map);
	/* What is mapped stays. */
	EXPECT_TRUE(give_fast(self->page, 1));
	EXPECT_EQ(0, put(&self->a, "mappable", "1"));
	EXPECT_EQ(0, put(&self->a, "undo", "1"));
	later = sem_open_as(&self->a, O_RDWR);
	EXPECT_EQ(-EPERM, MAP(size, rw, MAP_SHARED, later, 0));
	check_state(fd, .value = 1);
	close(later);
	close(ro);
}

/* Only the kernel changes the word while somebody is blocked. */
TEST_F(page, contended)
{
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_TAKE,
			    .arg = 1 };

	waiter_start(&w);
	EXPECT_TRUE(is_contended(self->page));
	EXPECT_FALSE(give_fast(self->page, 1));
	EXPECT_EQ(0, give(self->a.fd, 2));
	EXPECT_EQ(0, waiter_end(&w));
	EXPECT_FALSE(is_contended(self->page));
	EXPECT_TRUE(take_fast(self->page, 1));
	EXPECT_EQ(0, put(&self->a, "record", "1"));
	EXPECT_TRUE(is_contended(self->page));
	EXPECT_EQ(0, put(&self->a, "record", "0"));
	EXPECT_FALSE(is_contended(self->page));
	EXPECT_EQ(0, put(&self->a, "shutdown", "1"));
	EXPECT_TRUE(is_contended(self->page));
	/* The kernel doesn't look at it any more. */
	set_word(self->page, (__u64)KSEM_VALUE_MAX << 32 | 5);
	check_state(self->a.fd, .flags = KSEM_INFO_MAPPABLE | KSEM_INFO_OWNER |
		    KSEM_INFO_SHUTDOWN);
	EXPECT_EQ(-EIDRM, take(self->a.fd, 1));
}

static void *poll_in(void *arg)
{
	struct pollfd p = { .fd = *(int *)arg, .events = POLLIN };

	poll(&p, 1, -1);
	return (void *)(long)p.revents;
}

/* While somebody polls, who gives has to enter the kernel. */
TEST_F(page, polled)
{
	pthread_t thread;
	void *events;

	pthread_create(&thread, NULL, poll_in, &self->a.fd);
	until(KSEM_WORD_CEILING(word(self->page)) == 0);
	EXPECT_FALSE(give_fast(self->page, 1));
	EXPECT_EQ(0, give(self->a.fd, 1));
	pthread_join(thread, &events);
	EXPECT_EQ(POLLIN, (long)events);
	EXPECT_TRUE(take_fast(self->page, 1));
	check_state(self->a.fd);
}

/* Whatever is in the page, the kernel keeps to its own ceiling. */
TEST_F(page, nonsense)
{
	static const __u64 words[] = {
		0, -1, KSEM_WORD_CONTENDED, ~KSEM_WORD_CONTENDED,
		0x7fffffff7fffffff, 0x00000003ffffffff, 0x8000000000000001,
		0x0000000000000007, 0xffffffff00000002,
	};
	struct waiter w = { .fd = self->a.fd, .command = KSEM_IOC_TAKE,
			    .arg = 3 };
	unsigned int i;

	ASSERT_EQ(0, put(&self->a, "max", "3"));
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		set_word(self->page, words[i]);
		EXPECT_GE(3, info(self->a.fd).value);
		EXPECT_EQ(3, info(self->a.fd).max);
		set_word(self->page, words[i]);
		EXPECT_EQ(-ERANGE, try_take(self->a.fd, 4));
		EXPECT_EQ(3, KSEM_WORD_CEILING(word(self->page)));
		set_word(self->page, words[i]);
		give(self->a.fd, 1);
		take(sem_open_as(&self->a, O_RDWR | O_NONBLOCK), 1);
		EXPECT_EQ(0, put(&self->a, "value", "2"));
		check_state(self->a.fd, .value = 2, .max = 3);
		EXPECT_EQ(2 | 3ULL << 32, word(self->page));
	}
	/* A waiter whose word is spoilt can be served, and interrupted. */
	handle_signal(0);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		EXPECT_EQ(0, put(&self->a, "value", "0"));
		waiter_start(&w);
		set_word(self->page, words[i]);
		if (i % 2)
			pthread_kill(w.thread, SIGUSR1);
		else
			put(&self->a, "value", "3");
		waiter_end(&w);
		EXPECT_EQ(0, info(self->a.fd).waiters);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0-only
/* The semaphore by itself: word, queue, waits, requests, steps and accounts. */

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "sem/account.h"
#include "sem/fast.h"
#include "sem/queue.h"
#include "sem/sem.h"

static void free_sem(void *arg)
{
	struct ksem *sem = arg;

	/* The thread may have something left to do. */
	while (refcount_read(&sem->refs) > 1)
		msleep(20);
	ksem_free(sem);
}

static struct ksem *make_sem(struct kunit *test, u32 value, u32 max)
{
	struct ksem *sem = kunit_kzalloc(test, sizeof(*sem), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sem);
	KUNIT_ASSERT_EQ(test, 0, ksem_init(sem, "kunit", value, max));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_sem, sem));
	return sem;
}

#define expect_state(_sem, _value, _blocked) do {			\
	struct ksem *_s = (_sem);					\
									\
	KUNIT_EXPECT_EQ(test, _value, ksem_value(_s));			\
	KUNIT_EXPECT_EQ(test, _blocked, ksem_blocked(_s));		\
} while (0)

static void *make_zeros(struct kunit *test, size_t size)
{
	void *zeros = kunit_kzalloc(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, zeros);
	return zeros;
}

static s64 word_of(struct ksem *sem)
{
	return atomic64_read(READ_ONCE(sem->word));
}

/* The word. */

static void word_layout(struct kunit *test)
{
	s64 word = ksem_word(3, 5, false);

	KUNIT_EXPECT_EQ(test, 5LL << 32 | 3, word);
	KUNIT_EXPECT_EQ(test, 3, KSEM_WORD_UNITS(word));
	KUNIT_EXPECT_EQ(test, 5, KSEM_WORD_CEILING(word));
	word = ksem_word(3, 5, true);
	KUNIT_EXPECT_EQ(test, 5LL << 32 | 1LL << 31 | 3, word);
	KUNIT_EXPECT_EQ(test, 3, KSEM_WORD_UNITS(word));
	KUNIT_EXPECT_EQ(test, 0x7fffffff7fffffffLL,
			ksem_word(KSEM_VALUE_MAX, KSEM_VALUE_MAX, false));
}

static bool give_fast(struct ksem *sem, u64 n)
{
	s64 word;

	return ksem_give_fast(sem, n, &word);
}

static void word_fast(struct kunit *test)
{
	struct ksem *sem = make_sem(test, 2, 5);
	u64 large = 1ULL << 32 | 1;

	/* Of a constant, sparse would see bits that get lost. */
	OPTIMIZER_HIDE_VAR(large);
	KUNIT_EXPECT_TRUE(test, ksem_take_fast(sem, 2));
	KUNIT_EXPECT_FALSE(test, ksem_take_fast(sem, 1));
	KUNIT_EXPECT_TRUE(test, give_fast(sem, 5));
	KUNIT_EXPECT_FALSE(test, give_fast(sem, 1));
	KUNIT_EXPECT_FALSE(test, ksem_take_fast(sem, 0));
	KUNIT_EXPECT_FALSE(test, give_fast(sem, 0));
	KUNIT_EXPECT_FALSE(test, ksem_take_fast(sem, 6));
	KUNIT_EXPECT_FALSE(test, ksem_take_fast(sem, large));
	KUNIT_EXPECT_FALSE(test, ksem_take_fast(sem, U64_MAX));
	KUNIT_EXPECT_TRUE(test, ksem_take_fast(sem, 5));
	KUNIT_EXPECT_FALSE(test, give_fast(sem, 6));
	KUNIT_EXPECT_FALSE(test, give_fast(sem, U64_MAX));
	KUNIT_EXPECT_EQ(test, ksem_word(0, 5, false), word_of(sem));
	KUNIT_EXPECT_EQ(test, 7, ksem_count_sum(sem, offsetof(struct ksem_stats,
							      acquired)));
	KUNIT_EXPECT_EQ(test, 5, ksem_count_sum(sem, offsetof(struct ksem_stats,
							      posted)));
}

static void word_locked(struct kunit *test)
{
	struct ksem *sem = make_sem(test, 2, 5);
	unsigned long flags = ksem_lock(sem);

	KUNIT_EXPECT_EQ(test, ksem_word(0, 5, true), word_of(sem));
	KUNIT_EXPECT_EQ(test, 2, sem->units);
	KUNIT_EXPECT_FALSE(test, ksem_take_fast(sem, 1));
	KUNIT_EXPECT_FALSE(test, give_fast(sem, 1));
	ksem_unlock(sem, flags);
	KUNIT_EXPECT_EQ(test, ksem_word(2, 5, false), word_of(sem));
}

/* Programs can write anything into a mapped word. */
static void word_nonsense(struct kunit *test)
{
	static const u64 words[] = {
		0, U64_MAX, 1ULL << 63, 1ULL << 31, 0x7fffffffULL,
		0x7fffffff7fffffffULL, 0x00000004ffffffffULL,
		0x8000000500000002ULL, 0xffffffff00000003ULL,
	};
	struct ksem *sem = make_sem(test, 0, 4);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		atomic64_set(sem->word, words[i]);
		KUNIT_EXPECT_GE(test, 4, ksem_value(sem));
		atomic64_set(sem->word, words[i]);
		KUNIT_EXPECT_FALSE(test, ksem_take_fast(sem, 5));
		KUNIT_EXPECT_FALSE(test, give_fast(sem, 5));
		atomic64_set(sem->word, words[i]);
		KUNIT_EXPECT_EQ(test, -ERANGE, ksem_trywait_n(sem, 5));
		KUNIT_EXPECT_EQ(test, 4, KSEM_WORD_CEILING(word_of(sem)));
		KUNIT_EXPECT_GE(test, 4, KSEM_WORD_UNITS(word_of(sem)));
	}
}

/* The old place says CONTENDED for ever. */
static void word_moves(struct kunit *test)
{
	struct ksem *sem = make_sem(test, 3, 4);
	atomic64_t page = ATOMIC64_INIT(KSEM_WORD_CONTENDED);

	ksem_move_word(sem, &page);
	KUNIT_EXPECT_EQ(test, ksem_word(3, 4, false), atomic64_read(&page));
	KUNIT_EXPECT_TRUE(test, atomic64_read(&sem->own_word) &
			  KSEM_WORD_CONTENDED);
	KUNIT_EXPECT_EQ(test, 0, ksem_trywait_n(sem, 2));
	KUNIT_EXPECT_EQ(test, ksem_word(1, 4, false), atomic64_read(&page));
	KUNIT_EXPECT_EQ(test, 0, ksem_shutdown(sem));
	KUNIT_EXPECT_TRUE(test, atomic64_read(&page) & KSEM_WORD_CONTENDED);
	KUNIT_EXPECT_PTR_EQ(test, &sem->own_word, sem->word);
	expect_state(sem, 1, 0);
}

/* Limits. */

static void limits(struct kunit *test)
{
	struct ksem *sem = make_sem(test, 2, 4);

	KUNIT_EXPECT_EQ(test, -EINVAL, ksem_trywait_n(sem, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, ksem_wait_n(sem, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, ksem_post_n(sem, 0));
	KUNIT_EXPECT_EQ(test, -EAGAIN, ksem_trywait_n(sem, 3));
	KUNIT_EXPECT_EQ(test, -ERANGE, ksem_trywait_n(sem, 5));
	KUNIT_EXPECT_EQ(test, -ERANGE, ksem_wait_n(sem, 5));
	KUNIT_EXPECT_EQ(test, -ERANGE, ksem_timedwait_n(sem, 5, NSEC_PER_SEC));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, ksem_post_n(sem, 3));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, ksem_post_n(sem, UINT_MAX));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, ksem_timedwait_n(sem, 3, 0));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, ksem_timedwait_n(sem, 3, -5));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			ksem_timedwait_n(sem, 3, NSEC_PER_MSEC));
	expect_state(sem, 2, 0);
	KUNIT_EXPECT_EQ(test, 0, ksem_post_n(sem, 2));
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_n(sem, 3));
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_killable_n(sem, 1));
	expect_state(sem, 0, 0);
	KUNIT_EXPECT_EQ(test, 3, ksem_count_sum(sem, offsetof(struct ksem_stats,
							      timeouts)));
}

static void configure(struct kunit *test)
{
	static const struct {
		struct ksem_settings settings;
		int err;
	} bad[] = {
		{ { .set = KSEM_SET_UNDO }, -EINVAL },
		{ { .set = KSEM_SET_MAX, .max = 0 }, -EINVAL },
		{ { .set = KSEM_SET_MAX, .max = 1 }, -EINVAL },
		{ { .set = KSEM_SET_MAX, .max = KSEM_VALUE_MAX + 1 }, -EINVAL },
		{ { .set = KSEM_SET_VALUE, .value = 5 }, -EOVERFLOW },
		{ { .set = KSEM_SET_VALUE | KSEM_SET_MAX, .value = 7,
		    .max = 6 }, -EOVERFLOW },
		{ { .set = KSEM_SET_VALUE | KSEM_SET_ORDER, .value = 1,
		    .order = 2 }, -EINVAL },
		{ { .set = KSEM_SET_VALUE | KSEM_SET_FAIR, .value = 1,
		    .fair = 2 }, -EINVAL },
		{ { .set = KSEM_SET_VALUE | KSEM_SET_RECORD, .value = 1,
		    .record = 2 }, -EINVAL },
	};
	struct ksem_settings good = {
		.set = KSEM_SET_VALUE | KSEM_SET_MAX | KSEM_SET_ORDER |
		       KSEM_SET_FAIR | KSEM_SET_RECORD,
		.value = 6, .max = 6, .order = KSEM_ORDER_PRIORITY,
		.record = 1,
	};
	struct ksem *sem = make_sem(test, 2, 4);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, bad[i].err,
				ksem_configure(sem, &bad[i].settings));
		KUNIT_EXPECT_EQ(test, ksem_word(2, 4, false), word_of(sem));
	}
	KUNIT_EXPECT_EQ(test, 0, ksem_configure(sem, &good));
	/* While it is recorded, the word is CONTENDED. */
	KUNIT_EXPECT_EQ(test, ksem_word(6, 6, true), word_of(sem));
	KUNIT_EXPECT_EQ(test, KSEM_ORDER_PRIORITY, ksem_order(sem));
	KUNIT_EXPECT_FALSE(test, ksem_is_fair(sem));
	KUNIT_EXPECT_EQ(test, 0, ksem_set_value(sem, 1));
	KUNIT_EXPECT_EQ(test, 0, ksem_set_max(sem, 1));
	KUNIT_EXPECT_EQ(test, 0, ksem_shutdown(sem));
	KUNIT_EXPECT_EQ(test, -EIDRM, ksem_shutdown(sem));
	KUNIT_EXPECT_EQ(test, -EIDRM, ksem_configure(sem, &good));
	KUNIT_EXPECT_EQ(test, -EIDRM, ksem_trywait_n(sem, 1));
	KUNIT_EXPECT_EQ(test, -EIDRM, ksem_wait_n(sem, 1));
	KUNIT_EXPECT_EQ(test, -EIDRM, ksem_post_n(sem, 1));
	expect_state(sem, 1, 0);
}

static void identity(struct kunit *test)
{
	struct ksem *a = make_sem(test, 0, 1), *b = make_sem(test, 0, 1);

	KUNIT_EXPECT_LT(test, a->id, b->id);
	KUNIT_EXPECT_NE(test, 0, (u32)a->id);
}

/* The queue by itself, with waiters whose tasks are none. */

static void add_waiters(struct kunit *test, struct ksem_queue *queue,
			enum ksem_order order, const int *prios,
			unsigned int nr, struct ksem_waiter *waiters)
{
	unsigned int i;

	ksem_queue_init(queue);
	for (i = 0; i < nr; i++) {
		waiters[i].units = i + 1;
		if (prios[i]) {
			waiters[i].task =
				make_zeros(test, sizeof(struct task_struct));
			waiters[i].task->prio = prios[i];
		}
		ksem_queue_add(queue, order, &waiters[i]);
	}
}

static void expect_next(struct kunit *test, struct ksem_queue *queue,
			enum ksem_order order, struct ksem_waiter *waiters,
			unsigned int index)
{
	struct ksem_waiter *head = ksem_queue_head(queue, order);

	KUNIT_EXPECT_EQ(test, index, head - waiters);
	ksem_queue_remove(queue, order, head);
}

static void queue_fifo(struct kunit *test)
{
	static const int prios[] = { 120, 10, 50 };
	struct ksem_waiter *waiters = make_zeros(test, 3 * sizeof(*waiters));
	struct ksem_queue queue = {};

	add_waiters(test, &queue, KSEM_FIFO, prios, 3, waiters);
	KUNIT_EXPECT_EQ(test, 3, ksem_queue_widest(&queue));
	ksem_queue_remove(&queue, KSEM_FIFO, &waiters[2]);
	KUNIT_EXPECT_EQ(test, 2, ksem_queue_widest(&queue));
	ksem_queue_add(&queue, KSEM_FIFO, &waiters[2]);
	expect_next(test, &queue, KSEM_FIFO, waiters, 0);
	expect_next(test, &queue, KSEM_FIFO, waiters, 1);
	expect_next(test, &queue, KSEM_FIFO, waiters, 2);
	KUNIT_EXPECT_EQ(test, 1, ksem_queue_widest(&queue));
	KUNIT_EXPECT_TRUE(test, list_empty(&queue.fifo));
}

/* Higher priorities are smaller numbers; all above MAX_RT_PRIO are equal. */
static void queue_priority(struct kunit *test)
{
	static const int prios[] = { 139, 50, 0, 10, 100, 50, 120 };
	static const unsigned int order[] = { 3, 1, 5, 0, 2, 4, 6 };
	struct ksem_waiter *waiters =
		make_zeros(test, ARRAY_SIZE(prios) * sizeof(*waiters));
	struct ksem_queue queue = {};
	unsigned int i;

	add_waiters(test, &queue, KSEM_PRIORITY, prios, ARRAY_SIZE(prios),
		    waiters);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		expect_next(test, &queue, KSEM_PRIORITY, waiters, order[i]);
	KUNIT_EXPECT_NULL(test, rb_first_cached(&queue.by_prio));
}

/* A changed priority counts, but not that of more than KSEM_REFRESH waiters. */
static void queue_refresh(struct kunit *test)
{
	enum { NR = KSEM_REFRESH + 2 };
	struct ksem_waiter *waiters = make_zeros(test, NR * sizeof(*waiters));
	int *prios = make_zeros(test, NR * sizeof(*prios));
	struct ksem_queue queue = {};
	unsigned int i;

	for (i = 0; i < NR; i++)
		prios[i] = 120;
	add_waiters(test, &queue, KSEM_PRIORITY, prios, NR, waiters);
	waiters[5].task->prio = 20;
	waiters[6].task->prio = 10;
	waiters[KSEM_REFRESH].task->prio = 5;
	ksem_queue_refresh(&queue);
	expect_next(test, &queue, KSEM_PRIORITY, waiters, 6);
	/* Its ticket is the same, and so is its place. */
	waiters[5].task->prio = 120;
	ksem_queue_refresh(&queue);
	expect_next(test, &queue, KSEM_PRIORITY, waiters, 0);
	/* Now it is among the first. */
	ksem_queue_refresh(&queue);
	expect_next(test, &queue, KSEM_PRIORITY, waiters, KSEM_REFRESH);
	for (i = 1; i < 6; i++)
		expect_next(test, &queue, KSEM_PRIORITY, waiters, i);
	expect_next(test, &queue, KSEM_PRIORITY, waiters, 7);
}

/* Requests stand in the queue in place of a task. */

struct asker {
	struct ksem_request req;
	unsigned int *turns;
	unsigned int turn;
	int err;
};

static void granted(struct ksem_request *req, int err)
{
	struct asker *asker = container_of(req, struct asker, req);

	asker->err = err;
	/* Release: the test reads what is above. */
	smp_store_release(&asker->turn, ++*asker->turns);
}

static struct asker *make_askers(struct kunit *test, unsigned int nr)
{
	struct asker *askers = make_zeros(test, nr * sizeof(*askers));
	unsigned int *turns = make_zeros(test, sizeof(*turns));
	unsigned int i;

	for (i = 0; i < nr; i++) {
		askers[i].turns = turns;
		ksem_request_init(&askers[i].req, granted);
	}
	return askers;
}

/*
 * Which of all calls its call was, from 1.  A kernel that can't tell whether it is
 * preemptible (without CONFIG_PREEMPT_COUNT) leaves all calls to the thread.
 */
static unsigned int turn_of(struct asker *asker)
{
	unsigned int tries = 0;

	/* Acquire: what the callback has stored. */
	while (!smp_load_acquire(&asker->turn) &&
	       !IS_ENABLED(CONFIG_PREEMPT_COUNT) && tries++ < 1000)
		msleep(20);
	return asker->turn;
}

static void requests(struct kunit *test)
{
	struct asker *askers = make_askers(test, 4);
	struct ksem *sem = make_sem(test, 1, 10);

	KUNIT_EXPECT_EQ(test, -EINVAL, ksem_wait_async_n(sem, 0, &askers[0].req));
	KUNIT_EXPECT_EQ(test, -ERANGE,
			ksem_wait_async_n(sem, 11, &askers[0].req));
	/* What is there is granted at once. */
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(sem, 1, &askers[0].req));
	KUNIT_EXPECT_EQ(test, 1, turn_of(&askers[0]));
	expect_state(sem, 0, 0);

	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(sem, 3, &askers[1].req));
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(sem, 1, &askers[2].req));
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(sem, 2, &askers[3].req));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			ksem_wait_async_n(sem, 1, &askers[1].req));
	KUNIT_EXPECT_EQ(test, -EBUSY, ksem_set_max(sem, 2));
	/* Units are saved up for the first one. */
	KUNIT_EXPECT_EQ(test, 0, ksem_post_n(sem, 2));
	KUNIT_EXPECT_EQ(test, -EAGAIN, ksem_trywait_n(sem, 1));
	expect_state(sem, 2, 3);
	KUNIT_EXPECT_EQ(test, 0, ksem_post_n(sem, 2));
	KUNIT_EXPECT_EQ(test, 2, turn_of(&askers[1]));
	KUNIT_EXPECT_EQ(test, 3, turn_of(&askers[2]));
	expect_state(sem, 0, 1);
	KUNIT_EXPECT_EQ(test, 0, ksem_set_value(sem, 9));
	KUNIT_EXPECT_EQ(test, 4, turn_of(&askers[3]));
	KUNIT_EXPECT_EQ(test, 0, askers[3].err);
	expect_state(sem, 7, 0);
}

static void requests_cancelled(struct kunit *test)
{
	struct asker *askers = make_askers(test, 3);
	struct ksem *sem = make_sem(test, 1, 10);

	KUNIT_EXPECT_FALSE(test, ksem_cancel(&askers[0].req));
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(sem, 2, &askers[0].req));
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(sem, 1, &askers[1].req));
	/* The second one waited for its turn only. */
	KUNIT_EXPECT_TRUE(test, ksem_cancel(&askers[0].req));
	KUNIT_EXPECT_EQ(test, 0, askers[0].turn);
	KUNIT_EXPECT_EQ(test, 1, turn_of(&askers[1]));
	KUNIT_EXPECT_FALSE(test, ksem_cancel(&askers[1].req));
	KUNIT_EXPECT_FALSE(test, ksem_cancel_sync(&askers[1].req));
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(sem, 1, &askers[0].req));
	KUNIT_EXPECT_TRUE(test, ksem_cancel_sync(&askers[0].req));
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(sem, 1, &askers[2].req));
	KUNIT_EXPECT_EQ(test, 0, ksem_shutdown(sem));
	KUNIT_EXPECT_EQ(test, 2, turn_of(&askers[2]));
	KUNIT_EXPECT_EQ(test, -EIDRM, askers[2].err);
	KUNIT_EXPECT_EQ(test, -EIDRM,
			ksem_wait_async_n(sem, 1, &askers[0].req));
	expect_state(sem, 0, 0);
}

/* More than one batch, and from where they can't be called: the thread does it. */
static void requests_late(struct kunit *test)
{
	enum { NR = 3 * KSEM_BATCH_ENTRIES };
	struct asker *askers = make_askers(test, NR);
	struct ksem *sem = make_sem(test, 0, NR);
	unsigned int i;

	for (i = 0; i < NR; i++)
		KUNIT_EXPECT_EQ(test, 0,
				ksem_wait_async_n(sem, 1, &askers[i].req));
	expect_state(sem, 0, NR);
	preempt_disable();
	KUNIT_EXPECT_EQ(test, 0, ksem_post_n(sem, NR));
	preempt_enable();
	for (i = 0; i < NR; i++) {
		/* Acquire: what the callback has stored. */
		while (!smp_load_acquire(&askers[i].turn))
			msleep(20);
	}
	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_EQ(test, i + 1, askers[i].turn);
		KUNIT_EXPECT_FALSE(test, ksem_cancel_sync(&askers[i].req));
	}
	expect_state(sem, 0, 0);
}

/* Watchers. */

struct watcher {
	struct wait_queue_entry entry;
	struct completion told;
	struct task_struct *teller;
	struct ksem *sem; /* of a watch of the files in sysfs, else NULL */
};

static int tell_watcher(struct wait_queue_entry *entry, unsigned int mode,
			int sync, void *key)
{
	struct watcher *watcher = container_of(entry, struct watcher, entry);

	watcher->teller = current;
	if (watcher->sem)
		ksem_watched(watcher->sem, entry);
	complete(&watcher->told);
	return 0;
}

static void post_to_watchers(struct kunit *test, unsigned int nr, bool irqs_off)
{
	struct watcher watchers[2] = {};
	struct ksem *sem = make_sem(test, 0, 1);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		init_completion(&watchers[i].told);
		init_waitqueue_func_entry(&watchers[i].entry, tell_watcher);
		add_wait_queue(&sem->poll, &watchers[i].entry);
	}
	ksem_unlock(sem, ksem_lock(sem));
	if (irqs_off)
		local_irq_disable();
	KUNIT_EXPECT_EQ(test, 0, ksem_post(sem));
	if (irqs_off)
		local_irq_enable();
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_NE(test, 0,
				wait_for_completion_timeout(&watchers[i].told,
							    60 * HZ));
		remove_wait_queue(&sem->poll, &watchers[i].entry);
	}
}

/* One watch of the files in sysfs can stand for any number of pollers. */
static void watch(struct kunit *test)
{
	struct watcher watch = { .sem = make_sem(test, 0, 1) };

	init_completion(&watch.told);
	init_waitqueue_func_entry(&watch.entry, tell_watcher);
	INIT_LIST_HEAD(&watch.entry.entry);
	ksem_watch(watch.sem, &watch.entry);
	local_irq_disable();
	KUNIT_EXPECT_EQ(test, 0, ksem_post(watch.sem));
	local_irq_enable();
	KUNIT_EXPECT_NE(test, 0,
			wait_for_completion_timeout(&watch.told, 60 * HZ));
	KUNIT_EXPECT_PTR_NE(test, current, watch.teller);
}

/* Where all can't be told, the thread does it. */
static void watchers(struct kunit *test)
{
	post_to_watchers(test, 1, false);
	post_to_watchers(test, 2, false);
	post_to_watchers(test, 1, true);
	post_to_watchers(test, 2, true);
}

/* Tasks that wait. */

struct sleeper {
	struct ksem *sem;
	unsigned int units;
	ktime_t timeout;	/* or 0 */
};

static int sleep_in(void *arg)
{
	struct sleeper *sleeper = arg;
	int err;

	if (sleeper->timeout)
		err = ksem_timedwait_n(sleeper->sem, sleeper->units,
				       sleeper->timeout);
	else
		err = ksem_wait_n(sleeper->sem, sleeper->units);
	/* Until somebody asks. */
	while (!kthread_should_stop())
		msleep_interruptible(20);
	return err;
}

static struct task_struct *start_sleeper(struct kunit *test,
					 struct sleeper *sleeper)
{
	unsigned int before = ksem_blocked(sleeper->sem);
	struct task_struct *task = kthread_run(sleep_in, sleeper, "ksem-kunit");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	while (ksem_blocked(sleeper->sem) == before)
		msleep(20);
	return task;
}

static void blocked(struct kunit *test)
{
	struct ksem *sem = make_sem(test, 0, 5);
	struct sleeper two = { sem, 2 };
	struct sleeper one = { sem, 1, 3600LL * NSEC_PER_SEC };
	struct task_struct *first = start_sleeper(test, &two);
	struct task_struct *second = start_sleeper(test, &one);
	struct ksem_ioc_waiter told[2] = {};

	expect_state(sem, 0, 2);
	KUNIT_EXPECT_TRUE(test, word_of(sem) & KSEM_WORD_CONTENDED);
	KUNIT_EXPECT_EQ(test, 2, ksem_list_waiters(sem, told, 2));
	KUNIT_EXPECT_EQ(test, 2, told[0].units);
	KUNIT_EXPECT_EQ(test, 1, told[1].units);
	KUNIT_EXPECT_EQ(test, KSEM_WAY_WAIT, told[1].way);
	KUNIT_EXPECT_EQ(test, KSEM_WAITER_KERNEL, told[1].flags);
	KUNIT_EXPECT_EQ(test, 0, ksem_post_n(sem, 2));
	while (ksem_blocked(sem) == 2)
		msleep(20);
	KUNIT_EXPECT_EQ(test, 0, kthread_stop(first));
	KUNIT_EXPECT_EQ(test, 0, ksem_post_n(sem, 3));
	KUNIT_EXPECT_EQ(test, 0, kthread_stop(second));
	expect_state(sem, 2, 0);
	KUNIT_EXPECT_FALSE(test, word_of(sem) & KSEM_WORD_CONTENDED);
}

static void blocked_ends(struct kunit *test)
{
	struct ksem *sem = make_sem(test, 1, 5);
	struct sleeper two = { sem, 2 }, three = { sem, 3 };
	struct task_struct *first = start_sleeper(test, &two);
	struct task_struct *second = start_sleeper(test, &three);

	/* kthread_stop() is a kernel thread's signal. */
	KUNIT_EXPECT_EQ(test, -EINTR, kthread_stop(first));
	expect_state(sem, 1, 1);
	KUNIT_EXPECT_EQ(test, 0, ksem_shutdown(sem));
	KUNIT_EXPECT_EQ(test, -EIDRM, kthread_stop(second));
	expect_state(sem, 1, 0);
	KUNIT_EXPECT_EQ(test, 1, ksem_count_sum(sem, offsetof(struct ksem_stats,
							      interrupted)));
}

/* A task that can be passed gets its unit all the same. */
static void blocked_unfair(struct kunit *test)
{
	struct ksem_settings unfair = { .set = KSEM_SET_FAIR };
	struct ksem *sem = make_sem(test, 0, 1);
	struct sleeper one = { sem, 1 };
	struct task_struct *task;

	KUNIT_ASSERT_EQ(test, 0, ksem_configure(sem, &unfair));
	task = start_sleeper(test, &one);
	/* Open to takers; a post has to come here and nudge. */
	KUNIT_EXPECT_EQ(test, ksem_word(0, 0, false), word_of(sem));
	do {
		KUNIT_EXPECT_EQ(test, 0, ksem_post_n(sem, 1));
		/* On one CPU without preemption, the waiter runs here only. */
		cond_resched();
	} while (!ksem_trywait_n(sem, 1));
	while (ksem_blocked(sem))
		msleep(20);
	KUNIT_EXPECT_EQ(test, 0, kthread_stop(task));
	expect_state(sem, 0, 0);
}

/* Steps: all operations, or none. */

#define WAIT(_sem, _n, ...) \
	{ .sem = (_sem), .op = KSEM_OP_WAIT, .units = (_n), ##__VA_ARGS__ }
#define POST(_sem, _n, ...) \
	{ .sem = (_sem), .op = KSEM_OP_POST, .units = (_n), ##__VA_ARGS__ }
#define SET(_sem, _n, ...) \
	{ .sem = (_sem), .op = KSEM_OP_SET, .units = (_n), ##__VA_ARGS__ }
#define ZERO(_sem) { .sem = (_sem), .op = KSEM_OP_ZERO }

/* The index of the operation that failed comes with the error. */
#define expect_step(_err, _index, ...) do {				\
	struct ksem_op ops[] = { __VA_ARGS__ };				\
	unsigned int index = 77;					\
									\
	KUNIT_EXPECT_EQ(test, _err,					\
			ksem_operate_timeout(ops, ARRAY_SIZE(ops), 0,	\
					     &index));			\
	KUNIT_EXPECT_EQ(test, _index, index);				\
} while (0)

static void steps(struct kunit *test)
{
	struct ksem *a = make_sem(test, 2, 5), *b = make_sem(test, 0, 5);

	expect_step(0, 1, WAIT(a, 2), POST(b, 3));
	expect_state(a, 0, 0);
	expect_state(b, 3, 0);
	/* Each sees what those before it have done. */
	expect_step(0, 4, POST(a, 2), WAIT(a, 1), WAIT(b, 3), ZERO(b),
		    SET(b, 5));
	expect_state(a, 1, 0);
	expect_state(b, 5, 0);
	/* None of it if one can't be done. */
	expect_step(-ETIMEDOUT, 1, WAIT(a, 1), WAIT(a, 1));
	expect_step(-ETIMEDOUT, 2, WAIT(a, 1), WAIT(b, 2), ZERO(b));
	expect_step(-EOVERFLOW, 1, WAIT(a, 1), POST(b, 1));
	expect_step(-EOVERFLOW, 0, SET(a, 6), POST(b, 1));
	expect_step(-ERANGE, 1, WAIT(b, 5), WAIT(a, 6));
	expect_step(-EAGAIN, 1, POST(a, 1),
		    WAIT(a, 3, .flags = KSEM_OP_NOWAIT));
	expect_state(a, 1, 0);
	expect_state(b, 5, 0);
	KUNIT_EXPECT_EQ(test, 0, ksem_shutdown(b));
	expect_step(-EIDRM, 1, WAIT(a, 1), ZERO(b));
	expect_step(-EIDRM, 1, WAIT(a, 1), SET(b, 1));
	expect_state(a, 1, 0);
}

static void steps_refused(struct kunit *test)
{
	struct ksem *sem = make_sem(test, 1, 5);
	struct ksem_op *many = make_zeros(test, (KSEM_OPS_MAX + 1) *
					  sizeof(*many));
	unsigned int i, nothing;

	for (i = 0; i <= KSEM_OPS_MAX; i++)
		many[i] = (struct ksem_op)WAIT(sem, 1);
	KUNIT_EXPECT_EQ(test, -EINVAL, ksem_operate(many, 0, &nothing));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			ksem_operate(many, KSEM_OPS_MAX + 1, &nothing));
	expect_step(-EINVAL, 0, WAIT(sem, 0));
	expect_step(-EINVAL, 1, WAIT(sem, 1), { .sem = sem, .op = 4 });
	expect_step(-EINVAL, 0, { .sem = sem, .op = KSEM_OP_ZERO, .units = 1 });
	expect_step(-EINVAL, 0, WAIT(sem, 1, .flags = KSEM_OP_UNDO));
	expect_step(-EINVAL, 0, WAIT(sem, 1, .flags = 0x80));
	expect_step(-ERANGE, 0, POST(sem, KSEM_VALUE_MAX + 1));
	expect_state(sem, 1, 0);
}

/* What a step gives is handed over within it. */
static void steps_serve(struct kunit *test)
{
	struct ksem *a = make_sem(test, 0, 5), *b = make_sem(test, 0, 5);
	struct asker *askers = make_askers(test, 2);

	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(a, 2, &askers[0].req));
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(b, 1, &askers[1].req));
	expect_step(-ETIMEDOUT, 1, POST(a, 2), WAIT(b, 1));
	expect_state(a, 0, 1);
	expect_step(0, 1, POST(a, 3), SET(b, 1));
	/* The semaphores are served in the order of their addresses. */
	KUNIT_EXPECT_EQ(test, a < b ? 1 : 2, turn_of(&askers[0]));
	KUNIT_EXPECT_EQ(test, a < b ? 2 : 1, turn_of(&askers[1]));
	expect_state(a, 1, 0);
	expect_state(b, 0, 0);
}

static void steps_look(struct kunit *test)
{
	struct ksem *a = make_sem(test, 2, 5), *b = make_sem(test, 3, 5);
	struct ksem_op ops[] = { { .sem = b }, { .sem = a }, { .sem = b } };
	u32 values[3];

	KUNIT_EXPECT_EQ(test, 0, ksem_look(ops, 3, values));
	KUNIT_EXPECT_EQ(test, 3, values[0]);
	KUNIT_EXPECT_EQ(test, 2, values[1]);
	KUNIT_EXPECT_EQ(test, 3, values[2]);
}

static void steps_alone(struct kunit *test)
{
	struct ksem *sem = make_sem(test, 1, 2), *head = make_sem(test, 0, 1);
	struct ksem_op take = WAIT(sem, 1), give = POST(sem, 2);

	KUNIT_EXPECT_EQ(test, 0, ksem_operate_alone(&take, head));
	KUNIT_EXPECT_EQ(test, -EAGAIN, ksem_operate_alone(&take, head));
	KUNIT_EXPECT_EQ(test, 0, ksem_operate_alone(&give, head));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, ksem_operate_alone(&give, head));
	KUNIT_EXPECT_EQ(test, 0, ksem_shutdown(head));
	KUNIT_EXPECT_EQ(test, -EIDRM, ksem_operate_alone(&take, head));
	expect_state(sem, 2, 0);
}

struct step_sleeper {
	struct ksem_op ops[2];
	unsigned int index;
};

static int sleep_in_step(void *arg)
{
	struct step_sleeper *sleeper = arg;
	int err = ksem_operate(sleeper->ops, 2, &sleeper->index);

	while (!kthread_should_stop())
		msleep_interruptible(20);
	return err;
}

/* It takes nothing until it can take all. */
static void steps_block(struct kunit *test)
{
	struct ksem *a = make_sem(test, 0, 5), *b = make_sem(test, 0, 5);
	struct step_sleeper sleeper = { { WAIT(a, 1), WAIT(b, 2) } };
	struct task_struct *task = kthread_run(sleep_in_step, &sleeper,
					       "ksem-kunit");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	while (READ_ONCE(a->nr_for_units) != 1)
		msleep(20);
	expect_state(b, 0, 1);
	KUNIT_EXPECT_EQ(test, 0, ksem_post_n(a, 1));
	while (READ_ONCE(b->nr_for_units) != 1)
		msleep(20);
	expect_state(a, 1, 1);
	KUNIT_EXPECT_EQ(test, 0, ksem_trywait_n(a, 1));
	KUNIT_EXPECT_EQ(test, 0, ksem_post_n(b, 2));
	KUNIT_EXPECT_EQ(test, 0, ksem_post_n(a, 1));
	while (ksem_blocked(a))
		msleep(20);
	KUNIT_EXPECT_EQ(test, 0, kthread_stop(task));
	expect_state(a, 0, 0);
	expect_state(b, 0, 0);
}

/* A wait for any takes of the first that has units. */
static void any(struct kunit *test)
{
	struct ksem *a = make_sem(test, 0, 5), *b = make_sem(test, 2, 5);
	struct ksem_op ops[] = { WAIT(a, 1), WAIT(b, 2) };
	struct ksem_deadline past = { .at = 1, .clock = CLOCK_MONOTONIC };
	unsigned int index = 77;

	KUNIT_EXPECT_EQ(test, 0, ksem_wait_any(ops, 2, false, NULL, &index));
	KUNIT_EXPECT_EQ(test, 1, index);
	KUNIT_EXPECT_EQ(test, -EAGAIN,
			ksem_wait_any(ops, 2, true, NULL, &index));
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			ksem_wait_any(ops, 2, false, &past, &index));
	expect_state(a, 0, 0);
	expect_state(b, 0, 0);
	KUNIT_EXPECT_EQ(test, 0, ksem_post_n(a, 2));
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_any(ops, 2, true, NULL, &index));
	KUNIT_EXPECT_EQ(test, 0, index);
	expect_state(a, 1, 0);
}

/* Accounts: what a handle undoes. */

static void account(struct kunit *test)
{
	struct ksem *sem = make_sem(test, 5, 5);
	struct ksem_account account = {};

	ksem_account_init(&account);
	KUNIT_EXPECT_EQ(test, 0, ksem_trywait_slow(sem, 3, &account));
	KUNIT_EXPECT_EQ(test, 3, ksem_account_add(&account, sem, 0));
	KUNIT_EXPECT_EQ(test, -EAGAIN, ksem_trywait_slow(sem, 3, &account));
	KUNIT_EXPECT_EQ(test, 0, ksem_post_slow(sem, 1, &account));
	KUNIT_EXPECT_EQ(test, 2, ksem_account_add(&account, sem, 0));
	ksem_undo(sem, &account);
	KUNIT_EXPECT_EQ(test, 0, ksem_account_add(&account, sem, 0));
	expect_state(sem, 5, 0);

	/* A post takes off no more than there is, and never from below 0. */
	ksem_account_add(&account, sem, 2);
	ksem_account_less(&account, sem, 7);
	KUNIT_EXPECT_EQ(test, 0, ksem_account_add(&account, sem, 0));
	ksem_account_add(&account, sem, -2);
	ksem_account_less(&account, sem, 1);
	KUNIT_EXPECT_EQ(test, -2, ksem_account_add(&account, sem, 0));
	ksem_undo(sem, &account);
	expect_state(sem, 3, 0);
}

/* What doesn't fit is put there by others, and is lost. */
static void account_no_room(struct kunit *test)
{
	struct ksem *sem = make_sem(test, 2, 2);
	struct asker *askers = make_askers(test, 2);
	struct ksem_account account = {};

	ksem_account_init(&account);
	ksem_account_add(&account, sem, 1);
	ksem_undo(sem, &account);
	expect_state(sem, 2, 0);

	/* Waiters make room for the next part. */
	KUNIT_EXPECT_EQ(test, 0, ksem_trywait_n(sem, 2));
	ksem_account_init(&account);
	ksem_account_add(&account, sem, 4);
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(sem, 2, &askers[0].req));
	KUNIT_EXPECT_EQ(test, 0, ksem_wait_async_n(sem, 1, &askers[1].req));
	ksem_undo(sem, &account);
	KUNIT_EXPECT_EQ(test, 1, turn_of(&askers[0]));
	KUNIT_EXPECT_EQ(test, 2, turn_of(&askers[1]));
	expect_state(sem, 2, 0);

	/* There is less to take than was given. */
	ksem_account_init(&account);
	account.units = 0;
	ksem_account_add(&account, sem, -9);
	ksem_undo(sem, &account);
	expect_state(sem, 0, 0);
}

static void account_in_a_step(struct kunit *test)
{
	struct ksem *sem = make_sem(test, 5, 9);
	struct ksem_account mine = {}, other = {};
	struct ksem_op take[] = {
		WAIT(sem, 2, .flags = KSEM_OP_UNDO, .account = &mine),
	};
	struct ksem_op adjust[] = {
		WAIT(sem, 1, .flags = KSEM_OP_ADJUST, .account = &other),
		POST(sem, 4, .flags = KSEM_OP_ADJUST, .account = &other),
	};
	struct ksem_op give[] = {
		POST(sem, 1, .flags = KSEM_OP_UNDO, .account = &mine),
	};
	struct ksem_op set[] = { SET(sem, 3, .flags = KSEM_OP_UNDO) };
	unsigned int index;

	ksem_account_init(&mine);
	ksem_account_init(&other);
	KUNIT_EXPECT_EQ(test, 0, ksem_operate_until(take, 1, NULL, &index));
	KUNIT_EXPECT_EQ(test, 0, ksem_operate_until(adjust, 2, NULL, &index));
	KUNIT_EXPECT_EQ(test, 0, ksem_operate_until(give, 1, NULL, &index));
	KUNIT_EXPECT_EQ(test, 1, ksem_account_add(&mine, sem, 0));
	KUNIT_EXPECT_EQ(test, -3, ksem_account_add(&other, sem, 0));
	expect_state(sem, 7, 0);
	/* Makes void what all handles would undo, and no more than that. */
	KUNIT_EXPECT_EQ(test, 0, ksem_operate_until(set, 1, NULL, &index));
	KUNIT_EXPECT_EQ(test, 0, ksem_account_add(&mine, sem, 0));
	KUNIT_EXPECT_EQ(test, 0, ksem_operate_until(take, 1, NULL, &index));
	KUNIT_EXPECT_EQ(test, 2, ksem_account_add(&mine, sem, 0));
	ksem_undo(sem, &other);
	expect_state(sem, 1, 0);
	ksem_undo(sem, &mine);
	expect_state(sem, 3, 0);
}

static struct kunit_case sem_cases[] = {
	KUNIT_CASE(word_layout),
	KUNIT_CASE(word_fast),
	KUNIT_CASE(word_locked),
	KUNIT_CASE(word_nonsense),
	KUNIT_CASE(word_moves),
	KUNIT_CASE(limits),
	KUNIT_CASE(configure),
	KUNIT_CASE(identity),
	KUNIT_CASE(queue_fifo),
	KUNIT_CASE(queue_priority),
	KUNIT_CASE(queue_refresh),
	KUNIT_CASE(requests),
	KUNIT_CASE(requests_cancelled),
	KUNIT_CASE(requests_late),
	KUNIT_CASE(watchers),
	KUNIT_CASE(watch),
	KUNIT_CASE(blocked),
	KUNIT_CASE(blocked_ends),
	KUNIT_CASE(blocked_unfair),
	KUNIT_CASE(steps),
	KUNIT_CASE(steps_refused),
	KUNIT_CASE(steps_serve),
	KUNIT_CASE(steps_look),
	KUNIT_CASE(steps_alone),
	KUNIT_CASE(steps_block),
	KUNIT_CASE(any),
	KUNIT_CASE(account),
	KUNIT_CASE(account_no_room),
	KUNIT_CASE(account_in_a_step),
	{}
};

static struct kunit_suite sem_suite = {
	.name = "ksem",
	.test_cases = sem_cases,
};

kunit_test_suite(sem_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's side of the benchmarks for real time: a semaphore "ksem_bench_rt",
 * and in debugfs' ksem_bench_rt/:
 *
 *   wait    writing blocks in ksem_wait()
 *   down    writing blocks in down_interruptible()
 *   up      writing ends that wait
 *   async   writing submits a request with ksem_wait_async()
 *   ran_at  when the last of these waits was over, in ns of CLOCK_MONOTONIC
 *   irq     writing posts from a hard interrupt: to the semaphore for 0, else to
 *	     the eventfd whose descriptor is written
 *   took    how many ns that interrupt took, with those that it raised
 *   pair    writing the descriptor of an eventfd measures "pair-kernel-eventfd"
 *   pairs   the figures of that
 */

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/ksem.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/semaphore.h>
#include <linux/seq_file.h>
#include <linux/version.h>
#include <linux/wait.h>

static struct dentry *rt_dir;
static struct ksem *rt_sem;
static struct semaphore rt_peer = __SEMAPHORE_INITIALIZER(rt_peer, 0);
static u64 rt_ran_at;

static int wait_set(void *unused, u64 one)
{
	int err = ksem_wait(rt_sem);

	rt_ran_at = ktime_get_ns();
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(wait_fops, NULL, wait_set, "%llu\n");

static int down_set(void *unused, u64 one)
{
	int err = down_interruptible(&rt_peer);

	rt_ran_at = ktime_get_ns();
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(down_fops, NULL, down_set, "%llu\n");

static int up_set(void *unused, u64 one)
{
	up(&rt_peer);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(up_fops, NULL, up_set, "%llu\n");

static void rt_granted(struct ksem_request *req, int err)
{
	rt_ran_at = ktime_get_ns();
}

static struct ksem_request rt_request;

static int async_set(void *unused, u64 one)
{
	return ksem_wait_async(rt_sem, &rt_request);
}
DEFINE_DEBUGFS_ATTRIBUTE(async_fops, NULL, async_set, "%llu\n");

static void rt_signal(struct eventfd_ctx *ctx)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
	eventfd_signal(ctx, 1);
#else
	eventfd_signal(ctx);
#endif
}

static struct eventfd_ctx *rt_eventfd;

static void rt_interrupt(struct irq_work *work)
{
	if (rt_eventfd)
		rt_signal(rt_eventfd);
	else
		ksem_post(rt_sem);
}

static struct irq_work rt_irq = IRQ_WORK_INIT_HARD(rt_interrupt);
static u64 rt_took;

/* An eventfd's lock may not be taken in a hard interrupt of PREEMPT_RT. */
static int irq_set(void *unused, u64 fd)
{
	struct eventfd_ctx *ctx = NULL;

	if (fd) {
		if (IS_ENABLED(CONFIG_PREEMPT_RT))
			return -EOPNOTSUPP;
		ctx = eventfd_ctx_fdget(fd);
		if (IS_ERR(ctx))
			return PTR_ERR(ctx);
	}
	rt_eventfd = ctx;
	local_irq_disable();
	irq_work_queue(&rt_irq);
	rt_took = ktime_get_ns();
	/* The interrupts that it raises run here as well. */
	local_irq_enable();
	rt_took = ktime_get_ns() - rt_took;
	irq_work_sync(&rt_irq);
	if (ctx)
		eventfd_ctx_put(ctx);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(irq_fops, NULL, irq_set, "%llu\n");

/* Kernel code takes from an eventfd as an entry of its wait queue. */
struct rt_reader {
	poll_table		table;
	struct wait_queue_entry	entry;
	wait_queue_head_t	*head;
	struct eventfd_ctx	*ctx;
	u64			taken;
};

static int rt_reader_wake(struct wait_queue_entry *entry, unsigned int mode,
			  int sync, void *key)
{
	struct rt_reader *reader = container_of(entry, struct rt_reader, entry);
	u64 units;

	if (key_to_poll(key) & EPOLLIN) {
		/* The lock of the queue, which is the eventfd's, is held. */
		eventfd_ctx_do_read(reader->ctx, &units);
		reader->taken += units;
	}
	return 0;
}

static void rt_reader_join(struct file *file, wait_queue_head_t *head,
			   poll_table *table)
{
	struct rt_reader *reader = container_of(table, struct rt_reader, table);

	reader->head = head;
	add_wait_queue(head, &reader->entry);
}

static int rt_reader_idle(struct wait_queue_entry *entry, unsigned int mode,
			  int sync, void *key)
{
	return 0;
}

#define RUNS	10
#define PAIRS	10000

static s64 rt_pair[3];

/* Nanoseconds for PAIRS of them in the best of some runs. */
#define RT_BEST(pair)							\
({									\
	s64 best = S64_MAX;						\
	int run, i;							\
									\
	for (run = 0; run < RUNS; run++) {				\
		ktime_t start = ktime_get();				\
									\
		for (i = 0; i < PAIRS; i++)				\
			pair;						\
		best = min_t(s64, best, ktime_get() - start);		\
	}								\
	best;								\
})

static int rt_measure_pairs(struct file *file, struct eventfd_ctx *ctx)
{
	struct rt_reader reader = { .ctx = ctx };
	u64 units;

	rt_pair[0] = RT_BEST(({
		ksem_post(rt_sem);
		if (ksem_trywait(rt_sem))
			return -EIO;
	}));

	/* The callback takes the unit inside eventfd_signal(). */
	init_poll_funcptr(&reader.table, rt_reader_join);
	init_waitqueue_func_entry(&reader.entry, rt_reader_wake);
	vfs_poll(file, &reader.table);
	rt_pair[1] = RT_BEST(rt_signal(ctx));
	eventfd_ctx_remove_wait_queue(ctx, &reader.entry, &units);
	if (reader.taken != RUNS * PAIRS)
		return -EIO;

	/* The only function that takes a unit later: it needs an entry. */
	init_waitqueue_func_entry(&reader.entry, rt_reader_idle);
	rt_pair[2] = RT_BEST(({
		rt_signal(ctx);
		vfs_poll(file, &reader.table);
		if (eventfd_ctx_remove_wait_queue(ctx, &reader.entry, &units))
			return -EIO;
	}));
	return 0;
}

static void rt_report(struct seq_file *m, const char *who, s64 ns)
{
	seq_printf(m, "pair-kernel-eventfd\t%s\t%lld.%02lld\n", who, ns / PAIRS,
		   ns % PAIRS * 100 / PAIRS);
}

static int pairs_show(struct seq_file *m, void *unused)
{
	rt_report(m, "ksem_post+ksem_trywait", rt_pair[0]);
	rt_report(m, "eventfd, read by a callback", rt_pair[1]);
	rt_report(m, "eventfd, read by leaving it", rt_pair[2]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pairs);

static int pair_set(void *unused, u64 fd)
{
	struct eventfd_ctx *ctx;
	struct file *file = eventfd_fget(fd);
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ctx = eventfd_ctx_fileget(file);
	err = rt_measure_pairs(file, ctx);
	eventfd_ctx_put(ctx);
	fput(file);
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(pair_fops, NULL, pair_set, "%llu\n");

static int __init rt_init(void)
{
	rt_sem = ksem_create("ksem_bench_rt", 0, KSEM_VALUE_MAX);
	if (IS_ERR(rt_sem))
		return PTR_ERR(rt_sem);
	ksem_request_init(&rt_request, rt_granted);
	rt_dir = debugfs_create_dir("ksem_bench_rt", NULL);
	debugfs_create_file_unsafe("wait", 0200, rt_dir, NULL, &wait_fops);
	debugfs_create_file_unsafe("down", 0200, rt_dir, NULL, &down_fops);
	debugfs_create_file_unsafe("up", 0200, rt_dir, NULL, &up_fops);
	debugfs_create_file_unsafe("async", 0200, rt_dir, NULL, &async_fops);
	debugfs_create_file_unsafe("irq", 0200, rt_dir, NULL, &irq_fops);
	debugfs_create_file_unsafe("pair", 0200, rt_dir, NULL, &pair_fops);
	debugfs_create_file("pairs", 0400, rt_dir, NULL, &pairs_fops);
	debugfs_create_u64("ran_at", 0600, rt_dir, &rt_ran_at);
	debugfs_create_u64("took", 0400, rt_dir, &rt_took);
	return 0;
}
module_init(rt_init);

static void __exit rt_exit(void)
{
	debugfs_remove_recursive(rt_dir);
	ksem_cancel_sync(&rt_request);
	ksem_destroy(rt_sem);
}
module_exit(rt_exit);

MODULE_LICENSE("GPL");
KSEM_IMPORT();
MODULE_DESCRIPTION("Benchmarks for real time of semaphores shared with user space");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the benchmarks need inside the kernel.  In debugfs' ksem_bench/:
 *
 *   pair       reading it measures "pair-kernel"
 *   ksem       a writer gets a unit of the semaphore "ksem_bench" soon
 *   eventfd    the same for the eventfd whose descriptor is written
 *   posted_at  when the last of those was given, in ns of CLOCK_MONOTONIC
 *   contend    "ksem N" has N threads take and give a unit of "ksem_bench" in
 *              loops; "FD N" N threads a struct semaphore, and another one lends
 *              its unit to programs: it is in the eventfd FD until "return" is
 *              written; "stop" ends them. Reading it says how often they did.
 *
 * Directories in configfs' ksem_bench/ have one file and nothing behind it.
 *
 * The file system "ksem_bench" has what ksem's could have if it had one of its own:
 * post and trywait, of the semaphore "ksem_bench".
 */

#include <linux/completion.h>
#include <linux/configfs.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/ksem.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/semaphore.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#define RUNS	10
#define PAIRS	10000

static struct dentry *bench_dir;
static struct ksem *bench_sem;

/* Nanoseconds for PAIRS of them in the best of some runs. */
#define BENCH_BEST(pair)						\
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

static void bench_report(struct seq_file *m, const char *who, s64 ns)
{
	seq_printf(m, "pair-kernel\t%s\t%lld.%02lld\n", who, ns / PAIRS,
		   ns % PAIRS * 100 / PAIRS);
}

static int pair_show(struct seq_file *m, void *unused)
{
	struct semaphore peer;
	int err = ksem_post(bench_sem);

	if (err)
		return err;
	sema_init(&peer, 1);
	bench_report(m, "ksem_wait+ksem_post", BENCH_BEST(({
		if (ksem_wait(bench_sem))
			return -EINTR;
		ksem_post(bench_sem);
	})));
	bench_report(m, "down_interruptible+up", BENCH_BEST(({
		if (down_interruptible(&peer))
			return -EINTR;
		up(&peer);
	})));
	return ksem_trywait(bench_sem);
}
DEFINE_SHOW_ATTRIBUTE(pair);

static u64 bench_posted_at;

static void bench_post(struct work_struct *work)
{
	bench_posted_at = ktime_get_ns();
	ksem_post(bench_sem);
}

static DECLARE_DELAYED_WORK(bench_post_work, bench_post);

static int ksem_set(void *unused, u64 one)
{
	schedule_delayed_work(&bench_post_work, 1);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(ksem_fops, NULL, ksem_set, "%llu\n");

static struct eventfd_ctx *bench_eventfd;

static void bench_signal(struct work_struct *work)
{
	bench_posted_at = ktime_get_ns();
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
	eventfd_signal(bench_eventfd, 1);
#else
	eventfd_signal(bench_eventfd);
#endif
	eventfd_ctx_put(bench_eventfd);
}

static DECLARE_DELAYED_WORK(bench_signal_work, bench_signal);

static int eventfd_set(void *unused, u64 fd)
{
	struct eventfd_ctx *ctx;

	flush_delayed_work(&bench_signal_work);
	ctx = eventfd_ctx_fdget(fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	bench_eventfd = ctx;
	schedule_delayed_work(&bench_signal_work, 1);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(eventfd_fops, NULL, eventfd_set, "%llu\n");

#define CONTEND_MAX	64

static DEFINE_MUTEX(contend_lock);
static struct task_struct *contend_threads[CONTEND_MAX + 1];
static atomic_long_t contend_units;
static struct semaphore contend_peer;
static DECLARE_COMPLETION(contend_returned);
static struct eventfd_ctx *contend_eventfd;

static int contend_ksem(void *unused)
{
	while (!kthread_should_stop()) {
		if (ksem_wait(bench_sem))
			continue;
		ksem_post(bench_sem);
		atomic_long_inc(&contend_units);
		cond_resched();
	}
	return 0;
}

static int contend_semaphore(void *unused)
{
	while (!kthread_should_stop()) {
		down(&contend_peer);
		up(&contend_peer);
		atomic_long_inc(&contend_units);
		cond_resched();
	}
	return 0;
}

static int contend_lend(void *unused)
{
	while (!kthread_should_stop()) {
		down(&contend_peer);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
		eventfd_signal(contend_eventfd, 1);
#else
		eventfd_signal(contend_eventfd);
#endif
		wait_for_completion(&contend_returned);
		up(&contend_peer);
	}
	return 0;
}

/* A program that has the unit gives it back first. */
static void contend_stop(void)
{
	int i;

	for (i = 0; i <= CONTEND_MAX && contend_threads[i]; i++) {
		if (contend_eventfd)
			complete(&contend_returned);
		kthread_stop(contend_threads[i]);
		contend_threads[i] = NULL;
	}
	if (contend_eventfd)
		eventfd_ctx_put(contend_eventfd);
	contend_eventfd = NULL;
}

static int contend_run(int i, int (*fn)(void *unused))
{
	struct task_struct *thread = kthread_run(fn, NULL, "contend/%d", i);

	if (IS_ERR(thread))
		return PTR_ERR(thread);
	contend_threads[i] = thread;
	return 0;
}

static int contend_start(int fd, unsigned int threads)
{
	struct eventfd_ctx *ctx;
	int i, err = 0;

	if (contend_threads[0] || threads > CONTEND_MAX)
		return -EINVAL;
	atomic_long_set(&contend_units, 0);
	if (fd >= 0) {
		ctx = eventfd_ctx_fdget(fd);
		if (IS_ERR(ctx))
			return PTR_ERR(ctx);
		contend_eventfd = ctx;
		sema_init(&contend_peer, 1);
		reinit_completion(&contend_returned);
	}
	for (i = 0; !err && i < threads; i++)
		err = contend_run(i, fd < 0 ? contend_ksem : contend_semaphore);
	if (!err && fd >= 0)
		err = contend_run(threads, contend_lend);
	if (err)
		contend_stop();
	return err;
}

static ssize_t contend_write(struct file *file, const char __user *from,
			     size_t count, loff_t *pos)
{
	char text[32] = "";
	unsigned int threads;
	int fd = -1;
	int err = 0;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, count))
		return -EFAULT;
	if (text[0] == 'r') {
		complete(&contend_returned);
		return count;
	}
	mutex_lock(&contend_lock);
	if (text[0] == 's')
		contend_stop();
	else if (sscanf(text, "ksem %u", &threads) == 1 ||
		 sscanf(text, "%d %u", &fd, &threads) == 2)
		err = contend_start(fd, threads);
	else
		err = -EINVAL;
	mutex_unlock(&contend_lock);
	return err ?: count;
}

static ssize_t contend_read(struct file *file, char __user *to, size_t count,
			    loff_t *pos)
{
	char text[24];
	int length = scnprintf(text, sizeof(text), "%ld\n",
			       atomic_long_read(&contend_units));

	return simple_read_from_buffer(to, count, pos, text, length);
}

static const struct file_operations contend_fops = {
	.owner	= THIS_MODULE,
	.read	= contend_read,
	.write	= contend_write,
};

static ssize_t bare_nothing_show(struct config_item *item, char *page)
{
	return 0;
}
CONFIGFS_ATTR_RO(bare_, nothing);

static struct configfs_attribute *bare_attrs[] = {
	&bare_attr_nothing,
	NULL,
};

static void bare_release(struct config_item *item)
{
	kfree(to_config_group(item));
}

static struct configfs_item_operations bare_item_ops = {
	.release	= bare_release,
};

static const struct config_item_type bare_type = {
	.ct_item_ops	= &bare_item_ops,
	.ct_attrs	= bare_attrs,
	.ct_owner	= THIS_MODULE,
};

static struct config_group *bare_make_group(struct config_group *parent,
					    const char *name)
{
	struct config_group *group = kzalloc(sizeof(*group), GFP_KERNEL);

	if (!group)
		return ERR_PTR(-ENOMEM);
	config_group_init_type_name(group, name, &bare_type);
	return group;
}

static struct configfs_group_operations bare_group_ops = {
	.make_group	= bare_make_group,
};

static const struct config_item_type bare_subsys_type = {
	.ct_group_ops	= &bare_group_ops,
	.ct_owner	= THIS_MODULE,
};

static struct configfs_subsystem bare_subsys = {
	.su_group = {
		.cg_item = {
			.ci_namebuf	= "ksem_bench",
			.ci_type	= &bare_subsys_type,
		},
	},
	.su_mutex = __MUTEX_INITIALIZER(bare_subsys.su_mutex),
};

static ssize_t own_post_write(struct file *file, const char __user *from,
			      size_t count, loff_t *pos)
{
	unsigned int n;
	int err = kstrtouint_from_user(from, count, 10, &n);

	return err ?: ksem_post_n(bench_sem, n) ?: count;
}

static const struct file_operations own_post_fops = {
	.owner	= THIS_MODULE,
	.write	= own_post_write,
};

static ssize_t own_trywait_read(struct file *file, char __user *to, size_t count,
				loff_t *pos)
{
	int err = ksem_trywait(bench_sem);

	return err ?: simple_read_from_buffer(to, count, pos, "1\n", 2);
}

static const struct file_operations own_trywait_fops = {
	.owner	= THIS_MODULE,
	.read	= own_trywait_read,
};

static int own_fill(struct super_block *sb, struct fs_context *fc)
{
	static const struct tree_descr files[] = {
		[2] = { "post", &own_post_fops, 0200 },
		[3] = { "trywait", &own_trywait_fops, 0400 },
		{ "" },
	};

	return simple_fill_super(sb, 0x6b73656d, files);
}

static int own_get_tree(struct fs_context *fc)
{
	return get_tree_single(fc, own_fill);
}

static const struct fs_context_operations own_context_ops = {
	.get_tree	= own_get_tree,
};

static int own_init_context(struct fs_context *fc)
{
	fc->ops = &own_context_ops;
	return 0;
}

static struct file_system_type own_type = {
	.owner		 = THIS_MODULE,
	.name		 = "ksem_bench",
	.init_fs_context = own_init_context,
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
	.kill_sb	 = kill_litter_super,
#else
	.kill_sb	 = kill_anon_super,
#endif
};

static int __init bench_init(void)
{
	int err;

	bench_sem = ksem_create("ksem_bench", 0, 1);
	if (IS_ERR(bench_sem))
		return PTR_ERR(bench_sem);
	config_group_init(&bare_subsys.su_group);
	err = configfs_register_subsystem(&bare_subsys);
	if (err)
		goto destroy;
	err = register_filesystem(&own_type);
	if (err)
		goto unregister;
	bench_dir = debugfs_create_dir("ksem_bench", NULL);
	debugfs_create_file("pair", 0400, bench_dir, NULL, &pair_fops);
	debugfs_create_file_unsafe("ksem", 0200, bench_dir, NULL, &ksem_fops);
	debugfs_create_file_unsafe("eventfd", 0200, bench_dir, NULL,
				   &eventfd_fops);
	debugfs_create_file("contend", 0600, bench_dir, NULL, &contend_fops);
	debugfs_create_u64("posted_at", 0400, bench_dir, &bench_posted_at);
	return 0;

unregister:
	configfs_unregister_subsystem(&bare_subsys);
destroy:
	ksem_destroy(bench_sem);
	return err;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	debugfs_remove_recursive(bench_dir);
	contend_stop();
	flush_delayed_work(&bench_post_work);
	flush_delayed_work(&bench_signal_work);
	unregister_filesystem(&own_type);
	configfs_unregister_subsystem(&bare_subsys);
	ksem_destroy(bench_sem);
}
module_exit(bench_exit);

MODULE_LICENSE("GPL");
KSEM_IMPORT();
MODULE_DESCRIPTION("Benchmarks of semaphores shared with user space");

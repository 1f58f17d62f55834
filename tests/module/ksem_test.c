// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel user of ksem for the tests, and a configfs driver itself, so that
 * every call comes from a callback of another configfs subsystem.
 *
 * mkdir /sys/kernel/config/ksem_test/NAME holds the semaphore NAME; if there is
 * none, it makes one with 3 of 10 units.  rmdir lets go of it.  Writing a
 * number to a file makes the call of that name for so many units and gives its
 * errno.
 */

#include <linux/configfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ksem.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#define TEST_THREADS	8
#define TEST_PERIOD	(50 * NSEC_PER_USEC)
#define TEST_TAKERS	8
#define TEST_CPU_PERIOD	(300 * NSEC_PER_USEC)

/* Something of the kernel's that blocks on the semaphore. */
struct test_sleeper {
	struct test		*t;
	bool			freezable;
	struct task_struct	*thread;
	struct workqueue_struct	*wq;
	struct work_struct	work;
};

enum { TEST_THREAD, TEST_FREEZABLE_THREAD, TEST_WORK, TEST_FREEZABLE_WORK,
	TEST_SLEEPERS };

/* A timer of one CPU that posts in hard irq context. */
struct test_cpu_timer {
	struct hrtimer		timer;
	struct test		*t;
};

/* A request that asks anew in its callback. */
struct test_taker {
	struct ksem_request	req;
	struct test		*t;
};

struct test {
	struct config_item	item;
	struct ksem		*sem;
	bool			created;

	/* asynchronous waits */
	struct ksem_request	req;
	atomic_t		granted;
	int			granted_err;
	atomic_t		again;	/* times the callback asks anew */

	/* a timer that makes a call in hard irq context */
	struct hrtimer		timer;
	int			(*irq_call)(struct test *t);
	unsigned int		irq_left;
	unsigned int		irq_done;

	/* threads that wait, look how many are inside, and post */
	struct task_struct	*threads[TEST_THREADS];
	unsigned int		loops;
	atomic_t		loops_done;
	atomic_t		inside;
	atomic_t		inside_max;

	/* those that block, once each */
	struct test_sleeper	sleepers[TEST_SLEEPERS];
	atomic_t		slept;
	int			slept_err;

	/* timers on all CPUs that post what the takers take */
	struct test_cpu_timer __percpu *cpu_timers;
	struct test_taker	takers[TEST_TAKERS];
	bool			posting;
	bool			taking;
	atomic_t		posted;
	atomic_t		taken;
};

static struct test *to_test(struct config_item *item)
{
	return container_of(item, struct test, item);
}

#define TEST_CALL(_name, _call)						\
static ssize_t test_##_name##_store(struct config_item *item,		\
				    const char *page, size_t count)	\
{									\
	struct test *t __maybe_unused = to_test(item);			\
	u32 n;								\
	int err = kstrtouint(page, 10, &n);				\
									\
	if (!err)							\
		err = _call;						\
	return err ?: count;						\
}									\
CONFIGFS_ATTR_WO(test_, _name)

#define TEST_SHOW(_name, _value)					\
static ssize_t test_##_name##_show(struct config_item *item,		\
				   char *page)				\
{									\
	struct test *t = to_test(item);					\
									\
	return sysfs_emit(page, "%d\n", _value);			\
}									\
CONFIGFS_ATTR_RO(test_, _name)

static void test_granted(struct ksem_request *req, int err)
{
	struct test *t = container_of(req, struct test, req);

	WRITE_ONCE(t->granted_err, err);
	/* As soon as it has asked anew, two calls can overlap. */
	atomic_inc(&t->granted);
	if (!err && atomic_add_unless(&t->again, -1, 0)) {
		ksem_post(t->sem);
		ksem_wait_async(t->sem, req);
	}
}

static int test_async_again(struct test *t, unsigned int times)
{
	atomic_set(&t->again, times);
	return ksem_wait_async(t->sem, &t->req);
}

static enum hrtimer_restart test_tick(struct hrtimer *timer)
{
	struct test *t = container_of(timer, struct test, timer);
	int err;

	WARN_ON_ONCE(!in_hardirq());
	err = t->irq_call(t);
	if (!err)
		WRITE_ONCE(t->irq_done, t->irq_done + 1);
	WRITE_ONCE(t->irq_left, t->irq_left - 1);
	if (!t->irq_left)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, ns_to_ktime(TEST_PERIOD));
	return HRTIMER_RESTART;
}

static void test_timer_setup(struct hrtimer *timer,
			     enum hrtimer_restart (*fn)(struct hrtimer *timer),
			     enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = fn;
#else
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, mode);
#endif
}

static int test_irq_after(struct test *t, unsigned int times, ktime_t delay,
			  int (*call)(struct test *t))
{
	if (!times || READ_ONCE(t->irq_left))
		return -EBUSY;
	t->irq_call = call;
	t->irq_done = 0;
	t->irq_left = times;
	hrtimer_start(&t->timer, delay, HRTIMER_MODE_REL_HARD);
	return 0;
}

static int test_irq(struct test *t, unsigned int times,
		    int (*call)(struct test *t))
{
	return test_irq_after(t, times, ns_to_ktime(TEST_PERIOD), call);
}

static int test_irq_post(struct test *t)
{
	return ksem_post(t->sem);
}

static int test_irq_trywait(struct test *t)
{
	return ksem_trywait(t->sem);
}

static int test_irq_async(struct test *t)
{
	return ksem_wait_async(t->sem, &t->req);
}

static void test_note_inside(struct test *t, int inside)
{
	int max = atomic_read(&t->inside_max);

	while (inside > max &&
	       !atomic_try_cmpxchg(&t->inside_max, &max, inside))
		;
}

static int test_thread(void *data)
{
	struct test *t = data;
	unsigned int i;

	for (i = 0; i < t->loops && !kthread_should_stop(); i++) {
		if (ksem_wait_killable(t->sem))
			break;
		test_note_inside(t, atomic_inc_return(&t->inside));
		udelay(5);
		cond_resched();
		atomic_dec(&t->inside);
		ksem_post(t->sem);
		atomic_inc(&t->loops_done);
	}
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static void test_join(struct test *t)
{
	int i;

	for (i = 0; i < TEST_THREADS; i++) {
		if (t->threads[i])
			kthread_stop(t->threads[i]);
		t->threads[i] = NULL;
	}
}

static int test_threads(struct test *t, unsigned int loops)
{
	struct task_struct *thread;
	int i;

	test_join(t);
	t->loops = loops;
	atomic_set(&t->loops_done, 0);
	atomic_set(&t->inside_max, 0);
	for (i = 0; i < TEST_THREADS; i++) {
		thread = kthread_run(test_thread, t, "ksem_test/%d", i);
		if (IS_ERR(thread))
			return PTR_ERR(thread);
		t->threads[i] = thread;
	}
	return 0;
}

static void test_slept(struct test *t, int err)
{
	if (err)
		WRITE_ONCE(t->slept_err, err);
	else
		atomic_inc(&t->slept);
}

static int test_sleeper_thread(void *data)
{
	struct test_sleeper *s = data;

	if (s->freezable)
		set_freezable();
	test_slept(s->t, ksem_wait(s->t->sem));
	while (!kthread_should_stop()) {
		try_to_freeze();
		schedule_timeout_interruptible(HZ / 50);
	}
	return 0;
}

/* Not for ever, since nothing else could end it if the test fails. */
static void test_sleeper_work(struct work_struct *work)
{
	struct test_sleeper *s = container_of(work, struct test_sleeper, work);

	test_slept(s->t, ksem_timedwait(s->t->sem, ms_to_ktime(60000)));
}

static int test_sleep(struct test *t, unsigned int kind)
{
	struct test_sleeper *s;
	struct task_struct *thread;

	if (kind >= TEST_SLEEPERS)
		return -EINVAL;
	s = &t->sleepers[kind];
	if (s->t)
		return -EBUSY;
	s->t = t;
	s->freezable = kind == TEST_FREEZABLE_THREAD ||
		       kind == TEST_FREEZABLE_WORK;
	if (kind == TEST_WORK || kind == TEST_FREEZABLE_WORK) {
		INIT_WORK(&s->work, test_sleeper_work);
		s->wq = alloc_workqueue("ksem_test",
					WQ_UNBOUND | (s->freezable ? WQ_FREEZABLE : 0),
					0);
		if (!s->wq)
			return -ENOMEM;
		queue_work(s->wq, &s->work);
		return 0;
	}
	thread = kthread_run(test_sleeper_thread, s, "ksem_sleeper");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	s->thread = thread;
	return 0;
}

/* Ends the threads' waits, too. */
static void test_end_sleepers(struct test *t)
{
	struct test_sleeper *s;

	for (s = t->sleepers; s < t->sleepers + TEST_SLEEPERS; s++) {
		if (s->thread)
			kthread_stop(s->thread);
		if (s->wq)
			destroy_workqueue(s->wq);
		memset(s, 0, sizeof(*s));
	}
}

static enum hrtimer_restart test_cpu_tick(struct hrtimer *timer)
{
	struct test_cpu_timer *c = container_of(timer, struct test_cpu_timer,
						timer);

	if (!READ_ONCE(c->t->posting))
		return HRTIMER_NORESTART;
	if (!ksem_post(c->t->sem))
		atomic_inc(&c->t->posted);
	hrtimer_forward_now(timer, ns_to_ktime(TEST_CPU_PERIOD));
	return HRTIMER_RESTART;
}

static void test_start_cpu_timer(void *data)
{
	struct test *t = data;

	hrtimer_start(&this_cpu_ptr(t->cpu_timers)->timer,
		      ns_to_ktime(TEST_CPU_PERIOD),
		      HRTIMER_MODE_REL_PINNED_HARD);
}

/* A CPU that goes offline leaves its timer to another one. */
static int test_cpus_post(struct test *t, unsigned int on)
{
	int cpu;

	WRITE_ONCE(t->posting, false);
	for_each_possible_cpu(cpu)
		hrtimer_cancel(&per_cpu_ptr(t->cpu_timers, cpu)->timer);
	if (on) {
		t->posting = true;
		on_each_cpu(test_start_cpu_timer, t, 1);
	}
	return 0;
}

static void test_taken(struct ksem_request *req, int err)
{
	struct test_taker *taker = container_of(req, struct test_taker, req);

	if (err)
		return;
	atomic_inc(&taker->t->taken);
	/* -EBUSY when it is being cancelled. */
	if (READ_ONCE(taker->t->taking))
		ksem_wait_async(taker->t->sem, req);
}

/* 1: they begin; 0: they get no more; 2: they are cancelled while they do. */
static int test_take(struct test *t, unsigned int what)
{
	struct test_taker *taker;
	int err = 0;

	WRITE_ONCE(t->taking, what);
	for (taker = t->takers; taker < t->takers + TEST_TAKERS; taker++) {
		if (what != 1)
			ksem_cancel_sync(&taker->req);
		else if (!err)
			err = ksem_wait_async(t->sem, &taker->req);
	}
	return err;
}

static int test_setup(struct test *t)
{
	struct test_cpu_timer *c;
	int i, cpu;

	t->cpu_timers = alloc_percpu(struct test_cpu_timer);
	if (!t->cpu_timers)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		c = per_cpu_ptr(t->cpu_timers, cpu);
		c->t = t;
		test_timer_setup(&c->timer, test_cpu_tick,
				 HRTIMER_MODE_REL_PINNED_HARD);
	}
	test_timer_setup(&t->timer, test_tick, HRTIMER_MODE_REL_HARD);
	ksem_request_init(&t->req, test_granted);
	for (i = 0; i < TEST_TAKERS; i++) {
		t->takers[i].t = t;
		ksem_request_init(&t->takers[i].req, test_taken);
	}
	return 0;
}

/* The semaphore of a descriptor gets one unit. */
static int test_get_fd(int fd)
{
	struct ksem *sem = ksem_get_fd(fd);
	int err;

	if (IS_ERR(sem))
		return PTR_ERR(sem);
	err = ksem_post(sem);
	ksem_put(sem);
	return err;
}

/* Mistakes that a driver makes; each of them makes the kernel warn. */
/* To values that a test can tell from those at first. */
static int test_configure(struct test *t, unsigned int set)
{
	struct ksem_settings settings = {
		.set = set,
		.value = 4,
		.max = 5,
		.order = KSEM_ORDER_PRIORITY,
		.fair = 0,
	};

	return ksem_configure(t->sem, &settings);
}

static int test_mistake(struct test *t, unsigned int which)
{
	struct ksem *sem;

	switch (which) {
	case 0:	/* got, or created */
		if (t->created)
			ksem_put(t->sem);
		else
			ksem_destroy(t->sem);
		return 0;
	case 1:
		sem = ksem_get_or_create("mistake", 1, 1);
		if (IS_ERR(sem))
			return PTR_ERR(sem);
		ksem_destroy(sem);
		ksem_put(sem);
		return 0;
	case 2:	/* destroyed, but still held */
		sem = ksem_create("mistake", 1, 1);
		if (IS_ERR(sem) || IS_ERR(ksem_get("mistake")))
			return -EINVAL;
		ksem_destroy(sem);
		ksem_destroy(sem);
		ksem_put(sem);
		return 0;
	case 3:	/* no mistakes */
		ksem_put(NULL);
		ksem_put(ERR_PTR(-ENOENT));
		ksem_destroy(NULL);
		ksem_destroy(ERR_PTR(-ENOENT));
		return 0;
	}
	return -EINVAL;
}

/* A lock as System V has it: wait until there are no units, then make some. */
static int test_all(struct test *t, unsigned int n, ktime_t timeout,
		    unsigned int flags)
{
	const struct ksem_op ops[] = {
		{ .sem = t->sem, .op = KSEM_OP_ZERO, .flags = flags },
		{ .sem = t->sem, .op = KSEM_OP_POST, .units = n },
	};
	unsigned int index;

	if (timeout == KTIME_MAX)
		return ksem_operate(ops, ARRAY_SIZE(ops), &index);
	return ksem_operate_timeout(ops, ARRAY_SIZE(ops), timeout, &index);
}

/* How many operations there are. */
static int test_all_nr(struct test *t, unsigned int nr)
{
	struct ksem_op *ops = kcalloc(nr, sizeof(*ops), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!ops)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		ops[i] = (struct ksem_op) { t->sem, KSEM_OP_POST, 1 };
	err = ksem_operate(ops, nr, &i);
	kfree(ops);
	return err;
}

/* What a driver returns to a program: the call can be made again. */
static int test_restart(int err)
{
	return err == -EINTR ? -ERESTARTSYS : err;
}

TEST_CALL(wait, test_restart(ksem_wait_n(t->sem, n)));
TEST_CALL(wait_killable, ksem_wait_killable_n(t->sem, n));
TEST_CALL(timedwait_50ms, ksem_timedwait_n(t->sem, n, ms_to_ktime(50)));
TEST_CALL(timedwait_0, ksem_timedwait_n(t->sem, n, 0));
TEST_CALL(timedwait_past, ksem_timedwait_n(t->sem, n, ms_to_ktime(-1)));
TEST_CALL(trywait, ksem_trywait_n(t->sem, n));
TEST_CALL(post, ksem_post_n(t->sem, n));
TEST_CALL(all, test_all(t, n, KTIME_MAX, 0));
TEST_CALL(all_50ms, test_all(t, n, ms_to_ktime(50), 0));
TEST_CALL(all_past, test_all(t, n, ms_to_ktime(-1), 0));
TEST_CALL(all_now, test_all(t, n, KTIME_MAX, KSEM_OP_NOWAIT));
TEST_CALL(all_undo, test_all(t, n, KTIME_MAX, KSEM_OP_UNDO));
TEST_CALL(all_nr, test_all_nr(t, n));
TEST_SHOW(value, ksem_value(t->sem));

TEST_CALL(async, ksem_wait_async_n(t->sem, n, &t->req));
TEST_CALL(async_again, test_async_again(t, n));
TEST_CALL(cancel, ksem_cancel(&t->req) ? 0 : -ENOENT);
TEST_CALL(cancel_sync, ksem_cancel_sync(&t->req) ? 0 : -ENOENT);
TEST_SHOW(granted, atomic_read(&t->granted));
TEST_SHOW(granted_err, READ_ONCE(t->granted_err));

TEST_CALL(irq_post, test_irq(t, n, test_irq_post));
TEST_CALL(irq_trywait, test_irq(t, n, test_irq_trywait));
TEST_CALL(irq_async, test_irq(t, n, test_irq_async));
TEST_SHOW(irq_left, READ_ONCE(t->irq_left));
TEST_SHOW(irq_done, READ_ONCE(t->irq_done));

TEST_CALL(irq_post_later, test_irq_after(t, 1, ms_to_ktime(n), test_irq_post));

TEST_CALL(sleep, test_sleep(t, n));
TEST_CALL(end_sleepers, (test_end_sleepers(t), 0));
TEST_SHOW(slept, atomic_read(&t->slept));
TEST_SHOW(slept_err, READ_ONCE(t->slept_err));

TEST_CALL(again, (atomic_set(&t->again, n), 0));
TEST_CALL(cpus_post, test_cpus_post(t, n));
TEST_CALL(take, test_take(t, n));
TEST_SHOW(posted, atomic_read(&t->posted));
TEST_SHOW(taken, atomic_read(&t->taken));

TEST_CALL(get_fd, test_get_fd(n));
TEST_CALL(configure, test_configure(t, n));
TEST_CALL(mistake, test_mistake(t, n));

TEST_CALL(threads, test_threads(t, n));
TEST_SHOW(loops_done, atomic_read(&t->loops_done));
TEST_SHOW(inside_max, atomic_read(&t->inside_max));

static int test_create(const char *name, unsigned int value, unsigned int max)
{
	struct ksem *sem = ksem_create(name, value, max);

	if (IS_ERR(sem))
		return PTR_ERR(sem);
	ksem_destroy(sem);
	return 0;
}

/* What ksem_create() says to bad arguments; nothing may be made. */
static int test_create_bad(unsigned int which)
{
	static const struct {
		const char *name;
		unsigned int value, max;
	} bad[] = {
		{ "", 0, 1 }, { ".", 0, 1 }, { "..", 0, 1 }, { "a/b", 0, 1 },
		{ "a!b", 0, 1 }, { "a\nb", 0, 1 }, { "a\177", 0, 1 },
		{ "bad", 0, 0 }, { "bad", 2, 1 }, { "bad", 0, 0x80000000 },
	};

	if (which >= ARRAY_SIZE(bad))
		return -ENOENT;
	return test_create(bad[which].name, bad[which].value, bad[which].max);
}

/* A name of so many bytes. */
static int test_create_long(unsigned int len)
{
	static char name[300];

	if (len >= sizeof(name))
		return -E2BIG;
	memset(name, 'n', len);
	name[len] = '\0';
	return test_create(name, 0, 1);
}

static int test_get_put(const char *name)
{
	struct ksem *sem = ksem_get(name);

	if (IS_ERR(sem))
		return PTR_ERR(sem);
	ksem_put(sem);
	return 0;
}

static const char *test_name(struct test *t)
{
	return config_item_name(&t->item);
}

TEST_CALL(create_bad, test_create_bad(n));
TEST_CALL(create_long, test_create_long(n));
TEST_CALL(create_same, test_create(test_name(t), 0, n));
TEST_CALL(get_put, test_get_put(test_name(t)));
TEST_CALL(get_nothing, test_get_put(n ? "nothing of this name" : ""));

static struct configfs_attribute *test_attrs[] = {
	&test_attr_wait,
	&test_attr_wait_killable,
	&test_attr_timedwait_50ms,
	&test_attr_timedwait_0,
	&test_attr_timedwait_past,
	&test_attr_trywait,
	&test_attr_post,
	&test_attr_all,
	&test_attr_all_50ms,
	&test_attr_all_past,
	&test_attr_all_now,
	&test_attr_all_undo,
	&test_attr_all_nr,
	&test_attr_value,
	&test_attr_async,
	&test_attr_async_again,
	&test_attr_cancel,
	&test_attr_cancel_sync,
	&test_attr_granted,
	&test_attr_granted_err,
	&test_attr_irq_post,
	&test_attr_irq_trywait,
	&test_attr_irq_async,
	&test_attr_irq_left,
	&test_attr_irq_done,
	&test_attr_irq_post_later,
	&test_attr_sleep,
	&test_attr_end_sleepers,
	&test_attr_slept,
	&test_attr_slept_err,
	&test_attr_again,
	&test_attr_cpus_post,
	&test_attr_take,
	&test_attr_posted,
	&test_attr_taken,
	&test_attr_get_fd,
	&test_attr_configure,
	&test_attr_mistake,
	&test_attr_threads,
	&test_attr_loops_done,
	&test_attr_inside_max,
	&test_attr_create_bad,
	&test_attr_create_long,
	&test_attr_create_same,
	&test_attr_get_put,
	&test_attr_get_nothing,
	NULL,
};

static void test_free(struct test *t)
{
	free_percpu(t->cpu_timers);
	kfree(t);
}

static void test_release(struct config_item *item)
{
	test_free(to_test(item));
}

static struct configfs_item_operations test_item_ops = {
	.release	= test_release,
};

static const struct config_item_type test_type = {
	.ct_item_ops	= &test_item_ops,
	.ct_attrs	= test_attrs,
	.ct_owner	= THIS_MODULE,
};

static struct config_item *test_make_item(struct config_group *group,
					  const char *name)
{
	struct test *t = kzalloc(sizeof(*t), GFP_KERNEL);
	struct ksem *sem;

	if (!t || test_setup(t)) {
		kfree(t);
		return ERR_PTR(-ENOMEM);
	}
	sem = ksem_get(name);
	if (sem == ERR_PTR(-ENOENT)) {
		sem = ksem_create(name, 3, 10);
		t->created = true;
	}
	if (IS_ERR(sem)) {
		test_free(t);
		return ERR_CAST(sem);
	}
	t->sem = sem;
	config_item_init_type_name(&t->item, name, &test_type);
	return &t->item;
}

static void test_drop_item(struct config_group *group,
			   struct config_item *item)
{
	struct test *t = to_test(item);

	hrtimer_cancel(&t->timer);
	test_cpus_post(t, 0);
	test_join(t);
	test_end_sleepers(t);
	test_take(t, 2);
	ksem_cancel_sync(&t->req);
	if (t->created)
		ksem_destroy(t->sem);
	else
		ksem_put(t->sem);
	config_item_put(item);
}

static struct configfs_group_operations test_group_ops = {
	.make_item	= test_make_item,
	.drop_item	= test_drop_item,
};

static const struct config_item_type test_subsys_type = {
	.ct_group_ops	= &test_group_ops,
	.ct_owner	= THIS_MODULE,
};

static struct configfs_subsystem test_subsys = {
	.su_group = {
		.cg_item = {
			.ci_namebuf	= "ksem_test",
			.ci_type	= &test_subsys_type,
		},
	},
	.su_mutex = __MUTEX_INITIALIZER(test_subsys.su_mutex),
};

static int __init test_init(void)
{
	config_group_init(&test_subsys.su_group);
	return configfs_register_subsystem(&test_subsys);
}
module_init(test_init);

static void __exit test_exit(void)
{
	configfs_unregister_subsystem(&test_subsys);
}
module_exit(test_exit);

MODULE_DESCRIPTION("A kernel user of ksem, for the tests");
MODULE_LICENSE("GPL");
KSEM_IMPORT();

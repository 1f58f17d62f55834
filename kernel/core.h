/* SPDX-License-Identifier: GPL-2.0-only */
/* The semaphore itself, and what its doors may do with it. */
#ifndef _KSEM_CORE_H
#define _KSEM_CORE_H

#include <linux/atomic.h>
#include <linux/configfs.h>
#include <linux/irq_work.h>
#include <linux/ksem.h>
#include <linux/percpu.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

struct device;
struct kernfs_node;

/* What /sys/class/ksem/NAME/ tells; units, times in ns. */
struct ksem_stats {
	u64	acquired;
	u64	posted;
	u64	contended;
	u64	timeouts;
	u64	interrupted;
	u64	wait_ns_total;
};

/* The directory of a semaphore that a module made. */
enum ksem_dir {
	KSEM_DIR_PENDING,
	KSEM_DIR_THERE,
	KSEM_DIR_FAILED,
	KSEM_DIR_GONE,
};

/**
 * struct ksem - a counting semaphore
 * @group: its directory; the reference count of the item is the semaphore's
 * @word: where the word is now: @own_word, or the page of who mapped it; moved
 *	under @lock.  The word's layout is in <uapi/linux/ksem.h>.
 * @own_word: CONTENDED for ever once the word has moved from here
 * @stats: counted by everybody without a lock
 * @lock: guards what follows; innermost, taken from any context but NMI, and
 *	held for a bounded time.
 * @queue: the waiters, the one to serve next leftmost
 * @tickets: handed out so far; equals are served in the order of tickets
 * @units: the units of @word while the lock is held, else stale
 * @max: the ceiling
 * @nr_waiters: length of @queue
 * @nr_multi: how many are blocked in ksem_operate_until(), so not in @queue
 * @nr_for_units: those of them for whom there are too few units here
 * @nr_for_zero: those of them for whom there are units here
 * @by_priority: order of @queue, changed only while nobody is blocked
 * @dead: shut down, for ever
 * @changed: since the lock was taken
 * @epoch: raised when the accounts of all handles become void
 * @watched: somebody has read sysfs and will be told of the next change
 * @page: what is mapped; there from the first mmap on
 * @poll: who polls, or is blocked in ksem_operate_until()
 * @notify: tells @poll and sysfs, which takes locks that we mustn't
 * @wait_ns_max: the longest wait
 * @by_kernel: made by ksem_create(): user space can't remove the directory
 * @listed: for @by_kernel: not destroyed yet; guarded by the subsystem's mutex
 * @mappable: the page may be mapped
 * @undo: the rule for handles opened from now on
 * @uid: whose the device's node is; root's unless somebody else did mkdir
 * @gid: the same
 * @minor: of the device
 * @dev: the device
 * @value_node: of sysfs, to tell those who poll it
 * @waiters_node: the same
 * @reserved: for @by_kernel: among those whose directory is still to be made
 * @dir_add: makes that directory
 * @dir_remove: removes it
 * @dir: how far that has come
 * @dir_err: why it has failed
 */
struct ksem {
	struct config_group	group;

	atomic64_t		*word;
	atomic64_t		own_word;
	struct ksem_stats __percpu *stats;
	raw_spinlock_t		lock;
	u32			units;
	u32			max;
	unsigned int		nr_waiters;
	unsigned int		nr_multi;
	unsigned int		nr_for_units;
	unsigned int		nr_for_zero;
	bool			by_priority;
	bool			dead;
	bool			changed;
	bool			watched;
	u32			epoch;
	struct rb_root_cached	queue;
	u64			tickets;
	struct page		*page;

	wait_queue_head_t	poll;
	struct irq_work		notify;
	atomic64_t		wait_ns_max;

	bool			by_kernel;
	bool			listed;
	bool			mappable;
	bool			undo;
	kuid_t			uid;
	kgid_t			gid;
	u32			minor;
	struct device		*dev;
	struct kernfs_node	*value_node;
	struct kernfs_node	*waiters_node;
	struct list_head	reserved;
	struct work_struct	dir_add;
	struct work_struct	dir_remove;
	enum ksem_dir		dir;
	int			dir_err;
};

static inline struct ksem *to_ksem(struct config_item *item)
{
	return container_of(to_config_group(item), struct ksem, group);
}

static inline const char *ksem_name(const struct ksem *sem)
{
	return sem->group.cg_item.ci_name;
}

/* core.c; all of these from any context but NMI, the errors are in the ABI */
void ksem_init(struct ksem *sem, u32 value, u32 max);
int ksem_set_value(struct ksem *sem, u32 value);
int ksem_set_max(struct ksem *sem, u32 max);
int ksem_set_order(struct ksem *sem, bool by_priority);
void ksem_shutdown(struct ksem *sem);
void ksem_give_back(struct ksem *sem, u64 n);
void ksem_take_back(struct ksem *sem, u64 n);
unsigned int ksem_blocked(const struct ksem *sem);

/* core.c, for those who queue */
#define KSEM_QUEUED	1	/* status of a waiter; over: 0 or an errno */
void ksem_enter(struct ksem *sem);
void ksem_leave(struct ksem *sem);
unsigned long ksem_lock(struct ksem *sem) __acquires(&sem->lock);
void ksem_unlock(struct ksem *sem, unsigned long flags)
	__releases(&sem->lock);
void ksem_settle_and_unlock(struct ksem *sem, unsigned long flags)
	__releases(&sem->lock);
int ksem_take(struct ksem *sem, u32 n);
int ksem_give(struct ksem *sem, u32 n);
int ksem_set(struct ksem *sem, u32 value);
void ksem_enqueue(struct ksem *sem, struct ksem_waiter *waiter, u32 n,
		  struct task_struct *task);
void ksem_dequeue(struct ksem *sem, struct ksem_waiter *waiter);

/**
 * struct ksem_deadline - when a wait is given up
 * @at: by the clock
 * @clock: one that hrtimers have
 */
struct ksem_deadline {
	ktime_t		at;
	clockid_t	clock;
};

/* wait.c; process context, they sleep */
int ksem_wait_until(struct ksem *sem, u32 n,
		    const struct ksem_deadline *deadline);
int ksem_sleep(unsigned int state, const struct ksem_deadline *deadline);
s64 ksem_count_time(struct ksem *sem, u64 start);
void ksem_count_end(struct ksem *sem, u32 n, s64 ns, int status);

/**
 * struct ksem_any - one wait on several semaphores
 * @winner: the index of the waiter that was served, or KSEM_ANY_*
 */
struct ksem_any {
	atomic_t	winner;
};

#define KSEM_ANY_OPEN	-1
#define KSEM_ANY_CLOSED	-2	/* the task gave up first */

/* any.c, all.c; process context, they sleep unless told not to */
int ksem_wait_any(const struct ksem_op *ops, unsigned int nr, bool nowait,
		  const struct ksem_deadline *deadline, unsigned int *index);
int ksem_op_check(const struct ksem_op *op);
int ksem_operate_until(const struct ksem_op *ops, unsigned int nr,
		       const struct ksem_deadline *deadline,
		       unsigned int *index);

/* async.c */
void ksem_request_over(struct ksem_waiter *waiter);
void ksem_async_init(void);
void ksem_async_exit(void);

/* notify.c */
void ksem_notify_init(struct ksem *sem);
bool ksem_observed(struct ksem *sem);
__poll_t ksem_poll(struct ksem *sem, struct file *file, poll_table *wait);
void ksem_watch(struct ksem *sem);

/* page.c */
struct vm_area_struct;
int ksem_map(struct ksem *sem, struct vm_area_struct *vma);

/* device.c */
int ksem_device_add(struct ksem *sem);
void ksem_device_remove(struct ksem *sem);
struct ksem *ksem_device_get(unsigned int minor);
int ksem_device_init(void);
void ksem_device_exit(void);

/* sysfs.c */
extern const struct attribute_group *ksem_sysfs_groups[];

/* object.c */
struct ksem *ksem_alloc(const char *name, u32 value, u32 max);

/* api.c */
bool ksem_name_reserved(const char *name);
int ksem_api_init(void);
void ksem_api_exit(void);

/* configfs.c */
int ksem_pin(struct ksem *sem);
void ksem_unpin(struct ksem *sem);
extern struct configfs_attribute *ksem_attrs[];
extern struct configfs_subsystem ksem_subsys;
int ksem_configfs_init(void);
void ksem_configfs_exit(void);

#endif /* _KSEM_CORE_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups: several semaphores that are used by the handle of one, their head, as a
 * set of System V is.  The permission is that for the head, and one descriptor does
 * for all.
 *
 * A group is published when its last member has joined, and doesn't change from then
 * on: it goes with the head.  A member is no head and a head is no member, so no
 * semaphore can keep itself, and the last reference to a head frees no long chain.
 *
 * The head's lock isn't taken by an operation that needn't wait.  One that waits
 * begins with the head, so that its shutdown wakes it.
 */

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sem.h>
#include <linux/slab.h>
#include <linux/time64.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>

#include "../sem/fast.h"
#include "handle.h"

/**
 * struct ksem_group - the members of a head
 * @key: what the owner has said
 * @nr: how many members there are to be
 * @there: how many have joined
 * @members: with a reference each
 */
struct ksem_group {
	u32			key;
	u32			nr;
	u32			there;
	struct ksem_device	*members[];
};

/* Guards made_group and memberships of all devices, and who publishes a group. */
static DEFINE_MUTEX(ksem_group_mutex);

static void ksem_group_drop(struct ksem_group *group)
{
	if (!group)
		return;
	mutex_lock(&ksem_group_mutex);
	while (group->there) {
		struct ksem_device *member = group->members[--group->there];

		member->memberships--;
		/* It can't become a head before the mutex is free. */
		ksem_unref(member->sem);
	}
	mutex_unlock(&ksem_group_mutex);
	kvfree(group);
}

/* With the last reference to the head. */
void ksem_group_free(struct ksem_device *device)
{
	ksem_group_drop(device->group);
	ksem_group_drop(device->made_group);
}

/* The group of a handle's semaphore, or why there is none. */
static struct ksem_group *ksem_group_of(const struct ksem_handle *handle, u64 id)
{
	struct ksem_group *group;
	int err = ksem_check_id(handle->sem, id);

	if (err)
		return ERR_PTR(err);
	/* Pairs with the store in ksem_group_add(). */
	group = smp_load_acquire(&handle->device->group);
	return group ?: ERR_PTR(-ENOENT);
}

/* The same, for a request that asks. */
static struct ksem_group *ksem_group_to_read(const struct file *file, u64 id)
{
	const struct ksem_handle *handle = file->private_data;
	struct ksem_group *group = ksem_group_of(handle, id);

	if (IS_ERR(group))
		return group;
	if (!(file->f_mode & FMODE_READ))
		return ERR_PTR(-EACCES);
	return READ_ONCE(handle->sem->dead) ? ERR_PTR(-EIDRM) : group;
}

/* How many members there are; 0 if it is no group, or shut down. */
u32 ksem_group_size(struct ksem_device *head)
{
	/* Pairs with the store in ksem_group_add(). */
	struct ksem_group *group = smp_load_acquire(&head->group);

	return group && !READ_ONCE(head->sem->dead) ? group->nr : 0;
}

/* The index comes from a program, and has been checked. */
static __always_inline struct ksem *
ksem_group_member(const struct ksem_group *group, u32 index)
{
	return group->members[array_index_nospec(index, group->nr)]->sem;
}

/* There is a group. */
void ksem_group_tell(const struct ksem_device *head, struct ksem_ioc_group *info)
{
	const struct ksem_group *group = head->group;
	struct user_namespace *ns = current_user_ns();
	struct ksem_record record;
	pid_t pid;
	u32 i;

	info->members = group->nr;
	info->key = group->key;
	info->uid = from_kuid_munged(ns, head->uid);
	info->gid = from_kgid_munged(ns, head->maker_gid);
	info->op_time = 0;
	info->set_time = 0;
	for (i = 0; i < group->nr; i++) {
		ksem_record_read(group->members[i]->sem, &record, &pid);
		info->op_time = max(info->op_time, record.op_time);
		info->set_time = max(info->set_time, record.set_time);
	}
}

static int ksem_group_begin(struct ksem_device *device, struct ksem_group *group)
{
	int err = 0;

	mutex_lock(&ksem_group_mutex);
	if (device->group)
		err = -EEXIST;
	else if (device->memberships)
		err = -EINVAL;
	else
		swap(device->made_group, group);
	mutex_unlock(&ksem_group_mutex);
	ksem_group_drop(group);
	return err;
}

static int ksem_ioctl_group_make(struct file *file, void __user *arg,
				 size_t size)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_ioc_group req;
	struct ksem_group *group;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size) ?:
	      ksem_check_id(handle->sem, req.id);
	if (err)
		return err;
	if (!req.members || req.members > KSEM_GROUP_MAX)
		return -EINVAL;
	if (!ksem_handle_is_owners(file))
		return -EPERM;
	group = kvzalloc(struct_size(group, members, req.members),
			 GFP_KERNEL_ACCOUNT);
	if (!group)
		return -ENOMEM;
	group->nr = req.members;
	group->key = req.key;
	return ksem_group_begin(handle->device, group);
}

/* On success the group has the caller's reference to the member. */
static int ksem_group_add(struct ksem_device *head, struct ksem_device *member)
{
	struct ksem_group *group;
	int err = 0;

	mutex_lock(&ksem_group_mutex);
	group = head->made_group;
	if (!group) {
		err = -ENOENT;
	} else if (member == head || member->group || member->made_group) {
		err = -EINVAL;
	} else {
		member->memberships++;
		group->members[group->there++] = member;
		if (group->there == group->nr) {
			head->made_group = NULL;
			/* A task that sees the group sees its members. */
			smp_store_release(&head->group, group);
		}
	}
	mutex_unlock(&ksem_group_mutex);
	if (!err && READ_ONCE(head->group))
		ksem_device_mark_head(head);
	return err;
}

static int ksem_ioctl_join(struct file *file, void __user *arg, size_t size)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_device *member;
	struct ksem_ioc_join req;
	struct file *joining;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size) ?:
	      ksem_check_id(handle->sem, req.id);
	if (err)
		return err;
	if (req.reserved)
		return -EINVAL;
	if (!ksem_handle_is_owners(file))
		return -EPERM;
	joining = fget(req.fd);
	if (!joining)
		return -EBADF;
	member = ksem_device_of(joining);
	if (!member)
		err = -EINVAL;
	else if (!(joining->f_mode & FMODE_READ) ||
		 !(joining->f_mode & FMODE_WRITE))
		err = -EBADF;
	if (!err) {
		ksem_ref(member->sem);
		err = ksem_group_add(handle->device, member);
		if (err)
			ksem_unref(member->sem);
	}
	fput(joining);
	return err;
}

static int ksem_ioctl_group_info(struct file *file, void __user *arg,
				 size_t size)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_group *group;
	struct ksem_ioc_group req;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size);
	if (err)
		return err;
	group = ksem_group_to_read(file, req.id);
	if (IS_ERR(group))
		return PTR_ERR(group);
	ksem_group_tell(handle->device, &req);
	return copy_to_user(arg, &req, min(size, sizeof(req))) ? -EFAULT : 0;
}

static int ksem_ioctl_member(struct file *file, void __user *arg, size_t size)
{
	struct ksem_ioc_member req;
	struct ksem_group *group;
	struct ksem_record record;
	struct ksem *sem;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size);
	if (err)
		return err;
	group = ksem_group_to_read(file, req.id);
	if (IS_ERR(group))
		return PTR_ERR(group);
	if (req.index >= group->nr)
		return -EINVAL;
	sem = ksem_group_member(group, req.index);
	req.value = ksem_value(sem);
	req.max = READ_ONCE(sem->max);
	req.for_units = READ_ONCE(sem->nr_waiters) + READ_ONCE(sem->nr_for_units);
	req.for_zero = READ_ONCE(sem->nr_for_zero);
	ksem_record_read(sem, &record, &req.pid);
	req.op_time = record.op_time;
	req.set_time = record.set_time;
	return copy_to_user(arg, &req, min(size, sizeof(req))) ? -EFAULT : 0;
}

static void ksem_op_init(struct ksem_op *op, const struct ksem_group *group,
			 u32 index)
{
	*op = (struct ksem_op) {
		.sem = ksem_group_member(group, index),
	};
}

/* The accounts of a handle; NULL if there is no memory for them. */
static struct ksem_account *ksem_handle_accounts(struct ksem_handle *handle,
						 u32 nr)
{
	/* Pairs with the exchange below. */
	struct ksem_account *accounts = smp_load_acquire(&handle->accounts);
	struct ksem_account *before;
	u32 i;

	if (accounts)
		return accounts;
	accounts = kvcalloc(nr, sizeof(*accounts), GFP_KERNEL_ACCOUNT);
	if (!accounts)
		return NULL;
	for (i = 0; i < nr; i++)
		ksem_account_init(&accounts[i]);
	before = cmpxchg(&handle->accounts, NULL, accounts);
	if (before) {
		kvfree(accounts);
		return before;
	}
	/* A task that sees it sees the accounts. */
	smp_store_release(&handle->undo_for, get_pid(task_tgid(current)));
	return accounts;
}

static void ksem_handle_undo_all(struct ksem_handle *handle)
{
	struct ksem_group *group = handle->device->group;
	u32 i;

	for (i = 0; i < group->nr; i++)
		ksem_undo(group->members[i]->sem, &handle->accounts[i]);
}

/* A child may have the handle still, but as System V has it this is the end. */
void ksem_handle_process_ends(struct ksem_handle *handle)
{
	/* Pairs with the store in ksem_handle_accounts(). */
	struct pid *pid = smp_load_acquire(&handle->undo_for);

	if (pid && pid == task_tgid(current))
		ksem_handle_undo_all(handle);
}

/* The handle is closed, and nobody uses it any more. */
void ksem_handle_undo_group(struct ksem_handle *handle)
{
	ksem_handle_undo_all(handle);
	put_pid(handle->undo_for);
	kvfree(handle->accounts);
}

static __always_inline int ksem_semop_add(struct ksem_handle *handle,
					  const struct ksem_group *group,
					  const struct sembuf *from,
					  struct ksem_op *op)
{
	struct ksem_account *accounts;

	if (from->sem_num >= group->nr)
		return -EFBIG;
	ksem_op_init(op, group, from->sem_num);
	if (from->sem_flg & IPC_NOWAIT)
		op->flags = KSEM_OP_NOWAIT;
	if (!from->sem_op) {
		op->op = KSEM_OP_ZERO;
		return 0;
	}
	op->op = from->sem_op < 0 ? KSEM_OP_WAIT : KSEM_OP_POST;
	op->units = abs((int)from->sem_op);
	if (!(from->sem_flg & SEM_UNDO) && !handle->undo_rule)
		return 0;
	accounts = ksem_handle_accounts(handle, group->nr);
	if (!accounts)
		return -ENOMEM;
	op->flags |= KSEM_OP_ADJUST;
	op->account = &accounts[from->sem_num];
	return 0;
}

/* Until when a call waits that has a limit. */
static int ksem_semop_deadline(const struct ksem_ioc_semop *req,
			       struct ksem_deadline *deadline)
{
	struct timespec64 time;

	if (!req->timeout)
		return 0;
	if (get_timespec64(&time, u64_to_user_ptr(req->timeout)))
		return -EFAULT;
	if (!timespec64_valid(&time))
		return -EINVAL;
	deadline->at = ktime_add_safe(ktime_get(), timespec64_to_ktime(time));
	deadline->clock = CLOCK_MONOTONIC;
	return 0;
}

/*
 * Waits for one unit in the member's queue, so that a post hands it over, as to a
 * waiter in the kernel's own semop(), or for the head's shutdown.
 */
static int ksem_semop_queue(struct ksem *head, const struct ksem_op *op,
			    const struct ksem_deadline *deadline)
{
	struct ksem_op ops[] = {
		*op,
		{ .sem = head, .op = KSEM_OP_ALIVE },
	};
	unsigned int index;

	/* For a wait, both kinds of undo are the same. */
	if (op->flags & KSEM_OP_ADJUST)
		ops[0].flags = KSEM_OP_UNDO;
	return ksem_wait_any(ops, ARRAY_SIZE(ops), false, deadline, &index);
}

/* One that can't be done at once. */
static int ksem_semop_block(struct ksem *head, struct ksem_op *ops, u32 nr,
			    const struct ksem_deadline *deadline)
{
	unsigned int index;

	if (nr == 1 && ops[1].op == KSEM_OP_WAIT && ops[1].units == 1 &&
	    !(ops[1].flags & KSEM_OP_NOWAIT))
		return ksem_semop_queue(head, &ops[1], deadline);
	ops[0] = (struct ksem_op) { .sem = head, .op = KSEM_OP_ALIVE };
	return ksem_operate_until(ops, nr + 1, deadline, &index);
}

/* @ops: the first one is for the head. */
static int ksem_semop_do(struct file *file, const struct ksem_group *group,
			 const struct ksem_ioc_semop *req,
			 const struct sembuf *from, struct ksem_op *ops)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_deadline deadline;
	fmode_t mode = FMODE_READ;
	u32 i;
	int err;

	err = ksem_semop_deadline(req, &deadline);
	if (err)
		return err;
	for (i = 0; i < req->nr; i++) {
		err = ksem_semop_add(handle, group, &from[i], &ops[i + 1]);
		if (err)
			return err;
		if (file->f_flags & O_NONBLOCK)
			ops[i + 1].flags |= KSEM_OP_NOWAIT;
		if (from[i].sem_op)
			mode = FMODE_WRITE;
	}
	if (!(file->f_mode & mode))
		return -EACCES;
	if (req->nr == 1) {
		err = ksem_operate_alone(&ops[1], handle->sem);
		if (err != -EOVERFLOW &&
		    (err != -EAGAIN || ops[1].flags & KSEM_OP_NOWAIT))
			return err;
	}
	err = ksem_semop_block(handle->sem, ops, req->nr,
			       req->timeout ? &deadline : NULL);
	switch (err) {
	case -EOVERFLOW:
		return -ERANGE;
	case -ETIMEDOUT:
		return -EAGAIN;
	default:
		return err;
	}
}

static noinline int ksem_semop_many(struct file *file,
				    const struct ksem_group *group,
				    const struct ksem_ioc_semop *req)
{
	struct {
		struct ksem_op ops[KSEM_OPS_MAX + 1];
		struct sembuf from[KSEM_OPS_MAX];
	} *many;
	int err;

	if (!req->nr)
		return -EINVAL;
	if (req->nr > KSEM_OPS_MAX)
		return -E2BIG;
	many = kmalloc_obj(*many, GFP_KERNEL_ACCOUNT);
	if (!many)
		return -ENOMEM;
	if (copy_from_user(many->from, u64_to_user_ptr(req->ops),
			   req->nr * sizeof(*many->from)))
		err = -EFAULT;
	else
		err = ksem_semop_do(file, group, req, many->from, many->ops);
	kfree(many);
	return err;
}

int ksem_ioctl_semop(struct file *file, void __user *arg, size_t size)
{
	struct ksem_ioc_semop req;
	struct ksem_group *group;
	struct ksem_op ops[2];
	struct sembuf from;
	int err;

	/* A size that is known when this is compiled costs less. */
	if (likely(size == sizeof(req)))
		err = copy_from_user(&req, arg, sizeof(req)) ? -EFAULT : 0;
	else
		err = copy_struct_from_user(&req, sizeof(req), arg, size);
	if (err)
		return err;
	group = ksem_group_of(file->private_data, req.id);
	if (IS_ERR(group))
		return PTR_ERR(group);
	if (req.reserved)
		return -EINVAL;
	if (unlikely(req.nr != 1))
		return ksem_semop_many(file, group, &req);
	if (copy_from_user(&from, u64_to_user_ptr(req.ops), sizeof(from)))
		return -EFAULT;
	return ksem_semop_do(file, group, &req, &from, ops);
}

/* What one step can do. */
struct ksem_values {
	struct ksem_op	ops[KSEM_OPS_MAX + 1];
	u16		user[KSEM_OPS_MAX];
	u32		values[KSEM_OPS_MAX];
};

static int ksem_get_some(struct ksem_values *some, const struct ksem_group *group,
			 u32 first, u32 nr, void __user *user)
{
	u32 i;
	int err;

	for (i = 0; i < nr; i++)
		ksem_op_init(&some->ops[i], group, first + i);
	err = ksem_look(some->ops, nr, some->values);
	if (err)
		return err;
	for (i = 0; i < nr; i++) {
		if (some->values[i] > U16_MAX)
			return -ERANGE;
		some->user[i] = some->values[i];
	}
	return copy_to_user(user, some->user, nr * sizeof(u16)) ? -EFAULT : 0;
}

static int ksem_set_some(struct ksem_values *some, struct ksem *head,
			 const struct ksem_group *group, u32 first, u32 nr,
			 const void __user *user)
{
	unsigned int index;
	u32 i;
	int err;

	if (copy_from_user(some->user, user, nr * sizeof(u16)))
		return -EFAULT;
	some->ops[0] = (struct ksem_op) { .sem = head, .op = KSEM_OP_ALIVE };
	for (i = 0; i < nr; i++) {
		struct ksem_op *op = &some->ops[i + 1];

		ksem_op_init(op, group, first + i);
		op->op = KSEM_OP_SET;
		op->units = some->user[i];
		op->flags = KSEM_OP_UNDO;
	}
	err = ksem_operate_until(some->ops, nr + 1, NULL, &index);
	return err == -EOVERFLOW ? -ERANGE : err;
}

/* More than one step: nothing is set if a value is too large already. */
static int ksem_check_values(struct ksem_values *some,
			     const struct ksem_group *group,
			     const struct ksem_ioc_values *req)
{
	const struct ksem *sem;
	u32 done, nr, i;

	for (done = 0; done < req->nr; done += nr) {
		nr = min_t(u32, req->nr - done, KSEM_OPS_MAX);
		if (copy_from_user(some->user,
				   u64_to_user_ptr(req->values) + done * sizeof(u16),
				   nr * sizeof(u16)))
			return -EFAULT;
		for (i = 0; i < nr; i++) {
			sem = ksem_group_member(group, req->first + done + i);
			if (some->user[i] > READ_ONCE(sem->max))
				return -ERANGE;
		}
	}
	return 0;
}

static int ksem_ioctl_values(struct file *file, void __user *arg, size_t size,
			     bool set)
{
	struct ksem_handle *handle = file->private_data;
	struct ksem_ioc_values req;
	struct ksem_values *some;
	struct ksem_group *group;
	int err;

	err = copy_struct_from_user(&req, sizeof(req), arg, size);
	if (err)
		return err;
	group = set ? ksem_group_of(handle, req.id) :
		      ksem_group_to_read(file, req.id);
	if (IS_ERR(group))
		return PTR_ERR(group);
	if (set && !(file->f_mode & FMODE_WRITE))
		return -EACCES;
	if (!req.nr || req.first >= group->nr || req.nr > group->nr - req.first)
		return -EINVAL;
	some = kmalloc_obj(*some, GFP_KERNEL_ACCOUNT);
	if (!some)
		return -ENOMEM;
	if (set && req.nr > KSEM_OPS_MAX)
		err = ksem_check_values(some, group, &req);
	while (req.nr && !err) {
		u32 nr = min_t(u32, req.nr, KSEM_OPS_MAX);
		void __user *user = u64_to_user_ptr(req.values);

		if (set)
			err = ksem_set_some(some, handle->sem, group, req.first,
					    nr, user);
		else
			err = ksem_get_some(some, group, req.first, nr, user);
		req.values += nr * sizeof(u16);
		req.first += nr;
		req.nr -= nr;
	}
	kfree(some);
	return err;
}

long ksem_ioctl_group(struct file *file, unsigned int cmd, void __user *arg)
{
	size_t size = _IOC_SIZE(cmd);

	switch (cmd & ~IOCSIZE_MASK) {
	case KSEM_IOC_SEMOP & ~IOCSIZE_MASK:
		if (size < KSEM_SEMOP_SIZE0)
			return -EINVAL;
		return ksem_ioctl_semop(file, arg, size);
	case KSEM_IOC_GROUP & ~IOCSIZE_MASK:
		if (size < KSEM_GROUP_SIZE0)
			return -EINVAL;
		return ksem_ioctl_group_make(file, arg, size);
	case KSEM_IOC_JOIN & ~IOCSIZE_MASK:
		if (size < KSEM_JOIN_SIZE0)
			return -EINVAL;
		return ksem_ioctl_join(file, arg, size);
	case KSEM_IOC_GROUP_INFO & ~IOCSIZE_MASK:
		if (size < KSEM_GROUP_SIZE0)
			return -EINVAL;
		return ksem_ioctl_group_info(file, arg, size);
	case KSEM_IOC_MEMBER & ~IOCSIZE_MASK:
		if (size < KSEM_MEMBER_SIZE0)
			return -EINVAL;
		return ksem_ioctl_member(file, arg, size);
	case KSEM_IOC_GET_VALUES & ~IOCSIZE_MASK:
	case KSEM_IOC_SET_VALUES & ~IOCSIZE_MASK:
		if (size < KSEM_VALUES_SIZE0)
			return -EINVAL;
		return ksem_ioctl_values(file, arg, size,
					 _IOC_NR(cmd) == _IOC_NR(KSEM_IOC_SET_VALUES));
	default:
		return -ENOTTY;
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A handle: an open file of /dev/ksem/NAME.  It has the semaphore for as long
 * as it is open, whatever becomes of the name, and knows which units are to
 * come back when it is closed.
 */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "core.h"
#include "parse.h"

/* The longest write; a number has ten digits. */
#define KSEM_HANDLE_TEXT	63

/**
 * struct ksem_handle - an open file
 * @sem: the semaphore
 * @undo: units to give back at the end
 * @undo_rule: all that is taken here counts in @undo
 * @newline_due: a reader of single bytes, as shells are, got the 1 of its unit
 *	and not yet the newline
 */
struct ksem_handle {
	struct ksem	*sem;
	atomic64_t	undo;
	bool		undo_rule;
	unsigned long	newline_due;
};

struct ksem *ksem_handle_sem(const struct ksem_handle *handle)
{
	return handle->sem;
}

bool ksem_handle_has_undo(const struct ksem_handle *handle)
{
	return handle->undo_rule;
}

u64 ksem_handle_undo(const struct ksem_handle *handle)
{
	return atomic64_read(&handle->undo);
}

void ksem_handle_took(struct ksem_handle *handle, u32 n, bool undo)
{
	if (undo || handle->undo_rule)
		atomic64_add(n, &handle->undo);
}

/* Who gives more than was taken has made units: they don't go away again. */
void ksem_handle_gave(struct ksem_handle *handle, u32 n, bool undo)
{
	s64 old = atomic64_read(&handle->undo);

	if (!undo && !handle->undo_rule)
		return;
	while (!atomic64_try_cmpxchg(&handle->undo, &old, max(old - n, 0LL)))
		;
}

static int ksem_handle_open(struct inode *inode, struct file *file)
{
	struct ksem *sem = ksem_device_get(iminor(inode));
	struct ksem_handle *handle;

	if (!sem)
		return -ENXIO;
	handle = kzalloc(sizeof(*handle), GFP_KERNEL_ACCOUNT);
	if (!handle) {
		config_group_put(&sem->group);
		return -ENOMEM;
	}
	handle->sem = sem;
	handle->undo_rule = READ_ONCE(sem->undo);
	file->private_data = handle;
	/* No position, so no lock for it: several threads can block here. */
	stream_open(inode, file);
	file->f_mode |= FMODE_NOWAIT;
	return 0;
}

static int ksem_handle_release(struct inode *inode, struct file *file)
{
	struct ksem_handle *handle = file->private_data;
	u64 undo = ksem_handle_undo(handle);

	if (undo)
		ksem_give_back(handle->sem, undo);
	config_group_put(&handle->sem->group);
	kfree(handle);
	return 0;
}

static bool ksem_nowait(const struct kiocb *iocb)
{
	return iocb->ki_flags & IOCB_NOWAIT ||
	       iocb->ki_filp->f_flags & O_NONBLOCK;
}

static int ksem_handle_take(struct kiocb *iocb)
{
	struct ksem_handle *handle = iocb->ki_filp->private_data;
	int err;

	if (ksem_nowait(iocb))
		err = ksem_trywait_n(handle->sem, 1);
	else
		err = ksem_wait_n(handle->sem, 1);
	if (!err)
		ksem_handle_took(handle, 1, false);
	return err == -EINTR ? -ERESTARTSYS : err;
}

/* Takes a unit and says "1\n", in two reads for who asks for one byte. */
static ssize_t ksem_handle_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct ksem_handle *handle = iocb->ki_filp->private_data;
	int err;

	if (!iov_iter_count(to))
		return 0;
	if (test_and_clear_bit(0, &handle->newline_due))
		return copy_to_iter("\n", 1, to) ?: -EFAULT;
	err = ksem_handle_take(iocb);
	if (err)
		return err;
	if (iov_iter_count(to) == 1)
		set_bit(0, &handle->newline_due);
	/* A reader with a bad address has the unit all the same. */
	return copy_to_iter("1\n", 2, to) ?: -EFAULT;
}

static ssize_t ksem_handle_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct ksem_handle *handle = iocb->ki_filp->private_data;
	size_t count = iov_iter_count(from);
	char text[KSEM_HANDLE_TEXT + 1];
	u32 units;
	int err;

	if (!count || count > KSEM_HANDLE_TEXT)
		return -EINVAL;
	if (!copy_from_iter_full(text, count, from))
		return -EFAULT;
	text[count] = '\0';
	err = ksem_parse_units(text, count, &units);
	if (!err)
		err = ksem_post_n(handle->sem, units);
	if (err)
		return err;
	ksem_handle_gave(handle, units, false);
	return count;
}

static __poll_t ksem_handle_poll(struct file *file, poll_table *wait)
{
	struct ksem_handle *handle = file->private_data;

	__poll_t mask = ksem_poll(handle->sem, file, wait);

	if (test_bit(0, &handle->newline_due))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

static int ksem_handle_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct ksem_handle *handle = file->private_data;

	/* Nobody sees what is taken by the page, so nobody could undo it. */
	if (handle->undo_rule)
		return -EPERM;
	/* A mapping that is read-only now can be made writable later. */
	if (!(file->f_mode & FMODE_READ) || !(file->f_mode & FMODE_WRITE))
		return -EACCES;
	return ksem_map(handle->sem, vma);
}

const struct file_operations ksem_handle_fops = {
	.owner		= THIS_MODULE,
	.open		= ksem_handle_open,
	.release	= ksem_handle_release,
	.read_iter	= ksem_handle_read,
	.write_iter	= ksem_handle_write,
	.poll		= ksem_handle_poll,
	.unlocked_ioctl	= ksem_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.mmap		= ksem_handle_mmap,
};

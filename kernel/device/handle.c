// SPDX-License-Identifier: GPL-2.0-only
/*
 * A handle: an open file of /dev/ksem/NAME.  It has the semaphore for as long
 * as it is open, whatever becomes of the name, and knows which units are to
 * come back when it is closed.
 */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "../sem/fast.h"
#include "../text/parse.h"
#include "handle.h"

/* The longest write; a number has ten digits. */
#define KSEM_HANDLE_TEXT	63

static atomic64_t ksem_handles;

static int ksem_handle_open(struct inode *inode, struct file *file)
{
	struct ksem_device *device = ksem_device_get(iminor(inode));
	struct ksem_handle *handle;

	if (!device)
		return -ENXIO;
	handle = kzalloc_obj(*handle, GFP_KERNEL_ACCOUNT);
	if (!handle) {
		ksem_unref(device->sem);
		return -ENOMEM;
	}
	handle->sem = device->sem;
	handle->device = device;
	ksem_account_init(&handle->account);
	handle->owner = inode->i_uid;
	handle->nr = atomic64_inc_return(&ksem_handles);
	handle->undo_rule = READ_ONCE(device->undo);
	file->private_data = handle;
	/* No position, so no lock for it: several threads can block here. */
	stream_open(inode, file);
	file->f_mode |= FMODE_NOWAIT;
	return 0;
}

/*
 * A process has closed one of its descriptors, or ends.  So does a thread that had
 * descriptors of its own, which is not the end of its process.
 */
static int ksem_handle_flush(struct file *file, fl_owner_t id)
{
	if ((current->flags & PF_EXITING) && !atomic_read(&current->signal->live))
		ksem_handle_process_ends(file->private_data);
	return 0;
}

static int ksem_handle_release(struct inode *inode, struct file *file)
{
	struct ksem_handle *handle = file->private_data;

	ksem_undo(handle->sem, &handle->account);
	if (handle->accounts)
		ksem_handle_undo_group(handle);
	ksem_unref(handle->sem);
	kfree(handle);
	return 0;
}

struct ksem_device *ksem_device_of(const struct file *file)
{
	const struct ksem_handle *handle = file->private_data;

	return file->f_op == &ksem_handle_fops ? handle->device : NULL;
}

/* /proc/PID/fdinfo/FD: what no file in configfs or sysfs can tell. */
static void ksem_handle_show(struct seq_file *seq, struct file *file)
{
	struct ksem_handle *handle = file->private_data;

	seq_printf(seq, "ksem-name:\t%s\nksem-id:\t%llu\n",
		   handle->sem->name, handle->sem->id);
	seq_printf(seq, "ksem-handle:\t%llu\nksem-undo:\t%lld\n", handle->nr,
		   ksem_account_add(&handle->account, handle->sem, 0));
	if (handle->device->show_holders)
		handle->device->show_holders(handle->device, seq);
}

static bool ksem_nowait(const struct kiocb *iocb)
{
	return iocb->ki_flags & IOCB_NOWAIT ||
	       iocb->ki_filp->f_flags & O_NONBLOCK;
}

int ksem_handle_take(struct ksem_handle *handle, u32 n, bool nowait)
{
	struct ksem_account *account = ksem_handle_account(handle, false);
	int err;

	if (!account && ksem_take_fast(handle->sem, n))
		return 0;
	if (nowait)
		return ksem_trywait_slow(handle->sem, n, account);
	err = ksem_block(handle->sem, n, TASK_INTERRUPTIBLE, NULL, account);
	return err == -EINTR ? -ERESTARTSYS : err;
}

/*
 * Takes a unit and says "1\n".  Shells read a line byte by byte, maybe several
 * of them on one handle: if they got the 1 first, one's newline could be taken
 * by another process that wants a unit.  So a single byte is a whole line, an empty one.
 */
static ssize_t ksem_handle_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct ksem_handle *handle = iocb->ki_filp->private_data;
	size_t count = min_t(size_t, iov_iter_count(to), 2);
	int err;

	if (!count)
		return 0;
	err = ksem_handle_take(handle, 1, ksem_nowait(iocb));
	if (err)
		return err;
	/* A reader with a bad address has the unit all the same. */
	return copy_to_iter(&"1\n"[2 - count], count, to) ?: -EFAULT;
}

int ksem_handle_post(struct ksem_handle *handle, u32 n, bool undo)
{
	struct ksem_account *account = ksem_handle_account(handle, undo);

	if (!account)
		return ksem_post_now(handle->sem, n);
	return ksem_post_slow(handle->sem, n, account);
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
		err = ksem_handle_post(handle, units, false);
	return err ?: count;
}

static __poll_t ksem_handle_poll(struct file *file, poll_table *wait)
{
	struct ksem_handle *handle = file->private_data;

	return ksem_poll(handle->sem, file, wait);
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
	return ksem_map(handle->device, vma);
}

const struct file_operations ksem_handle_fops = {
	.owner		= THIS_MODULE,
	.open		= ksem_handle_open,
	.flush		= ksem_handle_flush,
	.release	= ksem_handle_release,
	.read_iter	= ksem_handle_read,
	.write_iter	= ksem_handle_write,
	.poll		= ksem_handle_poll,
	.unlocked_ioctl	= ksem_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl	= ksem_compat_ioctl,
#endif
	.mmap		= ksem_handle_mmap,
	.show_fdinfo	= ksem_handle_show,
};

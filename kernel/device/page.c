// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page with the word, for programs that map it.
 *
 * It is made by the first mmap and stays as long as the semaphore, for which
 * every mapping holds a reference through its file.
 */

#include <linux/cacheinfo.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mutex.h>

#include "device.h"

static DEFINE_MUTEX(ksem_page_mutex);

/* Moves the word into a page; its old place says CONTENDED from then on. */
static int ksem_make_page(struct ksem_device *device)
{
	struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	struct ksem_page *shared;

	if (!page)
		return -ENOMEM;
	shared = page_address(page);
	shared->version = KSEM_PAGE_VERSION;
	/* Until the word is moved here, it is in the kernel's hands. */
	shared->word = KSEM_WORD_CONTENDED;
	BUILD_BUG_ON(sizeof(shared->word) != sizeof(atomic64_t));

	mutex_lock(&ksem_page_mutex);
	if (!device->page) {
		/* An mmap without the mutex finds the page filled. */
		smp_store_release(&device->page, page);
		page = NULL;
		ksem_move_word(device->sem, (atomic64_t *)&shared->word);
	}
	mutex_unlock(&ksem_page_mutex);
	if (page)
		__free_page(page);
	return 0;
}

static vm_fault_t ksem_fault(struct vm_fault *vmf)
{
	struct ksem_device *device = vmf->vma->vm_private_data;

	if (vmf->pgoff)
		return VM_FAULT_SIGBUS;
	get_page(device->page);
	vmf->page = device->page;
	return 0;
}

static const struct vm_operations_struct ksem_vm_ops = {
	.fault = ksem_fault,
};

/*
 * A program's atomic instructions and the kernel's have to agree on the word, and
 * both have to see one memory.  KSEM_MAP_OK if they do, else why not.
 */
int ksem_map_reason(void)
{
	if (IS_ENABLED(CONFIG_GENERIC_ATOMIC64))
		return KSEM_MAP_ATOMICS;
	return cpu_dcache_is_aliasing() ? KSEM_MAP_CACHE : KSEM_MAP_OK;
}

/*
 * -EOPNOTSUPP if this machine can't do it; -EPERM if the semaphore may not be
 * mapped; -EINVAL if not its one page is asked for, or a private copy, which
 * would be of no use.
 */
int ksem_map(struct ksem_device *device, struct vm_area_struct *vma)
{
	int err;

	if (ksem_map_reason() != KSEM_MAP_OK)
		return -EOPNOTSUPP;
	if (!READ_ONCE(device->mappable))
		return -EPERM;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != PAGE_SIZE ||
	    !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	/* Pairs with the store in ksem_make_page(). */
	if (!smp_load_acquire(&device->page)) {
		err = ksem_make_page(device);
		if (err)
			return err;
	}
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC);
	vma->vm_private_data = device;
	vma->vm_ops = &ksem_vm_ops;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page with the word, for programs that map it.
 *
 * It is made by the first mmap and stays as long as the semaphore, for which
 * every mapping holds a reference through its file.
 */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>

#include "compat.h"
#include "core.h"

/* Moves the word into a page; who looks for it elsewhere finds CONTENDED. */
static int ksem_make_page(struct ksem *sem)
{
	struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	struct ksem_page *shared;
	unsigned long flags;

	if (!page)
		return -ENOMEM;
	shared = page_address(page);
	shared->version = KSEM_PAGE_VERSION;
	/* Until ksem_leave() stores the word, it is in our hands. */
	shared->word = KSEM_WORD_CONTENDED;
	BUILD_BUG_ON(sizeof(shared->word) != sizeof(atomic64_t));

	flags = ksem_lock(sem);
	if (!sem->page) {
		/* Who maps it without the lock finds it filled. */
		smp_store_release(&sem->page, page);
		page = NULL;
		if (!sem->dead)
			/* Who reads this finds what was stored above. */
			smp_store_release(&sem->word,
					  (atomic64_t *)&shared->word);
	}
	ksem_unlock(sem, flags);
	if (page)
		__free_page(page);
	return 0;
}

static vm_fault_t ksem_fault(struct vm_fault *vmf)
{
	struct ksem *sem = vmf->vma->vm_private_data;

	if (vmf->pgoff)
		return VM_FAULT_SIGBUS;
	get_page(sem->page);
	vmf->page = sem->page;
	return 0;
}

static const struct vm_operations_struct ksem_vm_ops = {
	.fault = ksem_fault,
};

/*
 * -EPERM if the semaphore may not be mapped; -EINVAL if not its one page is
 * asked for, or a private copy, which would be of no use.
 */
int ksem_map(struct ksem *sem, struct vm_area_struct *vma)
{
	int err;

	if (!READ_ONCE(sem->mappable))
		return -EPERM;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != PAGE_SIZE ||
	    !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	/* Pairs with the store in ksem_make_page(). */
	if (!smp_load_acquire(&sem->page)) {
		err = ksem_make_page(sem);
		if (err)
			return err;
	}
	ksem_vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC);
	vma->vm_private_data = sem;
	vma->vm_ops = &ksem_vm_ops;
	return 0;
}

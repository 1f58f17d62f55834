/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels we build on (6.1 and later), and no more. */
#ifndef _KSEM_COMPAT_H
#define _KSEM_COMPAT_H

#include <linux/configfs.h>
#include <linux/mm.h>
#include <linux/version.h>

/* CONFIGFS_ATTR() with another mode than 0644. */
#ifndef CONFIGFS_ATTR_PERM
#define CONFIGFS_ATTR_PERM(_pfx, _name, _perm)				\
static struct configfs_attribute _pfx##attr_##_name = {			\
	.ca_name	= __stringify(_name),				\
	.ca_mode	= _perm,					\
	.ca_owner	= THIS_MODULE,					\
	.show		= _pfx##_name##_show,				\
	.store		= _pfx##_name##_store,				\
}
#endif

static inline void ksem_vm_flags_mod(struct vm_area_struct *vma,
				     unsigned long set, unsigned long clear)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#else
	vm_flags_mod(vma, set, clear);
#endif
}

/* The device that a class's devnode() is asked about. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define KSEM_DEVNODE_CONST
#else
#define KSEM_DEVNODE_CONST const
#endif

#endif /* _KSEM_COMPAT_H */

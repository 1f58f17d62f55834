/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels we build on (6.1 and later), and no more. */
#ifndef _KSEM_COMPAT_H
#define _KSEM_COMPAT_H

#include <linux/cacheinfo.h>
#include <linux/configfs.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/shm.h>
#include <linux/version.h>
#ifdef CONFIG_ARM
#include <asm/cachetype.h>
#endif

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

static inline int ksem_inode_permission(struct inode *inode, int mask)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	return inode_permission(&init_user_ns, inode, mask);
#else
	return inode_permission(&nop_mnt_idmap, inode, mask);
#endif
}

static inline int ksem_vfs_rmdir(struct inode *parent, struct dentry *dir)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
	return vfs_rmdir(&init_user_ns, parent, dir);
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
	return vfs_rmdir(&nop_mnt_idmap, parent, dir);
#else
	return vfs_rmdir(&nop_mnt_idmap, parent, dir, NULL);
#endif
}

/* The device that a class's devnode() is asked about. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define KSEM_DEVNODE_CONST
#else
#define KSEM_DEVNODE_CONST const
#endif

static inline struct class *ksem_class_create(const char *name)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	return class_create(THIS_MODULE, name);
#else
	return class_create(name);
#endif
}

/* Whether two mappings of one page can differ. */
static inline bool ksem_cache_is_aliasing(void)
{
#if defined(CONFIG_ARCH_HAS_CPU_CACHE_ALIASING)
	return cpu_dcache_is_aliasing();
#elif defined(CONFIG_ARM)
	return cache_is_vivt() || cache_is_vipt_aliasing();
#else
	return SHMLBA > PAGE_SIZE;
#endif
}

/*
 * For what is large and filled before it is read: kernels that fill every local
 * variable with zeros leave it alone.
 */
#if __has_attribute(__uninitialized__)
#define KSEM_UNINITIALIZED	__attribute__((__uninitialized__))
#else
#define KSEM_UNINITIALIZED
#endif

/* EXPORT_SYMBOL_NS_GPL() in the namespace KSEM, which is a string since 6.13. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define EXPORT_SYMBOL_KSEM(_symbol)	EXPORT_SYMBOL_NS_GPL(_symbol, KSEM)
#else
#define EXPORT_SYMBOL_KSEM(_symbol)	EXPORT_SYMBOL_NS_GPL(_symbol, "KSEM")
#endif

#endif /* _KSEM_COMPAT_H */

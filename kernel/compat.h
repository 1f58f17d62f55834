/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sources are written for the newest kernel. This makes older ones, from 6.1
 * on, look like it: Kbuild includes it before each file, and no file names it. In
 * a kernel tree it isn't needed.
 */
#ifndef _KSEM_COMPAT_H
#define _KSEM_COMPAT_H

#include <linux/version.h>

/*
 * Our symbols are exported in the namespace KSEM.  Before 6.13 it was no string, and
 * in some 6.12 DEFAULT_SYMBOL_NAMESPACE was one and others weren't.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#include <linux/export.h>
#undef EXPORT_SYMBOL_GPL
#define EXPORT_SYMBOL_GPL(_symbol)	EXPORT_SYMBOL_NS_GPL(_symbol, KSEM)
#else
#define DEFAULT_SYMBOL_NAMESPACE	"KSEM" /* before export.h is included */
#endif

#include <linux/cacheinfo.h>
#include <linux/configfs.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/hrtimer.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/shm.h>
#include <linux/slab.h>
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

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void ksem_hrtimer_setup(struct hrtimer *timer,
				      enum hrtimer_restart (*fn)(struct hrtimer *),
				      clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}

#define hrtimer_setup	ksem_hrtimer_setup
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void ksem_vm_flags_mod(struct vm_area_struct *vma,
				     unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}

#define vm_flags_mod	ksem_vm_flags_mod

/* What was asked about it got the user namespace itself. */
#define nop_mnt_idmap	init_user_ns
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
#define vfs_rmdir(_idmap, _dir, _dentry, _delegated)			\
	vfs_rmdir(_idmap, _dir, _dentry)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
static inline struct class *ksem_class_create(const char *name)
{
	return class_create(THIS_MODULE, name);
}

#undef class_create
#define class_create	ksem_class_create
#endif

/* Whether two mappings of one page can differ. */
#ifndef cpu_dcache_is_aliasing
#ifdef CONFIG_ARM
#define cpu_dcache_is_aliasing()	\
	(cache_is_vivt() || cache_is_vipt_aliasing())
#else
#define cpu_dcache_is_aliasing()	(SHMLBA > PAGE_SIZE)
#endif
#endif

/* Kernel threads saw the files that init sees. */
#ifndef scoped_with_init_fs
#define scoped_with_init_fs()
#endif

#ifndef kzalloc_obj
#define kmalloc_obj(_what, _gfp)	kmalloc(sizeof(_what), _gfp)
#define kzalloc_obj(_what, _gfp)	kzalloc(sizeof(_what), _gfp)
#endif

/*
 * For what is large and filled before it is read: kernels that fill every local
 * variable with zeros leave it alone.
 */
#ifndef __uninitialized
#if __has_attribute(__uninitialized__)
#define __uninitialized	__attribute__((__uninitialized__))
#else
#define __uninitialized
#endif
#endif

/* The first 6.1 doesn't look at what may be nested, unless it is told to. */
#ifndef DEFINE_WAIT_OVERRIDE_MAP
#ifdef CONFIG_LOCKDEP
#define DEFINE_WAIT_OVERRIDE_MAP(_name, _wait_type)			\
	struct lockdep_map _name = STATIC_LOCKDEP_MAP_INIT(#_name, &(_name))
#else
#define DEFINE_WAIT_OVERRIDE_MAP(_name, _wait_type)			\
	struct lockdep_map __maybe_unused _name = {}
#endif
#undef lock_map_acquire_try
#define lock_map_acquire_try(_map)					\
	lock_acquire_exclusive(_map, 0, 1, NULL, _THIS_IP_)
#endif

#endif /* _KSEM_COMPAT_H */

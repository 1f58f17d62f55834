/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels we build on (6.1 and later), and no more. */
#ifndef _KSEM_COMPAT_H
#define _KSEM_COMPAT_H

#include <linux/configfs.h>

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

#endif /* _KSEM_COMPAT_H */

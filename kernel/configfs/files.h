/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of a semaphore's directory. */
#ifndef _KSEM_FILES_H
#define _KSEM_FILES_H

struct configfs_attribute;

extern struct configfs_attribute *ksem_files[];

#endif /* _KSEM_FILES_H */

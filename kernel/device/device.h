/* SPDX-License-Identifier: GPL-2.0-only */
/* The device of a semaphore: node, sysfs and page, and the rules for handles. */
#ifndef _KSEM_DEVICE_H
#define _KSEM_DEVICE_H

#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

#include "../sem/sem.h"

struct device;
struct kernfs_node;
struct ksem_group;
struct page;
struct seq_file;
struct task_struct;
struct vm_area_struct;

/**
 * struct ksem_device - what belongs to /dev/ksem/NAME
 * @sem: the semaphore; while that is there, so is this
 * @dev: NULL while there is no node
 * @gone: the node is being removed, or has been
 * @minor: of the node
 * @uid: whose the node is; root's unless somebody else did mkdir
 * @gid: the same
 * @mode: of the node
 * @maker: the task that makes the node; NULL before and after
 * @undo: the rule for handles opened from now on
 * @mappable: the page may be mapped
 * @maker_gid: the group of the maker; @gid can be another one
 * @group: of which it is the head; NULL until that is there, then for ever
 * @made_group: the same while it isn't there yet
 * @memberships: how many groups it is a member of
 * @page: what is mapped; there from the first mmap on
 * @watch: tells pollers of sysfs of the next change
 * @value_node: of sysfs
 * @waiters_node: of sysfs
 * @show_holders: prints what holds the name
 * @remove: takes the name away, as rmdir does
 */
struct ksem_device {
	struct ksem		*sem;
	struct device		*dev;
	bool			gone;
	u32			minor;
	kuid_t			uid;
	kgid_t			gid;
	umode_t			mode;
	struct task_struct	*maker;
	bool			undo;
	bool			mappable;
	kgid_t			maker_gid;
	struct ksem_group	*group;
	struct ksem_group	*made_group;
	unsigned int		memberships;
	struct page		*page;
	wait_queue_entry_t	watch;
	struct kernfs_node	*value_node;
	struct kernfs_node	*waiters_node;
	void			(*show_holders)(struct ksem_device *device,
						struct seq_file *file);
	int			(*remove)(struct ksem_device *device);
};

/* node.c; process context, they sleep */
void ksem_device_setup(struct ksem_device *device, struct ksem *sem);
int ksem_device_add(struct ksem_device *device);
void ksem_device_remove(struct ksem_device *device);
void ksem_device_free(struct ksem_device *device);
struct ksem_device *ksem_device_get(unsigned int minor);
void ksem_device_look(const char *name);
void ksem_device_mark_head(struct ksem_device *device);
struct ksem_device *ksem_device_find_head(unsigned int minor,
					  struct ksem_ioc_find *count);
int ksem_device_init(void);
void ksem_device_exit(void);

/* settings.c */
int ksem_settings_apply(struct ksem_device *device,
			const struct ksem_settings *settings);

/* control.c; process context, they sleep */
#define KSEM_CONTROL_NAME	".control"
bool ksem_control_take(struct ksem_settings *settings);
int ksem_control_init(void);
void ksem_control_exit(void);

/* page.c; process context, it sleeps */
int ksem_map_reason(void);
int ksem_map(struct ksem_device *device, struct vm_area_struct *vma);

/* sysfs.c */
extern const struct attribute_group *ksem_sysfs_groups[];
void ksem_sysfs_setup(struct ksem_device *device);
void ksem_sysfs_add(struct ksem_device *device);
void ksem_sysfs_free(struct ksem_device *device);

/* group.c; process context, it sleeps */
void ksem_group_free(struct ksem_device *device);
u32 ksem_group_size(struct ksem_device *head);
void ksem_group_tell(const struct ksem_device *head, struct ksem_ioc_group *info);

/* handle.c: the device of an open file, or NULL if it is something else's */
struct file;
struct ksem_device *ksem_device_of(const struct file *file);

#endif /* _KSEM_DEVICE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names: which semaphores there are, who may make one, and who holds it.
 *
 * ksem_subsys.su_mutex guards the names: which are there, which are reserved, and
 * everything of an entry from @listed on.
 */
#ifndef _KSEM_REGISTRY_H
#define _KSEM_REGISTRY_H

#include <linux/configfs.h>
#include <linux/list.h>
#include <linux/workqueue.h>

#include "../device/device.h"
#include "../sem/sem.h"

/* The directory of a semaphore that a module made. */
enum ksem_dir {
	KSEM_DIR_PENDING,
	KSEM_DIR_THERE,
	KSEM_DIR_FAILED,
	KSEM_DIR_GONE,
};

/**
 * struct ksem_entry - a semaphore with a name
 * @group: its directory, which has a reference to @sem
 * @sem: the semaphore; with the last reference to it the entry goes
 * @device: its device
 * @by_kernel: a module made it; user space can't remove the directory
 * @maker: that module; NULL if it is built into the kernel
 * @maker_name: its name, for when it has gone without ksem_destroy()
 * @shared: for @by_kernel: it ends with the last ksem_put()
 * @reserved: for @by_kernel: in the list of names whose directory is being made or
 *	removed
 * @dir_add: makes that directory
 * @dir_remove: removes it
 * @dir: how far that has come
 * @dir_err: why it has failed
 * @listed: for @by_kernel: not destroyed yet
 * @holders: the modules that have got it by name, of struct ksem_holder
 */
struct ksem_entry {
	struct config_group	group;
	struct ksem		sem;
	struct ksem_device	device;
	bool			by_kernel;
	struct module		*maker;
	char			maker_name[MODULE_NAME_LEN];
	bool			shared;
	struct list_head	reserved;
	struct work_struct	dir_add;
	struct work_struct	dir_remove;
	enum ksem_dir		dir;
	int			dir_err;
	bool			listed;
	struct list_head	holders;
};

static inline struct ksem_entry *ksem_entry_of_item(struct config_item *item)
{
	return container_of(to_config_group(item), struct ksem_entry, group);
}

static inline struct ksem_entry *ksem_entry_of(struct ksem *sem)
{
	return container_of(sem, struct ksem_entry, sem);
}

/* All of these in process context; they sleep. */

/* entry.c */
struct ksem_entry *ksem_entry_alloc(const char *name, u32 value, u32 max);

/* directory.c */
extern struct configfs_subsystem ksem_subsys;
int ksem_pin(struct ksem_entry *entry);
int ksem_remove(struct ksem_device *device);
void ksem_unpin(struct ksem_entry *entry);
struct ksem_entry *ksem_find(const char *name);
int ksem_registry_init(struct configfs_attribute **attrs);
void ksem_registry_exit(void);
extern struct config_item_type ksem_entry_type;

/* get.c */
int ksem_hold(struct ksem_entry *entry, struct module *module);
void ksem_show_holders(struct ksem_device *device, struct seq_file *file);
void ksem_holders_free(struct ksem_entry *entry);

/* create.c */
bool ksem_name_is_reserved(const char *name);
struct ksem *ksem_create_shared(struct module *module, const char *name,
				unsigned int value, unsigned int max);
void ksem_end(struct ksem_entry *entry);
int ksem_create_init(void);
void ksem_create_exit(void);

/* news.c */
void ksem_news(const char *name, unsigned long event);
void ksem_news_missed(const char *name, bool coming);
int ksem_news_init(void);
void ksem_news_exit(void);

#endif /* _KSEM_REGISTRY_H */

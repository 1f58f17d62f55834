// SPDX-License-Identifier: GPL-2.0-only
/* How kernel modules come by a semaphore, and let go of it. */

#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "registry.h"

/* A module that has got a semaphore, so many times. */
struct ksem_holder {
	struct list_head	node;
	struct module		*module;
	unsigned int		count;
	char			name[MODULE_NAME_LEN];
};

/* The mutex of the subsystem is held. */
static struct ksem_holder *ksem_holder_find(struct ksem_entry *entry,
					    struct module *module)
{
	struct ksem_holder *holder;

	list_for_each_entry(holder, &entry->holders, node)
		if (holder->module == module)
			return holder;
	return NULL;
}

/* The mutex of the subsystem is held. */
static int ksem_holder_add(struct ksem_entry *entry, struct module *module)
{
	struct ksem_holder *holder = ksem_holder_find(entry, module);

	if (!holder) {
		holder = kzalloc_obj(*holder, GFP_KERNEL);
		if (!holder)
			return -ENOMEM;
		holder->module = module;
		strscpy(holder->name, module_name(module),
			sizeof(holder->name));
		list_add_tail(&holder->node, &entry->holders);
	}
	holder->count++;
	return 0;
}

/*
 * The mutex of the subsystem is held.  A module may hand what it has got to
 * another one, so it needn't be the same; but a module that made the semaphore
 * and hasn't got it means ksem_destroy().  False if there is nobody to let go.
 */
static bool ksem_holder_remove(struct ksem_entry *entry, struct module *module)
{
	struct ksem_holder *holder = ksem_holder_find(entry, module);

	if (!holder && !(entry->by_kernel && entry->maker == module))
		holder = list_first_entry_or_null(&entry->holders,
						  struct ksem_holder, node);
	if (!holder)
		return false;
	if (!--holder->count) {
		list_del(&holder->node);
		kfree(holder);
	}
	return true;
}

void ksem_holders_free(struct ksem_entry *entry)
{
	struct ksem_holder *holder, *next;

	list_for_each_entry_safe(holder, next, &entry->holders, node)
		kfree(holder);
}

void ksem_show_holders(struct ksem_device *device, struct seq_file *file)
{
	struct ksem_entry *entry = ksem_entry_of(device->sem);
	struct ksem_holder *holder;

	mutex_lock(&ksem_subsys.su_mutex);
	if (entry->by_kernel)
		seq_printf(file, "ksem-maker:\t%s\n", entry->maker_name);
	list_for_each_entry(holder, &entry->holders, node)
		seq_printf(file, "ksem-holder:\t%s %u\n", holder->name,
			   holder->count);
	mutex_unlock(&ksem_subsys.su_mutex);
}

/* The mutex of the subsystem is held.  Once removed, it needn't be pinned. */
int ksem_hold(struct ksem_entry *entry, struct module *module)
{
	int err = ksem_holder_add(entry, module);

	if (err)
		return err;
	if (!READ_ONCE(entry->device.gone))
		err = ksem_pin(entry);
	if (err)
		ksem_holder_remove(entry, module);
	else
		ksem_ref(&entry->sem);
	return err;
}

/* Use ksem_get(). */
struct ksem *ksem_get_for(struct module *module, const char *name)
{
	struct ksem_entry *entry;
	int err = -ENOENT;

	/* Keeps the item in the tree while we pin it. */
	mutex_lock(&ksem_subsys.su_mutex);
	entry = ksem_find(name);
	if (entry && (!entry->by_kernel || entry->listed))
		err = ksem_hold(entry, module);
	if (err == -ENOENT)
		ksem_news_missed(name, entry);
	mutex_unlock(&ksem_subsys.su_mutex);
	if (entry)
		config_group_put(&entry->group);
	return err ? ERR_PTR(err) : &entry->sem;
}
EXPORT_SYMBOL_GPL(ksem_get_for);

/* The directory may be in the middle of mkdir or rmdir, which don't take long. */
static int ksem_hold_soon(struct ksem_entry *entry, struct module *module)
{
	int err;

	for (;;) {
		mutex_lock(&ksem_subsys.su_mutex);
		err = ksem_hold(entry, module);
		mutex_unlock(&ksem_subsys.su_mutex);
		if (err != -ENOENT)
			return err;
		usleep_range(1000, 2000);
	}
}

/* Use ksem_get_fd(). */
struct ksem *ksem_get_fd_for(struct module *module, int fd)
{
	struct file *file = fget(fd);
	struct ksem_device *device;
	struct ksem *sem;
	int err = -EBADF;

	if (!file)
		return ERR_PTR(-EBADF);
	device = ksem_device_of(file);
	if (!device)
		err = -EINVAL;
	else if (file->f_mode & FMODE_READ && file->f_mode & FMODE_WRITE)
		err = ksem_hold_soon(ksem_entry_of(device->sem), module);
	sem = err ? ERR_PTR(err) : device->sem;
	fput(file);
	return sem;
}
EXPORT_SYMBOL_GPL(ksem_get_fd_for);

/* Use ksem_get_or_create(). */
struct ksem *ksem_get_or_create_for(struct module *module, const char *name,
				    unsigned int value, unsigned int max)
{
	struct ksem *sem;

	for (;;) {
		sem = ksem_get_for(module, name);
		if (sem != ERR_PTR(-ENOENT))
			return sem;
		sem = ksem_create_shared(module, name, value, max);
		if (sem != ERR_PTR(-EEXIST))
			return sem;
		/* It was made meanwhile, or isn't quite there yet or gone. */
		if (msleep_interruptible(1))
			return ERR_PTR(-EINTR);
	}
}
EXPORT_SYMBOL_GPL(ksem_get_or_create_for);

/* Use ksem_put(). */
void ksem_put_for(struct module *module, struct ksem *sem)
{
	struct ksem_entry *entry;
	bool held, last;

	if (IS_ERR_OR_NULL(sem))
		return;
	entry = ksem_entry_of(sem);
	mutex_lock(&ksem_subsys.su_mutex);
	held = ksem_holder_remove(entry, module);
	/* By a descriptor, it can be got and put again after its end. */
	last = entry->shared && entry->listed && list_empty(&entry->holders);
	if (last)
		entry->listed = false;
	mutex_unlock(&ksem_subsys.su_mutex);
	if (WARN(!held, "ksem_put(%s) by %s: it hasn't got it: %s\n",
		 sem->name, module_name(module),
		 "ksem_create() goes with ksem_destroy()"))
		return;
	if (last)
		ksem_end(entry);
	if (!READ_ONCE(entry->device.gone))
		ksem_unpin(entry);
	ksem_unref(sem);
}
EXPORT_SYMBOL_GPL(ksem_put_for);

/* What a device has got, in its list of resources. */
struct ksem_devres {
	struct ksem	*sem;
	struct module	*module;
};

static void ksem_devm_put(struct device *dev, void *data)
{
	const struct ksem_devres *res = data;

	ksem_put_for(res->module, res->sem);
}

/* Use devm_ksem_get(). */
struct ksem *devm_ksem_get_for(struct module *module, struct device *dev,
			       const char *name)
{
	struct ksem_devres *res = devres_alloc(ksem_devm_put, sizeof(*res),
					       GFP_KERNEL);
	struct ksem *sem;

	if (!res)
		return ERR_PTR(-ENOMEM);
	sem = ksem_get_for(module, name);
	if (IS_ERR(sem)) {
		devres_free(res);
		return sem == ERR_PTR(-ENOENT) ? ERR_PTR(-EPROBE_DEFER) : sem;
	}
	*res = (struct ksem_devres) { .sem = sem, .module = module };
	devres_add(dev, res);
	return sem;
}
EXPORT_SYMBOL_GPL(devm_ksem_get_for);

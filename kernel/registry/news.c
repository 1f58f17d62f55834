// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling modules which names come and go, and the log what is in a name's way.
 *
 * A worker tells them, so that a notifier may call every function of ours: mkdir
 * holds locks of configfs that ksem_get() needs.
 */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "registry.h"

/* An event that only drivers with a deferred probe are told of. */
#define KSEM_NAME_COMING	0

static BLOCKING_NOTIFIER_HEAD(ksem_notifiers);
/* Its own, as notifiers may make semaphores. */
static struct workqueue_struct *ksem_news_wq;

struct ksem_news {
	struct work_struct	work;
	unsigned long		event;
	char			name[];
};

/* A module has looked for a name that wasn't there. */
static atomic_t ksem_missed;

static int ksem_probe(struct platform_device *device)
{
	return 0;
}

static struct platform_driver ksem_prober = {
	.probe	= ksem_probe,
	.driver	= { .name = "ksem-prober" },
};

/*
 * Drivers that deferred their probe since a name was missing try again when any
 * device finds a driver.  So let one do that.
 */
static void ksem_retry_probes(void)
{
	struct platform_device *device;

	device = platform_device_register_simple("ksem-prober",
						 PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device))
		atomic_set(&ksem_missed, 1); /* no memory: at the next name */
	else
		platform_device_unregister(device);
}

static void ksem_news_work(struct work_struct *work)
{
	struct ksem_news *news = container_of(work, struct ksem_news, work);
	struct inode *dir = d_inode(ksem_subsys.su_group.cg_item.ci_dentry);

	/* Until mkdir has finished, ksem_get() doesn't find the name. */
	inode_lock(dir);
	inode_unlock(dir);
	if (news->event == KSEM_NAME_ADDED)
		ksem_device_look(news->name);
	if (news->event != KSEM_NAME_COMING)
		blocking_notifier_call_chain(&ksem_notifiers, news->event,
					     news->name);
	if (news->event != KSEM_NAME_REMOVED && atomic_xchg(&ksem_missed, 0))
		ksem_retry_probes();
	kfree(news);
}

static void ksem_news_queue(const char *name, unsigned long event)
{
	size_t size = strlen(name) + 1;
	struct ksem_news *news;

	news = kmalloc(struct_size(news, name, size),
		       GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	news->event = event;
	strscpy(news->name, name, size);
	INIT_WORK(&news->work, ksem_news_work);
	queue_work(ksem_news_wq, &news->work);
}

void ksem_news(const char *name, unsigned long event)
{
	if (event == KSEM_NAME_ADDED || READ_ONCE(ksem_notifiers.head) ||
	    atomic_read(&ksem_missed))
		ksem_news_queue(name, event);
}

/*
 * The mutex of the subsystem is held, so that a mkdir is either before this or
 * sees it.  @coming: the mkdir of that name has yet to finish.
 */
void ksem_news_missed(const char *name, bool coming)
{
	atomic_set(&ksem_missed, 1);
	if (coming)
		ksem_news_queue(name, KSEM_NAME_COMING);
}

/**
 * ksem_register_notifier - be told of names that come and go
 * @nb: called with KSEM_NAME_ADDED or KSEM_NAME_REMOVED, and the name
 *
 * A name that is there already isn't told: register first, then look for it.
 * The calls come in order, in process context, from a worker that holds no lock;
 * they may use every function of this API but this one and its counterpart. Don't
 * wait for units in them for long, since later calls wait for them.
 *
 * Context: process context; may sleep.
 * Return: 0.
 */
int ksem_register_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&ksem_notifiers, nb);
}
EXPORT_SYMBOL_GPL(ksem_register_notifier);

/**
 * ksem_unregister_notifier - be told no longer
 * @nb: what was registered; no call of it is under way afterwards
 *
 * Context: process context; sleeps.
 * Return: 0, or -ENOENT if it isn't registered.
 */
int ksem_unregister_notifier(struct notifier_block *nb)
{
	return blocking_notifier_chain_unregister(&ksem_notifiers, nb);
}
EXPORT_SYMBOL_GPL(ksem_unregister_notifier);

int ksem_news_init(void)
{
	int err;

	ksem_news_wq = alloc_ordered_workqueue("ksem_news", 0);
	if (!ksem_news_wq)
		return -ENOMEM;
	err = platform_driver_register(&ksem_prober);
	if (err)
		destroy_workqueue(ksem_news_wq);
	return err;
}

void ksem_news_exit(void)
{
	destroy_workqueue(ksem_news_wq);
	platform_driver_unregister(&ksem_prober);
}

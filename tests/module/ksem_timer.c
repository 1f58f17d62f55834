// SPDX-License-Identifier: GPL-2.0-only
/*
 * A timer that posts: ten units in a second, for any task that waits.
 *
 *   insmod ksem_timer.ko name=ticks
 *   ksem wait ticks && echo tick
 */

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/ksem.h>
#include <linux/module.h>
#include <linux/timer.h>

#define TICKS_MAX	100

static char *name = "ticks";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "the semaphore to post to");

static struct ksem *ticks;
static struct timer_list timer;

/* In an interrupt, where ksem_post() may be called. */
static void timer_tick(struct timer_list *unused)
{
	ksem_post(ticks);	/* -EOVERFLOW: nobody has taken the last ones */
	mod_timer(&timer, jiffies + HZ / 10);
}

static int __init timer_init(void)
{
	ticks = ksem_get_or_create(name, 0, TICKS_MAX);
	if (IS_ERR(ticks))
		return PTR_ERR(ticks);
	timer_setup(&timer, timer_tick, 0);
	mod_timer(&timer, jiffies + HZ / 10);
	return 0;
}
module_init(timer_init);

static void __exit timer_exit(void)
{
	timer_delete_sync(&timer);
	ksem_put(ticks);
}
module_exit(timer_exit);

MODULE_DESCRIPTION("Example of a timer that posts to a semaphore");
MODULE_LICENSE("GPL");
KSEM_IMPORT();

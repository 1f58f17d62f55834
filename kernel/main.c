// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading. */

#include <linux/module.h>

#include "core.h"

static int __init ksem_module_init(void)
{
	return ksem_configfs_init();
}
module_init(ksem_module_init);

/*
 * Only ever called without a semaphore: each holds the module, through configfs
 * if mkdir made it, else by ksem_create().
 */
static void __exit ksem_module_exit(void)
{
	ksem_configfs_exit();
}
module_exit(ksem_module_exit);

MODULE_DESCRIPTION("Semaphores that the kernel and user space share");
MODULE_AUTHOR("The ksem authors");
MODULE_LICENSE("GPL");

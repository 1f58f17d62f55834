// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading. */

#include <linux/module.h>

#include "core.h"

static int __init ksem_module_init(void)
{
	int err;

	ksem_async_init();
	err = ksem_api_init();
	if (err)
		return err;
	err = ksem_device_init();
	if (err)
		goto exit_api;
	err = ksem_configfs_init();
	if (err)
		goto exit_device;
	return 0;

exit_device:
	ksem_device_exit();
exit_api:
	ksem_api_exit();
	return err;
}
module_init(ksem_module_init);

/*
 * Only ever called without a semaphore: each holds the module, through configfs
 * if mkdir made it, else by ksem_create(); and so does each handle.
 */
static void __exit ksem_module_exit(void)
{
	ksem_configfs_exit();
	ksem_device_exit();
	ksem_api_exit();
	ksem_async_exit();
}
module_exit(ksem_module_exit);

MODULE_DESCRIPTION("Semaphores that the kernel and user space share");
MODULE_AUTHOR("The ksem authors");
MODULE_LICENSE("GPL");

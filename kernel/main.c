// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading. */

#include <linux/module.h>
#include <linux/rcupdate.h>

#include "configfs/files.h"
#include "registry/registry.h"

static int __init ksem_module_init(void)
{
	int err;

	err = ksem_call_init();
	if (err)
		return err;
	err = ksem_device_init();
	if (err)
		goto exit_call;
	err = ksem_registry_init(ksem_files);
	if (err)
		goto exit_device;
	return 0;

exit_device:
	ksem_device_exit();
exit_call:
	ksem_call_exit();
	return err;
}
module_init(ksem_module_init);

/*
 * Only ever called without a named semaphore or a handle: each holds the module.
 * The thread may still have a reference to one that was removed.
 */
static void __exit ksem_module_exit(void)
{
	ksem_registry_exit();
	ksem_call_exit();
	ksem_device_exit();
	/* For ksem_put_pid_rcu(). */
	rcu_barrier();
}
module_exit(ksem_module_exit);

MODULE_DESCRIPTION("Semaphores that the kernel and user space share");
MODULE_AUTHOR("The ksem authors");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/* Settings that a handle or the control node brings: all of them or none. */

#include <linux/err.h>

#include "device.h"

int ksem_settings_apply(struct ksem_device *device,
			const struct ksem_settings *settings)
{
	struct ksem_settings own = *settings;
	int err;

	if (settings->set & KSEM_SET_SHUTDOWN) {
		if (settings->set != KSEM_SET_SHUTDOWN)
			return -EINVAL;
		return ksem_shutdown(device->sem);
	}
	if ((settings->set & KSEM_SET_UNDO && settings->undo > 1) ||
	    (settings->set & KSEM_SET_MAPPABLE && settings->mappable > 1))
		return -EINVAL;
	own.set &= KSEM_SET_OWN;
	err = ksem_configure(device->sem, &own);
	if (err)
		return err;
	if (settings->set & KSEM_SET_UNDO)
		WRITE_ONCE(device->undo, settings->undo);
	if (settings->set & KSEM_SET_MAPPABLE)
		WRITE_ONCE(device->mappable, settings->mappable);
	return 0;
}

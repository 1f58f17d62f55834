#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# DKMS runs this where it has built the module. Modules of others are built against
# what this keeps next to ksem.ko, which DKMS 3.0 deletes: headers and symbols.
set -eu
cp -R include Module.symvers "$1/"

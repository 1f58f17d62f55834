#!/bin/sh
# SPDX-License-Identifier: MIT
# In the place of make where DKMS calls it: what would be compiled is there.
for word; do
  case $word in
    M=*) cp /test/built/* "${word#M=}" ;;
  esac
done

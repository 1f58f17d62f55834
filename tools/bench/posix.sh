#!/bin/sh
# SPDX-License-Identifier: MIT
# An unchanged program that knows sem_open, by the C library and by ours.
figure() {
  printf 'pair-posix\t%s\t%s\n' "$1" "$2"
}
figure "ksem posix" "$(LD_PRELOAD=/bin/libksem-posix.so pair)"
figure "glibc sem_open" "$(pair)"

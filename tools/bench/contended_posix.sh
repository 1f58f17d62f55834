#!/bin/sh
# SPDX-License-Identifier: MIT
# An unchanged program that knows sem_open, by the C library and by ours.
ksem exec -- bench_contended contended-posix "ksem exec"
bench_contended contended-posix

# SPDX-License-Identifier: MIT
"""Libraries that are preloaded into programs of all kinds."""

def preload_library(name, copts = []):
    """A library that needs nothing but the C library.

    Args:
      name: of its file.
      copts: more options of the compiler.
    """
    native.cc_binary(
        name = name,
        srcs = native.glob([
            "src/*.cc",
            "src/*.h",
        ]) + ["//kernel:include/uapi/linux/ksem.h"],
        copts = [
            "-fno-exceptions",
            "-fno-rtti",
            "-fvisibility=hidden",
        ] + copts,
        linkopts = [
            "-Wl,--as-needed",
            "-Wl,-z,defs",
            "-Wl,-z,now",
        ],
        linkshared = True,
        visibility = ["//visibility:public"],
        deps = ["//fsclient/preload"],
    )

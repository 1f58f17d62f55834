# SPDX-License-Identifier: MIT
"""Libraries that are preloaded into programs of all kinds, and their tests."""

load("//tests:vm_test.bzl", "vm_test")

PRELOAD_COPTS = [
    "-fno-exceptions",
    "-fno-rtti",
    "-fvisibility=hidden",
]

def preload_library(name, srcs = [], copts = []):
    """A library that needs nothing but the C library.

    Args:
      name: of its file.
      srcs: more of them than those in src.
      copts: more options of the compiler.
    """
    native.cc_binary(
        name = name,
        srcs = native.glob([
            "src/*.cc",
            "src/*.h",
        ]) + ["//kernel:include/uapi/linux/ksem.h"] + srcs,
        copts = PRELOAD_COPTS + copts,
        linkopts = [
            "-Wl,--as-needed",
            "-Wl,-z,defs",
            "-Wl,-z,nodelete",
            "-Wl,-z,now",
        ],
        linkshared = True,
        visibility = ["//visibility:public"],
        deps = ["//fsclient/preload"],
    )

def preload_program_test(name, library):
    """A program of GoogleTest cases, NAME_program, that knows nothing of ksem.

    The test, NAME_test, runs it with the C library's semaphores and with ours.

    Args:
      name: of the kind of semaphores.
      library: the file of ours.
    """
    program = name + "_program"
    native.cc_binary(
        name = program,
        testonly = True,
        srcs = native.glob([
            "tests/*_test.cc",
            "tests/support.cc",
            "tests/support.h",
        ]),
        deps = [
            "//fsclient/preload:test_support",
            "@googletest//:gtest_main",
        ],
    )
    vm_test(
        name = name + "_test",
        debug = False,
        args = [
            library,
            program,
        ],
        programs = [
            ":" + library,
            ":" + program,
        ],
        quick = True,
        script = "//fsclient/preload:tests/both_test.sh",
    )

def preload_command(name, library, **kwargs):
    """A program in C for the tests, NAME, and the same linked, NAME_linked.

    Args:
      name: of the program and its source in tests/.
      library: the one it is linked with; that is in /bin of the virtual
        machine.
      **kwargs: for the program.
    """
    source = "tests/%s.c" % name
    native.cc_binary(
        name = name,
        testonly = True,
        srcs = [source],
        deps = ["//fsclient/preload:test_foreign"],
        **kwargs
    )
    native.cc_binary(
        name = name + "_linked",
        testonly = True,
        srcs = [
            source,
            ":" + library,
        ],
        linkopts = ["-Wl,-rpath,/bin"],
        deps = ["//fsclient/preload:test_foreign"],
    )

# SPDX-License-Identifier: MIT
"""Tests that run in a virtual machine, one target for each kernel."""

load("@kernels//:defs.bzl", "KERNELS")
load("//tools/bazel:kernels.bzl", "DEFAULT_KERNELS", "HOST")

# Kernels that check themselves.
_SLOW_KERNELS = ["debug", "kcsan"]

def vm_test(
        name,
        srcs = None,
        deps = [],
        program = None,
        script = None,
        args = [],
        programs = [],
        host_programs = [],
        modules = ["//kernel:ksem", "//tests/module:modules"],
        no_load = False,
        cpus = 2,
        append = "",
        kernels = None,
        debug = True,
        quick = False,
        tags = []):
    """Makes tests NAME-KERNEL that boot KERNEL and run a program in it as root.

    A GoogleTest program (srcs and deps, or program) reports its results itself
    and obeys --test_filter. A script reports in KTAP on its standard output:
    see tests/ktap.sh. Any fault the kernel reports fails the test.

    Args:
      name: the first part of the targets' names.
      srcs: sources of a GoogleTest program without a main().
      deps: what that needs besides GoogleTest.
      program: or a GoogleTest program that is a target already.
      script: or a shell script for busybox.
      args: of the program.
      programs: targets whose files go on PATH.
      host_programs: names of commands of this machine that go on PATH.
      modules: kernel_modules() without -KERNEL; they are in /lib/ksem.
      no_load: whether it is left to the program to load ksem.ko.
      cpus: how many virtual CPUs.
      append: words for the kernel's command line.
      kernels: on which of the kernels in the cache (default: all).
      debug: whether `bazel test //...` runs it on the debug kernel, too: not what
        tests a program more than the kernel.
      quick: whether `tools/test.sh --quick` runs it, on 6.1.
      tags: more tags.
    """
    if srcs:
        program = name + "_program"
        native.cc_binary(
            name = program,
            testonly = True,
            srcs = srcs,
            deps = deps + ["@googletest//:gtest_main"],
        )
    for kernel in kernels or KERNELS:
        if kernel in KERNELS and kernel != HOST:
            _vm_test_on(
                kernel,
                name = "%s-%s" % (name, kernel),
                format = "ktap" if script else "gtest",
                main = script or program,
                args = args,
                programs = programs,
                host_programs = host_programs,
                modules = ["%s-%s" % (module, kernel) for module in modules],
                vm_options = ["--cpus", str(cpus)] +
                             (["--no-load"] if no_load else []) +
                             (["--append", "'%s'" % append] if append else []),
                tags = tags +
                       ([] if debug or kernel != "debug" else ["manual"]) +
                       (["quick"] if quick and kernel == "6.1" else []),
            )

def _vm_test_on(
        kernel,
        name,
        format,
        main,
        args,
        programs,
        host_programs,
        modules,
        vm_options,
        tags):
    if format == "ktap":
        programs = programs + ["//tests:ktap.sh"]
    native.sh_test(
        name = name,
        srcs = ["//tools:run_vm_test"],
        args = [format] + vm_options + ["--", _file_name(main)] + args,
        data = [main, "//tools:vm"] + modules + programs,
        env = {
            "HOST_PROGRAMS": " ".join(host_programs),
            "KERNEL": KERNELS[kernel].dir,
            "KERNEL_VERSION": KERNELS[kernel].version,
            "MODULES": _files(modules),
            "PROGRAMS": _files([main] + programs),
            "SLOW": "1" if kernel in _SLOW_KERNELS else "",
        },
        size = "large",
        # Only to end what hangs: a busy machine may take as long as it likes.
        timeout = "eternal",
        # The sandbox has no /dev/kvm and no cache; what does not run by default
        # has to be asked for.
        tags = tags + ["local"] +
               ([] if kernel in DEFAULT_KERNELS else ["manual"]),
    )

def _files(labels):
    return " ".join(["$(rootpaths %s)" % label for label in labels])

def _file_name(label):
    return label.split(":")[-1].split("/")[-1]

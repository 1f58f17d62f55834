# SPDX-License-Identifier: MIT
"""Tests that run in a virtual machine, one target for each kernel."""

load("@kernels//:defs.bzl", "KERNELS")
load("//tools/bazel:kernels.bzl", "DEFAULT_KERNELS", "HOST", "OUR_MACHINE")
load("//tools/bazel:machines.bzl", "built_for")

# Kernels that check themselves.
_SLOW_KERNELS = ["debug", "kcsan", "lockdep"]

# Kernels for programs of 32 bits.
_COMPAT_KERNELS = {
    "armhf": ["arm64", "arm64-rt"],
    "i386": ["6.1"],
}

# The processors that QEMU emulates, if not the newest: one that has no atomic
# instructions, but makes do with load-exclusive and store-exclusive.
_CPUS = {"arm64-rt": "cortex-a53"}

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
        arm64 = False,
        machine = None,
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
      kernels: on which of the kernels in the cache (default: all, or those for
        machine).
      debug: whether `bazel test //...` runs it on the debug kernel, too: not what
        tests a program more than the kernel.
      quick: whether `tools/test.sh --quick` runs it, on 6.1.
      arm64: whether `bazel test //...` runs it on arm64, too. A test that needs
        commands of this machine can't run there.
      machine: what its programs are built for, if not for the kernel's machine but
        for one of 32 bits. `bazel test //...` leaves it out.
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
    for kernel in kernels or _COMPAT_KERNELS.get(machine, KERNELS):
        if kernel not in KERNELS or kernel == HOST:
            continue
        kernels_machine = KERNELS[kernel].machine
        by_default = not machine and (
            (kernel in DEFAULT_KERNELS and (debug or kernel != "debug")) or
            (kernel == "arm64" and arm64)
        )
        if kernels_machine == OUR_MACHINE or not host_programs:
            _vm_test_on(
                kernel,
                name = "%s-%s" % (name, kernel),
                format = "ktap" if script else "gtest",
                machine = machine or kernels_machine,
                main = script or program,
                args = args,
                programs = programs,
                host_programs = host_programs,
                modules = ["%s-%s" % (module, kernel) for module in modules],
                vm_options = ["--cpus", str(cpus)] +
                             (["--cpu", _CPUS[kernel]] if kernel in _CPUS else []) +
                             (["--no-load"] if no_load else []) +
                             (["--append", "'%s'" % append] if append else []),
                tags = tags +
                       ([] if by_default else ["manual"]) +
                       (["quick"] if quick and kernel == "6.1" else []),
            )

def _vm_test_on(
        kernel,
        name,
        format,
        machine,
        main,
        args,
        programs,
        host_programs,
        modules,
        vm_options,
        tags):
    if format == "ktap":
        programs = programs + ["//tests:ktap.sh"]
    files = [main] + programs
    if machine != OUR_MACHINE:
        built_for(
            name = name + "_programs",
            testonly = True,
            machine = machine,
            tags = ["manual"],
            targets = files,
        )
        files = [":%s_programs" % name]
    native.sh_test(
        name = name,
        srcs = ["//tools:run_vm_test"],
        args = [format] + vm_options + ["--", _file_name(main)] + args,
        data = ["//tools:vm"] + modules + files,
        env = {
            "HOST_PROGRAMS": " ".join(host_programs),
            "KERNEL": KERNELS[kernel].dir,
            "KERNEL_VERSION": KERNELS[kernel].version,
            "MODULES": _files(modules),
            "PROGRAMS": _files(files),
            "SLOW": "1" if kernel in _SLOW_KERNELS else "",
        },
        size = "large",
        # Only to end what hangs. "long" is twenty times what the longest takes on
        # two idle processors.
        timeout = "eternal" if _may_take_long(kernel) else "long",
        # The sandbox has no /dev/kvm and no cache.
        tags = tags + ["local"],
    )

def _may_take_long(kernel):
    return kernel in _SLOW_KERNELS or KERNELS[kernel].machine != OUR_MACHINE

def _files(labels):
    return " ".join(["$(rootpaths %s)" % label for label in labels])

def _file_name(label):
    return label.split(":")[-1].split("/")[-1]

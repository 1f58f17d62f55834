# SPDX-License-Identifier: MIT
"""Programs for other machines, by Debian's cross compilers."""

load("@bazel_tools//tools/cpp:unix_cc_toolchain_config.bzl", "cc_toolchain_config")
load("@kernels//:defs.bzl", "KERNELS")

# Debian's name of each, and GNU's.
_MACHINES = {
    "arm64": "aarch64-linux-gnu",
    "armhf": "arm-linux-gnueabihf",
    "i386": "i686-linux-gnu",
}

_TOOLCHAINS = "//tools/bazel:toolchains"

def gnu_name(machine):
    return _MACHINES[machine]

def toolchains(name):
    """The compilers: `bazel build --config=arm64` takes them, as does a test.

    Args:
      name: of the suite of them.
    """
    native.filegroup(name = name + "_no_files")
    for machine, gnu in _MACHINES.items():
        cc_toolchain_config(
            name = "%s_%s_config" % (name, machine),
            abi_libc_version = "glibc",
            abi_version = "gcc",
            compiler = "gcc",
            compile_flags = ["-fstack-protector", "-fno-omit-frame-pointer"],
            cpu = machine,
            cxx_builtin_include_directories = [
                "/usr/%s/include" % gnu,
                "/usr/lib/gcc-cross/" + gnu,
                "/usr/include",
            ],
            host_system_name = "local",
            # What setup.sh has for it besides Debian's cross packages.
            link_flags = [
                "-L%s/lib" % kernel.dir
                for kernel in KERNELS.values()
                if kernel.machine == machine
            ][:1],
            link_libs = ["-lstdc++", "-lm"],
            target_libc = "glibc",
            target_system_name = gnu,
            # Of llvm-cov, only the name is wanted.
            tool_paths = {
                tool: "/usr/bin/%s-%s" % (gnu, tool)
                for tool in [
                    "ar",
                    "cpp",
                    "gcc",
                    "gcov",
                    "ld",
                    "llvm-cov",
                    "nm",
                    "objcopy",
                    "objdump",
                    "strip",
                ]
            },
            toolchain_identifier = machine,
            unfiltered_compile_flags = ["-fno-canonical-system-headers"],
        )
        no_files = ":%s_no_files" % name
        native.cc_toolchain(
            name = "%s_%s" % (name, machine),
            all_files = no_files,
            compiler_files = no_files,
            dwp_files = no_files,
            linker_files = no_files,
            objcopy_files = no_files,
            strip_files = no_files,
            toolchain_config = ":%s_%s_config" % (name, machine),
        )
    native.cc_toolchain_suite(
        name = name,
        toolchains = {
            machine: ":%s_%s" % (name, machine)
            for machine in _MACHINES
        },
        # It has nothing for our own machine, for which //... is built.
        tags = ["manual"],
        visibility = ["//visibility:public"],
    )

def _machine_impl(_settings, attr):
    return {
        "//command_line_option:cpu": attr.machine,
        "//command_line_option:crosstool_top": _TOOLCHAINS,
    }

_machine = transition(
    implementation = _machine_impl,
    inputs = [],
    outputs = [
        "//command_line_option:cpu",
        "//command_line_option:crosstool_top",
    ],
)

def _built_for_impl(ctx):
    return [DefaultInfo(
        files = depset(ctx.files.targets),
        runfiles = ctx.runfiles(files = ctx.files.targets),
    )]

built_for = rule(
    doc = "The files of targets, built for a machine.",
    implementation = _built_for_impl,
    attrs = {
        "machine": attr.string(mandatory = True, values = _MACHINES.keys()),
        "targets": attr.label_list(allow_files = True, cfg = _machine),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)

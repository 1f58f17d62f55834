# SPDX-License-Identifier: MIT
"""Builds kernel modules with Kbuild, once for each kernel there is."""

load("@kernels//:defs.bzl", "KERNELS")
load("//tools/bazel:kernels.bzl", "DEFAULT_KERNELS", "OUR_MACHINE")
load("//tools/bazel:machines.bzl", "gnu_name")

KernelModuleInfo = provider(
    doc = "What other modules need to build against this one.",
    fields = {
        "headers": "files below include/",
        "kernel": "the one it is built for",
        "ksem": "KernelModuleInfo of what it is built against, or None",
        "package": "the folder of the sources",
        "sources": "all files it is built from",
        "symbols": "Module.symvers",
    },
)

# Kbuild writes next to the sources, so it works in a copy.
_COPY = r"""
set -eu
copy() {
  to=$1 from=$2; shift 2
  for f in "$@"; do
    mkdir -p "$to/$(dirname "${f#$from/}")"
    cp "$f" "$to/${f#$from/}"
  done
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"""

# What Kbuild warns of goes by without an error, from modpost most of all, so the
# log decides. It also warns when the compiler is not of the very version that
# built the kernel; Debian's stable compilers are near enough. Type information
# for BPF would want one more tool.
_BUILD = r"""
if [ ! -e "$build/Makefile" ]; then
  echo "$build: no kernel headers; to install them: apt install linux-headers-$version" >&2
  exit 1
fi
if ! make -j"$(nproc)" -C "$build" M="$work/src" KSEM="$work/ksem" W=1 \
    CONFIG_DEBUG_INFO_BTF_MODULES= \
    KCFLAGS="-fmacro-prefix-map=$work/src/=" %{options} modules \
    > "$work/log" 2>&1 ||
  grep -v 'warning: the compiler differs' "$work/log" | grep -qi 'warning'
then
  cat "$work/log" >&2
  exit 1
fi
%{take}
"""

# Coverage of our own code, for the kernels that can collect it.
_OPTIONS = {"debug": "KCOV_INSTRUMENT=y"}

def _options(kernel):
    machine = KERNELS[kernel].machine
    if machine != OUR_MACHINE:
        return "ARCH=%s CROSS_COMPILE=%s-" % (machine, gnu_name(machine))
    return _OPTIONS.get(kernel, "")

def _kernel_module_impl(ctx):
    kernel = ctx.attr.kernel
    ksem = ctx.attr.ksem
    module = struct(
        ksem = ksem[KernelModuleInfo] if ksem else None,
        package = ctx.label.package,
        sources = ctx.files.srcs,
    )
    copy, inputs = copy_sources(module)

    outs = [
        ctx.actions.declare_file("%s/%s.ko" % (kernel, name))
        for name in ctx.attr.modules
    ]
    symbols = ctx.actions.declare_file(kernel + "/Module.symvers")
    take = "\n".join([
        'cp "$work/src/%s" "%s"' % (out.basename, out.path)
        for out in outs + [symbols]
    ])
    command = _BUILD.replace("%{options}", _options(kernel))
    command = copy + command.replace("%{take}", take)
    ctx.actions.run_shell(
        command = command,
        inputs = inputs,
        outputs = outs + [symbols],
        env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "build": KERNELS[kernel].dir + "/build",
            "version": KERNELS[kernel].version,
        },
        mnemonic = "Kbuild",
        progress_message = "Building %s for Linux %s" % (ctx.label, kernel),
    )
    headers = [f for f in ctx.files.srcs if "/linux/" in f.path]
    return [
        DefaultInfo(
            files = depset(outs),
            runfiles = ctx.runfiles(files = outs),
        ),
        KernelModuleInfo(
            headers = headers,
            kernel = kernel,
            ksem = module.ksem,
            package = module.package,
            sources = module.sources,
            symbols = symbols,
        ),
        OutputGroupInfo(symbols = depset([symbols])),
    ]

def copy_sources(module):
    """Prepares a folder to build a module in.

    Args:
      module: its KernelModuleInfo.

    Returns:
      Shell commands that copy what it is built from into $work/src, and what that
      is built against into $work/ksem; and the files they need.
    """
    commands = [_COPY, _copy("src", module.package, module.sources)]
    inputs = module.sources
    if module.ksem:
        commands += [
            _copy("ksem", module.ksem.package, module.ksem.headers),
            'cp "%s" "$work/ksem/"' % module.ksem.symbols.path,
        ]
        inputs = inputs + module.ksem.headers + [module.ksem.symbols]
    return "\n".join(commands), inputs

def _copy(to, package, files):
    paths = " ".join(['"%s"' % f.path for f in files])
    return 'copy "$work/%s" "%s" %s' % (to, package, paths)

_kernel_module = rule(
    implementation = _kernel_module_impl,
    attrs = {
        "kernel": attr.string(mandatory = True),
        "ksem": attr.label(providers = [KernelModuleInfo]),
        "modules": attr.string_list(mandatory = True),
        "srcs": attr.label_list(allow_files = True),
    },
)

def kernel_modules(name, srcs, modules, ksem = None, **kwargs):
    """Makes a target NAME-KERNEL for each kernel in the cache.

    Args:
      name: the first part of the targets' names.
      srcs: the Kbuild file and all it needs.
      modules: the modules it makes, without .ko; in KERNEL/ of the output.
      ksem: the kernel_modules() they are built against, less -KERNEL.
      **kwargs: for each target.
    """
    for kernel in KERNELS:
        _kernel_module(
            name = "%s-%s" % (name, kernel),
            srcs = srcs,
            kernel = kernel,
            ksem = "%s-%s" % (ksem, kernel) if ksem else None,
            modules = modules,
            tags = [] if kernel in DEFAULT_KERNELS else ["manual"],
            **kwargs
        )

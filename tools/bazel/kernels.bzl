# SPDX-License-Identifier: MIT
"""Finds the kernels that tools/setup.sh has put into the cache, and our own."""

# The names tools/setup.sh knows, in the order to list them.
# The kernel that runs this has another: "host".
NAMES = [
    "6.1",
    "debug",
    "6.12",
    "6.12-rt",
    "7",
    "kcsan",
    "lockdep",
    "rt-trace",
    "arm64",
    "arm64-rt",
]

HOST = "host"

# `bazel test //...` builds for these and tests on them; tools/test.sh --all on the
# others, too.
DEFAULT_KERNELS = ["6.1", "debug"]

# Where a kernel's folder names no other.
OUR_MACHINE = "amd64"

# What it knows to install the packages in, and their machines.
SYSTEM_MACHINES = {
    "debian12": "amd64",
    "debian12-arm64": "arm64",
    "debian13": "amd64",
    "debian13-rt": "amd64",
    "debian13-arm64": "arm64",
}

def _cache(env):
    if env.get("KSEM_CACHE"):
        return env["KSEM_CACHE"]
    home = env.get("XDG_CACHE_HOME") or env.get("HOME", "") + "/.cache"
    return home + "/ksem"

def _kernels_repository_impl(ctx):
    found = {}
    for name in NAMES:
        kernel = ctx.path(_cache(ctx.os.environ) + "/kernels/" + name)
        if kernel.get_child("made-from").exists:
            machine = kernel.get_child("machine")
            found[name] = struct(
                dir = str(kernel),
                machine = ctx.read(machine).strip() if machine.exists else OUR_MACHINE,
                # Tells Bazel when there is another kernel of this name.
                version = "%s (%s)" % (
                    ctx.read(kernel.get_child("version")).strip(),
                    ctx.read(kernel.get_child("made-from")).strip(),
                ),
            )

    # The kernel that runs here: nothing boots it, but modules are built for it. Its
    # headers are looked for when that is done: Bazel doesn't see when they come.
    release = ctx.execute(["uname", "-r"]).stdout.strip()
    found[HOST] = struct(
        dir = "/lib/modules/" + release,
        machine = OUR_MACHINE,
        version = release,
    )
    systems = {}
    for name, machine in SYSTEM_MACHINES.items():
        system = ctx.path(_cache(ctx.os.environ) + "/systems/" + name)
        if system.get_child("made-from").exists:
            systems[name] = struct(
                dir = str(system),
                machine = machine,
                version = ctx.read(system.get_child("made-from")).strip(),
            )
    ctx.file("BUILD", "")
    ctx.file("defs.bzl", "KERNELS = %r\nSYSTEMS = %r\n" % (found, systems))

kernels_repository = repository_rule(
    implementation = _kernels_repository_impl,
    configure = True,
    # tools/setup.sh has this set to something new when the kernels are.
    environ = ["HOME", "KSEM_CACHE", "KSEM_KERNELS", "XDG_CACHE_HOME"],
    local = True,
)

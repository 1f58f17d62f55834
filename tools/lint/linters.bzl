# SPDX-License-Identifier: MIT
"""The versions of the checkers, for checks to be repeated with newer ones."""

def _linters_repository_impl(ctx):
    query = ["dpkg-query", "-W", "-f=${Package} ${Version}; "]
    versions = ctx.execute(query + ["clang*", "shellcheck", "sparse"]).stdout
    ctx.file("BUILD", "")
    ctx.file("defs.bzl", "LINTERS = " + repr(versions) + "\n")

linters_repository = repository_rule(
    implementation = _linters_repository_impl,
    # tools/setup.sh has this set to something new when packages are.
    environ = ["KSEM_KERNELS"],
    local = True,
)

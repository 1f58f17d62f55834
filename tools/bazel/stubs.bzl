# SPDX-License-Identifier: MIT
"""Stand-ins for what Bazel would download though this project needs none of it.

With them a build asks nothing of the network.
"""

def _files_repository_impl(ctx):
    ctx.file("WORKSPACE", "")
    for path, text in ctx.attr.files.items():
        ctx.file(path, text)

_files_repository = repository_rule(
    implementation = _files_repository_impl,
    attrs = {"files": attr.string_dict(doc = "contents by path")},
)

# Bazel's own tools load the C++ and Java rules from repositories, but they are
# built in as well.
def _native(rules):
    return "".join(["{0} = native.{0}\n".format(rule) for rule in rules])

_CC_RULES = [
    "cc_binary",
    "cc_library",
    "cc_proto_library",
    "cc_test",
    "cc_toolchain",
    "cc_toolchain_suite",
    "objc_library",
]

_JAVA_RULES = [
    "java_binary",
    "java_import",
    "java_library",
    "java_proto_library",
    "java_runtime",
    "java_toolchain",
]

# Named by every test, used by `bazel coverage` alone.
_COVERAGE_BUILD = """
filegroup(
    name = "coverage_report_generator",
    visibility = ["//visibility:public"],
)
"""

def bazel_stubs():
    _files_repository(
        name = "rules_cc",
        files = {
            "BUILD": "",
            "cc/BUILD": "",
            "cc/defs.bzl": _native(_CC_RULES),
        },
    )
    _files_repository(
        name = "rules_java",
        files = {
            "BUILD": "",
            "java/BUILD": "",
            "java/defs.bzl": _native(_JAVA_RULES),
        },
    )
    _files_repository(
        name = "remote_coverage_tools",
        files = {"BUILD": _COVERAGE_BUILD},
    )

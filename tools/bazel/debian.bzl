# SPDX-License-Identifier: MIT
"""The libraries that come from Debian's packages."""

_GOOGLETEST = """
cc_library(
    name = "gtest",
    srcs = glob(
        ["googletest/src/*.cc", "googletest/src/*.h"],
        exclude = ["googletest/src/gtest-all.cc", "googletest/src/gtest_main.cc"],
    ) + glob(
        ["googlemock/src/*.cc"],
        exclude = ["googlemock/src/gmock-all.cc", "googlemock/src/gmock_main.cc"],
    ),
    hdrs = glob(["googletest/include/**/*.h", "googlemock/include/**/*.h"]),
    copts = ["-Iexternal/googletest/googletest", "-w"],
    includes = ["googletest/include", "googlemock/include"],
    linkopts = ["-pthread"],
    visibility = ["//visibility:public"],
)

cc_library(
    name = "gtest_main",
    srcs = ["googlemock/src/gmock_main.cc"],
    copts = ["-w"],
    visibility = ["//visibility:public"],
    deps = [":gtest"],
)
"""

# Where the compiler looks anyway.
_CLI11 = """
cc_library(
    name = "cli11",
    visibility = ["//visibility:public"],
)
"""

_BENCHMARK = """
cc_library(
    name = "benchmark",
    linkopts = ["-lbenchmark", "-pthread"],
    visibility = ["//visibility:public"],
)
"""

def debian_libraries():
    native.new_local_repository(
        name = "googletest",
        build_file_content = _GOOGLETEST,
        path = "/usr/src/googletest",
    )
    native.new_local_repository(
        name = "cli11",
        build_file_content = _CLI11,
        path = "/usr/include/CLI",
    )
    native.new_local_repository(
        name = "benchmark",
        build_file_content = _BENCHMARK,
        path = "/usr/include/benchmark",
    )

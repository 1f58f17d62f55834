# SPDX-License-Identifier: MIT
"""Checks the sources. Each check of a file is an action of its own.

So Bazel repeats only the checks of what changed. A check that finds a fault
succeeds as an action and leaves its findings in a file. The tests of each package
report them: `lint_tidy` and `lint_tidy_tests` those of clang-tidy, which takes long,
`lint` all others.
"""

load("@kernels//:defs.bzl", "KERNELS")
load("@linters//:defs.bzl", "LINTERS")
load("//tools/bazel:kernel_module.bzl", "KernelModuleInfo", "copy_sources")

LintInfo = provider(
    doc = "Checks that were made.",
    fields = {
        "names": "depset of strings: CHECKER FILE",
        "results": "depset of files in KTAP, without numbers",
    },
)

_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

# Its sources have checkpatch; Debian's packages of headers don't.
_DEBUG = KERNELS.get("debug")

def _check(ctx, checker, name, inputs, args = [], env = {}, outputs = [], **kwargs):
    """Runs CHECKER and returns the LintInfo of the one result."""
    result = ctx.actions.declare_file("lint.results/%s/%s" % (checker, name))
    full_name = (ctx.label.package + "/" + name).lstrip("/")
    ctx.actions.run(
        executable = ctx.file._check,
        arguments = [result.path, checker, full_name] + args,
        inputs = inputs,
        outputs = [result] + outputs,
        env = dict(env, PATH = _PATH, LINTERS = LINTERS),
        mnemonic = "Lint",
        progress_message = "Checking %s with %s" % (full_name, checker),
        **kwargs
    )
    return LintInfo(
        names = depset([checker + " " + full_name]),
        results = depset([result]),
    )

def _name(ctx, file):
    """The path of a file in the package."""
    return file.short_path[len(ctx.label.package):].lstrip("/")

def _clang_tidy(ctx, file, headers):
    """Makes a check that is repeated when a header changes that FILE includes."""
    unused = ctx.actions.declare_file("lint.unused/" + _name(ctx, file))
    return _check(
        ctx,
        "clang-tidy",
        _name(ctx, file),
        [file, ctx.file._clang_tidy] + headers,
        [unused.path] + [header.path for header in headers],
        outputs = [unused],
        unused_inputs_list = unused,
    )

def _lint_test_impl(ctx):
    headers = depset(
        # Not the libraries themselves, which needn't be built.
        [f for f in ctx.files.cc_headers if f.extension == "h"],
        transitive = [
            dep[CcInfo].compilation_context.headers
            for dep in ctx.attr.cc_headers
            if CcInfo in dep
        ],
    ).to_list()
    headers = [f for f in headers if not f.path.startswith("external/")]
    checks = [dep[LintInfo] for dep in ctx.attr.checks]
    for file in ctx.files.shell:
        inputs = ctx.files.shell + ctx.files.shell_deps + [ctx.file._shellcheckrc]
        checks.append(_check(ctx, "shellcheck", _name(ctx, file), inputs))
    for file in ctx.files.cc_format:
        inputs = [file, ctx.file._clang_format]
        checks.append(_check(ctx, "clang-format", _name(ctx, file), inputs))
    for file in ctx.files.cc_tidy:
        checks.append(_clang_tidy(ctx, file, headers))
    for file in ctx.files.kernel_style:
        env = {"KERNEL": _DEBUG.dir, "VERSION": _DEBUG.version} if _DEBUG else {}
        checks.append(_check(ctx, "checkpatch", _name(ctx, file), [file], env = env))
    for file in ctx.files.quoting:
        inputs = [file, ctx.file._readme] + ctx.files.quoted
        checks.append(_check(ctx, "readme", _name(ctx, file), inputs))

    info = LintInfo(
        names = depset(transitive = [c.names for c in checks]),
        results = depset(transitive = [c.results for c in checks]),
    )
    results = info.results.to_list()
    list = ctx.actions.declare_file(ctx.label.name + ".list")
    ctx.actions.write(list, "".join([f.short_path + "\n" for f in results]))
    script = ctx.actions.declare_file(ctx.label.name + ".run")
    ctx.actions.write(
        script,
        "#!/bin/sh\nexec %s %s\n" % (ctx.file._report.short_path, list.short_path),
        is_executable = True,
    )
    runfiles = ctx.runfiles(
        files = results + [list, ctx.file._report, ctx.file._ktap_to_xml],
    )
    return [DefaultInfo(executable = script, runfiles = runfiles), info]

def _tool(label):
    return attr.label(allow_single_file = True, default = label)

_lint_test = rule(
    implementation = _lint_test_impl,
    attrs = {
        "cc_format": attr.label_list(allow_files = True),
        "cc_headers": attr.label_list(allow_files = True),
        "cc_tidy": attr.label_list(allow_files = True),
        "checks": attr.label_list(providers = [LintInfo]),
        "kernel_style": attr.label_list(allow_files = True),
        "quoted": attr.label_list(allow_files = True),
        "quoting": attr.label_list(allow_files = True),
        "shell": attr.label_list(allow_files = True),
        "shell_deps": attr.label_list(allow_files = True),
        "_check": _tool("//tools/lint:check.sh"),
        "_clang_format": _tool("//:.clang-format"),
        "_clang_tidy": _tool("//:.clang-tidy"),
        "_ktap_to_xml": _tool("//tools:vm/ktap_to_xml.awk"),
        "_readme": _tool("//tools/lint:readme.awk"),
        "_report": _tool("//tools/lint:report.sh"),
        "_shellcheckrc": _tool("//:.shellcheckrc"),
    },
    test = True,
)

def _module_check_impl(ctx):
    module = ctx.attr.module[KernelModuleInfo]
    kernel = KERNELS[module.kernel]
    copy, inputs = copy_sources(module)
    script = ctx.actions.declare_file(ctx.label.name + ".copy")
    ctx.actions.write(script, copy)
    return [_check(
        ctx,
        ctx.attr.checker,
        ctx.attr.module.label.name,
        inputs + [script, ctx.file._analyze],
        [script.path],
        env = {"KERNEL": kernel.dir, "VERSION": kernel.version},
    )]

_module_check = rule(
    implementation = _module_check_impl,
    attrs = {
        "checker": attr.string(mandatory = True),
        "module": attr.label(providers = [KernelModuleInfo]),
        "_analyze": _tool("//tools/lint:analyze.sh"),
        "_check": _tool("//tools/lint:check.sh"),
    },
)

# On which kernel a checker of modules works: the analyzer doesn't understand the
# paravirtual calls of Debian's.
_MODULE_CHECKERS = {
    "6.1": "sparse",
    "debug": "analyzer",
}

def _lint_list_impl(ctx):
    names = depset(transitive = [dep[LintInfo].names for dep in ctx.attr.deps])
    list = ctx.actions.declare_file(ctx.label.name + ".list")
    ctx.actions.write(list, "\n".join(names.to_list()) + "\n")
    return [
        DefaultInfo(
            files = depset([list]),
            runfiles = ctx.runfiles([list]),
        ),
        LintInfo(names = names, results = depset()),
    ]

lint_list = rule(
    doc = "A file with a line CHECKER FILE for each check of some packages.",
    implementation = _lint_list_impl,
    attrs = {"deps": attr.label_list(providers = [LintInfo])},
)

def lint(
        shell = [],
        shell_deps = [],
        kernel_style = [],
        no_tidy = [],
        quoting = [],
        quoted = []):
    """Makes the tests of all sources of a package.

    They are `lint`, `lint_tidy`, and `lint_tidy_tests` for the sources of tests and
    benchmarks, which `bazel test //...` doesn't run: it takes a fifth of the time of
    all tests.

    Call it at the end of each BUILD file, and add the package to the list in
    tools/lint/BUILD. It finds *.sh, *.cc, *.c and *.h, and the headers that they
    include by the cc_*() rules above it.

    Args:
      shell: shell scripts with other names than *.sh.
      shell_deps: scripts of other packages that ours source.
      kernel_style: the files that are in the kernel's style.
      no_tidy: files that clang-tidy can't read.
      quoting: Markdown files that quote others.
      quoted: the files they quote, of any package.
    """
    # At the top, ** would go on into the links that Bazel makes there.
    below = "**/" if native.package_name() else ""
    cc = [
        file
        for file in native.glob([below + "*.cc", below + "*.c", below + "*.h"])
        if file not in kernel_style
    ]
    headers, checks = {}, []
    for rule in native.existing_rules().values():
        if rule["kind"] in ["cc_library", "cc_binary", "cc_test"]:
            for label in rule["srcs"] + rule.get("hdrs", ()) + rule["deps"]:
                if not label.endswith((".cc", ".c", ".so")):
                    headers[label] = None
        elif rule["kind"] == "_kernel_module" and rule["kernel"] in _MODULE_CHECKERS:
            checker = _MODULE_CHECKERS[rule["kernel"]]
            _module_check(
                name = rule["name"] + "-" + checker,
                checker = checker,
                module = rule["name"],
            )
            checks.append(rule["name"] + "-" + checker)
    _lint_test(
        name = "lint",
        cc_format = cc,
        checks = checks,
        kernel_style = kernel_style,
        quoted = quoted,
        quoting = quoting,
        shell = native.glob([below + "*.sh"]) + shell,
        shell_deps = shell_deps,
        tags = ["lint", "quick"],
        timeout = "eternal",
    )
    tidy = {"lint_tidy": [], "lint_tidy_tests": []}
    for file in cc:
        if not file.endswith(".h") and file not in no_tidy:
            path = native.package_name() + "/" + file
            is_test = "tests/" in path or "bench/" in path
            tidy["lint_tidy_tests" if is_test else "lint_tidy"].append(file)
    for name, files in tidy.items():
        if files:
            _lint_test(
                name = name,
                cc_headers = headers.keys(),
                cc_tidy = files,
                tags = ["lint"] + (["manual"] if name != "lint_tidy" else []),
                timeout = "eternal",
            )
    lint_list(
        name = "lint_checks",
        testonly = True,
        visibility = ["//tools/lint:__pkg__"],
        deps = [":lint"] + [":" + name for name, files in tidy.items() if files],
    )

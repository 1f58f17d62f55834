#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the cases of a test run.

Usage: count_results.py BUILD_EVENTS [XML...]

Reads the results of each test that Bazel ran, named in its events
(--build_event_json_file), and further JUnit files. Prints how many passed on
each kernel, what failed, and "N passed, N failed"; fails if anything did, or if
nothing ran.
"""

import collections
import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as xml


def count(path):
  """Returns (passed, names of failed cases) of a JUnit file."""
  passed, failed = 0, []
  for case in xml.parse(path).getroot().iter("testcase"):
    if case.find("failure") is not None or case.find("error") is not None:
      failed.append(f"{case.get('classname', '')} {case.get('name')}".strip())
    elif case.find("skipped") is None and case.get("status") != "notrun":
      passed += 1
  return passed, failed


def bazel_tests(events):
  """Yields (label, whether it passed, path of its XML or None)."""
  expected, ran = set(), {}
  for line in events:
    event = json.loads(line)
    identity = event["id"]
    if "targetConfigured" in identity and "testSize" in event.get(
        "configured", {}):
      expected.add(identity["targetConfigured"]["label"])
    if "testResult" in identity and "testResult" in event:
      result = event["testResult"]
      files = {f["name"]: f.get("uri") for f in result["testActionOutput"]}
      ran[identity["testResult"]["label"]] = (
          result["status"] == "PASSED", files.get("test.xml"))
  for label in sorted(expected | set(ran)):
    passed, uri = ran.get(label, (False, None))
    path = urllib.parse.unquote(urllib.parse.urlparse(uri).path) if uri else None
    yield label, passed, path


def kernel(label):
  """The one that tests/vm_test.bzl has put at the end of the name, or None."""
  name = re.search(r"-(debug|kcsan|lockdep|arm64(-rt)?|[0-9.]+(-rt)?)$", label)
  return name and name[1]


def main():
  events, *files = sys.argv[1:]
  results = [(path, True, path) for path in files]
  with open(events, encoding="utf-8") as lines:
    results += bazel_tests(lines)
  passed, failed = 0, []
  programs, cases = collections.Counter(), collections.Counter()
  for label, succeeded, path in results:
    try:
      good, bad = count(path) if path else (0, [])
    except (OSError, xml.ParseError):
      good, bad, succeeded = 0, [], False
    passed += good
    programs[kernel(label)] += 1
    cases[kernel(label)] += good
    failed += [f"{label}: {name}" for name in bad]
    if not succeeded and not bad:
      failed.append(f"{label}: no results")
  for name in sorted(filter(None, programs)):
    print(f"{name}: {cases[name]} passed in {programs[name]} programs")
  for name in failed:
    print(f"FAILED {name}")
  print(f"{passed} passed, {len(failed)} failed")
  return 1 if failed or not passed else 0


if __name__ == "__main__":
  sys.exit(main())

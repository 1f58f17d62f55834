# SPDX-License-Identifier: MIT
# Turns the KTAP lines in a test's output into JUnit's XML: "1..N", "ok 1 - name"
# and "not ok 2 - name", with the lines before a failed case as its text. Cases
# that the plan promises and that don't come have failed.

function escape(text) {
  gsub(/[^\t\n -~]/, "?", text)
  gsub(/&/, "\\&amp;", text)
  gsub(/</, "\\&lt;", text)
  gsub(/"/, "\\&quot;", text)
  return text
}

function add(name, failure, skipped) {
  count++
  body = body "<testcase classname=\"ktap\" name=\"" escape(name) "\">"
  if (failure != "") {
    failed++
    body = body "<failure message=\"not ok\">" escape(failure) "</failure>"
  }
  if (skipped)
    body = body "<skipped/>"
  body = body "</testcase>\n"
}

{ sub(/\r$/, "") }

/^1\.\.[0-9]+/ {
  planned = substr($1, 4) + 0
  has_plan = 1
  next
}

/^(not )?ok [0-9]+/ {
  name = $0
  sub(/^(not )?ok [0-9]+ *-? */, "", name)
  skipped = sub(/ *# SKIP.*/, "", name)
  add(name, /^not/ ? text "\n" $0 : "", skipped)
  text = ""
  next
}

{ text = text "\n" $0 }

END {
  if (!has_plan)
    add("plan", "there is no plan\n" text, 0)
  else if (count != planned)
    add("plan", count " cases, not " planned "\n" text, 0)
  print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
  print "<testsuites>"
  printf "<testsuite name=\"ktap\" tests=\"%d\" failures=\"%d\">\n", count, failed
  printf "%s", body
  print "</testsuite>"
  print "</testsuites>"
}

# SPDX-License-Identifier: MIT
# Checks that each block of a Markdown file below a line
#   <!-- from FILE -->
# stands in FILE, as it is. Says what doesn't, and fails.
/^<!-- from .* -->$/ { file = $3; next }
/^```/ && block { block = 0; look(); file = ""; next }
/^```/ && file != "" { block = 1; wanted = ""; next }
block { wanted = wanted $0 "\n" }

function look(    line, text) {
  while ((getline line <file) > 0) text = text line "\n"
  close(file)
  if (!index(text, wanted)) {
    print "not as in " file ":\n" wanted
    failed = 1
  }
}
END { exit failed }

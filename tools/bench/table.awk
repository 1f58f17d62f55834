# SPDX-License-Identifier: MIT
# Shows rows.awk's rows to people.
BEGIN {
  FS = "\t"
  line = "%-27s %-41s %12s %12s  %-12s  %-21s %8s  %-7s %s\n"
  printf line, "id", "work", "ours", "peer", "unit", "peer is", "ratio", "target", "reached"
}
{
  bound = $9 == "-" ? "" : ($8 == "less" ? "<= " : ">= ") $9
  printf line, $1, $2, amount($3), amount($4), $7, $5, $6, bound, $10 == "-" ? "" : $10
}
function amount(figure) { return sprintf(figure < 10 ? "%.2f" : "%.0f", figure) }

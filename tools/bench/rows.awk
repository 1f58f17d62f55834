# SPDX-License-Identifier: MIT
# Joins benchmarks.tsv with what the programs print (id, who, figure; ours is
# whose name begins with "ksem") to rows of id, work, ours, peer's figure, peer, ratio, unit,
# better, target, reached (yes, no or -), kernel.
BEGIN { FS = OFS = "\t" }
/^#/ { next }
FNR == NR {
  order[++ids] = $1
  unit[$1] = $4; better[$1] = $5; against[$1] = $6; target[$1] = $7; work[$1] = $8
  next
}
$1 == "kernel" { kernel = $2; next }
!($1 in unit) { next }
$2 ~ /^ksem/ { ours[$1] = $3; on[$1] = kernel; next }
{
  n = ++peers[$1]
  if (against[$1] == "best" && n > 1) {
    peers[$1] = 1
    if ($3 >= figure[$1, 1]) next
    n = 1
  }
  who[$1, n] = $2
  figure[$1, n] = $3
}
END {
  for (i = 1; i <= ids; i++) {
    id = order[i]
    for (n = 1; n <= peers[id]; n++) {
      ratio = figure[id, n] > 0 ? ours[id] / figure[id, n] : 0
      reached = "-"
      if (target[id] != "-")
        reached = (better[id] == "less" ? ratio <= target[id] : ratio >= target[id]) ? "yes" : "no"
      print id, work[id], ours[id], figure[id, n], who[id, n],
        sprintf("%.3f", ratio), unit[id], better[id], target[id], reached, on[id]
    }
  }
}

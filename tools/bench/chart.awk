# SPDX-License-Identifier: MIT
# Draws rows.awk's rows that have a target, as SVG: what ksem costs, in parts of
# what the peer does.  The scale is logarithmic, as ratios are.
BEGIN {
  FS = "\t"
  left = 330; width = 400; step = 24; top = 64
  least = 1 / 32; most = 32
}
# What is held has a table of its own in docs/benchmarks.md.
$9 != "-" && $1 !~ /-held-/ {
  n++
  id[n] = $1; peer[n] = $5; reached[n] = $10
  cost[n] = $8 == "less" ? $6 : 1 / ($6 > 0 ? $6 : 1e-9)
  goal[n] = $8 == "less" ? $9 : 1 / $9
  shown[n] = sprintf("%.2f", cost[n])
}
END {
  height = top + n * step + 34
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 %d\" font-family=\"sans-serif\" font-size=\"13\">\n", height
  print "<title>What ksem costs, in parts of what the peer costs</title>"
  print "<style>"
  print "  .page { fill: #fff } text { fill: #1f2328 } .dim { fill: #59636e }"
  print "  .grid { stroke: #d1d9e0 } .one { stroke: #59636e } .goal { stroke: #1f2328; stroke-width: 2 }"
  print "  .yes { fill: #2f81c7 } .no { fill: #d1702a }"
  print "  @media (prefers-color-scheme: dark) {"
  print "    .page { fill: #0d1117 } text { fill: #e6edf3 } .dim { fill: #9198a1 }"
  print "    .grid { stroke: #30363d } .one { stroke: #9198a1 } .goal { stroke: #e6edf3 }"
  print "    .yes { fill: #4c9be8 } .no { fill: #e0884a }"
  print "  }"
  print "</style>"
  printf "<rect class=\"page\" width=\"800\" height=\"%d\" rx=\"6\"/>\n", height
  text(16, 26, "", "start", "What ksem costs, in parts of what the peer costs (less is better)")
  for (x = least; x <= most; x *= 2) {
    printf "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n", x == 1 ? "one" : "grid", at(x), at(x), top - 6, top + n * step
    text(at(x), top - 12, "dim", "middle", x < 1 ? "1/" 1 / x : x)
  }
  for (i = 1; i <= n; i++) bar(i, top + (i - 1) * step)
  y = height - 12
  printf "<rect class=\"yes\" x=\"16\" y=\"%d\" width=\"12\" height=\"12\"/>\n", y - 11
  text(34, y, "dim", "start", "target reached")
  printf "<rect class=\"no\" x=\"146\" y=\"%d\" width=\"12\" height=\"12\"/>\n", y - 11
  text(164, y, "dim", "start", "not reached")
  printf "<line class=\"goal\" x1=\"262\" x2=\"262\" y1=\"%d\" y2=\"%d\"/>\n", y - 13, y + 3
  text(270, y, "dim", "start", "target")
  print "</svg>"
}
function at(x) {
  if (x < least) x = least
  if (x > most) x = most
  return left + width * log(x / least) / log(most / least)
}
function bar(i, y,   from, to) {
  from = at(cost[i] < 1 ? cost[i] : 1)
  to = at(cost[i] < 1 ? 1 : cost[i])
  text(16, y + 16, "", "start", id[i])
  text(left - 12, y + 16, "dim", "end", peer[i])
  printf "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"14\" rx=\"2\"/>\n", reached[i], from, y + 4, (to - from > 2 ? to - from : 2)
  printf "<line class=\"goal\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n", at(goal[i]), at(goal[i]), y + 1, y + 21
  text(left + width + 52, y + 16, "", "end", shown[i])
}
function text(x, y, class, anchor, what) {
  printf "<text class=\"%s\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", class, x, y, anchor, what
}

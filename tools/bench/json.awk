# SPDX-License-Identifier: MIT
# rows.awk's rows as JSON.
BEGIN { FS = "\t"; printf "[" }
{
  printf "%s\n  {\"id\": \"%s\", \"ours\": %s, \"peer\": %s, ", (NR > 1 ? "," : ""), $1, $3, $4
  printf "\"peer_name\": \"%s\", \"ratio\": %s, \"unit\": \"%s\", \"kernel\": \"%s\"}", $5, $6, $7, $11
}
END { print "\n]" }

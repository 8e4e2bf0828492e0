#!/bin/sh
# Copies what a box needs (appliance/payload) from the project, or from another copy, into a folder.
# Usage: copy-payload.sh FROM TO
set -eu
from=$(cd "$1" && pwd)
to=$2
mkdir -p "$to"
to=$(cd "$to" && pwd)
cd "$from"
grep -v -e '^#' -e '^$' appliance/payload | while read -r pattern; do
  # Unquoted: the pattern may name several.
  for path in $pattern; do
    [ -e "$path" ] || { echo "missing: $path (npm ci && npm run build makes it)" >&2; exit 1; }
    mkdir -p "$to/$(dirname "$path")"
    cp -R --no-preserve=ownership "$path" "$to/$(dirname "$path")/"
  done
done
# Readable by all, writable by the owner alone, whatever the umask was.
chmod -R u=rwX,go=rX "$to"

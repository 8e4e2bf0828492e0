#!/bin/sh
# Prints Debian's sources for a root file system, from the mirrors that this machine itself uses; DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR name
# others, such as those of a day at Debian's archive of snapshots, whose lists are out of date by then.
# Usage: debian-sources.sh CODENAME [COMPONENTS]
set -eu
codename=$1
components=${2:-main}
# Both forms of apt's files; comments do not count.
mirror_of() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    sed 's/#.*//' | grep -oE "(https?|file|copy|mirror\+file)://?[^] \"]*/$1/?( |\$)" | tr -d ' ' | head -n 1
}
options=
[ -z "${DEBIAN_MIRROR:-}" ] || options="[check-valid-until=no] "
mirror=${DEBIAN_MIRROR:-$(mirror_of debian)}
security=${DEBIAN_SECURITY_MIRROR:-$(mirror_of debian-security)}
[ -n "$mirror" ] || { echo "This machine has no mirror of Debian among its apt sources." >&2; exit 1; }
echo "deb $options$mirror $codename $components"
echo "deb $options$mirror $codename-updates $components"
if [ -n "$security" ]; then echo "deb $options$security $codename-security $components"; fi

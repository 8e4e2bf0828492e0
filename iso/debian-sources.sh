#!/bin/sh
# Prints Debian's sources for a root file system, from the mirrors that this machine itself uses. Usage: debian-sources.sh CODENAME [COMPONENTS]
set -eu
codename=$1
components=${2:-main}
uri_of() {
  apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' 'Origin: Debian' | sort -u | sed -n "s/ $1\$//p" | head -n 1
}
mirror=$(uri_of Debian)
security=$(uri_of Debian-Security)
[ -n "$mirror" ] || { echo "This machine has no mirror of Debian among its apt sources, or needs apt-get update." >&2; exit 1; }
echo "deb $mirror $codename $components"
echo "deb $mirror $codename-updates $components"
if [ -n "$security" ]; then echo "deb $security $codename-security $components"; fi

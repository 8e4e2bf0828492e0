#!/usr/bin/env bash
# FreeSWITCH, where the running system has it and the new one has not: its packages are put together anew from their files here, with those that
# only they need, and installed there. No network, and no token. Usage: take-switch-over.sh NEW-ROOT
set -euo pipefail
umask 022
new=$1
installed() { dpkg-query --admindir="$1" -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u; }
work=$(mktemp -d)
trap 'rm -rf "$work" "$new/root/switch"' EXIT
installed /var/lib/dpkg >"$work/here"
installed "$new/var/lib/dpkg" >"$work/there"
grep '^freeswitch' "$work/here" >"$work/switch" || exit 0
if [ -z "$(comm -23 "$work/switch" "$work/there")" ]; then exit 0; fi
command -v dpkg-repack >/dev/null || { echo "dpkg-repack is missing; FreeSWITCH cannot be taken over" >&2; exit 1; }
# What was cut off here is no more whole there.
if [ -e /var/lib/hotline-install/switch ]; then install -D /dev/null "$new/var/lib/hotline-install/switch"; fi
# With all that they need, of which the new system may have another version or none.
xargs apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances <"$work/switch" |
  grep -E '^[a-z0-9]' | sed 's/:.*//' | sort -u | comm -12 - "$work/here" | comm -23 - "$work/there" >"$work/wanted"
mkdir -p "$new/root/switch"
(cd "$new/root/switch" && xargs dpkg-repack <"$work/wanted" >"$work/log" 2>&1) || { tail -n 5 "$work/log" >&2; exit 1; }
mount --rbind /dev "$new/dev"
mount -t proc proc "$new/proc"
# Services are not started from within.
printf '#!/bin/sh\nexit 101\n' >"$new/usr/sbin/policy-rc.d"
chmod 755 "$new/usr/sbin/policy-rc.d"
code=0
chroot "$new" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive sh -c '
  systemctl -q mask freeswitch.service && dpkg -i /root/switch/*.deb' >"$work/log" 2>&1 || code=$?
rm -f "$new/usr/sbin/policy-rc.d"
umount "$new/proc"
umount -l "$new/dev"
[ "$code" -eq 0 ] || { tail -n 5 "$work/log" >&2; exit 1; }

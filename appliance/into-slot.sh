#!/usr/bin/env bash
# The hook of an update's bundle: RAUC has put the new system into its place and mounted it; it gets what of the old one is the owner's
# (kept-settings), and FreeSWITCH, which the bundle has not.
set -euo pipefail
umask 022
[ "${1:-}" = slot-post-install ] || exit 0
new=$RAUC_SLOT_MOUNT_POINT
place=usr/lib/hotline/appliance
fail() { echo "$*" >&2; exit 1; }

# Data are by number whose they are.
number_of() { sed -n 's/^hotline:[^:]*:\([0-9]*\):.*/\1/p' "$1"; }
[ -n "$(number_of /etc/passwd)" ] && [ "$(number_of /etc/passwd)" = "$(number_of "$new/etc/passwd")" ] && [ "$(number_of /etc/group)" = "$(number_of "$new/etc/group")" ] ||
  fail "the user hotline has another number there; all data would be somebody else's"

grep -v -e '^#' -e '^$' "$new/$place/kept-settings" | while read -r path; do
  [ -e "/$path" ] || [ -L "/$path" ] || continue
  mkdir -p "$new/$(dirname "$path")"
  case $path in
    # Who may sign in: only the passwords of those that the new system has too.
    etc/shadow) awk -F: -v OFS=: 'NR == FNR { old[$1] = $2; next } $1 in old { $2 = old[$1] } 1' "/$path" "$new/$path" >"$new/$path.new"
      chmod --reference="$new/$path" "$new/$path.new"
      chown --reference="$new/$path" "$new/$path.new"
      mv "$new/$path.new" "$new/$path" ;;
    *) if [ -d "/$path" ] && [ ! -L "/$path" ]; then mkdir -p "$new/$path" && cp -a "/$path/." "$new/$path/"; else cp -a --remove-destination "/$path" "$new/$path"; fi ;;
  esac
done
case $RAUC_SLOT_DEVICE in
  /dev/disk/by-partuuid/*) partition=${RAUC_SLOT_DEVICE##*/} ;;
  *) partition=$(blkid -s PARTUUID -o value "$RAUC_SLOT_DEVICE") ;;
esac
[ -n "$partition" ] || fail "$RAUC_SLOT_DEVICE is no partition"
sed -E "s|^[^ #]+ / |PARTUUID=$partition / |" /etc/fstab >"$new/etc/fstab"
grep -q "^PARTUUID=$partition / " "$new/etc/fstab" || fail "fstab has no line for /"
mkdir -p "$new/boot/efi" "$new/var/lib/hotline-trial"
# Until it is found good: hotline-update-limit.service.
: >"$new/var/lib/hotline-trial/unproven"

"$new/$place/take-switch-over.sh" "$new"
sync -f "$new"

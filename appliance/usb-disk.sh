#!/bin/sh
# Run by hotline-usb@.service for a file system on a disk that was plugged in by USB (usb-disk.rules). Usage: usb-disk.sh mount | unmount sda1
# It finds out what the disk is to be called below /media and who writes on it; systemd itself mounts it, for everybody to see.
set -eu
disk=$2
told=/run/hotline-usb/$disk
# A disk that cannot be taken is no fault of the box: it is said, and nothing has failed.
leave() { echo "/dev/$disk: $*" >&2; exit 0; }
property() { udevadm info --query=property --property="$1" --value "--path=/sys/class/block/$disk"; }
# People type it, and it becomes part of a unit's name.
plain() { printf %s "$1" | LC_ALL=C tr -c 'A-Za-z0-9._-' _ | sed 's/^[._-]*//; s/[._-]*$//' | cut -c 1-64; }
is_free() {
  if [ -L "/media/$1" ] || mountpoint -q "/media/$1"; then return 1; fi
  [ ! -e "/media/$1" ] || [ -z "$(ls -A "/media/$1")" ]
}
ask_systemd() { # OPTIONS
  systemd-mount --quiet --collect --no-ask-password --fsck=no --type="$type" --options="$1" --property=LazyUnmount=yes \
    --property=TimeoutSec=60 "/dev/$disk" "/media/$name"
}

mount_disk() {
  local label uuid name type options owned place
  place=$(findmnt -nro TARGET -S "/dev/$disk" || findmnt -nro TARGET --fstab -S "/dev/$disk" || true)
  [ -z "$place" ] || leave "its place is $place"
  options=nosuid,nodev,noexec
  # These know nothing of owners. Pulled out without a word, they shall have each file that has its name already.
  owned=uid=$(id -u hotline),gid=$(id -g hotline),umask=077,dirsync
  type=$(property ID_FS_TYPE)
  case $type in
    vfat) options=$options,$owned,utf8,flush ;;
    exfat) options=$options,$owned ;;
    ntfs) type=ntfs3 options=$options,$owned ;;
    # What the disk itself wants done when it is damaged may be that the machine stops.
    ext[234]) type=ext4 options=$options,errors=remount-ro ;;
    *) leave "what it holds is not mounted here: $type" ;;
  esac
  label=$(plain "$(property ID_FS_LABEL)")
  uuid=$(plain "$(property ID_FS_UUID)")
  name=${label:-${uuid:-$disk}}
  is_free "$name" || name=$name-${uuid:-$disk}
  is_free "$name" || leave "/media/$name is something else already"
  echo "$name" >"$told"
  # One that was pulled in the middle of writing may only be read.
  if ! ask_systemd "$options" && ! ask_systemd "$options,ro"; then
    unmount_disk
    leave "it cannot be mounted"
  fi
  if [ "$type" = ext4 ]; then give_folder "/media/$name/hotline"; fi
  echo "/dev/$disk is /media/$name"
}

# Backups are written by the user hotline, who may have had another number on the box that made them.
give_folder() {
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then mkdir -m 700 "$1" || return 0; fi
  if [ -L "$1" ] || [ ! -d "$1" ] || [ "$(stat -c %U:%G "$1")" = hotline:hotline ]; then return; fi
  chown -hR hotline:hotline "$1" || true
}

unmount_disk() {
  [ -f "$told" ] || return 0
  local place
  place=/media/$(cat "$told")
  # Where the disk was pulled out, systemd has done it already.
  if mountpoint -q "$place"; then systemctl stop "$(systemd-escape --path --suffix=mount "$place")" || true; fi
  rmdir "$place" || true
  rm -f "$told"
}

case $1 in
  mount) mount_disk ;;
  unmount) unmount_disk ;;
  *) echo "mount or unmount, not $1" >&2; exit 2 ;;
esac

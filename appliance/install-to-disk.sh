#!/usr/bin/env bash
# On a machine that was started from the image: puts it onto a disk, after a warning with the disk's name and size. Run on the screen by
# hotline-install-to-disk@.service, when "install" was chosen in the start menu.
#
# The disk gets, by GPT: a few sectors for BIOS, a file system for UEFI, two places for the system (the second is for updates) and the rest for
# data, which no new system touches.
set -euo pipefail
umask 022
live=/run/live
target=/run/hotline-target
GIB=$((1024 * 1024 * 1024))
SMALLEST_GIB=12
# One line each.
say() { printf '%s\n' "$@"; }
gigabytes() { awk -v bytes="$1" 'BEGIN { printf "%.1f GB", bytes / 1e9 }'; }

# NAME SIZE-IN-BYTES MODEL of every disk that can take it, but not the one that this runs from.
disks() {
  local medium name size read_only type model
  medium=$(findmnt -nro SOURCE "$live/medium" 2>/dev/null || true)
  lsblk -bdnro NAME,SIZE,RO,TYPE | while read -r name size read_only type; do
    [ "$type" = disk ] && [ "$read_only" = 0 ] && [ "$size" -ge $((SMALLEST_GIB * GIB)) ] || continue
    case $medium in "/dev/$name"*) continue ;; esac
    model=$(lsblk -dnro MODEL "/dev/$name" | sed 's/\\x20/ /g; s/ *$//')
    echo "$name $size ${model:-no name}"
  done
}

choose() {
  local list number line
  while :; do
    printf '\033[H\033[2J'
    say "" "  Hotline: installation to a disk" "" "  It asks once more before it erases anything." ""
    list=$(disks)
    if [ -z "$list" ]; then
      say "  There is no disk of $SMALLEST_GIB GB or more in this machine."
    else
      number=0
      while read -r name size model; do
        number=$((number + 1))
        say "  $number  /dev/$name  $(gigabytes "$size")  $model"
      done <<<"$list"
    fi
    say ""
    read -r -p "  Number of the disk (Enter: look again): " number || sleep 2
    # sed has no line 0, and would end all of this.
    case $number in '' | 0* | *[!0-9]*) continue ;; esac
    line=$(sed -n "${number}p" <<<"$list")
    [ -n "$line" ] || continue
    read -r name size model <<<"$line"
    say "" "  EVERYTHING on /dev/$name ($(gigabytes "$size"), $model) WILL BE ERASED. It cannot be brought back."
    read -r -p "  Type $name to erase it, anything else to go back: " answer
    [ "$answer" = "$name" ] && return
  done
}

part() { # NUMBER: nvme0n1 has nvme0n1p1, sda has sda1
  case $name in *[0-9]) echo "/dev/${name}p$1" ;; *) echo "/dev/$name$1" ;; esac
}

put() {
  local slot_mib=8192
  if [ "$size" -lt $((32 * GIB)) ]; then slot_mib=4096; fi
  say "  Dividing the disk"
  wipefs -qa "/dev/$name"
  sfdisk -q --wipe always --wipe-partitions always "/dev/$name" <<END
label: gpt
size=1MiB, type=21686148-6449-6E6F-744E-656564454649, name=bios
size=256MiB, type=uefi, name=efi
size=${slot_mib}MiB, type=linux, name=hotline-a
size=${slot_mib}MiB, type=linux, name=hotline-b
type=linux, name=hotline-data
END
  udevadm settle
  mkfs.vfat -F 32 -n EFI "$(part 2)" >/dev/null
  mkfs.ext4 -qF -L hotline-a "$(part 3)"
  mkfs.ext4 -qF -L hotline-data "$(part 5)"
  udevadm settle

  mkdir -p "$target"
  mount "$(part 3)" "$target"
  say "  Copying the system; this takes some minutes"
  cp -a "$live/rootfs/filesystem.squashfs/." "$target/"
  mkdir -p "$target/boot/efi"
  mount "$(part 2)" "$target/boot/efi"
  # The image keeps kernel and initrd outside of the file system; here they get their own names again, which /vmlinuz and /initrd.img follow.
  local kernel
  kernel=$(ls "$target/lib/modules" | sort -V | tail -n 1)
  cp "$live/medium/live/vmlinuz" "$target/boot/vmlinuz-$kernel"
  cp "$live/medium/live/initrd.img" "$target/boot/initrd.img-$kernel"
  ln -sfn "boot/vmlinuz-$kernel" "$target/vmlinuz"
  ln -sfn "boot/initrd.img-$kernel" "$target/initrd.img"

  local a b data efi
  a=$(blkid -s PARTUUID -o value "$(part 3)")
  b=$(blkid -s PARTUUID -o value "$(part 4)")
  data=$(blkid -s UUID -o value "$(part 5)")
  efi=$(blkid -s UUID -o value "$(part 2)")
  # A slow machine finds its disks late; without them there would be nothing to do but to wait anyway.
  cat >"$target/etc/fstab" <<END
PARTUUID=$a / ext4 errors=remount-ro 0 1
UUID=$data /var/lib/hotline ext4 nodev,nosuid,noexec,x-systemd.device-timeout=15min 0 2
UUID=$efi /boot/efi vfat umask=0077,noauto,x-systemd.device-timeout=15min 0 0
END
  names() { sed -e "s/@A@/$a/g" -e "s/@B@/$b/g" "$target/usr/lib/hotline/appliance/$1"; }
  mkdir -p "$target/etc/rauc"
  names rauc.conf >"$target/etc/rauc/system.conf"
  # What the new system begins with, onto its own partition.
  mkdir -p "$target-data"
  mount "$(part 5)" "$target-data"
  cp -a "$target/var/lib/hotline/." "$target-data/"
  umount "$target-data"
  : >"$target/etc/machine-id"

  say "  Making it start, by BIOS and by UEFI"
  # Beside both systems: an update of one changes nothing of how it is chosen.
  mkdir -p "$target/boot/efi/grub" "$target/boot/efi/hotline"
  names start-menu.cfg >"$target/boot/efi/grub/grub.cfg"
  printf 'ORDER="A B"\nA_OK=1\nB_OK=0\n' >"$target/boot/efi/grub/confirmed.cfg"
  grub-install --target=i386-pc --boot-directory="$target/boot/efi" "/dev/$name"
  grub-install --target=x86_64-efi --removable --no-nvram --efi-directory="$target/boot/efi" --boot-directory="$target/boot/efi"
  grub-editenv "$target/boot/efi/grub/grubenv" create
  grub-editenv "$target/boot/efi/grub/grubenv" set ORDER="A B" A_OK=1 A_TRY=0 B_OK=0 B_TRY=0
  sync
  umount "$target/boot/efi" "$target"
}

main() {
  choose
  exec 9>/run/hotline-install.lock
  flock -n 9 || { say "  It is being installed from another screen."; sleep 5; exit 0; }
  # In the background, since within an `if` bash would go on after an error.
  put 2>/run/hotline-install.log &
  if ! wait $!; then
    tail -n 5 /run/hotline-install.log
    say "" "  It could not be installed, for the reason above. Nothing else was changed. Press Enter to begin again."
    umount -q "$target/boot/efi" "$target-data" "$target" || true
    read -r || sleep 60
    exit 1
  fi
  say "" "  Hotline is on /dev/$name. Take the stick out, and press Enter to start it from the disk."
  read -r || sleep 60
  systemctl reboot
}
main

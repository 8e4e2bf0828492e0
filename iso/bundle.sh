#!/usr/bin/env bash
# `make bundle`, as root: from an image that `make iso` made, an update for boxes that run from such an image: the same root file system, with
# kernel and initrd, signed (RAUC, format verity).
#
#   iso/bundle.sh [IMAGE]      dist/iso/hotline-*.iso if unset
#   HOTLINE_ROOT_FOLDER        instead of what is in the image, this folder, which has kernel and initrd in /boot
#   HOTLINE_UPDATE_KEY, HOTLINE_UPDATE_CERTIFICATE   see iso/signing.sh
#   HOTLINE_BUNDLE_DIR         where to leave it; the image's folder if unset
#   HOTLINE_UPDATE_URL         where the bundle's folder will be served; for the channel file
#   BUNDLE_FORMAT              verity; plain for kernels without device mapper, which boxes do not take
#   SQUASHFS_LEVEL             1 to 22; 15 if unset
#
# Leaves hotline-VERSION-amd64.raucb and channel.json, which boxes are pointed to
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC
cd "$(dirname "$(readlink -f "$0")")/.."
fail() { echo "$*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail "Run this as root: the files within belong to users of the box."
for program in rauc mksquashfs unsquashfs xorriso openssl; do
  command -v "$program" >/dev/null || fail "$program is missing: apt-get install --no-install-recommends $(grep -v '^#' iso/build-packages | paste -sd' ')"
done
. iso/signing.sh
work=$(mktemp -d "${TMPDIR:-/var/tmp}/hotline-bundle-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/content"

root=${HOTLINE_ROOT_FOLDER:-}
if [ -z "$root" ]; then
  image=${1:-$(ls dist/iso/hotline-*.iso 2>/dev/null | head -n 1)}
  [ -f "$image" ] || fail "There is no image; make iso makes it."
  xorriso -osirrox on -indev "$image" -extract /live "$work/live" >/dev/null 2>&1 || fail "$image cannot be read"
  unsquashfs -no-progress -quiet -d "$work/root" "$work/live/filesystem.squashfs" >/dev/null
  root=$work/root
  # As install-to-disk.sh does it.
  kernel=$(ls "$root/lib/modules" | sort -V | tail -n 1)
  mkdir -p "$root/boot"
  cp -p "$work/live/vmlinuz" "$root/boot/vmlinuz-$kernel"
  cp -p "$work/live/initrd.img" "$root/boot/initrd.img-$kernel"
  ln -sfn "boot/vmlinuz-$kernel" "$root/vmlinuz"
  ln -sfn "boot/initrd.img-$kernel" "$root/initrd.img"
fi
version=$(sed -n 's/^ *"version": "\([0-9A-Za-z.+-]*\)".*/\1/p' "$root/usr/lib/hotline/package.json" | head -n 1)
[ -n "$version" ] || fail "$root is not the root file system of a box"
out=${HOTLINE_BUNDLE_DIR:-$(dirname "${image:-dist/iso/none}")}
name=hotline-$version-amd64.raucb
mkdir -p "$out"
rm -f "$out/$name"

# Nothing behind its end: the tar that takes it from RAUC stops there, and what RAUC then still had to hand over failed with it ("failed to
# splice data to tar: Broken pipe"), now and then, as the pages of the pipe fell.
tar --create --blocking-factor=1 --file="$work/content/system.tar" --directory="$root" --sort=name --numeric-owner --xattrs --acls --one-file-system .
install -m 755 appliance/into-slot.sh "$work/content/into-slot.sh"
cat >"$work/content/manifest.raucm" <<END_MANIFEST
[update]
compatible=hotline-box-amd64
version=$version

[bundle]
format=${BUNDLE_FORMAT:-verity}

[hooks]
filename=into-slot.sh

[image.rootfs]
filename=system.tar
hooks=post-install
END_MANIFEST
rauc bundle --cert="$update_certificate" --key="$update_key" \
  --mksquashfs-args="-comp zstd -Xcompression-level ${SQUASHFS_LEVEL:-15} -b 256K -quiet -no-progress" \
  "$work/content" "$out/$name" >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; fail "the bundle could not be made"; }
printf '{"version": "%s", "url": "%s", "bytes": %s, "sha256": "%s"}\n' "$version" "${HOTLINE_UPDATE_URL:-.}/$name" \
  "$(stat -c %s "$out/$name")" "$(sha256sum "$out/$name" | cut -d ' ' -f 1)" >"$out/channel.json"
echo "$out/$name, $(($(stat -c %s "$out/$name") / 1048576)) MB"

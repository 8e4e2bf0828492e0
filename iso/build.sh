#!/usr/bin/env bash
# `make iso`, as root: Debian 13 with the box on it, as an image that boots from USB and in virtual machines, by BIOS and by UEFI.
# The same sources and the same versions of Debian's packages (iso/versions) make the same image, byte by byte.
#
#   FREESWITCH_TOKEN_FILE, FREESWITCH_TOKEN or FREESWITCH_DEBS   as in appliance/install.sh; without, the panel asks for it
#   HOTLINE_SIGNING_KEY    an Ed25519 private key (PEM) that signs the checksums; if unset, one of this machine is made
#   HOTLINE_ISO_DIR        where to leave it; dist/iso if unset
#   SQUASHFS_LEVEL         1 to 22; 15 if unset
#   WRITE_VERSIONS=yes     writes iso/versions anew instead of comparing
#
# Leaves hotline-VERSION-amd64.iso, .packages, .sbom.json, SHA256SUMS, SHA256SUMS.sig, signing-key.pub
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC
cd "$(dirname "$(readlink -f "$0")")/.."
project=$PWD
fail() { echo "$*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail "Run this as root: it makes a root file system."
[ -f dist/hotlined.js ] && [ -f dist/admin/index.html ] || fail "Not built yet: npm run build"
for program in mmdebstrap mksquashfs grub-mkrescue xorriso mformat faketime openssl; do
  command -v "$program" >/dev/null || fail "$program is missing: apt-get install --no-install-recommends $(grep -v '^#' iso/build-packages | paste -sd' ')"
done

codename=trixie
version=$(node -p 'require("./package.json").version')
# All times within the image are that of the last change to the project.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
name=hotline-$version-amd64
out=${HOTLINE_ISO_DIR:-$project/dist/iso}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/hotline-iso-XXXXXX")
# Ended in the middle, mmdebstrap may leave this machine's /proc and /sys mounted in it: nothing of those is to be removed.
trap 'umount -q "$work"/root/{proc,sys} || true; rm -rf --one-file-system "$work"' EXIT
trap 'exit 143' TERM INT
mkdir -p "$out" "$work/payload" "$work/tree/live" "$work/tree/boot/grub"
rm -f "$out/$name".* "$out"/SHA256SUMS*
# From here on no program sees the token in its environment, and no package's script the file.
if [ -n "${FREESWITCH_TOKEN:-}" ]; then
  (umask 077 && printf %s "$FREESWITCH_TOKEN" >"$work/token")
  export FREESWITCH_TOKEN_FILE=$work/token
fi
unset FREESWITCH_TOKEN
step() { echo "[$(($(date +%s) - started)) s] $*"; }
started=$(date +%s)
. iso/signing.sh
export HOTLINE_UPDATE_CERTIFICATE=$update_certificate

step "root file system"
appliance/copy-payload.sh "$project" "$work/payload"
list() { grep -hv -e '^#' -e '^$' "$@" | paste -sd, -; }
iso/debian-sources.sh "$codename" "main non-free-firmware" >"$work/sources.list"
# The committed versions, where the mirror still has them; what is newer waits until they are taken over (apt_preferences(5)).
pins=()
if [ "${WRITE_VERSIONS:-}" != yes ]; then
  sed -n 's/^\([^=]*\)=\(.*\)$/Package: \1\nPin: version \2\nPin-Priority: 1001\n/p' iso/versions >"$work/pins"
  pins=(--setup-hook="install -D -m 644 $(printf %q "$work/pins") \"\$1/etc/apt/preferences.d/hotline-build\"")
fi
# The files of the owner's folder alone go in, and out again.
debs=()
if [ -n "${FREESWITCH_DEBS:-}" ]; then debs=(--customize-hook="mkdir \"\$1/root/debs\" && cp $(printf %q "$(readlink -f "$FREESWITCH_DEBS")")/*.deb \"\$1/root/debs/\""); fi
export FREESWITCH_IMAGE_DEBS=${FREESWITCH_DEBS:+/root/debs}
mmdebstrap --quiet --variant=apt --components="main non-free-firmware" \
  --aptopt='Apt::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include="$(list iso/packages appliance/packages)" \
  --setup-hook='mkdir -p "$1/etc/postgresql-common/createcluster.d" && echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.d/hotline.conf"' \
  "${pins[@]}" \
  "${debs[@]}" \
  --customize-hook="cp -R $(printf %q "$work/payload") \"\$1/root/hotline\"" \
  --customize-hook="iso/customize.sh \"\$1\"" \
  "$codename" "$work/root" "$work/sources.list"

step "versions and bill of materials"
dpkg-query --admindir="$work/root/var/lib/dpkg" -W -f '${Package}=${Version}\n' | grep -v '^freeswitch' | sort >"$work/versions"
if [ "${WRITE_VERSIONS:-}" = yes ]; then
  cp "$work/versions" iso/versions
elif ! diff -u iso/versions "$work/versions" >"$work/versions.diff"; then
  echo "Debian's packages are others than in iso/versions, so the image is not the same as with those alone. FreeSWITCH brings what it needs; what"
  echo "the mirror no longer has, DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR may name an archive for; WRITE_VERSIONS=yes takes these over:"
  grep '^[+-][a-z0-9]' "$work/versions.diff" || true
fi
dpkg-query --admindir="$work/root/var/lib/dpkg" -W -f '${Package}\t${Version}\t${Architecture}\t${source:Package}\n' | sort >"$out/$name.packages"
node iso/sbom.mjs "$out/$name.packages" package-lock.json "$version" "$SOURCE_DATE_EPOCH" >"$out/$name.sbom.json"

step "squashfs"
kernel=$(ls "$work/root/boot" | sed -n 's/^vmlinuz-//p' | sort -V | tail -n 1)
cp "$work/root/boot/vmlinuz-$kernel" "$work/tree/live/vmlinuz"
cp "$work/root/boot/initrd.img-$kernel" "$work/tree/live/initrd.img"
mksquashfs "$work/root" "$work/tree/live/filesystem.squashfs" -quiet -no-progress -noappend -comp zstd \
  -Xcompression-level "${SQUASHFS_LEVEL:-15}" -b 128K -xattrs -e boot

step "image"
sed "s/@VERSION@/$version/g" iso/grub.cfg >"$work/tree/boot/grub/grub.cfg"
printf 'Hotline %s, sources of %s\n' "$version" "$(date -u -d "@$SOURCE_DATE_EPOCH" +%FT%TZ)" >"$work/tree/VERSION"
cp "$out/$name.packages" "$out/$name.sbom.json" "$work/tree/"
find "$work/tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
stamp=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S00)
# grub-mkrescue makes file systems of its own for BIOS and UEFI, with the time of day in them.
TMPDIR=$work faketime -f "@$(date -u -d "@$SOURCE_DATE_EPOCH" '+%F %T')" \
  grub-mkrescue -o "$out/$name.iso" "$work/tree" -- \
  -volid HOTLINE -volume_date uuid "$stamp" -volume_date all_file_dates "=$SOURCE_DATE_EPOCH" \
  >"$work/rescue.log" 2>&1 || { tail -n 20 "$work/rescue.log" >&2; fail "the image could not be written"; }

step "checksums"
key=${HOTLINE_SIGNING_KEY:-${XDG_CONFIG_HOME:-$HOME/.config}/hotline/signing-key.pem}
if [ ! -f "$key" ]; then
  [ -z "${HOTLINE_SIGNING_KEY:-}" ] || fail "HOTLINE_SIGNING_KEY=$key: no such file"
  mkdir -p "$(dirname "$key")"
  (umask 077 && openssl genpkey -algorithm ed25519 -out "$key")
  echo "Made a signing key of this machine: $key. Keep it: who updates from your images trusts it."
fi
(cd "$out" && sha256sum "$name.iso" "$name.packages" "$name.sbom.json" >SHA256SUMS)
openssl pkeyutl -sign -inkey "$key" -rawin -in "$out/SHA256SUMS" -out "$out/SHA256SUMS.sig"
openssl pkey -in "$key" -pubout -out "$out/signing-key.pub"
step "done: $out/$name.iso, $(($(stat -c %s "$out/$name.iso") / 1048576)) MB"

#!/usr/bin/env bash
# From within mmdebstrap: makes the root file system of the image a box. Usage: customize.sh ROOT
set -euo pipefail
umask 022
root=$1
in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive \
  SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" "$@"; }

echo hotline >"$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 hotline\n::1 localhost ip6-localhost\n' >"$root/etc/hosts"

# Whatever is plugged in gets its address by DHCP and answers to hotline.local; other settings are the owner's (hotline-network.service).
install -m 644 "$(dirname "$0")/80-hotline.network" "$root/etc/systemd/network/80-hotline.network"
mkdir -p "$root/etc/systemd/resolved.conf.d" "$root/etc/systemd/journald.conf.d" \
  "$root/etc/systemd/system/systemd-networkd-wait-online.service.d"
printf '[Resolve]\nMulticastDNS=yes\nLLMNR=no\n' >"$root/etc/systemd/resolved.conf.d/hotline.conf"
# The journal: each place for the system has its own, beside all else.
printf '[Journal]\nSystemMaxUse=200M\n' >"$root/etc/systemd/journald.conf.d/hotline.conf"
# Without a cable the panel is still there, half a minute later.
printf '[Service]\nExecStart=\nExecStart=-/usr/lib/systemd/systemd-networkd-wait-online --any --timeout=30\n' \
  >"$root/etc/systemd/system/systemd-networkd-wait-online.service.d/hotline.conf"

# What is fetched from within is fetched by this machine's way to the network.
rm -f "$root/etc/resolv.conf"
cp /etc/resolv.conf "$root/etc/resolv.conf"

# The token is in no environment that a package's script sees, and no file of the image keeps it.
freeswitch=()
if [ -n "${FREESWITCH_TOKEN_FILE:-}" ]; then
  trap 'rm -f "$root/root/token"' EXIT
  install -m 600 "$FREESWITCH_TOKEN_FILE" "$root/root/token"
  freeswitch=(FREESWITCH_TOKEN_FILE=/root/token ${FREESWITCH_REPOSITORY:+"FREESWITCH_REPOSITORY=$FREESWITCH_REPOSITORY"})
elif [ -n "${FREESWITCH_IMAGE_DEBS:-}" ]; then
  freeswitch=("FREESWITCH_DEBS=$FREESWITCH_IMAGE_DEBS")
fi
# The same in each image: data of a box belong to this number, and an update brings another image.
in_root useradd --system --uid 800 --user-group --no-create-home --home-dir /var/lib/hotline --shell /usr/sbin/nologin --comment "Hotline" hotline
# Whose updates it takes.
install -D -m 644 "$HOTLINE_UPDATE_CERTIFICATE" "$root/etc/rauc/keyring.pem"
install -D -m 644 appliance/rauc-bus.conf "$root/etc/dbus-1/system.d/hotline-rauc.conf"
in_root "${freeswitch[@]}" /root/hotline/appliance/install.sh --image </dev/null
rm -f "$root/root/token"
rm -f "$root/etc/apt/auth.conf.d/hotline-freeswitch.conf" "$root/etc/apt/sources.list.d/hotline-freeswitch.sources"
rm -rf "$root/root/hotline" "$root/root/debs" "$root/etc/apt/preferences.d/hotline-build"

in_root systemctl -q enable systemd-networkd systemd-resolved hotline-console@tty1.service hotline-console@ttyS0.service \
  hotline-install-to-disk@tty1.service hotline-install-to-disk@ttyS0.service
in_root systemctl -q disable getty@tty1.service || true
# Hotline runs a cluster of its own, and asks the disks itself; of console-setup it takes the letters alone.
in_root systemctl -q disable postgresql.service smartmontools.service keyboard-setup.service console-setup.service
in_root systemctl -q mask serial-getty@ttyS0.service
# Nobody signs in at the screen or by a shell until the owner says so.
in_root passwd -q -l root 2>/dev/null || in_root usermod -L root
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

# Nobody uses the certificate that Debian makes for trials, and no two boxes shall have one key.
rm -f "$root/etc/ssl/private/ssl-cert-snakeoil.key" "$root/etc/ssl/certs/ssl-cert-snakeoil.pem"
find "$root/etc/ssl/certs" -lname ssl-cert-snakeoil.pem -delete

# What differs from build to build, or is no use on a box.
in_root apt-get clean
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/ldconfig/aux-cache "$root"/var/cache/fontconfig/* \
  "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old "$root"/tmp/* "$root"/var/tmp/* "$root"/etc/*- \
  "$root"/var/lib/systemd/catalog/database "$root"/var/lib/systemd/random-seed "$root"/var/lib/dbus/machine-id
find "$root/var/log" -type f -delete
rm -rf "$root/var/log/journal"
# On a disk the journal outlives a power cut: journald writes there if the folder is there.
in_root install -d -m 2755 -g systemd-journal /var/log/journal
find "$root" -xdev -name __pycache__ -type d -prune -exec rm -rf {} +
: >"$root/etc/machine-id"
# Caches and catalogues are as new as the system: no start has to make them anew.
for folder in etc var; do
  printf 'TIMESTAMP_NSEC=%s000000000\n' "$SOURCE_DATE_EPOCH" >"$root/$folder/.updated"
  touch -d "@$SOURCE_DATE_EPOCH" "$root/$folder/.updated"
done

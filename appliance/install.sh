#!/usr/bin/env bash
# Makes a Debian 12 or 13 machine a hotline: packages, user, folders, units, firewall; and starts it. As root, as often as you like: what is
# as it should be is left alone, and data are never touched. appliance/uninstall.sh takes it away again, but not the data.
#
#   appliance/install.sh                                   FreeSWITCH comes later; the panel says so
#   FREESWITCH_TOKEN_FILE=file appliance/install.sh        from its vendor, with your access token in a file (or in FREESWITCH_TOKEN)
#   FREESWITCH_DEBS=folder appliance/install.sh            from a folder of its vendor's .deb files
#
# With --image it prepares a root file system that is not running: the image is made so.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
project=$(dirname "$here")
place=/usr/lib/hotline
settings=/etc/hotline
data=/var/lib/hotline
units=/etc/systemd/system
# What is begun and not ended: whoever runs this again after it was cut off goes on there.
begun=/var/lib/hotline-install
is_image=
[ "${1:-}" != --image ] || is_image=yes
changed=()

fail() { echo "$*" >&2; exit 1; }
begin() { mkdir -p "$begun" && : >"$begun/$1"; }
say() { echo "$*"; changed+=("$1"); begin box; }
# Of a running system; a root file system that is being made has units but no systemd.
has_systemd() { [ -z "$is_image" ] && [ -d /run/systemd/system ]; }
. "$here/apt.sh"
trap 'rm -f "$apt_log"' EXIT

# ---- what this machine is
[ "$(id -u)" -eq 0 ] || fail "Run this as root: sudo $0"
. /etc/os-release
case "${ID:-}:${VERSION_ID:-}" in
  debian:12 | debian:13) ;;
  *) fail "Debian 12 or 13 is expected, this is ${PRETTY_NAME:-something else}." ;;
esac
if [ -e "$begun/box" ]; then say "Going on where the last run was cut off"; fi
is_node_new_enough() {
  [ -x "$1" ] && "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}
find_node() {
  local candidate
  for candidate in $(type -ap node) /usr/bin/node /usr/local/bin/node; do
    # The service's user must reach it too: not below somebody's home.
    candidate=$(readlink -f "$candidate")
    case $candidate in /home/* | /root/*) continue ;; esac
    if is_node_new_enough "$candidate"; then echo "$candidate"; return; fi
  done
}

# ---- packages
if ! are_packages_whole; then
  say "Finishing what was cut off while packages were installed"
  mend_packages || true
fi
wanted=$(grep -v -e '^#' -e '^$' "$here/packages")
node=$(find_node)
if [ -z "$node" ]; then
  [ "$VERSION_ID" != 12 ] ||
    fail "Debian 12 has no Node that is new enough. Install Node 20.19 or newer (20, 22 or 24) for all users, then run this again."
  wanted="$wanted nodejs"
fi
# The name in the network (mDNS), unless systemd-resolved announces one, as on the image.
if [ -z "$is_image" ] && ! grep -qsE '^MulticastDNS=(yes|true|1)' /etc/systemd/resolved.conf /etc/systemd/resolved.conf.d/*.conf; then
  wanted="$wanted avahi-daemon"
fi
missing=()
for package in $wanted; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  say "Installing from Debian: ${missing[*]}"
  if [[ " ${missing[*]} " == *" postgresql "* ]]; then
    # Hotline runs a cluster of its own; Debian's usual one would only take memory.
    mkdir -p /etc/postgresql-common/createcluster.d
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/hotline.conf
  fi
  # Avahi that was there before keeps the name that it has.
  if [[ " ${missing[*]} " == *" avahi-daemon "* ]]; then begin avahi; fi
  { run_apt update && run_apt install -y --no-install-recommends "${missing[@]}"; } ||
    fail "Debian's packages could not be installed. The last lines above say why."
  node=$(find_node)
  [ -n "$node" ] || fail "Node 20.19 or newer is missing, and Debian's package did not bring it."
fi
avahi=/etc/avahi/avahi-daemon.conf
if [ -e "$begun/avahi" ] && [ -f "$avahi" ]; then
  sed -i 's/^#\?host-name=.*/host-name=hotline/' "$avahi"
  if has_systemd; then systemctl -q try-restart avahi-daemon.service || true; fi
  rm "$begun/avahi"
fi

# ---- user and folders
if ! getent passwd hotline >/dev/null; then
  say "Making the user hotline"
  useradd --system --user-group --no-create-home --home-dir "$data" --shell /usr/sbin/nologin --comment "Hotline" hotline
fi
folder() { # MODE OWNER PATH
  [ "$(stat -c '%a %U:%G' "$3" 2>/dev/null || true)" = "$1 $2" ] || { say "Folder $3"; install -d -m "$1" -o "${2%:*}" -g "${2#*:}" "$3"; }
}
folder 700 hotline:hotline "$data"
# They exist before the services start, so that those who have no business there can be kept out.
for name in secrets recordings journal; do folder 700 hotline:hotline "$data/$name"; done
folder 750 root:hotline "$settings"
folder 755 root:root "$settings/firewall.d"

# ---- programs
if [ ! -f "$project/dist/hotlined.js" ]; then
  command -v npm >/dev/null || fail "The programs are not built, and npm is missing to build them: npm ci && npm run build"
  (cd "$project" && npm ci --no-audit --no-fund --loglevel=error && npm run -s build)
fi
if [ "$project" != "$place" ]; then
  rm -rf "$place.new"
  "$here/copy-payload.sh" "$project" "$place.new"
  mkdir "$place.new/bin"
  ln -s "$node" "$place.new/bin/node"
  if diff -rq --no-dereference "$place" "$place.new" >/dev/null 2>&1; then
    rm -rf "$place.new"
  else
    say "Programs in $place"
    rm -rf "$place.old"
    if [ -d "$place" ]; then mv "$place" "$place.old"; fi
    mv "$place.new" "$place"
    rm -rf "$place.old"
  fi
fi

setting() { sed -n "s/^$1=//p" "$settings/hotline.env" | tail -n 1; }
are_free() {
  "$node" -e '
    let left = process.argv.slice(1).map(Number);
    const next = () => left.length === 0 ? process.exit(0) :
      require("node:net").createServer().once("error", () => process.exit(1)).listen(left.shift(), function () { this.close(next); });
    next();' "$@"
}

# ---- settings: what is there already is the owner's
first_copy() { # MODE OWNER FROM TO
  [ -e "$4" ] || { say "$4"; install -m "$1" -o "${2%:*}" -g "${2#*:}" "$3" "$4"; }
}
if [ ! -e "$settings/hotline.env" ] && [ -z "$is_image" ] && ! are_free 80 443; then
  taken=yes
fi
first_copy 640 root:hotline "$here/hotline.env" "$settings/hotline.env"
if [ -n "${taken:-}" ]; then
  say "Another program has port 80 or 443: the panel takes 8080 and 8443"
  printf 'HOTLINE_HTTP_PORT=8080\nHOTLINE_HTTPS_PORT=8443\n' >>"$settings/hotline.env"
fi
first_copy 644 root:root "$here/local-networks" "$settings/local-networks"
needrestart=/etc/needrestart/conf.d/hotline.conf
cmp -s "$here/needrestart.conf" "$needrestart" || { say "$needrestart"; install -D -m 644 "$here/needrestart.conf" "$needrestart"; }
usb=/etc/udev/rules.d/90-hotline-usb.rules
cmp -s "$here/usb-disk.rules" "$usb" || { say "$usb"; install -D -m 644 "$here/usb-disk.rules" "$usb"; }
if [ -n "$is_image" ]; then
  first_copy 644 root:root "$here/strict.nft" "$settings/firewall.d/strict.nft"
  # That it is there says that network and clock are ours to set.
  first_copy 644 root:root "$here/network.json" "$settings/network.json"
fi

# ---- units
services=(
  hotline-factory-reset.service
  hotline-network.service
  hotline-requests.path
  hotline-firewall.service
  hotline-firewall-trunks.path
  hotline-firewall-bans.path
  hotline-firewall-access.path
  hotline-firewall-keep.timer
  hotline-database.service
  hotline-switch.service
  hotline-backup.socket
  hotlined.service
  hotline-disks.timer
  hotline-security.timer
  hotline-switch-install.path
  hotline-update.path
  hotline-update-begin.service
  hotline-update-judge.service
  hotline-update-limit.timer
)
# The panel's doors, unless the owner's settings name others.
doors=(hotline-http.socket hotline-https.socket)
if grep -qE '^HOTLINE_HTTPS?_PORT=' "$settings/hotline.env"; then doors=(); fi
for unit in "$project"/systemd/*.*; do
  to=$units/$(basename "$unit")
  cmp -s "$unit" "$to" || { say "Unit $(basename "$unit")"; install -m 644 "$unit" "$to"; }
done
for service in "${doors[@]}" "${services[@]}"; do
  systemctl -q is-enabled "$service" 2>/dev/null || { say "Enabling $service"; systemctl -q enable "$service"; }
done

# ---- the switch
switch_code=0
"$here/install-freeswitch.sh" || switch_code=$?

# ---- start
if has_systemd; then
  if [ ${#changed[@]} -gt 0 ]; then
    systemctl daemon-reload
    # systemd opens no socket for a service that runs already.
    for door in "${doors[@]}"; do systemctl -q is-active "$door" || systemctl stop hotlined.service; done
  fi
  if [ ${#doors[@]} -gt 0 ] && ! systemctl start "${doors[@]}"; then
    echo "Another program has port 80 or 443. Set HOTLINE_HTTP_PORT and HOTLINE_HTTPS_PORT in $settings/hotline.env and run this again." >&2
  fi
  # Conversations live in the switch, and it goes on; what it reads anew it reads when it is started for its own sake.
  [ ${#changed[@]} -eq 0 ] || systemctl restart hotline-firewall.service hotlined.service
  systemctl start "${services[@]}"
  systemctl try-restart hotline-firewall-trunks.path hotline-firewall-bans.path hotline-firewall-access.path
fi
rm -f "$begun/box"
[ ${#changed[@]} -gt 0 ] || echo "Everything is as it should be; nothing was changed."
if [ -z "$is_image" ]; then
  address=$(hostname -I 2>/dev/null | cut -d ' ' -f 1 || true)
  port=$(setting HOTLINE_HTTPS_PORT)
  echo "The panel: https://${address:-localhost}${port:+:$port}"
fi
# 3: nobody has asked for it yet.
if [ "$switch_code" -ne 0 ] && [ "$switch_code" -ne 3 ]; then
  fail "FreeSWITCH is not installed, for the reason above; all else is. Run this again when the cause is mended."
fi

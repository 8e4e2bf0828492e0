#!/usr/bin/env bash
# Takes the hotline off this machine: services, firewall, programs. Its data and settings stay where they are, and so do Debian's packages,
# which others may use; it says where.
set -euo pipefail
[ "$(id -u)" -eq 0 ] || { echo "Run this as root: sudo $0" >&2; exit 1; }
units=/etc/systemd/system
place=/usr/lib/hotline
# bash has read on from this file, which is removed below.
main() {
  local names unit
  names=()
  for unit in "$units"/hotline-*.* "$units"/hotlined.service; do
    if [ -e "$unit" ]; then names+=("$(basename "$unit")"); fi
  done
  if [ ${#names[@]} -gt 0 ]; then
    if [ -d /run/systemd/system ]; then systemctl -q stop "${names[@]}" 'hotline-usb@*.service' 'hotline-backup@*.service' || true; fi
    systemctl -q disable "${names[@]}" 2>/dev/null || true
    for unit in "${names[@]}"; do rm -f "$units/$unit"; done
    if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
  fi
  if [ -L "$units/freeswitch.service" ]; then systemctl -q unmask freeswitch.service; fi
  if grep -qs '^host-name=hotline$' /etc/avahi/avahi-daemon.conf; then sed -i 's/^host-name=hotline$/#host-name=/' /etc/avahi/avahi-daemon.conf; fi
  rm -f /etc/postgresql-common/createcluster.d/hotline.conf /etc/needrestart/conf.d/hotline.conf /etc/udev/rules.d/90-hotline-usb.rules
  # What was installed at night is told nowhere any more, nor what was begun.
  rm -rf /var/lib/hotline-security /var/lib/hotline-install
  rm -rf "$place" "$place.new" "$place.old"
  echo "Hotline is off this machine. Left, for you to keep or delete:"
  echo "  /var/lib/hotline   calls, recordings, database (and the user hotline, who owns them)"
  echo "  /etc/hotline       settings"
  if [ -e /etc/apt/auth.conf.d/hotline-freeswitch.conf ]; then
    echo "  /etc/apt/auth.conf.d/hotline-freeswitch.conf, /etc/apt/sources.list.d/hotline-freeswitch.sources   FreeSWITCH's vendor and your token"
  fi
}
main

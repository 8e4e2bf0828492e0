#!/usr/bin/env bash
# Debian's security updates, at night and never in a conversation; run by hotline-security.service. FreeSWITCH's vendor gives out no security
# updates of their own: its releases of the same line (1.11.1, 1.11.2) are taken with them, another line waits for the owner.
# What is found goes into state.json for the panel; the owner's word whether the box may be restarted comes from the daemon's folder.
# Usage: security-updates.sh may | run | install
#   may       exit code 0: it is time, and nobody is on the telephone
#   run       fetches, has it installed, then restarts what must be restarted, each only while nobody is on the telephone
#   install   finishes what was cut off, then what `run` has fetched; on a box in a unit of its own: who runs the packages' programs has no
#             network, who has the network runs none
set -euo pipefail
umask 022
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
data=${HOTLINE_DATA_DIR:-/var/lib/hotline}
states=${STATE_DIRECTORY:-/var/lib/hotline-security}
state=$states/state.json
# Services of ours that still run what was replaced.
restart_wanted=$states/restart-wanted
reboot_required=/run/reboot-required
# What `install` is to install: name=version, one a line.
fetched=$states/fetched
INSTALLER=hotline-security-install.service
# Once a night; what waits for a quiet moment is tried until it was done.
AGAIN_AFTER_S=$((20 * 3600))
. "$here/apt.sh"
trap 'rm -f "$apt_log" "$apt_log".*' EXIT
export NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none

as_hotline() { setpriv --reuid=hotline --regid=hotline --init-groups "$@"; }
is_quiet() { as_hotline env HOTLINE_DATA_DIR="$data" "$here/../bin/node" "$here/../dist/quiet.js"; }
may_reboot() {
  # Written by a less trusted user: one word is looked for, and nothing else of it is used.
  as_hotline head -c 4096 "$data/security-updates.json" 2>/dev/null | grep -qE '"mayReboot":[[:space:]]*true[,}[:space:]]'
}
has() { [ -e "$1" ] && echo true || echo false; }

# Of the last run, for as long as there is no newer one.
remembered() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$state" 2>/dev/null || true; }
last_run=$(remembered lastRunAt)
outcome=$(remembered outcome)
problem=$(remembered problem)
installed=$(remembered installed)
waiting_switch=$(remembered waitingSwitch)
postponed=$(remembered postponedAt)
tell() {
  printf '{"lastRunAt":"%s","outcome":"%s","problem":"%s","installed":"%s","waitingSwitch":"%s","postponedAt":"%s","restartWaits":%s,"needsReboot":%s}\n' \
    "$last_run" "$outcome" "$problem" "$installed" "$waiting_switch" "$postponed" "$(has "$restart_wanted")" "$(has "$reboot_required")" >"$state.new"
  mv "$state.new" "$state"
}
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

is_due() {
  [ "$outcome" = done ] || return 0
  local then ago
  then=$(date -d "$last_run" +%s 2>/dev/null) || return 0
  ago=$(($(date +%s) - then))
  # Before now: the clock was ahead then.
  [ "$ago" -ge "$AGAIN_AFTER_S" ] || [ "$ago" -lt 0 ]
}
waits() { [ -e "$restart_wanted" ] || { [ -e "$reboot_required" ] && may_reboot; }; }

# Lines such as `Inst libssl3 [3.0.1-1] (3.0.2-1 Debian-Security:12/stable-security [amd64])`: name=version of those from there.
from_security() {
  sed -n 's/^Inst \([^ ]*\) \[[^]]*\] (\([^ ]*\) \([^)]*\)).*/\1=\2 \3/p' "$1" |
    grep -E ' (.*, )?Debian-Security:' | cut -d ' ' -f 1
}
# FreeSWITCH's packages with an installed and a new version of the same line.
line_of() { printf '%s' "$1" | sed -n 's/^\([0-9]*:\)\?\([0-9]*\.[0-9]*\).*/\2/p'; }
from_vendor() {
  local name old new
  sed -n 's/^Inst \(freeswitch[^ ]*\|libfreeswitch[^ ]*\) \[\([^]]*\)\] (\([^ ]*\) .*/\1 \2 \3/p' "$1" |
    while read -r name old new; do
      if [ "$(line_of "$old")" = "$(line_of "$new")" ]; then echo "$name=$new"; elif [ "$2" = others ]; then echo "other $new"; fi
    done
}

install_these() { # WORDS...: nothing may be taken away for it
  run_apt --simulate install --only-upgrade "$@"
  if grep -q '^Remv ' "$apt_log"; then
    echo "Left to the owner, for something would be taken away for it: $*" >&2
    return 1
  fi
  with_room install -y --only-upgrade --download-only "$@" || return $?
  printf '%s\n' "$@" >"$fetched"
  run_installer
}

# If there is none, what was fetched before goes; the installer, with nothing to install, takes old kernels away; and once more.
with_room() { # WORDS...
  local code=0
  run_apt "$@" || code=$?
  [ "$code" -eq "$NO_ROOM" ] || return "$code"
  run_apt clean || true
  run_installer || true
  run_apt "$@"
}

run_installer() {
  if [ ! -d /run/systemd/system ]; then
    "$0" install
  elif ! systemctl start "$INSTALLER"; then
    return "$(systemctl show --property ExecMainStatus --value "$INSTALLER" | grep -x '[1-9][0-9]*' || echo 1)"
  fi
}

# The running one stays, the newest, and what is newer still and not whole yet; also what the owner holds, and what others need.
purge_old_kernels() {
  local all newest old
  all=$(dpkg-query -W -f '${Package} ${db:Status-Want} ${db:Status-Status}\n' 'linux-image-[0-9]*' 2>/dev/null | sort -V) || true
  newest=$(sed -n 's/ [a-z]* installed$//p' <<<"$all" | tail -n 1)
  [ -n "$newest" ] || return 0
  for old in $(awk -v newest="$newest" '$1 == newest { exit } $2 != "hold" && $3 != "not-installed" { print $1 }' <<<"$all"); do
    case $old in "linux-image-$(uname -r)" | "linux-image-$(uname -r)-unsigned") continue ;; esac
    dpkg --purge "$old" || true
  done
}

# A package of the owner's that cannot be mended keeps no update away.
install_whole() { # NAME=VERSION...
  local code=0
  mend_packages --no-download || code=$?
  if [ $# -eq 0 ]; then return "$code"; fi
  run_apt install -y --only-upgrade --no-download "$@"
}
install_fetched() {
  local these=() code=0 newest
  if [ -e "$fetched" ]; then
    mapfile -t these <"$fetched"
    rm "$fetched"
  elif are_packages_whole; then
    purge_old_kernels
    return 0
  fi
  # One that was cut off while it was taken away would be in the way of mending.
  are_packages_whole || purge_old_kernels
  install_whole "${these[@]}" || code=$?
  if [ "$code" -eq "$NO_ROOM" ]; then
    code=0
    purge_old_kernels
    install_whole "${these[@]}" || code=$?
  fi
  [ "$code" -eq 0 ] || return "$code"
  run_apt clean || true
  purge_old_kernels
  touch "$restart_wanted"
  # Debian marks it by a package that a box need not have.
  newest=$(find /boot -maxdepth 1 -name 'vmlinuz-*' -printf '%f\n' 2>/dev/null | sed 's/^vmlinuz-//' | sort -V | tail -n 1)
  if [ -n "$newest" ] && [ "$newest" != "$(uname -r)" ]; then touch "$reboot_required"; fi
}

# Who installs has no network: what that takes and is not on this disk is fetched for it.
mend() {
  rm -f "$fetched"
  if are_packages_whole || run_installer; then return 0; fi
  run_apt -o APT::Update::Error-Mode=any update || return $?
  apt_mends --download-only || return $?
  run_installer
}

update() {
  local security vendor code=0
  mend || code=$?
  with_room -o APT::Update::Error-Mode=any update || return $?
  run_apt --simulate dist-upgrade || return $?
  cp "$apt_log" "$apt_log.plan"
  mapfile -t security < <(from_security "$apt_log.plan")
  mapfile -t vendor < <(from_vendor "$apt_log.plan" same | grep = || true)
  waiting_switch=$(from_vendor "$apt_log.plan" others | sed -n 's/^other //p' | head -n 1)
  installed=0
  if [ ${#security[@]} -gt 0 ]; then
    if install_these "${security[@]}"; then installed=${#security[@]}; else code=$?; fi
  fi
  if [ ${#vendor[@]} -gt 0 ] && is_quiet; then
    if install_these "${vendor[@]}"; then installed=$((installed + ${#vendor[@]})); else code=1; fi
  fi
  return "$code"
}

restart_what_waits() {
  if [ -e "$restart_wanted" ] && is_quiet; then
    if [ -d /run/systemd/system ]; then systemctl try-restart hotline-switch.service hotline-database.service hotlined.service; fi
    rm -f "$restart_wanted"
  fi
}

case ${1:-} in
  may)
    if ! is_due && ! waits; then exit 1; fi
    if is_quiet; then exit 0; fi
    postponed=$(now)
    tell
    exit 1
    ;;
  run)
    code=0
    postponed=
    if is_due; then
      update || code=$?
      last_run=$(now)
      outcome=done
      problem=
      if [ "$code" -ne 0 ]; then
        outcome=failed
        case $code in "$NO_INTERNET") problem=no-internet ;; "$NO_ROOM") problem=no-room ;; *) problem=failed ;; esac
      fi
    fi
    restart_what_waits
    tell
    if [ -e "$reboot_required" ] && may_reboot && is_quiet; then
      echo "Restarting the box: an update asks for it, the owner allows it, and nobody is on the telephone"
      if [ -d /run/systemd/system ]; then systemctl reboot; else touch "$states/rebooted"; fi
    fi
    exit "$code"
    ;;
  install) install_fetched ;;
  *) echo "usage: security-updates.sh may | run | install" >&2; exit 2 ;;
esac

#!/usr/bin/env bash
# Installs FreeSWITCH from its vendor's Debian packages: those that freeswitch-conf asks for, nothing else.
# FREESWITCH_DEBS: a folder of .deb files. FREESWITCH_TOKEN_FILE or FREESWITCH_TOKEN: the vendor's access token, which is free. Once given it
# is kept for updates in a file that root alone reads. Neither, and it is not there yet: exit code 3, and nothing is done.
# FREESWITCH_REPOSITORY: another address than the vendor's. FREESWITCH_PROGRESS: a descriptor that is told the step and its percent.
# Exit codes besides 1: 4 the token is not taken, 5 the vendor's repository cannot be reached, 6 the disk has no room.
set -euo pipefail
umask 077
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
repository=${FREESWITCH_REPOSITORY:-https://freeswitch.signalwire.com/repo/deb/debian-release/}
key_name=signalwire-freeswitch-repo.gpg
auth=/etc/apt/auth.conf.d/hotline-freeswitch.conf
source=/etc/apt/sources.list.d/hotline-freeswitch.sources
key=/usr/share/keyrings/hotline-freeswitch.gpg
NOT_GIVEN=3
WRONG_TOKEN=4
NO_INTERNET=5
NO_ROOM=6
# What the packages take with what they are fetched as, in MB.
ROOM_MB=${FREESWITCH_ROOM_MB:-400}

fail() { echo "$*" >&2; exit 1; }
fail_as() { local code=$1; shift; echo "$*" >&2; exit "$code"; }
tell() { if [ -n "${FREESWITCH_PROGRESS:-}" ]; then echo "$1 $2" >&"$FREESWITCH_PROGRESS"; fi; }

# From here on no program that is started sees the token in its environment; it is never an argument, which everybody could read.
token=${FREESWITCH_TOKEN:-}
unset FREESWITCH_TOKEN
if [ -z "$token" ] && [ -n "${FREESWITCH_TOKEN_FILE:-}" ]; then token=$(tr -d ' \t\r\n' <"$FREESWITCH_TOKEN_FILE"); fi
case $token in *[!A-Za-z0-9_-]*) fail_as "$WRONG_TOKEN" "The access token has characters that no token has: was something else pasted?" ;; esac

export DEBIAN_FRONTEND=noninteractive
packages() {
  echo freeswitch
  sed -n 's/.*<load module="mod_\([a-z0-9_]*\)".*/freeswitch-mod-\1/p' "$here/../freeswitch-conf/autoload/modules.conf.xml" | tr _ -
}
is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]; }
# apt's own words for how far it is (APT::Status-Fd): `dlstatus:1:42.5:...` while it fetches, `pmstatus:name:42.5:...` while it installs.
follow_apt() {
  local kind name percent rest
  while IFS=: read -r kind name percent rest; do
    case $kind in
      dlstatus) tell fetching "${percent%%.*}" ;;
      pmstatus) tell installing "${percent%%.*}" ;;
    esac
  done
}
run_apt() {
  local log code=0
  log=$(mktemp)
  { apt-get -o DPkg::Lock::Timeout=300 -o APT::Status-Fd=4 -q "$@" 4>&1 >"$log" 2>&1 | follow_apt; } || code=$?
  if [ "$code" -ne 0 ]; then
    tail -n 20 "$log" >&2
    if grep -qiE "no space left on device|don't have enough free space" "$log"; then code=$NO_ROOM
    elif grep -qiE 'could not resolve|connection (refused|timed out|failed)|could not connect|network is unreachable|temporary failure' "$log"; then code=$NO_INTERNET
    else code=1; fi
  fi
  rm -f "$log"
  return "$code"
}
has_room() {
  local folder free
  for folder in /usr /var/cache/apt/archives; do
    free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$ROOM_MB" ] || return 1
  done
}

is_whole=yes
for package in $(packages); do is_installed "$package" || is_whole=; done
# The vendor's own unit would take the ports.
keep_vendors_unit_away() { systemctl -q mask freeswitch.service; }

# A switch of another source (built by hand, say) is the owner's.
if [ -z "$is_whole" ] && [ -z "$token" ] && [ -z "${FREESWITCH_DEBS:-}" ]; then
  if [ -x /usr/bin/freeswitch ]; then exit 0; fi
  if [ ! -f "$source" ]; then
    echo "FreeSWITCH comes later: give FREESWITCH_TOKEN_FILE or FREESWITCH_DEBS. Until then the panel says that the switch is missing."
    exit "$NOT_GIVEN"
  fi
fi

if [ -n "${FREESWITCH_DEBS:-}" ]; then
  [ -n "$is_whole" ] && exit 0
  files=()
  for file in "$FREESWITCH_DEBS"/*.deb; do
    case $file in *-dbg_*.deb | *-dbgsym_*.deb | *-dev_*.deb | *-doc_*.deb) continue ;; esac
    if [ -f "$file" ]; then files+=("$(readlink -f "$file")"); fi
  done
  [ ${#files[@]} -gt 0 ] || fail "FREESWITCH_DEBS=$FREESWITCH_DEBS: no .deb files there."
  echo "Installing FreeSWITCH from $FREESWITCH_DEBS"
  keep_vendors_unit_away
  run_apt update || true
  run_apt install -y --no-install-recommends "${files[@]}" || fail "The .deb files could not be installed; the lines above say why."
  for package in $(packages); do
    is_installed "$package" || fail "FREESWITCH_DEBS=$FREESWITCH_DEBS: the package $package is not among them."
  done
elif [ -n "$token" ] || [ -z "$is_whole" ]; then
  if [ -n "$token" ]; then
    # .netrc, as curl reads it; the key is behind the token too, so that a wrong one is noticed before anything is kept.
    host=${repository#*://}
    host=${host%%/*}
    written=$(mktemp)
    fetched=$(mktemp)
    trap 'rm -f "$written" "$fetched"' EXIT
    printf 'machine %s login signalwire password %s\n' "${host%%:*}" "$token" >"$written"
    tell asking 0
    answer=$(curl -sS --retry 2 --connect-timeout 20 --netrc-file "$written" -o "$fetched" -w '%{http_code}' "$repository$key_name") ||
      fail_as "$NO_INTERNET" "The vendor's repository cannot be reached: is there a way to the internet?"
    case $answer in
      200) ;;
      401 | 403) fail_as "$WRONG_TOKEN" "The vendor's repository does not let us in: is the access token right?" ;;
      *) fail_as "$NO_INTERNET" "The vendor's repository answers $answer: try again later." ;;
    esac
    keep() { # MODE FROM TO: also its time stays when nothing is new
      cmp -s "$2" "$3" || install -D -m "$1" "$2" "$3"
    }
    keep 644 "$fetched" "$key"
    # The same form for apt, which wants the address without https://, and with http:// where that is used.
    printf 'machine %s login signalwire password %s\n' "${repository#https://}" "$token" >"$written"
    keep 600 "$written" "$auth"
    token=
    . /etc/os-release
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$repository" "$VERSION_CODENAME" "$key" >"$written"
    keep 644 "$written" "$source"
  fi
  [ -n "$is_whole" ] && exit 0
  echo "Installing FreeSWITCH from its vendor"
  has_room || fail_as "$NO_ROOM" "The disk has no room: $ROOM_MB MB are wanted."
  keep_vendors_unit_away
  run_apt update || fail_as $? "apt could not read the vendor's repository; the lines above say why."
  # shellcheck disable=SC2046
  run_apt install -y --no-install-recommends $(packages) || fail_as $? "FreeSWITCH could not be installed; the lines above say why."
fi
tell starting 100
if [ -d /run/systemd/system ]; then systemctl start hotline-switch.service; fi

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

. "$here/apt.sh"
trap 'rm -f "$apt_log"' EXIT
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
apt_get() { apt-get "${APT_OPTIONS[@]}" -o APT::Status-Fd=4 "$@" 4>&1 >"$apt_log" 2>&1 | follow_apt; }
has_room() {
  local folder free
  for folder in /usr /var/cache/apt/archives; do
    free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$ROOM_MB" ] || return 1
  done
}

# Between the first package and the last: what is there then is no switch yet. Read by src/switch-install/switch-install.ts.
unfinished=/var/lib/hotline-install/switch
was_cut_off=
if [ -e "$unfinished" ]; then was_cut_off=yes; fi
install_packages() { # WORDS...: packages or files
  install -d -m 755 "$(dirname "$unfinished")"
  : >"$unfinished"
  run_apt install -y --no-install-recommends ${was_cut_off:+--fix-broken --reinstall} "$@"
}

# If this does not help, what follows says why.
mend_packages || true
is_whole=yes
for package in $(packages); do is_installed "$package" || is_whole=; done
if [ -n "$is_whole" ]; then rm -f "$unfinished"; fi
start_switch() {
  tell starting 100
  if [ -d /run/systemd/system ]; then systemctl start hotline-switch.service; fi
}
if [ -n "$is_whole" ] && [ -n "$was_cut_off" ]; then start_switch; fi
# The vendor's own unit would take the ports.
keep_vendors_unit_away() { systemctl -q mask freeswitch.service; }

# A switch of another source (built by hand, say) is the owner's.
if [ -z "$is_whole" ] && [ -z "$token" ] && [ -z "${FREESWITCH_DEBS:-}" ]; then
  if [ -x /usr/bin/freeswitch ] && [ -z "$was_cut_off" ]; then exit 0; fi
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
  install_packages "${files[@]}" || fail "The .deb files could not be installed; the lines above say why."
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
    trap 'rm -f "$apt_log" "$written" "$fetched"' EXIT
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
  install_packages $(packages) || fail_as $? "FreeSWITCH could not be installed; the lines above say why."
fi
rm -f "$unfinished"
# After a power cut it runs already, with the half that it found.
if [ -n "$was_cut_off" ] && [ -d /run/systemd/system ]; then systemctl stop hotline-switch.service; fi
start_switch

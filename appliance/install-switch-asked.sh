#!/usr/bin/env bash
# Installs FreeSWITCH with the access token that somebody typed into the panel; run by hotline-switch-install.service. The daemon, which may
# do nothing of that, leaves the token in a file in memory; it is deleted before anything is done with it. How far it is stands in state.json,
# which everybody may read; the token is never in it, nor in a log.
# Usage: install-switch-asked.sh REQUESTS STATE
set -euo pipefail
umask 022
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
request=$1/token
state=$2/state.json
# Words of src/switch-install/switch-install.ts.
declare -A problems=([4]=wrong-token [5]=no-internet [6]=no-room)

tell() { # STATE STEP PERCENT PROBLEM
  printf '{"state":"%s","step":"%s","percent":%s,"problem":"%s"}\n' "$@" >"$state.new"
  mv "$state.new" "$state"
}

# As its owner: a link that leads elsewhere leads to nothing that the owner could not read.
owner=$(stat -c %U "$1")
as_owner() { setpriv --reuid="$owner" --regid="$owner" --init-groups "$@"; }
token=$(as_owner head -c 300 "$request" 2>/dev/null | tr -d ' \t\r\n') || token=
as_owner rm -f "$request"
case $token in
  '' | *[!A-Za-z0-9_-]*) tell failed asking 0 wrong-token; exit 1 ;;
esac

tell running asking 0 ""
# The installer says in steps how far it is.
progress() {
  local step percent
  while read -r step percent; do
    case "$step:$percent" in
      asking:[0-9]* | fetching:[0-9]* | installing:[0-9]* | starting:[0-9]*) tell running "$step" "${percent%%[!0-9]*}" "" ;;
    esac
  done
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
exec 3> >(progress)
follower=$!
FREESWITCH_TOKEN=$token FREESWITCH_PROGRESS=3 "$here/install-freeswitch.sh" >"$log" 2>&1 || code=$?
exec 3>&-
wait "$follower" || true
# For journalctl, without what was typed. An argument everybody could read.
grep -vF -f <(printf '%s\n' "$token") "$log" || true
token=
if [ "$code" -eq 0 ]; then
  tell done starting 100 ""
else
  tell failed asking 0 "${problems[$code]:-failed}"
  exit 1
fi

#!/bin/sh
# The firewall, run by hotline-firewall.service and, when a trunk's address changes, hotline-firewall-trunks.service.
# Usage: firewall.sh load | trunks | unload
set -eu
umask 077
here=$(dirname "$(readlink -f "$0")")
data=${HOTLINE_DATA_DIR:-/var/lib/hotline}
networks=${HOTLINE_LOCAL_NETWORKS_FILE:-/etc/hotline/local-networks}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

port() {
  case $1 in '' | *[!0-9]*) echo "$2: a port is expected" >&2; exit 2 ;; esac
  printf '%s' "$1"
}

# The addresses (or networks) of one family on standard input as one command for a set; none: the set is only emptied.
fill() {
  set_name=$1
  echo "flush set inet hotline $set_name"
  paste -sd, - | sed -n "s/^\(..*\)\$/add element inet hotline $set_name { \1 }/p"
}

# Each family apart: a mistake in one line must not cost the other.
fill_both() {
  set_name=$1
  list=$2
  { grep -E '^[0-9.]+(/[0-9]{1,2})?$' "$list" || true; } | sort -u | fill "${set_name}4" >"$work/four"
  { grep -E '^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(/[0-9]{1,3})?$' "$list" || true; } | sort -u | fill "${set_name}6" >"$work/six"
  nft -f "$work/four"
  nft -f "$work/six"
}

trunks() {
  file=$data/trunk-addresses.json
  : >"$work/trunks"
  # {"udp:sip.example.ge:5060": {"port": 5060, "addresses": ["192.0.2.1"]}}: what stands alone between quotes and is made like an address.
  if [ -f "$file" ]; then grep -oE '"[0-9A-Fa-f.:]+"' "$file" | tr -d '"' >"$work/trunks" || true; fi
  fill_both trunks "$work/trunks"
}

case ${1:-} in
  load)
    sound=$(printf '%s' "${HOTLINE_RTP_PORTS:-16384-32768}" | tr -d ' ')
    case $sound in *[!0-9-]*) echo "HOTLINE_RTP_PORTS: two ports as in 16384-32768 are expected" >&2; exit 2 ;; esac
    # One transaction: the old rules stand until the new ones do.
    nft \
      -D "panel=$(port "${HOTLINE_HTTP_PORT:-80}" HOTLINE_HTTP_PORT)" \
      -D "panel_tls=$(port "${HOTLINE_HTTPS_PORT:-443}" HOTLINE_HTTPS_PORT)" \
      -D "phones=$(port "${HOTLINE_PHONE_SIP_PORT:-5060}" HOTLINE_PHONE_SIP_PORT)" \
      -D "trunks=$(port "${HOTLINE_TRUNK_SIP_PORT:-5080}" HOTLINE_TRUNK_SIP_PORT)" \
      -D "trunks_tls=$(port "${HOTLINE_TRUNK_TLS_PORT:-5081}" HOTLINE_TRUNK_TLS_PORT)" \
      -D "event_socket=$(port "${EVENT_SOCKET_PORT:-8021}" EVENT_SOCKET_PORT)" \
      -D "sound=$sound" \
      -f "$here/firewall.nft"
    grep -v '^#' "$networks" >"$work/networks" || true
    fill_both local "$work/networks"
    trunks
    ;;
  trunks) trunks ;;
  unload) nft delete table inet hotline ;;
  *) echo "usage: firewall.sh load | trunks | unload" >&2; exit 2 ;;
esac

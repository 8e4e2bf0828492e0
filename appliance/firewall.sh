#!/bin/sh
# The firewall, run by hotline-firewall.service and, when the daemon has written something down, hotline-firewall-trunks.service,
# hotline-firewall-bans.service and hotline-firewall-access.service; each minute by hotline-firewall-keep.service. What the daemon writes is
# looked at line by line: it is not root.
# Usage: firewall.sh load | keep | trunks | bans | access | unload
set -eu
umask 077
here=$(dirname "$(readlink -f "$0")")
data=${HOTLINE_DATA_DIR:-/var/lib/hotline}
networks=${HOTLINE_LOCAL_NETWORKS_FILE:-/etc/hotline/local-networks}
# Here the daemon reads what the firewall has taken over; no file, no firewall.
state=${HOTLINE_FIREWALL_STATE_DIR:-/run/hotline-firewall}
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

# What is not taken together: each address alone, so that a mistake in one does not cost the others.
one_by_one() {
  grep '^flush' "$1" | nft -f -
  grep '^add' "$1" | while read -r line; do
    head=${line%%\{*}
    echo "$line" | sed 's/^[^{]*{ \(.*\) }$/\1/' | tr , '\n' | while read -r element; do
      nft "$head { $element }" || echo "not taken: $element" >&2
    done
  done
}

# Each family apart: a mistake in one line must not cost the other.
fill_both() {
  set_name=$1
  list=$2
  { grep -E '^[0-9.]+(/[0-9]{1,2})?$' "$list" || true; } | sort -u | fill "${set_name}4" >"$work/four"
  { grep -E '^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(/[0-9]{1,3})?$' "$list" || true; } | sort -u | fill "${set_name}6" >"$work/six"
  nft -f "$work/four" || one_by_one "$work/four"
  nft -f "$work/six" || one_by_one "$work/six"
}

trunks() {
  file=$data/trunk-addresses.json
  : >"$work/trunks"
  # {"udp:sip.example.ge:5060": {"port": 5060, "addresses": ["192.0.2.1"]}}: what stands alone between quotes and is made like an address.
  if [ -f "$file" ]; then grep -oE '"[0-9A-Fa-f.:]+"' "$file" | tr -d '"' >"$work/trunks" || true; fi
  # Where their calls come from besides, as the owner wrote it down with the trunk.
  if [ -f "$data/access" ]; then head -c 100000 "$data/access" | grep -E '^trunks [0-9./]{7,18}$' | head -n 500 | cut -d' ' -f2 >>"$work/trunks" || true; fi
  fill_both trunks "$work/trunks"
}

answer() { # FILE TEXT
  mkdir -p -m 755 "$state"
  echo "$2" >"$work/answer"
  chmod 644 "$work/answer"
  cat "$work/answer" >"$state/$1.new"
  chmod 644 "$state/$1.new"
  mv "$state/$1.new" "$state/$1"
}

# Who is banned, and which phones are not meant. Lines as in
#   all 192.0.2.9 1763800000         until then (Unix seconds)
#   guests 10.1.2.3 1763800000
#   phone 10.1.2.3 5060              registered from this port
most_bans=4000
longest=2678400
bans() {
  file=$data/bans
  : >"$work/bans"
  # Nothing that nft would take for a name, and look up.
  octet='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
  line="^(all|guests|phone) ($octet(\\.$octet){3}|[0-9A-Fa-f:]{2,39}(/[0-9]{1,3})?) [0-9]{1,10}\$"
  if [ -f "$file" ]; then head -c 1000000 "$file" | grep -E "$line" | head -n $((most_bans * 2)) >"$work/bans" || true; fi
  now=$(date +%s)
  # KIND DOT-OR-COLON: elements of one set.
  banned() {
    awk -v kind="$1" -v sign="$2" -v now="$now" -v longest=$longest '
      $1 == kind && index($2, sign) && !(sign == "." && index($2, ":")) && $3 > now {
        left = $3 - now; if (left > longest) left = longest
        print $2 " timeout " left "s" }' "$work/bans" | head -n $most_bans
  }
  registered() {
    awk -v sign="$1" '$1 == "phone" && index($2, sign) && !(sign == "." && index($2, ":")) && $3 > 0 && $3 < 65536 && $2 !~ /\// { print $2 " . " $3 }' \
      "$work/bans"
  }
  for family in "4 ." "6 :"; do
    number=${family% *}
    sign=${family#* }
    { banned all "$sign" | fill "banned$number"; banned guests "$sign" | fill "guests$number"; registered "$sign" | fill "registered$number"; } >"$work/family"
    nft -f "$work/family" || one_by_one "$work/family"
  done
  answer bans "$(grep -c -E '^(all|guests) ' "$work/bans" || true) $now"
}

# Who reaches what, as chosen in the panel. Lines: local|own|panel|phones|trunks NETWORK. Without a local one, /etc/hotline/local-networks counts.
# own: a network that the box is in, and the local ones are all of another place.
access() {
  file=$data/access
  : >"$work/access"
  if [ -f "$file" ]; then head -c 100000 "$file" | grep -E '^(local|own|panel|phones) [0-9A-Fa-f.:/]{2,49}$' | head -n 500 >"$work/access" || true; fi
  sed -n 's/^local //p' "$work/access" >"$work/networks"
  if [ ! -s "$work/networks" ]; then grep -v '^#' "$networks" >"$work/networks" || true; fi
  sed -n 's/^own //p' "$work/access" >>"$work/networks"
  fill_both local "$work/networks"
  for service in panel phones; do
    sed -n "s/^$service //p" "$work/access" >"$work/service"
    fill_both "$service" "$work/service"
  done
  trunks
  answer access "$(cksum <"$work/access")"
}

load() {
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
  access
  bans
}

case ${1:-} in
  load) load ;;
  keep)
    nft list chain inet hotline input >/dev/null 2>&1 || {
      # <4>: a warning (sd-daemon(3)).
      echo "<4>somebody has deleted the rules of the firewall; they are loaded anew" >&2
      load
    } ;;
  trunks) trunks ;;
  bans) bans ;;
  access) access ;;
  unload)
    rm -f "$state/bans" "$state/access"
    nft delete table inet hotline
    ;;
  *) echo "usage: firewall.sh load | keep | trunks | bans | access | unload" >&2; exit 2 ;;
esac

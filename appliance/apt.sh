# shellcheck shell=bash
# Read by the scripts that install packages: apt asks nobody, and what was cut off half done is finished before anything else is begun. A power
# cut amid an installation leaves packages that are not whole, and neither dpkg nor apt then does anything more by itself.
export DEBIAN_FRONTEND=noninteractive
NO_INTERNET=5
NO_ROOM=6
# Settings that somebody changed stay as they are.
KEEP_SETTINGS=(--force-confdef --force-confold)
APT_OPTIONS=(-q -o DPkg::Lock::Timeout=300 "${KEEP_SETTINGS[@]/#/-o=Dpkg::Options::=}")
# What apt said last; whoever reads this file deletes it.
apt_log=$(mktemp)

apt_get() { apt-get "${APT_OPTIONS[@]}" "$@" >"$apt_log" 2>&1; }
run_apt() { # WORDS...
  local code=0
  apt_get "$@" || code=$?
  [ "$code" -ne 0 ] || return 0
  tail -n 20 "$apt_log" >&2
  if grep -qiE "no space left on device|don't have enough free space" "$apt_log"; then return "$NO_ROOM"; fi
  # "Some index files failed to download": apt-get update itself is content with the old ones.
  if grep -qiE 'could not resolve|connection (refused|timed out|failed)|could not connect|network is unreachable|temporary failure' "$apt_log"; then return "$NO_INTERNET"; fi
  return 1
}

are_packages_whole() {
  # The first is what dpkg had not yet entered into its list when it was cut off.
  [ -z "$(find /var/lib/dpkg/updates -name '[0-9]*')" ] &&
    [ -z "$(dpkg-query -W -f '${db:Status-Status}\n' | grep -E '^(half-|unpacked|triggers-)')" ]
}
# Nothing is taken away for it. Those that were cut off while they were unpacked are asked for by name: apt takes up no others by itself.
apt_mends() { # WORDS...
  local half
  mapfile -t half < <(dpkg-query -W -f '${db:Status-Eflag} ${Package}\n' | sed -n 's/^reinstreq //p')
  run_apt -y --no-remove --fix-broken --reinstall "$@" install "${half[@]}"
}
# What is missing for it is fetched, unless WORDS of apt-get forbid that.
mend_packages() { # WORDS...
  if are_packages_whole; then return 0; fi
  # What it cannot configure yet, it can when apt has brought the rest.
  dpkg "${KEEP_SETTINGS[@]}" --configure -a || true
  apt_mends "$@" && are_packages_whole
}

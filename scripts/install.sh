#!/usr/bin/env bash
# Installs what a target of the Makefile needs and is not there yet, and says so. Debian 12 or 13, as root or with sudo.
set -eu
cd "$(dirname "$0")/.."
purpose=$1

fail() { echo "$*" >&2; exit 1; }

command -v node >/dev/null || fail "Node is missing. Install Node 20.19 or newer (20, 22 or 24) with npm, then run this again."
command -v npm >/dev/null || fail "npm is missing. Install Node 20.19 or newer together with npm, then run this again."
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  fail "Node $(node --version) is too old. Install Node 20.19 or newer, then run this again."

packages=()
has() { command -v "$1" >/dev/null; }
case $purpose in
  run | test | bench)
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages+=(postgresql)
    has ffmpeg || packages+=(ffmpeg)
    has espeak-ng || packages+=(espeak-ng)
    ;;
  box)
    for program in mmdebstrap gpg rauc openssl xorriso; do has $program || packages+=("${program/gpg/gnupg}"); done
    has mksquashfs || packages+=(squashfs-tools)
    has grub-editenv || packages+=(grub-common)
    has mkfs.ext4 || packages+=(e2fsprogs)
    ;;
  iso | iso-test)
    for package in $(grep -v '^#' iso/build-packages); do
      case $purpose:$package in iso:ovmf | iso:qemu-system-x86) continue ;; esac
      dpkg -s "$package" >/dev/null 2>&1 || packages+=("$package")
    done
    ;;
esac
if [ "$purpose" = bench ]; then has sipp || packages+=(sip-tester); fi
if [ "$purpose" = test ]; then
  { has chromium || has chromium-browser || has google-chrome; } || packages+=(chromium)
  has sipp || packages+=(sip-tester)
  has restic || packages+=(restic)
  has ssh-keygen || packages+=(openssh-client)
  has openssl || packages+=(openssl)
  has rauc || packages+=(rauc)
  has mksquashfs || packages+=(squashfs-tools)
  # Tells a browser what to trust.
  has certutil || packages+=(libnss3-tools)
  has curl || packages+=(curl)
  [ -x /usr/sbin/sshd ] || packages+=(openssh-server)
  # Guessers, and a firewall and networks of their own to keep them out.
  has svwar || packages+=(sipvicious)
  has nft || packages+=(nftables)
  has ip || packages+=(iproute2)
  # What systemd would hear, and what it says of our units.
  has socat || packages+=(socat)
  has systemd-analyze || packages+=(systemd)
fi

if [ ${#packages[@]} -gt 0 ]; then
  echo "Installing from Debian: ${packages[*]}"
  has apt-get || fail "This machine has no apt-get. Install these yourself, then run this again: ${packages[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    has sudo || fail "Not root, and sudo is missing. Run as root: apt-get install ${packages[*]}"
    as_root=(sudo)
  fi
  # Debian's package starts a server of its own; it is left alone. Hotline runs a private one on a Unix socket.
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "Debian's packages could not be installed: ${packages[*]}. The last lines above say why."
  fi
  rm -f "$log"
fi

# Backups need it; without it everything else runs, and the page Backup says what is missing.
if [ "$purpose" = run ] && ! has restic; then
  as_root=(); [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends restic openssh-client >/dev/null 2>&1 ||
    echo "restic could not be installed: no backups until then (apt-get install restic openssh-client)"
fi

# npm packages: only when the lock file is newer than what is installed.
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "Installing npm packages"
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi

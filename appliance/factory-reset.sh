#!/bin/sh
# Run by hotline-factory-reset.service when /etc/hotline/factory-reset says what is to go: "everything" or "keep-recordings". Network and clock
# are as on a new box afterwards. Its order lets it be cut off anywhere and begun again.
set -eu
here=$(dirname "$(readlink -f "$0")")
data=${HOTLINE_DATA_DIR:-/var/lib/hotline}
settings=${HOTLINE_SETTINGS_DIR:-/etc/hotline}
case $(cat "$settings/factory-reset") in
  everything) keep= ;;
  keep-recordings) keep=recordings ;;
  *) echo "$settings/factory-reset: everything or keep-recordings is expected" >&2; rm -f "$settings/factory-reset"; exit 2 ;;
esac
find "$data" -mindepth 1 -maxdepth 1 ! -name lost+found | while IFS= read -r path; do
  [ -n "$keep" ] && [ "$path" = "$data/$keep" ] || rm -rf --one-file-system -- "$path"
done
# What was told of all that; journald begins anew where its files are gone.
[ ! -d /var/log/journal ] || find /var/log/journal -ignore_readdir_race -type f -delete
# As the installer leaves them.
for name in secrets recordings journal; do [ -d "$data/$name" ] || install -d -m 700 -o hotline -g hotline "$data/$name"; done
install -m 644 "$here/network.json" "$settings/network.json"
rm -f "$settings/clock.json"
sync
rm -f "$settings/factory-reset"
sync

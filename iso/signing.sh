# Read by iso/build.sh and iso/bundle.sh: the key and the certificate that updates are signed with. Made once for the machine of whoever builds; the
# certificate is in each image, so that a box takes updates from whoever made it and from nobody else.
#
#   HOTLINE_UPDATE_KEY, HOTLINE_UPDATE_CERTIFICATE   PEM files of your own, both or none
update_key=${HOTLINE_UPDATE_KEY:-${XDG_CONFIG_HOME:-$HOME/.config}/hotline/update-key.pem}
update_certificate=${HOTLINE_UPDATE_CERTIFICATE:-${XDG_CONFIG_HOME:-$HOME/.config}/hotline/update-certificate.pem}
if [ ! -f "$update_key" ] || [ ! -f "$update_certificate" ]; then
  if [ -n "${HOTLINE_UPDATE_KEY:-}${HOTLINE_UPDATE_CERTIFICATE:-}" ] || [ -f "$update_key" ]; then
    echo "$update_key and $update_certificate: both are needed" >&2
    exit 1
  fi
  mkdir -p "$(dirname "$update_key")"
  (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 36500 -subj "/O=Hotline/CN=Updates" \
    -addext "keyUsage=critical,digitalSignature" -keyout "$update_key" -out "$update_certificate" 2>/dev/null)
  echo "Made a key of this machine for updates: $update_key. Keep it: boxes from your images take updates that are signed with it alone."
fi

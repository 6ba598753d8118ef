#!/usr/bin/env bash
# Install what the shell peer is made of, from Debian or Ubuntu; does nothing where it is there.
set -euo pipefail
missing=()
command -v inotifywait >/dev/null || missing+=(inotify-tools)
command -v identify >/dev/null || missing+=(imagemagick)
[ "${#missing[@]}" != 0 ] || exit 0
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
echo "Installing what a peer is made of: ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" </dev/null

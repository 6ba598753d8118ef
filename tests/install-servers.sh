#!/usr/bin/env bash
# Install the servers and clients that the tests use, from Debian or Ubuntu; does nothing where all are there.
# The tests start instances of their own, so the system's services are kept from starting.
set -euo pipefail

# What the tests run, and the package it comes in.
needed=(
  /usr/lib/rabbitmq/bin/rabbitmq-server:rabbitmq-server
  /usr/sbin/sshd:openssh-server
  '/usr/lib/postgresql/*/bin/initdb:postgresql'
  /usr/bin/sftp:openssh-client
  /usr/bin/lftp:lftp
  /usr/bin/rclone:rclone
  /usr/bin/aws:awscli
  /usr/bin/zip:zip
  /usr/bin/7z:p7zip-full
  /usr/bin/bsdtar:libarchive-tools
  /usr/bin/jpegtran:libjpeg-turbo-progs
  /usr/bin/strace:strace
  /usr/bin/gcc:gcc
  /usr/include/stdio.h:libc6-dev
  /usr/sbin/useradd:passwd
)
units=(rabbitmq-server.service epmd.service epmd.socket ssh.service ssh.socket postgresql.service 'postgresql@.service')

missing=()
for line in "${needed[@]}"; do
  compgen -G "${line%%:*}" >/dev/null || missing+=("${line##*:}")
done

as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "The tests need root (OpenSSH's chroot does): run 'make test' as root, or install sudo." >&2
    [ "${#missing[@]}" = 0 ] || echo "They also need these packages: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
[ "${#missing[@]}" != 0 ] || exit 0
if ! command -v apt-get >/dev/null; then
  echo "The tests need these packages of Debian, or the same programs: ${missing[*]}" >&2
  exit 1
fi

# Where systemd runs, a unit that is masked until the next boot is not started by its package. What is
# here already is left alone: it may be what this machine lives by.
masked=()
unmask() {
  [ "${#masked[@]}" = 0 ] || "${as_root[@]}" systemctl --quiet --runtime unmask "${masked[@]}"
}
trap unmask EXIT
if [ -d /run/systemd/system ]; then
  for unit in "${units[@]}"; do
    systemctl cat "$unit" >/dev/null 2>&1 || masked+=("$unit")
  done
  [ "${#masked[@]}" = 0 ] || "${as_root[@]}" systemctl --quiet --runtime mask "${masked[@]}"
fi

echo "Installing what the tests run: ${missing[*]}"
"${as_root[@]}" apt-get update -q
# Where it does not, a package's script asks for the runlevel: 1 is the one without services.
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
  apt-get install -qy --no-install-recommends "${missing[@]}" </dev/null

#!/bin/sh
# Make one vendor's SFTP account and folders. Run as root; running it again mends what is not as it should be.
#
#   add-vendor.sh VENDOR PUBLIC_KEY_FILE
#
# VENDOR is the name under which `pictureday vendor add` knows it. ROOT, KEYS and OWNER may be set in the
# environment; they are the inbox of pictureday.toml, the keys of pictureday.conf, and the pipeline's user.
set -eu

ROOT=${ROOT:-/srv/sftp}
KEYS=${KEYS:-/etc/ssh/pictureday}
OWNER=${OWNER:-pictureday}
VENDORS=pictureday-vendors

fail() {
    echo "add-vendor: $1" >&2
    exit 2
}

[ $# -eq 2 ] || fail "usage: add-vendor.sh VENDOR PUBLIC_KEY_FILE"
vendor=$1
key=$2
# The name becomes a user, a folder and a file: nothing but plain characters.
case $vendor in
    *[!a-z0-9-]* | [!a-z]* | '') fail "a vendor's name is lower-case letters, digits and dashes, a letter first" ;;
esac
[ "${#vendor}" -le 32 ] || fail "a vendor's name has at most 32 characters"
[ "$(id -u)" -eq 0 ] || fail "only root can make users"
if grep -q 'PRIVATE KEY' "$key"; then
    fail "$key is a private key; ask the vendor for the public one, and for a new pair"
fi
# PuTTYgen, which most vendors use, writes the form of RFC 4716; all else writes lines that start with the kind.
lines=$(grep -E '^(ssh-ed25519|ssh-rsa|ecdsa-sha2-|sk-)' "$key" || ssh-keygen -i -m RFC4716 -f "$key" 2>/dev/null) ||
    fail "$key holds no public key"
home=$(getent passwd "$vendor" | cut -d: -f6)
case $home in
    '' | "$ROOT/$vendor") ;;
    *) fail "the user $vendor exists and is no vendor of ours" ;;
esac

getent group "$VENDORS" >/dev/null || groupadd --system "$VENDORS"
if ! id "$OWNER" >/dev/null 2>&1; then
    useradd --system --user-group --no-create-home --home-dir /var/lib/pictureday --shell /usr/sbin/nologin "$OWNER"
fi
if ! id "$vendor" >/dev/null 2>&1; then
    useradd --system --user-group --no-create-home --home-dir "$ROOT/$vendor" --shell /usr/sbin/nologin "$vendor"
fi
# Its group is how sshd knows a vendor.
usermod --append --groups "$VENDORS" "$vendor"
# No password works, and yet the account is not locked: sshd without PAM refuses a locked one its key too.
usermod --password '*' "$vendor"

# `dir OWNER GROUP MODE PATH`
dir() {
    [ ! -L "$4" ] || fail "$4 is a link"
    install -d -o "$1" -g "$2" -m "$3" "$4"
}

# sshd demands root on the whole way down to the chroot.
dir root root 0755 "$ROOT"
dir root root 0755 "$ROOT/$vendor"
# The vendor writes, the pipeline takes. The first 2 hands the pipeline's group down to all that is made inside.
dir "$vendor" "$OWNER" 2770 "$ROOT/$vendor/inbox"
# The pipeline writes, the vendor reads.
dir "$OWNER" "$vendor" 2750 "$ROOT/$vendor/receipts"
# The pipeline's own corner. It can't make it itself, as the root belongs to root; and it must lie here,
# because files are taken by a rename, which works on one file system only.
dir "$OWNER" "$OWNER" 0700 "$ROOT/.taken"
[ -e "$ROOT/.taken.lock" ] || install -o "$OWNER" -g "$OWNER" -m 0600 /dev/null "$ROOT/.taken.lock"

dir root root 0755 "$KEYS"
# ForceCommand goes before the key's own command. Should pictureday.conf ever be lost, the key opens nothing at all.
printf '%s\n' "$lines" | sed 's/^/restrict,command="false" /' >"$KEYS/.$vendor.new"
ssh-keygen -l -f "$KEYS/.$vendor.new" >/dev/null || fail "$key holds a public key that ssh can't read"
chmod 0644 "$KEYS/.$vendor.new"
mv "$KEYS/.$vendor.new" "$KEYS/$vendor"

echo "The account $vendor is ready; its folder is $ROOT/$vendor."
echo "Now: pictureday vendor add $vendor --title '…' --email '…' && pictureday vendor activate $vendor"

#!/usr/bin/env bash
# Make .venv with what one lock file names, and this project in it: `requirements/venv.sh runtime|dev|bench`.
# Takes the first Python from 3.11 on that can make a virtual environment (or the one that PYTHON names).
set -euo pipefail
cd "$(dirname "$0")/.."
lock="requirements/$1.txt"

# Whether $1 is a Python that we run on; with a module's name as $2, whether it also has that.
fits() {
  "$1" -c "import sys, ${2:-sys}; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1
}

find_python() {
  local python
  for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3}; do
    if fits "$python" "$@"; then
      echo "$python"
      return
    fi
  done
}

# Debian and Ubuntu keep the module ensurepip in a package of its own.
install_venv() {
  local package as_root=()
  package="$("$1" -c 'import sys; print(f"python3.{sys.version_info.minor}-venv")')"
  if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
  if ! command -v apt-get >/dev/null || { [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; }; then
    echo "$1 can't make virtual environments: install the package $package (Debian, Ubuntu), then try again." >&2
    exit 1
  fi
  echo "Installing $package, without which $1 can't make virtual environments."
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$package"
}

python="$(find_python ensurepip)"
if [ -z "$python" ]; then
  python="$(find_python)"
  if [ -z "$python" ]; then
    echo "Picture Day needs Python 3.11 or newer: install the packages python3 and python3-venv (Debian 12, Ubuntu 24.04 or newer)." >&2
    exit 1
  fi
  install_venv "$python"
fi

# Also mends an environment whose Python was upgraded away, or that has no pip.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  "$python" -m venv --clear .venv
fi

pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input)
echo "Installing the packages of $lock into .venv; the first time takes about a minute."
# Every file is checked against its hash, and nothing is built from source, so no code runs before the check.
"${pip[@]}" install --quiet --progress-bar off --require-hashes --only-binary :all: -r "$lock"
"${pip[@]}" install --quiet --no-deps --no-index --no-build-isolation --editable .

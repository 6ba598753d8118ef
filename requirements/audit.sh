#!/usr/bin/env bash
# Ask a vulnerability service about every locked package, with pip-audit in an environment that is gone afterwards.
# Exit 0: all were asked about and none is known to be vulnerable; 1: some are; 2: the service could not be asked.
set -uo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

not_audited() {
  echo "Not audited: $1 Run it where the Python Package Index can be reached, or set AUDIT_SERVICE=osv." >&2
  exit 2
}

"$python" -m venv "$work/venv" || not_audited "no environment could be made."
"$work/venv/bin/python" -m pip --disable-pip-version-check --no-input install --quiet pip-audit \
  >"$work/log" 2>&1 || not_audited "pip-audit could not be installed."

for lock in requirements/runtime.txt requirements/dev.txt; do
  # --strict: a package that the service does not know of is a failure and no success.
  if "$work/venv/bin/pip-audit" --strict --require-hashes --disable-pip --progress-spinner off \
    --vulnerability-service "${AUDIT_SERVICE:-pypi}" --requirement "$lock" >"$work/log" 2>&1; then
    echo "$lock: no known vulnerability."
  elif grep -q "^Found .* known vulnerabilit" "$work/log"; then
    cat "$work/log" >&2
    exit 1
  else
    tail -n 1 "$work/log" >&2
    not_audited "the service gave no answer about $lock."
  fi
done

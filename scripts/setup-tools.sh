#!/bin/sh
# Puts the Python packages that suites run into .tools/venv at the root of the workspace: those that
# scripts/test-requirements.txt names, one `name==version` a line. A second run that wants the same does nothing.
# Where packages come from is pip's configuration: with PIP_NO_INDEX=1 and PIP_FIND_LINKS=DIR a machine without a
# network takes them from DIR. A run that is killed leaves no stamp, and the next one begins anew.
set -eu

scripts=$(CDPATH='' cd "$(dirname "$0")" && pwd)
root=$(dirname "$scripts")
wanted="$scripts/test-requirements.txt"
venv="$root/.tools/venv"

fail() {
    echo "setup-tools: $1" >&2
    exit 1
}

cmp -s "$wanted" "$venv/stamp" && exit 0

python=$(command -v python3) || fail "python3 is missing; on Debian and Ubuntu: apt-get install python3 python3-venv"
echo "setup-tools: installing $(tr '\n' ' ' <"$wanted")" >&2
mkdir -p "$root/.tools"
"$python" -m venv --clear "$venv" || fail "venv is missing; on Debian and Ubuntu: apt-get install python3-venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --only-binary=:all: \
    --requirement "$wanted" || fail "pip could not install what $wanted names"
cp "$wanted" "$venv/stamp"

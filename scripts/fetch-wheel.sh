#!/bin/sh
# Downloads one pinned wheel with pip, checks its SHA-256 and unpacks it. Nothing of the package is run.
#
#   fetch-wheel.sh PACKAGE==VERSION PLATFORM SHA256 FOLDER
#
# FOLDER must exist; it receives the unpacked wheel and nothing else. Where the wheel comes from is pip's
# configuration: with PIP_NO_INDEX=1 and PIP_FIND_LINKS=DIR a machine without a network takes it from DIR.
set -eu

requirement=$1 platform=$2 sha256=$3 folder=$4

fail() {
    echo "fetch-wheel: $1" >&2
    exit 1
}

python=$(command -v python3) || fail "python3 is missing; on Debian and Ubuntu: apt-get install python3 python3-pip"
"$python" -m pip --version >/dev/null 2>&1 || fail "pip is missing; on Debian and Ubuntu: apt-get install python3-pip"

download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$python" -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --only-binary=:all: \
    --platform "$platform" --dest "$download" "$requirement" ||
    fail "pip could not download $requirement for $platform"

set -- "$download"/*.whl
[ $# -eq 1 ] && [ -f "$1" ] || fail "pip was asked for one wheel of $requirement and left $#"
found=$(sha256sum "$1" | cut -d ' ' -f 1)
[ "$found" = "$sha256" ] || fail "$requirement for $platform has SHA-256 $found, expected $sha256"

"$python" -m zipfile -e "$1" "$folder"

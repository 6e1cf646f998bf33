#!/usr/bin/env bash
# What the tests need besides Rust and Z3: a Python environment in .tools/venv, and Chromium.
set -eu
cd "$(dirname "$0")/.."

requirements=scripts/test-requirements.txt
venv=.tools/venv
stamp=$venv/requirements.txt

# Made anew where the list has changed, so that nothing stays that is not in it.
if ! cmp -s "$requirements" "$stamp"; then
    rm -rf "$venv"
    if ! python3 -m venv "$venv"; then
        echo "setup-tools: python3 cannot make a virtual environment: install python3-venv" >&2
        exit 1
    fi
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
    cp "$requirements" "$stamp"
fi

if ! command -v chromium >/dev/null 2>&1; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
    else
        echo "setup-tools: the tests of the HTML report need Chromium: install the package chromium" >&2
        exit 1
    fi
fi

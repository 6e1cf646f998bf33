#!/usr/bin/env bash
# What the tests need besides Rust and Z3: Python environments in .tools, and Chromium.
set -eu
cd "$(dirname "$0")/.."

# Installs a package of Debian, or says that it is missing.
install_package() {
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    else
        echo "setup-tools: the tests need $*: install it, as with \`apt-get install $*\`" >&2
        return 1
    fi
}

# An environment of Python in the folder $1 with what the file $2 lists. Made anew where the list has changed, so that nothing stays that is not in it.
environment() {
    local venv=$1 requirements=$2
    local stamp=$venv/requirements.txt
    cmp -s "$requirements" "$stamp" && return
    rm -rf "$venv"
    python3 -m venv "$venv" || { install_package python3-venv && python3 -m venv "$venv"; }
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: --requirement "$requirements"
    cp "$requirements" "$stamp"
}

environment .tools/venv scripts/test-requirements.txt
# In one of its own: what it needs and what compliance-trestle needs do not go together.
environment .tools/moto scripts/moto-requirements.txt

# Plans are made anew where Terraform is there; it is no package of Debian.
! command -v terraform >/dev/null 2>&1 || environment .tools/terraform scripts/terraform-requirements.txt

command -v chromium >/dev/null 2>&1 || install_package chromium fonts-dejavu-core

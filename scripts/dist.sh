#!/bin/sh
# Builds dist/ringfence-VERSION-MACHINE-linux.tar.gz: the program with its Z3, which runs from wherever it is unpacked.
#
#   bin/ringfence   finds lib/ by its own place, not by a path of the machine that built it
#   lib/            libz3 under the loader's name
#   share/          manual pages, completions for bash, zsh and fish
#   README.md, CHANGELOG.md, LICENSE-*, NOTICE, THIRD-PARTY-LICENSES.txt
#
# Prints the path of the archive.
set -eu

cd "$(dirname "$0")/.."
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
name=ringfence-$version-$(uname -m)-linux

# shellcheck disable=SC2016  # the loader, not the shell, reads $ORIGIN
RINGFENCE_RUN_PATH='$ORIGIN/../lib' cargo build --release --locked --package ringfence --all-features >&2

mkdir -p dist
work=$(mktemp -d dist/work.XXXXXX)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/$name/bin" "$work/$name/lib"
cp "${CARGO_TARGET_DIR:-target}/release/ringfence" "$work/$name/bin/"
strip --strip-debug "$work/$name/bin/ringfence"
# Completions and manual pages come from the program that is packed.
run() { LD_LIBRARY_PATH="$PWD/.z3/lib" "${CARGO_TARGET_DIR:-target}/release/ringfence" "$@"; }
run manual "$work/$name/share/man/man1"
mkdir -p "$work/$name/share/bash-completion/completions" "$work/$name/share/zsh/site-functions" "$work/$name/share/fish/vendor_completions.d"
run completions bash >"$work/$name/share/bash-completion/completions/ringfence"
run completions zsh >"$work/$name/share/zsh/site-functions/_ringfence"
run completions fish >"$work/$name/share/fish/vendor_completions.d/ringfence.fish"
for library in .z3/lib/libz3.so.*; do
    cp -L "$library" "$work/$name/lib/"
done
chmod 755 "$work/$name/lib"/*
cp README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE NOTICE "$work/$name/"
python3 scripts/third-party-licenses.py >"$work/$name/THIRD-PARTY-LICENSES.txt"

# Times, owners and order do not depend on the machine.
time=$(git log -1 --format=%ct 2>/dev/null || echo 0)
tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$time" --directory="$work" "$name" |
    gzip --no-name >"$work/archive"
mv "$work/archive" "dist/$name.tar.gz"
echo "dist/$name.tar.gz"

#!/usr/bin/env bash
# Changes the kernel in every way that cargo-mutants knows, and runs the kernel's own tests on each change.
# Fails unless those that no test notices are exactly those that docs/testing.md lists, each with why it changes nothing.
set -eu
cd "$(dirname "$0")/.."
out=target/mutants
list=docs/testing.md
mkdir -p "$out"
# Hundreds of builds, each of one crate that differs in one place from the last.
export CARGO_INCREMENTAL=1

# Each mutant is built and its tests take a fraction of a second, so that optimising costs more than it saves.
fast=(--cargo-arg=--config=profile.dev.package.ringfence-kernel.opt-level=0 --cargo-arg=--config=profile.dev.debug=false)
# 2: some were missed, 3: tests of some did not end, which is noticed as well.
status=0
cargo mutants --package ringfence-kernel --output "$out" --timeout 60 --no-times "${fast[@]}" "$@" -- --lib || status=$?
case $status in 0 | 2 | 3) ;; *) exit "$status" ;; esac

# Named by file, function and change, without lines, so that the list outlives what moves.
found=$(sed -E 's#^solver/kernel/src/([^:]*):[0-9]+:[0-9]+: #\1: #' "$out/mutants.out/missed.txt" | LC_ALL=C sort)
# A bar in a cell of a table is written with a backslash.
listed=$(sed -nE 's#^\| `([^`]*\.rs: [^`]*)` \|.*#\1#p' "$list" | sed 's#\\|#|#g' | LC_ALL=C sort)
noticed=$(cat "$out/mutants.out/caught.txt" "$out/mutants.out/timeout.txt" | wc -l)

if [ "$found" != "$listed" ]; then
    echo "mutants: $list does not list what survives: < is listed and was noticed, > survives and is not listed" >&2
    diff <(echo "$listed") <(echo "$found") >&2 || true
    exit 1
fi
# Far fewer than there are, in case none was made.
if [ "$noticed" -lt 400 ]; then
    echo "mutants: only $noticed mutants were noticed, as if there were few" >&2
    exit 1
fi
echo "mutants: $noticed noticed; the others change nothing, see $list" >&2

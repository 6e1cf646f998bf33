#!/usr/bin/env bash
# The step of action.yml: unpacks the archive of `make dist`, checks the world, and ends as the check does. What the user of the action says comes by
# variables of the environment and never through a shell.
set -euo pipefail

fail() {
    echo "::error title=ringfence::$1"
    exit 2
}

work="${RUNNER_TEMP:?}/ringfence"
mkdir -p "$work"
archive="${RINGFENCE_ARCHIVE:-}"
sha256="${RINGFENCE_SHA256:-}"
[ -n "$archive" ] || fail "\`archive\` is empty: name the archive that \`make dist\` makes"
case "$archive" in
https://*)
    [ -n "$sha256" ] || fail "\`sha256\` is empty: an archive from an address is taken by its digest alone"
    curl --fail --silent --show-error --location --proto '=https' --output "$work/archive" "$archive" || fail "$archive could not be loaded"
    archive="$work/archive"
    ;;
*)
    [ -f "$archive" ] || fail "$archive is no file"
    ;;
esac
if [ -n "$sha256" ]; then
    echo "$sha256  $archive" | sha256sum --check --status || fail "the archive has another SHA-256 than $sha256"
fi
rm -rf "$work/program"
mkdir "$work/program"
tar -xzf "$archive" --strip-components=1 -C "$work/program" || fail "$archive is no archive of \`make dist\`"
program="$work/program/bin/ringfence"
[ -x "$program" ] || fail "$archive holds no bin/ringfence"

arguments=(check "${RINGFENCE_WORLD:-.}" --quiet -o github)
if [ -n "${RINGFENCE_SARIF:-}" ]; then
    arguments+=(-o "sarif=$RINGFENCE_SARIF")
fi
if [ -n "${RINGFENCE_CACHE:-}" ]; then
    arguments+=(--cache "$RINGFENCE_CACHE")
fi
# Over all lines; `read` is false at the end of them.
read -r -d '' -a more <<<"${RINGFENCE_ARGUMENTS:-}" || true
code=0
"$program" "${arguments[@]}" "${more[@]}" || code=$?
{
    echo "exit-code=$code"
    echo "sarif=${RINGFENCE_SARIF:-}"
} >>"${GITHUB_OUTPUT:?}"
exit "$code"

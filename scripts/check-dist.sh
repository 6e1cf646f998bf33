#!/bin/sh
# Builds the archive, unpacks it elsewhere and runs the program there with an empty environment.
set -eu

cd "$(dirname "$0")/.."
root=$PWD
archive=$(scripts/dist.sh)

fail() {
    echo "check-dist: $1" >&2
    exit 1
}

elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
# A space, and a name unlike the first, so that no path of the build can serve by chance.
mkdir "$elsewhere/other place"
tar --extract --gzip --file "$archive" --directory "$elsewhere/other place" --strip-components=1
program="$elsewhere/other place/bin/ringfence"

for file in share/man/man1/ringfence.1 share/man/man1/ringfence-check.1 share/bash-completion/completions/ringfence \
    share/zsh/site-functions/_ringfence share/fish/vendor_completions.d/ringfence.fish README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE NOTICE THIRD-PARTY-LICENSES.txt; do
    [ -s "$elsewhere/other place/$file" ] || fail "$file is missing from $archive"
done
# shellcheck disable=SC2016  # the loader, not the shell, reads $ORIGIN
objdump -p "$program" | grep -q 'R.*PATH  *\$ORIGIN/../lib$' || fail "the run path is not \$ORIGIN/../lib alone"
used=$(env -i PATH=/usr/bin:/bin ldd "$program" | sed -n 's/^[[:space:]]*libz3[^ ]* => \(.*\) (.*$/\1/p')
case $used in
"$elsewhere/other place/"*) ;;
*) fail "the program loads libz3 from '$used', not from its own lib folder" ;;
esac

cd "$elsewhere"
env -i "$program" --version | grep -q '^ringfence [0-9]' || fail "\`ringfence --version\` does not print the version"
[ -n "$(env -i "$program" data)" ] || fail "\`ringfence data\` prints nothing"

# The step of action.yml takes it as it is.
case $archive in /*) ;; *) archive=$root/$archive ;; esac
env -i PATH=/usr/bin:/bin RUNNER_TEMP="$elsewhere/temp" GITHUB_OUTPUT="$elsewhere/output" RINGFENCE_ARCHIVE="$archive" \
    RINGFENCE_WORLD="$root/corpus/worlds/boundary-path-characters" RINGFENCE_ARGUMENTS="--one-step --exit-zero" \
    "$root/scripts/github-action.sh" >/dev/null || fail "the step of action.yml does not run"
grep -q '^exit-code=0$' "$elsewhere/output" || fail "the step of action.yml does not tell how it ended"
echo "check-dist: $archive runs from another place" >&2

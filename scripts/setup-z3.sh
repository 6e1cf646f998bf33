#!/bin/sh
# Puts Z3 where .cargo/config.toml and the build scripts look for it: .z3/ at the root of the workspace.
#
#   .z3/lib/libz3.so, .z3/lib/<soname>   the library, under the linker's name and the loader's
#   .z3/include/, .z3/bin/z3             headers and command line (wheel only)
#   .z3/version                          its version, such as 5.3.3
#   .z3/stamp                            what was set up; a second run that wants the same does nothing
#
# The library is that of a pinned PyPI wheel. With RINGFENCE_SYSTEM_Z3=1 it is the system's (4.13.3 or newer;
# Debian: libz3-dev), and cargo must then run with Z3_SYS_Z3_VERSION=$(cat .z3/version), as the Makefile does.
# .z3 is put in place by one rename, so a run that is killed leaves nothing half done.
set -eu

version=5.3.3
wheel=z3-solver==5.3.3.0
oldest=4.13.3

scripts=$(CDPATH='' cd "$(dirname "$0")" && pwd)
root=$(dirname "$scripts")

fail() {
    echo "setup-z3: $1" >&2
    exit 1
}

# The C library must be at least version $1: the wheel's library is linked against it.
require_glibc() {
    found=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d ' ' -f 2)
    [ -n "$found" ] || fail "the Z3 wheel needs the GNU C library; $hint"
    [ "$(printf '%s\n%s\n' "$1" "$found" | sort -V | head -n 1)" = "$1" ] ||
        fail "the Z3 wheel for $(uname -m) needs GNU C library $1 and this system has $found; $hint"
}

# Prints the name under which the loader looks for the library $1.
loader_name() {
    objdump -p "$1" | sed -n 's/^ *SONAME *//p'
}

# Sets `wanted`, and for the wheel `platform` and `sha256`, for this machine.
choose_wheel() {
    hint="install a Z3 of $oldest or newer and set RINGFENCE_SYSTEM_Z3=1"
    case "$(uname -s) $(uname -m)" in
    "Linux x86_64")
        require_glibc 2.27
        platform=manylinux_2_27_x86_64
        sha256=0431023a82278dab706c02a320f63178ee0755fb8f10a5c980f0bfe3c84f6f96
        ;;
    "Linux aarch64")
        require_glibc 2.38
        platform=manylinux_2_38_aarch64
        sha256=701619d4995695819e150e9fa10218b67a5a2241868f31dddccfe2d3fe15f986
        ;;
    *) fail "no Z3 is pinned for $(uname -s) on $(uname -m); $hint" ;;
    esac
    wanted="$wheel $sha256"
}

# Sets `library`, `version` and `wanted` from the library that the C compiler would link.
choose_system() {
    library=$(cc -print-file-name=libz3.so) || fail "cc is missing; on Debian and Ubuntu: apt-get install gcc"
    [ -e "$library" ] || fail "the system has no libz3.so; on Debian and Ubuntu: apt-get install libz3-dev"
    library=$(readlink -f "$library")
    version=$(python3 -c '
import ctypes, sys
numbers = [ctypes.c_uint() for _ in range(4)]
ctypes.CDLL(sys.argv[1]).Z3_get_version(*map(ctypes.byref, numbers))
print(".".join(str(number.value) for number in numbers[:3]))' "$library") || fail "$library cannot be loaded"
    [ "$(printf '%s\n%s\n' "$oldest" "$version" | sort -V | head -n 1)" = "$oldest" ] ||
        fail "$library is Z3 $version; Ringfence needs $oldest or newer; unset RINGFENCE_SYSTEM_Z3 for the pinned one"
    wanted="$library $version"
}

fill_from_wheel() {
    echo "setup-z3: downloading $wheel for $platform" >&2
    mkdir "$work/wheel"
    "$scripts/fetch-wheel.sh" "$wheel" "$platform" "$sha256" "$work/wheel"
    mkdir "$work/z3/bin"
    mv "$work/wheel/z3/lib" "$work/wheel/z3/include" "$work/z3/"
    mv "$work"/wheel/*.data/data/bin/z3 "$work/z3/bin/z3"
    chmod +x "$work/z3/bin/z3"
    # The wheel holds the library twice, once under each name.
    ln -sf "$(loader_name "$work/z3/lib/libz3.so")" "$work/z3/lib/libz3.so"
}

fill_from_system() {
    mkdir "$work/z3/lib"
    ln -s "$library" "$work/z3/lib/$(loader_name "$library")"
    ln -sf "$library" "$work/z3/lib/libz3.so"
}

if [ "${RINGFENCE_SYSTEM_Z3:-0}" = 1 ]; then
    source=system
else
    source=wheel
fi
"choose_$source"
[ "$(cat "$root/.z3/stamp" 2>/dev/null)" = "$wanted" ] && exit 0

work=$(mktemp -d "$root/.z3.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$work/z3"
"fill_from_$source"
echo "$version" >"$work/z3/version"
echo "$wanted" >"$work/z3/stamp"
rm -rf "$root/.z3"
# Only a second run at the same time can be in the way; it put the same there.
mv -T "$work/z3" "$root/.z3" || [ "$(cat "$root/.z3/stamp")" = "$wanted" ] || fail "something else wrote .z3; run again"
echo "setup-z3: Z3 $version is in .z3" >&2

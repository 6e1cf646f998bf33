"""Prints the licence texts of every crate that is linked into the `ringfence` program, for `make dist`."""

import json
import pathlib
import subprocess
import sys

NAMES = ("license", "licence", "copying", "notice", "unlicense")


def linked_packages(metadata):
    """The packages that `ringfence` reaches through normal dependencies, without those of this workspace."""
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    members = set(metadata["workspace_members"])
    pending = [identity for identity in members if packages[identity]["name"] == "ringfence"]
    reached = set()
    while pending:
        identity = pending.pop()
        if identity in reached:
            continue
        reached.add(identity)
        for dependency in nodes[identity]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                pending.append(dependency["pkg"])
    return sorted((packages[i] for i in reached - members), key=lambda p: (p["name"], p["version"]))


def main():
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    host = subprocess.run(["rustc", "--print", "host-tuple"], check=True, capture_output=True, text=True).stdout.strip()
    metadata = json.loads(subprocess.run([*command, "--filter-platform", host], check=True, capture_output=True).stdout)
    printed = {}  # text without its layout -> where it stands
    for package in linked_packages(metadata):
        folder = pathlib.Path(package["manifest_path"]).parent
        texts = sorted(f for f in folder.iterdir() if f.is_file() and f.name.lower().startswith(NAMES))
        if not package["license"] and not texts:
            sys.exit(f"third-party-licenses: {package['name']} {package['version']} states no licence")
        print("=" * 100, f"{package['name']} {package['version']}: {package['license']}", sep="\n")
        print(f"authors: {', '.join(package['authors']) or 'not stated'}")
        for file in texts:
            text = file.read_text(encoding="utf-8").rstrip()
            place = f"{package['name']} {package['version']}, {file.name}"
            first = printed.setdefault(" ".join(text.split()), place)
            print(f"\n--- {file.name}:", f"\n\n{text}" if first == place else f"word for word as in {first}")
        print()


if __name__ == "__main__":
    main()

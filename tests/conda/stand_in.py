"""A stand-in for the command `conda`, as far as Snakemake calls it: rattler solves and installs, pip does the rest.

The one channel it knows is the local one of `channel.py`, which answers to the name conda-forge.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml
from rattler import Channel, Gateway, MatchSpec, install, solve
from rattler.exceptions import SolverError

VERSION = "25.1.0"


def main(arguments: Sequence[str]) -> int:
    """The exit status of one call; the first argument is the folder of the stand-in."""
    root, arguments = Path(arguments[0]), list(arguments[1:])
    if arguments == ["--version"]:
        print(f"conda {VERSION}")
    elif arguments == ["info", "--json"]:
        print(json.dumps({"conda_prefix": str(root), "platform": _platform(root)}))
    elif arguments == ["config", "--get", "channel_priority", "--json"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif arguments[:1] == ["clean"]:
        pass  # The channel is local: there is nothing that a download left.
    elif arguments[:3] == ["list", "--explicit", "--md5"]:
        print(explicit(Path(_options(arguments[3:]).prefix), root))
    elif arguments[:2] == ["env", "create"]:
        options = _options(arguments[2:])
        return create(Path(options.file), Path(options.prefix), root)
    elif arguments[:1] == ["create"]:
        options = _options(arguments[1:])
        return restore(Path(options.file), Path(options.prefix), root)
    else:
        raise SystemExit(f"the stand-in for conda does not know: conda {' '.join(arguments)}")
    return 0


def create(file: Path, prefix: Path, root: Path) -> int:
    """Make the environment of a YAML file: packages of the channel, then those of its pip section."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if [channel for channel in content["channels"] if channel != "nodefaults"] != ["conda-forge"]:
        raise SystemExit(f"{file}: the stand-in for conda knows conda-forge alone")
    specs = [MatchSpec(entry, strict=True) for entry in content["dependencies"] if isinstance(entry, str)]
    try:
        asyncio.run(_install(specs, prefix, root))
    except SolverError as error:
        print(f"SolverError: {error}", file=sys.stderr)
        return 1
    pinned = [line for entry in content["dependencies"] if isinstance(entry, dict) for line in entry["pip"]]
    return _pip(pinned, prefix, root) if pinned else 0


def restore(file: Path, prefix: Path, root: Path) -> int:
    """Make the environment that a file of explicit addresses names: nothing is solved, pip is not asked."""
    lines = file.read_text(encoding="utf-8").splitlines()
    addresses = [line.partition("#")[0] for line in lines if line.startswith("file:")]
    asyncio.run(_install_exactly(addresses, prefix, root))
    return 0


def explicit(prefix: Path, root: Path) -> str:
    """What `restore` takes to make an environment again."""
    records = [json.loads(file.read_text(encoding="utf-8")) for file in sorted((prefix / "conda-meta").glob("*.json"))]
    return "\n".join(
        [f"# platform: {_platform(root)}", "@EXPLICIT", *(f"{record['url']}#{record['md5']}" for record in records)]
    )


async def _install(specs: Sequence[MatchSpec], prefix: Path, root: Path) -> None:
    records = await solve([_channel(root)], specs, gateway=_gateway(root))
    await install(records, prefix, cache_dir=root / "cache", show_progress=False)


async def _install_exactly(addresses: Sequence[str], prefix: Path, root: Path) -> None:
    channel = _channel(root)
    gateway = _gateway(root)
    known = {}
    for records in await gateway.query([channel], [_platform(root)], [MatchSpec("*")], recursive=False):
        known |= {record.url: record for record in records}
    await install([known[address] for address in addresses], prefix, cache_dir=root / "cache", show_progress=False)


def _pip(lines: Sequence[str], prefix: Path, root: Path) -> int:
    """As conda does: the environment's own pip, a file of requirements. Here with the local wheels alone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(lines))
        file.flush()
        command = [prefix / "bin" / "python", "-m", "pip", "install", "--no-index", "--no-compile"]
        command += ["--find-links", root / "wheels", "--upgrade", "--requirement", file.name]
        return subprocess.run(command, env=environment | {"PIP_CONFIG_FILE": os.devnull}).returncode


def _channel(root: Path) -> Channel:
    return Channel((root / "channel").as_uri())


def _gateway(root: Path) -> Gateway:
    return Gateway(cache_dir=root / "cache")


def _platform(root: Path) -> str:
    (platform,) = (folder.name for folder in (root / "channel").iterdir() if folder.name != "noarch")
    return platform


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="conda")
    parser.add_argument("--file")
    parser.add_argument("--prefix", required=True)
    for ignored in ("--quiet", "--yes", "--no-default-packages"):
        parser.add_argument(ignored, action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: with py-rattler 0.28 one interpreter in six crashes while it ends, its work done.
    os._exit(status)

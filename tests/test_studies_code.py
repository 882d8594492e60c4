"""The code digest: what reruns a rule, on a small library of its own for every case."""

import shutil
from pathlib import Path

import pytest
from pace import units

from nrag import contracts
from nrag.studies import code, code_digest
from nrag.studies.code import _reached

ROOT = Path(__file__).parents[1]

LIBRARY = {
    "__init__.py": "X = 1",
    "contracts/__init__.py": "from nrag.contracts.of_graphs import CELLS, EDGES",
    "contracts/of_graphs.py": (
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True)\n"
        "class Table:\n    name: str\n    version: int\n"
        "CELLS = Table('cells', 1)\nEDGES = Table('edges', 1)\nPOOLINGS = ('mean',)\n"
    ),
    "store/__init__.py": "from nrag.store.tables import write",
    "store/tables.py": "def write(path, frame, contract): return path",
    "regions.py": "from nrag import shapes\ndef cells(x):\n    return shapes.square(x)",
    "shapes.py": '"""Shapes."""\ndef square(x):\n    """The square."""\n    return x * x',
    "metrics.py": "def degree(x):\n    return x",
    "figures/__init__.py": "from nrag.figures import colours",
    "figures/colours.py": "BLUE = 1",
    "figures/unused.py": "RED = 2",
    "late.py": "VALUE = 3",
}

SCRIPT = """
'''A script.'''
from nrag import contracts, regions, store

def bin_regions(coordinates, cells, *, size):
    store.write(cells, regions.cells(size), contracts.CELLS)
"""


@pytest.fixture
def digest_of(tmp_path):
    """The digest of a script with some files of the library changed; every call has files of its own."""
    calls = iter(range(1000))

    def digest(script=SCRIPT, **files):
        folder = tmp_path / str(next(calls)) / "scripts"
        changes = {name.replace("__", "/").replace("init", "__init__") + ".py": text for name, text in files.items()}
        for name, text in {**LIBRARY, **changes}.items():
            file = folder / "nrag" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (folder / "bin_regions.py").write_text(script)
        return code_digest(folder / "bin_regions.py", folder / "nrag")

    return digest


@pytest.mark.parametrize(
    "files",
    [
        {"shapes": '"""Other words."""\n# a comment\n\ndef square(x):\n    """Another."""\n    return (x * x)  # so'},
        {"shapes": "def square(\n    x,\n):\n    return x * x"},
        {"regions": '"""New."""\n' + LIBRARY["regions.py"].replace("shapes\n", "shapes\n\n\n")},
        {"metrics": "def degree(x):\n    return x + 1"},
        {"figures__unused": "RED = 3"},
        {"store__tables": "def write(path, frame, contract): return None"},
        {"contracts__of_graphs": LIBRARY["contracts/of_graphs.py"].replace("('edges', 1)", "('edges', 2)")},
        {"contracts__of_graphs": LIBRARY["contracts/of_graphs.py"] + "NEW = Table('new', 1)\n"},
        {"script": SCRIPT.replace("A script.", "The script.") + "# end\n"},
    ],
)  # fmt: skip
def test_what_changes_no_result_leaves_the_digest(files, digest_of):
    assert digest_of(**files) == digest_of()


@pytest.mark.parametrize(
    "files",
    [
        {"shapes": LIBRARY["shapes.py"].replace("x * x", "x + x")},
        {"shapes": LIBRARY["shapes.py"].replace("x * x", "x * x * 1")},
        {"shapes": LIBRARY["shapes.py"].replace("def square(x)", "def square(x, y=2)")},
        {"regions": LIBRARY["regions.py"].replace("square(x)", "square(-x)")},
        {"regions": LIBRARY["regions.py"] + "\nNAMES = ['a', 'b']"},
        {"contracts__of_graphs": LIBRARY["contracts/of_graphs.py"].replace("('cells', 1)", "('cells', 2)")},
        {"script": SCRIPT.replace("cells(size)", "cells(size + 1)")},
    ],
)
def test_what_may_change_a_result_changes_the_digest(files, digest_of):
    assert digest_of(**files) != digest_of()


def test_text_that_is_used_counts_and_text_that_stands_alone_does_not(digest_of):
    described = "SIZE = 1\n'''What it is.'''\nNAME = 'a'"
    assert digest_of(shapes=described) == digest_of(shapes=described.replace("What it is", "That"))
    assert digest_of(shapes=described) != digest_of(shapes=described.replace("'a'", "'b'"))


@pytest.mark.parametrize(
    "way",
    [
        "from nrag import late",
        "from nrag import late as l",
        "import nrag.late",
        "from nrag.late import VALUE",
        "from nrag.late import *",
        "from . import late",
        "from .late import VALUE",
        "def f():\n    from nrag import late\n    return late",
    ],
)
def test_every_way_to_import_is_followed(way, digest_of):
    assert digest_of(shapes=way, late="VALUE = 3") != digest_of(shapes=way, late="VALUE = 4")


@pytest.mark.parametrize(
    "way", ["from .. import late", "from ..late import VALUE", "from nrag.figures.colours import late"]
)
def test_relative_imports_start_from_the_package(way, digest_of):
    script = SCRIPT.replace("regions, store", "regions, store, figures")
    colours = way if "nrag" not in way else "from nrag import late"
    first = digest_of(script=script, figures__colours=colours, late="VALUE = 3")
    assert first != digest_of(script=script, figures__colours=colours, late="VALUE = 4")


def test_a_package_counts_with_its_init_and_what_is_imported_of_it(digest_of):
    script = SCRIPT.replace("regions, store", "regions, store, figures")
    assert digest_of(script=script, figures__colours="BLUE = 2") != digest_of(script=script)
    assert digest_of(script=script, figures__unused="RED = 9") == digest_of(script=script)
    direct = SCRIPT.replace("from nrag import", "from nrag.figures.unused import RED\nfrom nrag import", 1)
    assert digest_of(script=direct, figures__colours="BLUE = 2") != digest_of(script=direct), "its __init__ runs too"


def test_an_init_reaches_its_own_submodules_by_a_dot(digest_of):
    script, init = SCRIPT.replace("regions, store", "regions, store, figures"), "from .unused import RED"
    first = digest_of(script=script, figures__init=init)
    assert first != digest_of(script=script, figures__init=init, figures__unused="RED = 3")


def test_the_init_of_the_library_counts(digest_of):
    assert digest_of(init="X = 2") != digest_of()


def test_contracts_used_by_the_library_count_for_the_script(digest_of):
    regions = LIBRARY["regions.py"] + "\nfrom nrag import contracts\nNAME = contracts.EDGES.name"
    bumped = LIBRARY["contracts/of_graphs.py"].replace("('edges', 1)", "('edges', 2)")
    assert digest_of(regions=regions) != digest_of(regions=regions, contracts__of_graphs=bumped)


def test_a_contract_imported_by_name_counts(digest_of):
    script = "from nrag.contracts import EDGES\nprint(EDGES)"
    bumped = LIBRARY["contracts/of_graphs.py"].replace("('edges', 1)", "('edges', 2)")
    assert digest_of(script=script) != digest_of(script=script, contracts__of_graphs=bumped)


def test_a_digest_does_not_depend_on_where_the_code_lies(digest_of):
    assert digest_of() == digest_of()


def test_a_script_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        code_digest(tmp_path / "no.py", ROOT / "scripts" / "nrag")


def test_in_the_real_library_regions_do_not_reach_models_or_studies(tmp_path):
    shutil.copytree(ROOT / "scripts" / "nrag", tmp_path / "nrag", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "script.py").write_text("from nrag import regions, store, contracts\ncontracts.CELLS")
    reached = set(_reached(tmp_path / "script.py", tmp_path / "nrag"))
    assert {"nrag", "nrag.regions"} <= reached
    assert not any(name.startswith(("nrag.models", "nrag.studies", "nrag.store", "nrag.contracts")) for name in reached)


def test_the_version_of_every_contract_is_found_without_running_it():
    found = code._versions(ROOT / "scripts" / "nrag" / "contracts")
    assert found == {name: each.version for name, each in vars(contracts).items() if hasattr(each, "version")}
    assert len(found) == len(contracts.CONTRACTS)


def test_digests_of_every_script_take_no_longer_than_promised():
    def digests():
        for cached in (code.code_digest, code._modules, code._code, code._versions, code._file):
            cached.cache_clear()
        for script in sorted((ROOT / "scripts").glob("*.py")):
            code_digest(script, ROOT / "scripts" / "nrag")

    # Measured: 21 to 32.
    assert units(digests, 1) < 120

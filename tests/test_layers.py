"""The library's modules import downwards only, and heavy libraries stay where they are needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"
LIBRARY = SCRIPTS / "nrag"

LAYERS = [
    {
        "colormaps",
        "compared",
        "contracts",
        "controls",
        "corrections",
        "distinct",
        "heap",
        "programs",
        "search_path",
        "words",
        "workers",
    },
    {"checkpoints", "gpus", "slurm"},
    {"dataset_files"},
    {"studies"},
    {"hub", "store"},
    {"corpora", "mazes", "models"},
    {"dataset_readers", "evaluation", "extraction", "reduction", "training"},
    {"regions"},
    {"bag_of_words", "clustering", "faithfulness", "shifts"},
    {"graphs", "neurons", "probing"},
    {"components", "maze_probes", "metrics"},
    {"statistics"},
    {"comparison", "drift"},
    {"captions", "figures", "page"},
    {"latex", "methods", "plans"},
]
"""From bottom to top; a module imports lower lines only, and no other module of its own line."""

HEAVY = {
    "torch": {"maze_probes", "models", "extraction", "neurons", "training"},
    "transformers": {"maze_probes", "models", "neurons", "training"},
    "trl": {"training"},
    "peft": {"training"},
    "huggingface_hub": {"hub"},
    "datasets": {"dataset_readers", "training"},
    "umap": {"reduction"},
    "sklearn": {"bag_of_words", "clustering", "probing"},
    "matplotlib": {"colormaps", "figures"},
}


def top_level(path):
    parts = path.relative_to(LIBRARY).with_suffix("").parts
    return parts[0]


def imports_of(path):
    """Every module that a file imports, at its top or inside a function: (full name, line)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def library_files():
    return sorted(path for path in LIBRARY.rglob("*.py") if path != LIBRARY / "__init__.py")


def test_every_module_has_a_layer():
    found = {top_level(path) for path in library_files()}
    assert found == set().union(*LAYERS)


def test_modules_import_lower_layers_only():
    height = {module: line for line, modules in enumerate(LAYERS) for module in modules}
    wrong = []
    for path in library_files():
        own = top_level(path)
        for name, line in imports_of(path):
            parts = name.split(".")
            other = parts[1] if parts[0] == "nrag" and len(parts) > 1 else None
            if other in height and other != own and height[other] >= height[own]:
                wrong.append(f"{path.name}:{line} imports {other}")
    assert wrong == []


@pytest.mark.parametrize("library", HEAVY)
def test_heavy_libraries_stay_where_they_are_needed(library):
    users = {
        top_level(path)
        for path in library_files()
        if any(name.split(".")[0] == library for name, _ in imports_of(path))
    }
    assert users <= HEAVY[library]


def test_scripts_never_read_the_config():
    for path in sorted(SCRIPTS.glob("*.py")):
        names = {name for name, _ in imports_of(path)}
        assert not {name for name in names if name.startswith("nrag.studies")}, path.name
        assert "snakemake.config" not in path.read_text(), path.name


def test_scripts_import_the_library_before_any_other_package():
    for path in sorted(SCRIPTS.glob("*.py")):
        names = [name.split(".")[0] for name, _ in imports_of(path)]
        assert next(name for name in names if name not in sys.stdlib_module_names) == "nrag", path.name


def test_only_the_guarded_block_of_a_script_knows_snakemake():
    for path in sorted(SCRIPTS.glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            guarded = isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"
            names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            assert guarded or "snakemake" not in names, f"{path.name}:{node.lineno}"


def test_everything_after_extraction_runs_without_torch():
    modules = sorted(set().union(*LAYERS) - {"models", "extraction", "training"})
    program = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r})\n" + "\n".join(f"import nrag.{m}" for m in modules)
    program += "\nassert not {'torch', 'transformers'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_parsing_a_config_imports_no_numeric_library():
    program = (
        f"import sys; sys.path.insert(0, {str(SCRIPTS)!r})\n"
        "from nrag import plans, studies\n"
        "assert not {'numpy', 'pandas', 'torch', 'pyarrow', 'h5py', 'huggingface_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_importing_the_library_holds_numeric_libraries_to_one_thread():
    program = (
        f"import os, sys; sys.path.insert(0, {str(SCRIPTS)!r}); os.environ['OMP_NUM_THREADS'] = '8'\n"
        "import nrag, torch\n"
        "assert torch.get_num_threads() == 1 and os.environ['OPENBLAS_NUM_THREADS'] == '1'"
    )
    subprocess.run([sys.executable, "-c", program], check=True)

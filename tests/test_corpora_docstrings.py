"""Passages are prose of the package's own docstrings, once each, and nothing is imported."""

import shutil
import sys

import pytest

from nrag import corpora
from nrag.corpora import CorpusError, docstrings, read_source

LONG = "which is told here in so many words that nobody could take this paragraph for a mere title of something"

MODULE = f'''"""A module about rings, {LONG}."""

raise RuntimeError("imported")


class Ring:
    """A ring of nodes, {LONG}.

    Parameters
    ----------
    nodes : int
        The number of nodes, {LONG}.

    The parameter after a blank line, {LONG}.

    Notes
    -----
    Rings are found in  many
    places, {LONG}.

    Examples
    --------
    >>> Ring(3)  # {LONG}.

    Afterwards the ring is closed, {LONG}.

        Indented code or quotation, {LONG}.

    .. note:: A directive, {LONG}.

    - A list entry, {LONG}.

    ====  ====
    This is a table, {LONG}.
    ====  ====

    This one ends in a colon, {LONG}:

    this one begins small, {LONG}.

    The sum is x_1 + x_2 = y^3 with f(z) = 1 / z^2 and g_k = h_{{k-1}} * 3 for 0 < k < 9 as in 3 + 4 = 7.

    Too short to say anything.
    """

    def close(self):
        """Close the ring, {LONG}."""

        def inner():
            """An inner function, {LONG}."""


async def repeat():
    """Close the ring, {LONG}."""
'''


@pytest.fixture
def ring(tmp_path, monkeypatch):
    package = tmp_path / "ringpackage"
    (package / "tests").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "rings.py").write_text(MODULE)
    (package / "tests" / "helpers.py").write_text(f'"""A test helper, {LONG}."""')
    (package / "test_rings.py").write_text(f'"""A test module, {LONG}."""')
    (package / "template.py").write_text('"""broken"""\n{{ template }} =')
    monkeypatch.syspath_prepend(tmp_path)
    return "ringpackage"


def test_passages_are_the_prose_of_the_docstrings_each_once(ring, tmp_path):
    found = read_source({"packages": ring}, data=tmp_path)
    assert list(zip(found.ids, found.whole()["text"], strict=True)) == [
        ("ringpackage/rings.py:__doc__:1", f"A module about rings, {LONG}."),
        (
            "ringpackage/rings.py:Ring:1",
            f"A ring of nodes, {LONG}.\n\nRings are found in many places, {LONG}.\n\n"
            f"Afterwards the ring is closed, {LONG}.",
        ),
        ("ringpackage/rings.py:Ring.close:1", f"Close the ring, {LONG}."),
    ]
    assert set(found.whole()["label"]) == {ring}
    assert "ringpackage" not in sys.modules


def test_a_package_is_found_under_its_distribution_and_its_import_name():
    assert docstrings.folders_of("scikit-learn") == docstrings.folders_of("sklearn")
    assert [folder.name for folder in docstrings.folders_of("networkx")] == ["networkx"]


@pytest.mark.parametrize("name", ["no-such-package", "os.path", "json/tool", ""])
def test_a_package_that_is_not_installed_is_refused(name):
    with pytest.raises(CorpusError, match="with Python files is installed .* name it in envs/analysis.yaml"):
        docstrings.folders_of(name)


def test_a_package_without_prose_of_its_own_is_refused(ring, tmp_path):
    shutil.copytree(tmp_path / ring, tmp_path / "ringcopy")
    with pytest.raises(CorpusError, match="'ringcopy' has no docstring"):
        read_source({"packages": [ring, "ringcopy"]}, data=tmp_path)


def test_the_survey_of_packages_tells_each_one_that_is_missing(ring, tmp_path):
    found = corpora.problems({"packages": [ring, "nope", "nada"]}, data=tmp_path, seed=0, name="docs")
    assert len(found) == 2
    assert all(problem.startswith("corpus 'docs': no package 'n") for problem in found)


def test_the_survey_of_packages_knows_labels_and_size_without_reading_all(ring, tmp_path):
    definition = {"packages": [ring, "networkx"], "max_documents_per_label": 50, "min_documents": 3}
    found = corpora.survey(definition, data=tmp_path, seed=0, required={"label": [ring, "pandas"]})
    assert found.documents == 100
    assert found.problems == ["no label 'pandas'. There are: ringpackage 50, networkx 50"]


def test_a_package_with_too_few_passages_for_its_comparison_is_told_with_how_many_it_has(ring, tmp_path):
    definition = {"packages": [ring, "networkx"], "max_documents_per_label": 50, "min_documents": 4}
    found = corpora.survey(definition, data=tmp_path, seed=0, required={"label": [ring, "networkx"]})
    assert found.documents == 53
    (problem,) = found.problems
    assert problem.startswith("label 'ringpackage' of labelling 'label' has 3 documents, fewer than min_documents: 4;")
    assert corpora.problems(definition, data=tmp_path, seed=0, required={"label": "all"}) == []


@pytest.mark.slow
def test_the_embedded_corpus_has_passages_enough_that_read_as_prose(tmp_path):
    packages = ["networkx", "scikit-learn", "scipy", "pandas"]
    found = read_source({"packages": packages}, data=tmp_path)
    assert found.whole()["label"].value_counts().min() >= 250
    assert found.whole()["text"].is_unique
    assert len(set(found.ids)) == len(found.ids)
    assert not found.whole()["text"].str.contains(">>>|  |[^\n]\n[^\n]", regex=True).any()

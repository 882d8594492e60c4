"""Mazes as documents: the right split, the prompt or the prompt with its answer, and what is known of each."""

import pytest
from maze_answers import mazes_of

from nrag import contracts, corpora, store
from nrag.corpora import CorpusError

WAYS = {"a": "RR", "b": "LLL", "c": "RRRR", "shift-d": "LL"}


def documents_of(tmp_path, **keys):
    store.write_table(
        tmp_path / "results" / "mazes" / "rows" / "mazes.parquet",
        mazes_of(WAYS),
        contracts.MAZES,
        provenance=store.provenance(inputs={}, parameters={}),
    )
    definition = {"mazes": "rows", "split": "test", "text": "prompt", "id": "id", "label": "first_move", **keys}
    return corpora.read(definition, data=tmp_path, seed=0)


def test_the_documents_of_a_split_are_its_prompts(tmp_path):
    read = documents_of(tmp_path)
    assert dict(zip(read.texts["id"], read.texts["text"], strict=True)) == {
        "a": "S...E....\n>",
        "b": "..E.....S\n>",
        "c": "S.......E\n>",
    }
    assert list(read.rows["first_move"]) == ["R", "L", "R"]
    assert list(documents_of(tmp_path, split="shift").texts["id"]) == ["shift-d"]


def test_answered_is_the_prompt_with_its_shortest_answer(tmp_path):
    read = documents_of(tmp_path, text="answered")
    assert list(read.texts["text"]) == ["S...E....\n>RR", "..E.....S\n>LLL", "S.......E\n>RRRR"]


def test_a_split_without_mazes_is_an_error(tmp_path):
    with pytest.raises(CorpusError, match="no mazes of the split 'train'"):
        documents_of(tmp_path, split="train")

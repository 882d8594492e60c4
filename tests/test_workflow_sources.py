"""Sources and model folders that are gone, renamed or odd, around a study that was run."""

import fcntl
import shutil

from workflow_runs import DRAWING, PATHS, PROBING, SAMPLING, STUDY, TESTING, VARYING, VERSIONS, products, refusal


def test_a_finished_study_needs_neither_its_sources_nor_its_models(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    shutil.rmtree(place.folder / "data")
    shutil.rmtree(place.folder / "models")
    assert place.planned() == {}
    place.write(STUDY | {"figures": {"colormap": "viridis"}})
    assert set(place.planned("figures")) == DRAWING - {"draw_components"}
    assert "exists (perhaps outdated)" in place.make("check")


def test_figures_are_drawn_again_without_sources_and_models(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    shutil.rmtree(place.folder / "data")
    shutil.rmtree(place.folder / "models")
    figures = place.results / "studies" / "tiny" / "figures"
    drawn = {path.name: path.read_bytes() for path in figures.iterdir()}
    shutil.rmtree(figures)
    place.make("figures")
    assert {path.name: path.read_bytes() for path in figures.iterdir()} == drawn


def test_what_is_gone_is_told_together_once_it_is_needed(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    shutil.rmtree(place.folder / "models" / "bert")
    (place.folder / "data" / "words.csv").rename(place.folder / "data" / "word.csv")
    (place.results / "activations" / "encoder" / "words.h5").unlink()
    (place.results / "corpora" / "words" / "texts.parquet").unlink()
    before = products(place.results)
    printed = refusal(place.run())
    assert "study.yaml: models.encoder.id: there is no folder models/bert" in printed
    assert (
        "study.yaml: corpora.words.path: there is no file or folder data/words.csv, did you mean 'word.csv'" in printed
    )
    assert "models.decoder" not in printed
    assert products(place.results) == before


def test_a_source_that_never_was_is_refused_although_its_name_has_results(finished, tmp_path):
    """A page would say that its numbers come from there."""
    place = finished.copy(tmp_path / "copy")
    before = products(place.results)
    models = STUDY["models"] | {"encoder": {"id": "./models/brt"}}
    place.write(STUDY | {"models": models, "corpora": {"words": STUDY["corpora"]["words"] | {"path": "data/word.csv"}}})
    for target in ("all", "check"):
        printed = refusal(place.run(target))
        assert "study.yaml: models.encoder.id: there is no folder models/brt" in printed
        assert "study.yaml: corpora.words.path: there is no file or folder data/word.csv" in printed
    assert products(place.results) == before
    # The same place, written otherwise.
    shutil.rmtree(place.folder / "models")
    models = {
        name: {"id": f"{place.folder}/models/{kind}"} for name, kind in (("encoder", "bert"), ("decoder", "llama"))
    }
    place.write(STUDY | {"models": models})
    place.make("check")


def test_what_is_gone_stands_for_what_it_was_and_for_nothing_else(finished, tmp_path):
    """The page would tell another cut of the texts, or other documents, than those that were read."""
    place = finished.copy(tmp_path / "copy")
    shutil.rmtree(place.folder / "data")
    shutil.rmtree(place.folder / "models")
    words, coin = STUDY["corpora"]["words"], {"coin": "coin"}
    # Labels come from what was read.
    place.write(STUDY | {"corpora": {"words": words | {"label": coin}}, "comparisons": {}})
    place.make("check")
    encoder = {"encoder": STUDY["models"]["encoder"] | {"max_tokens": 4}}
    place.write(STUDY | {"models": STUDY["models"] | encoder})
    printed = refusal(place.run())
    assert "study.yaml: models.encoder.id: there is no folder models/bert" in printed
    assert "models.decoder" not in printed
    assert "corpora.words" not in printed
    place.write(STUDY | {"corpora": {"words": words | {"text": "coin"}}})
    printed = refusal(place.run())
    assert "study.yaml: corpora.words.path: there is no file or folder data/words.csv" in printed
    assert "study.yaml: models.decoder.id: there is no folder models/llama" in printed


def test_activations_of_other_texts_do_not_stand_for_a_model_that_is_gone(finished, tmp_path):
    """Old cells would be counted with the labels of new texts."""
    place = finished.copy(tmp_path / "copy")
    shutil.rmtree(place.folder / "models" / "bert")
    place.write(STUDY | {"corpora": {"words": STUDY["corpora"]["words"] | {"duplicates": "drop"}}})
    printed = refusal(place.run())
    assert "study.yaml: models.encoder.id: there is no folder models/bert" in printed
    assert "corpora.words" not in printed


def test_a_meaning_of_a_name_in_another_study_of_other_corpora_does_not_stand_for_this_ones(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    model = STUDY["models"]["encoder"] | {"max_tokens": 4}
    models = STUDY["models"] | {"encoder": model}
    other = STUDY | {"study": "other", "models": models, "corpora": {"others": {"path": "data/words.csv"}}}
    folder = place.results / "studies" / "other"
    folder.mkdir()
    shutil.move(place.folder / place.write(other | {"comparisons": {}}, "other.yaml"), folder / "config.resolved.yaml")
    shutil.rmtree(place.folder / "models" / "bert")
    assert place.planned() == {}
    place.write(STUDY | {"models": models})
    assert "models.encoder.id: there is no folder models/bert" in refusal(place.run())


def test_a_file_that_never_was_is_refused_in_the_place_of_packages(unfinished):
    study = STUDY | {"models": {"encoder": {"id": "./models/bert"}}, "comparisons": {}}
    unfinished.write(study | {"corpora": {"words": {"packages": ["click"]}}})
    resolved = unfinished.results / "studies" / "tiny"
    resolved.mkdir(parents=True)
    shutil.copy(unfinished.folder / "study.yaml", resolved / "config.resolved.yaml")
    texts = unfinished.results / "corpora" / "words" / "texts.parquet"
    texts.parent.mkdir(parents=True)
    texts.touch()
    unfinished.write(study | {"corpora": {"words": {"path": "never.csv"}}})
    assert "study.yaml: corpora.words.path: there is no file or folder never.csv" in refusal(unfinished.run())


def test_another_min_documents_draws_and_probes_again_and_makes_nothing_else(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    corpus = STUDY["corpora"]["words"] | {"min_documents": 11}
    place.write(STUDY | {"corpora": {"words": corpus}})
    made = DRAWING | PROBING | TESTING | SAMPLING | VARYING | PATHS | VERSIONS
    assert set(place.planned()) == made | {"probe_texts", "write_index"}


def test_a_brace_in_the_name_of_a_source_is_refused_in_one_line(unfinished):
    folder = unfinished.folder / "texts"
    folder.mkdir()
    for name in ("a.txt", "b{c}.txt"):
        (folder / name).write_text("whale")
    corpora = {"words": {"path": "data/{words}.csv"}, "texts": {"path": "texts"}}
    unfinished.write(STUDY | {"models": {"e": {"id": "./models/bert"}}, "corpora": corpora, "comparisons": {}})
    (unfinished.folder / "data" / "words.csv").rename(unfinished.folder / "data" / "{words}.csv")
    printed = refusal(unfinished.run())
    assert "study.yaml: corpora.words.path: data/{words}.csv has a brace in its name" in printed
    assert "study.yaml: corpora.texts.path: texts/b{c}.txt has a brace in its name" in printed


def test_check_works_while_another_run_is_under_way(unfinished):
    unfinished.results.mkdir()
    with (unfinished.results / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "encoder x words" in unfinished.make("check", cores=1)

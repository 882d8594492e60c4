"""What runs again after a change: what follows from it, and nothing else. Dry runs of a finished study."""

import os
import shutil

import pytest
from workflow_runs import (
    AFTER_CELLS,
    AFTER_COORDINATES,
    AFTER_GRID,
    COMPONENTS,
    DRAWING,
    FAITHFULNESS,
    PATHS,
    PROBING,
    SAMPLING,
    STUDY,
    TESTING,
    VARYING,
    VERSIONS,
    edited,
    jobs,
    products,
    refusal,
)

PAGE = {"write_index"}
ALL_DRAWING = DRAWING | {"draw_probing", "draw_separation", "draw_stability", "draw_rarefaction"}
COLLECTING = {"collect_metrics", "collect_component_metrics", "collect_quality", "collect_reductions"}
COLLECTING |= {"collect_probing", "collect_tests", "typeset_tests", "collect_faithfulness", "collect_path_memory"}
COLLECTING |= {"write_methods", "collect_stability"}
AFTER_METRICS = {"measure_graph", "collect_metrics", "draw_metrics"} | VERSIONS | PAGE
AFTER_LABELS = {"label_corpus", "collect_quality"} | AFTER_CELLS | COMPONENTS | DRAWING
AFTER_LABELS |= PROBING | {"probe_texts"}
AFTER_COMPONENT_METRICS = {"measure_components", "collect_component_metrics"} | VERSIONS | PAGE
AFTER_COMPONENTS = {"draw_components"} | VERSIONS | PAGE
EXTRACTION = AFTER_COORDINATES | {"extract_activations", "reduce_layers", "collect_quality", "collect_reductions"}

REDUCTION = EXTRACTION - {"extract_activations"} | {"probe_texts"}
"""Probes standardise as reductions do."""


@pytest.fixture
def changed(finished):
    """Rules that a study with other keys, in the folder of the finished one, would run again."""

    def planned(**keys):
        name = finished.write(STUDY | keys, "changed.yaml")
        try:
            return set(finished.planned(config=name))
        finally:
            (finished.folder / name).unlink()

    return planned


# ------------------------------------------------------------------------------------- the config


def test_a_second_run_has_nothing_to_do_and_changes_no_file(finished):
    before = {path: path.stat().st_mtime_ns for path in finished.results.rglob("*") if path.is_file()}
    assert "Nothing to be done" in finished.make()
    before.pop(finished.results / ".lock")
    after = {path: path.stat().st_mtime_ns for path in before}
    assert after == before


def test_another_grid_reruns_the_cells_and_what_follows_from_them(changed):
    assert changed(grid={"size": 6}) == AFTER_GRID


def test_a_further_grid_keeps_the_first(finished):
    name = finished.write(STUDY | {"grid": {"size": [5, 6]}}, "grids.yaml")
    planned = finished.planned(config=name)
    assert planned["build_graph"] == planned["draw_nrag"] == 2  # two models, one new size
    assert planned["bin_regions"] == planned["permute_labels"] == 3  # and words
    (finished.folder / name).unlink()


def test_regions_by_k_means_alone_need_activations(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    place.write(STUDY | {"grid": {"size": 5, "bins": ["equal", "kmeans"]}})
    equal, clustered = (f"results/nrags/encoder/words/mean/pca/{bins}-5/cells.parquet" for bins in ("equal", "kmeans"))
    (place.folder / equal).unlink()
    assert place.planned(equal, clustered) == {"bin_regions": 2}
    shutil.rmtree(place.results / "activations")
    assert place.planned(equal) == {"bin_regions": 1}
    assert place.planned(clustered)["extract_activations"] == 1


def test_how_something_is_drawn_reruns_figures_and_page_only(changed):
    assert changed(figures={"colormap": "viridis", "width": "column"}) == ALL_DRAWING | PAGE


def test_another_comparison_is_drawn_and_probed(changed):
    other = {"words": {"other": {"labelling": "coin", "labels": ["heads", "tails"]}}}
    assert (
        changed(comparisons=other)
        == DRAWING | PROBING | TESTING | SAMPLING | VARYING | PATHS | {"probe_texts"} | VERSIONS | PAGE
    )


def test_a_study_of_one_label_has_its_table_of_tests_and_nothing_is_sampled_varied_or_probed(changed):
    expected = DRAWING - {"draw_rarefaction"} | TESTING - {"draw_separation"} | PATHS | VERSIONS | PAGE
    assert changed(comparisons={"words": {"one": ["sea"]}}) == expected


def test_how_documents_are_split_reruns_the_probes_alone(changed):
    assert changed(probing={"n_splits": 5}) == PROBING | {"probe_texts"} | VERSIONS | PAGE
    assert changed(probing={"fit": "all"}) == PROBING | VERSIONS | PAGE


def test_how_labels_are_permuted_reruns_the_tests_alone(changed):
    assert changed(statistics={"permutations": 99}) == TESTING | PATHS | VERSIONS | PAGE
    assert changed(statistics={"within": "label"}) == TESTING | SAMPLING | VERSIONS | PAGE
    assert changed(statistics={"subsamples": 40}) == SAMPLING | VERSIONS | PAGE


def test_without_words_the_tests_of_models_stay_as_they_are(changed):
    assert changed(statistics={"bag_of_words": False}) == TESTING - {"permute_labels"} | VERSIONS | PAGE


def test_without_statistics_their_table_is_not_made(changed):
    # Without variants no sign is marked.
    assert changed(statistics=False) == VERSIONS | PAGE | {"draw_metrics"}


def test_without_probing_its_table_and_figures_are_not_made(changed):
    assert changed(probing=False) == VERSIONS | PAGE


@pytest.mark.parametrize(
    ("threshold", "permutations", "rules"),
    [
        ({"rho": 0.3}, 999, (COMPONENTS - {"correlate_components"}) | AFTER_COMPONENTS),
        ({"fdr": 0.05}, 99, COMPONENTS | AFTER_COMPONENTS),
    ],
    ids=["threshold", "permutations"],
)
def test_a_threshold_of_component_graphs_correlates_nothing_again_and_permutations_do(
    changed, threshold, permutations, rules
):
    assert changed(correlations={"threshold": threshold, "permutations": permutations}) == rules


def test_a_colour_needs_no_activations_and_no_coordinates(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    shutil.rmtree(place.results / "activations")
    shutil.rmtree(place.results / "coordinates")
    place.write(STUDY | {"figures": {"colormap": "viridis"}})
    # Signs of component graphs have colours of their own.
    assert set(place.planned("figures")) == DRAWING - {"draw_components"}


def test_a_new_labelling_relabels_and_extracts_nothing(changed):
    label = {"topic": "label", "coin": "coin", "age": {"column": "year", "cut": "median"}}
    found = changed(corpora={"words": {"path": "data/words.csv", "label": label}})
    assert found == AFTER_LABELS


def test_how_a_result_is_computed_reruns_nothing_but_the_page_that_shows_the_config(changed):
    how = {"batch_tokens": 64, "gpus": 2, "device_map": "auto"}
    models = {name: model | how for name, model in STUDY["models"].items()}
    assert changed(device="cpu", models=models) == PAGE


def test_the_order_in_which_a_config_names_models_is_the_order_of_tables_and_of_the_rows_of_a_figure(changed):
    assert changed(models=dict(reversed(STUDY["models"].items()))) == COLLECTING | SAMPLING | VERSIONS | PAGE | {
        "draw_metrics",
        "draw_probing",
        "draw_separation",
        "draw_stability",
    }


def test_a_key_of_one_model_reruns_that_model_alone(finished):
    models = STUDY["models"] | {"decoder": STUDY["models"]["decoder"] | {"max_tokens": 8}}
    name = finished.write(STUDY | {"models": models}, "window.yaml")
    planned = finished.planned(config=name)
    (finished.folder / name).unlink()
    assert planned["extract_activations"] == planned["bin_regions"] == 1
    assert set(planned) == EXTRACTION


def test_a_text_that_changed_reruns_everything(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    source = place.folder / "data" / "words.csv"
    source.write_text(source.read_text(encoding="utf-8").replace("whale", "gull", 1), encoding="utf-8")
    of_texts = {"read_corpus", "label_corpus", "vectorize_texts", "probe_texts"}
    assert set(place.planned()) == EXTRACTION | of_texts


def test_a_model_folder_whose_weights_changed_is_extracted_again(finished, tmp_path):
    place = finished.copy(tmp_path / "copy")
    with (place.folder / "models" / "llama" / "config.json").open("a") as file:
        file.write("\n")
    assert place.planned()["extract_activations"] == 1


# --------------------------------------------------------------------------------------- the code


def test_touching_every_file_of_the_checkout_reruns_nothing(finished):
    for path in finished.checkout.rglob("*"):
        if path.is_file():
            os.utime(path)
    assert finished.planned() == {}


LIBRARY = "scripts/nrag"


def test_edits_that_change_no_result_rerun_nothing(finished):
    library, scripts = finished.checkout / LIBRARY, finished.checkout / "scripts"
    further = "\n\n\nFURTHER = 1\n"
    with (
        edited(library / "regions.py", lambda text: text.replace('"""', '"""Another first line.\n\n', 1)),
        edited(library / "metrics" / "of_layers.py", lambda text: text.replace("\ndef ", "\n# A remark.\ndef ")),
        edited(scripts / "reduce_layers.py", lambda text: text.replace('"""', '"""Another first line.\n\n', 1)),
        edited(library / "studies" / "loading.py", lambda text: text + further),
        edited(library / "store" / "writing.py", lambda text: text + further),
    ):
        assert finished.planned() == {}


@pytest.mark.parametrize(
    ("file", "rules"),
    [
        (f"{LIBRARY}/metrics/of_graphs.py", AFTER_METRICS | TESTING | VARYING | SAMPLING),
        (f"{LIBRARY}/extraction/pooling.py", EXTRACTION),
        pytest.param(f"{LIBRARY}/page/tables.py", PAGE, marks=pytest.mark.slow),
        (f"{LIBRARY}/components/metrics.py", AFTER_COMPONENT_METRICS),
        pytest.param(f"{LIBRARY}/regions.py", AFTER_COORDINATES, marks=pytest.mark.slow),
        pytest.param(f"{LIBRARY}/components/significance.py", COMPONENTS | AFTER_COMPONENTS, marks=pytest.mark.slow),
        pytest.param(f"{LIBRARY}/figures/style.py", ALL_DRAWING | PAGE, marks=pytest.mark.slow),
        pytest.param(f"{LIBRARY}/reduction/linear.py", REDUCTION, marks=pytest.mark.slow),
        pytest.param("scripts/label_corpus.py", AFTER_LABELS, marks=pytest.mark.slow),
    ],
)
def test_an_edited_module_reruns_what_uses_it_and_what_follows(finished, file, rules):
    with edited(finished.checkout / file, lambda text: f"{text}\n\nFURTHER = 1\n"):
        assert set(finished.planned()) == rules


def test_an_edited_template_rewrites_the_page(finished):
    with edited(finished.checkout / "workflow/templates/index.html.j2", lambda text: f"{text}\n"):
        assert set(finished.planned()) == PAGE


# --------------------------------------------------------------------------- two studies, one folder


@pytest.fixture(scope="module")
def shared(finished, tmp_path_factory):
    """The finished study's folder with room for a second study; runs there may write."""
    return finished.copy(tmp_path_factory.mktemp("shared") / "copy")


@pytest.mark.slow
def test_a_second_study_with_the_same_definitions_uses_what_is_there(shared):
    name = shared.write(STUDY | {"study": "second", "models": {"encoder": STUDY["models"]["encoder"]}}, "second.yaml")
    before = products(shared.results)
    printed = shared.make(config=name)
    made = DRAWING | PROBING | TESTING | SAMPLING | VARYING | PATHS | FAITHFULNESS | VERSIONS | PAGE | COLLECTING
    assert set(jobs(printed)) == made | {"probe_texts"}
    assert f"The results begin at {shared.results / 'studies' / 'second' / 'index.html'}" in printed
    after = products(shared.results)
    assert {path: after[path] for path in before} == before
    assert shared.planned() == {}


def test_a_name_with_another_meaning_in_a_second_study_is_refused_and_nothing_is_lost(shared):
    models = {"encoder": {"id": "./models/bert", "max_tokens": 8}}
    name = shared.write(STUDY | {"study": "third", "models": models}, "third.yaml")
    before = products(shared.results)
    printed = refusal(shared.run(config=name))
    assert "models.encoder.max_tokens: 8 in study 'third', 512 in study" in printed
    assert "both would write results/activations/encoder/words.h5" in printed
    assert products(shared.results) == before

"""The paragraphs of methods: what they say of studies large and small, in sentences that are right."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from write_methods import write_methods

from nrag import comparison, contracts, store
from nrag.methods import Corpus, Facts, Model, Traced, methods
from nrag.methods.wording import code, plain
from nrag.statistics.designs import null_of

VERSIONS = pd.DataFrame(
    {
        "package": ["numpy", "numpy", "snakemake", "nrag", "obscure"],
        "version": ["2.4.6", "2.5.0", "9.27.1", "0.1.0+abc", "1"],
    }
)
PCA = {"method": "pca", "components": 2, "seeds": [0], "standardise": "none", "keep_dead": False, "parameters": {}}
UMAP = {**PCA, "method": "umap", "seeds": [0, 1]}
UMAP["parameters"] = {"n_neighbors": 15, "min_dist": 0.1, "metric": "cosine", "epochs": None}
STATISTICS = {"subsamples": 150, "permutations": 199, "permutations_headline": 999, "seed": 0, "within": {}}


def corpus(**changed):
    found = {
        "name": "c",
        "definition": {},
        "source": {"c.csv": "ab" * 32},
        "labellings": {"label": {"a": 30, "b": 1200}},
    }
    return Corpus(**found | {"read": 1230, "kept": 1230, "left_out": {}, "remarks": {}} | changed)


def model(name="m", **changed):
    found = {"name": name, "id": "./models/m", "weights": "cd" * 32, "revision": None, "seed": None, "dtype": "float32"}
    found |= {"device": "cpu", "max_tokens": 512, "prompt": "{text}", "hidden_states": 7, "truncated": {}}
    return Model(**found | changed)


def tests_table(**changed):
    """The headline test and one of its layers, of one comparison."""
    whole = {"corpus": "c", "comparison": "pair", "documents": json.dumps({"a": 30, "b": 1200}), "layer": None}
    whole |= {
        "labelling": "label",
        "metric": "edge_total_variation",
        "permutations": "999",
        "seeds": "1",
        "matched": None,
    }
    of_layer = whole | {"layer": "0", "permutations": "199"}
    told = {"model": "m", "reduction": "pca", "null": "labels permuted over all documents"}
    return pd.DataFrame([whole, of_layer]).assign(**told).assign(**changed)


tests_table.__test__ = False


def facts(**changed):
    found = {"name": "s", "corpora": [corpus()], "models": [model()], "controls": {"m": []}, "pooling": ["mean"]}
    found |= {"reductions": {"pca": PCA}, "spaces": {}, "grids": [("equal", 10)], "versions": VERSIONS}
    return Facts(**found | changed)


def sections(text):
    """Paragraphs by heading."""
    return dict(re.findall(r"^## (.+)\n\n(.+(?:\n.+)*)", text, re.MULTILINE))


def of(heading, **changed):
    return sections(methods(facts(**changed)))[heading]


NEURONS = {
    "models": ["m", "m-untrained-0"],
    "corpora": ["c"],
    "blocks": [0, 1],
    "per_block": 12,
    "examples": 20,
    "context": 24,
    "threshold": 0.5,
    "importance": 0.4,
    "sufficiency": 0.75,
    "augment": True,
    "test": 0.5,
    "test_tokens": 50_000,
    "seed": 7,
}


def traced(model="m", **changed):
    found = {"model": model, "corpus": "c", "both_ways": True, "skipped": 0, "blocks": {0: (12, 64), 1: (12, 64)}}
    return Traced(**found | {"documents": 1230, "held_out": 600} | changed)


FULL = {
    "corpora": [corpus(), corpus(name="d", labellings={})],
    "models": [model(), model("m-untrained-0", seed=0), model("n", seed=None)],
    "controls": {"m": ["m-untrained-0"], "n": []},
    "pooling": ["mean", "max"],
    "reductions": {"pca": PCA, "umap": UMAP, "ten": {**PCA, "components": 10}},
    "spaces": {"both": {"models": ["m", "n"], "centre": True, "scale": True}},
    "grids": [("equal", 10), ("quantile", 5), ("kmeans", 6)],
    "probing": {"n_splits": 20, "test_size": 0.3, "seed": 0, "fit": "train"},
    "statistics": STATISTICS,
    "correlations": {"threshold": {"fdr": 0.05}, "permutations": 999},
    "tests": tests_table(),
    "checkpoints": {
        "both": {"base": "m", "floors": {"R&D *seed*": ["m", "n"]}, "series": {}, "permutations": 199, "seed": 0},
        "line": {"base": "m", "floors": {}, "series": {}, "permutations": 99, "seed": 0},
    },
    "neurons": NEURONS | {"augment": {"model": "./masked"}},
    "traced": [traced(), traced("m-untrained-0"), traced("n", both_ways=False, skipped=1)],
}


@pytest.mark.parametrize(
    "changed", [{}, FULL, {"reductions": {"ten": FULL["reductions"]["ten"]}, "correlations": FULL["correlations"]}]
)
def test_sentences_are_whole_and_nothing_is_left_blank(changed):
    text = methods(facts(**changed))
    for paragraph in sections(text).values():
        assert re.match(r"[A-Z\-]", paragraph)
        assert paragraph.endswith(".") or paragraph.startswith("- ")
    assert not re.search(r"None|nan|NaN|\{|\}|  |\(\)|\( | \)| ,| \.|,,|\.\.", text)
    assert text == methods(facts(**changed))


def test_what_a_study_has_not_is_not_spoken_of():
    told = sections(methods(facts()))
    assert list(told) == ["Documents", "Models", "Regions and graphs", "Software", "References"]
    assert "control" not in told["Models"]
    assert "Component graphs" not in told["Regions and graphs"]
    full = sections(methods(facts(**FULL)))
    assert list(full)[3:6] == ["Tests of labels", "Intervals and stability", "Faithfulness and path memory"]
    assert list(full)[6:9] == ["Probing", "Graphs of neurons", "Scores of neurons"]
    whole = methods(facts(reductions={"ten": FULL["reductions"]["ten"]}, correlations=FULL["correlations"]))
    assert "Each plane" not in whole
    assert "Neural Region" not in whole


def test_references_are_those_that_the_text_cites():
    for changed in ({}, FULL):
        text, _, listed = methods(facts(**changed)).partition("## References")
        entries = [line for line in listed.splitlines() if line.startswith("- ")]
        assert entries == sorted(entries)
        cited = set(re.findall(r"([A-Z][a-z]+)(?:[^().]*?)\(?((?:19|20)\d\d)\)?", text))
        for entry in entries:
            if entry.startswith("- Explainability"):
                assert "NRAG paper" in text
                continue
            author, year = re.match(r"- (\w+).*?\((\d{4})\)", entry).groups()
            assert re.search(rf"{author}[^()]*\(?{year}", text), entry
        for author, year in cited:
            assert any(author in entry and year in entry for entry in entries), (author, year)


def test_corpora_tell_what_became_of_every_row():
    plain_corpus = of("Documents")
    assert plain_corpus == (
        "The corpus c was read from `c.csv` (SHA-256 abababababab…): 1,230 documents, none left out. "
        "Documents have the labels a (n = 30) and b (n = 1,200)."
    )
    told = of(
        "Documents",
        corpora=[
            corpus(
                read=1234,
                kept=1231,
                left_out={"empty text": 1, "repeated text": 2},
                remarks={"long text": 4, "missing label": 1},
                definition={"group": "author"},
            )
        ],
    )
    assert (
        "1,234 rows, of which 1,231 became documents and 3 were left out (empty text: 1 and repeated text: 2)." in told
    )
    assert "Kept as they are were documents with a long text: 4." in told
    assert "b (n = 1,200); 1 document has none." in told
    assert told.endswith("Documents that agree in the column `author` belong together.")
    one = of("Documents", corpora=[corpus(read=2, kept=1, left_out={"empty text": 1}, labellings={"label": {"a": 1}})])
    assert "2 rows, of which 1 became a document and 1 was left out (empty text: 1)." in one
    assert "Documents have the label a (n = 1)." in one


def test_sources_of_every_kind_are_named():
    hub = corpus(
        definition={"hub": "u/set", "name": "raw", "split": "train"}, source={"id": "u/set", "commit": "ef" * 20}
    )
    assert "the dataset `u/set` of the Hugging Face hub (configuration raw, split train, commit efefefefefef…)" in of(
        "Documents", corpora=[hub]
    )
    packages = corpus(definition={"packages": ["x", "y"]}, source={"x": "1.0", "y": "2.1"})
    assert "docstrings of the installed packages x 1.0 and y 2.1:" in of("Documents", corpora=[packages])
    alone = corpus(definition={"packages": ["x"]}, source={"x": "1.0"})
    assert "docstrings of the installed package x 1.0:" in of("Documents", corpora=[alone])
    many = corpus(source={f"{each}.txt": "00" * 32 for each in range(9)})
    assert "`3.txt` (SHA-256 000000000000…) and 5 further files:" in of("Documents", corpora=[many])


def test_several_labellings_and_many_labels():
    labellings = {"area": {f"l{each}": 3 for each in range(15)}, "level": {"low": 20, "high": 10}}
    told = of("Documents", corpora=[corpus(kept=45, read=45, labellings=labellings)])
    assert "Under the labelling area documents have the 15 labels l0 (n = 3), " in told
    assert "l11 (n = 3) and 3 more." in told
    assert (
        "Under the labelling level documents have the labels low (n = 20) and high (n = 10); 15 documents have none."
        in told
    )


def test_one_model_and_several():
    one = of("Models")
    assert one.startswith("The hidden states of one model were read: m, `./models/m` (weights SHA-256 cdcdcdcdcdcd…), ")
    assert "computed in float32 on CPUs with a window of 512 tokens." in one
    assert "a document's vector in a layer is the mean over its tokens (mean pooling)." in one
    hub = model(
        "n", id="u/net", revision="ef" * 20, device="cuda", dtype="bfloat16", prompt="Q: {text}", hidden_states=13
    )
    told = of("Models", models=[model(), hub], pooling=["last", "first"])
    assert "The hidden states of 2 models were read: m, " in told
    assert "; n, `u/net`, commit efefefefefef… (weights" in told
    assert (
        "computed in bfloat16 on a GPU with a window of 512 tokens, where each text stands in the prompt `Q: {text}`."
        in told
    )
    assert "All 7 or 13 hidden states of a model" in told
    assert "is its last token or its first token (last and first pooling)." in told


def test_controls_are_told_of_with_their_model_and_untrained_models_of_their_own_by_themselves():
    twins = [model(f"m-untrained-{seed}", seed=seed) for seed in (0, 1, 2)]
    three = of("Models", models=[model(), *twins], controls={"m": [twin.name for twin in twins]})
    assert "of one model were read" in three
    assert (
        "As controls of m, 3 models of its architecture with untrained weights (drawn with seeds 0, 1 and 2) went "
        "through every step alike."
    ) in three
    one = of("Models", models=[model(), twins[1]], controls={"m": ["m-untrained-1"]})
    assert "As a control of m, a model of its architecture with untrained weights (drawn with seed 1) went" in one
    alone = of("Models", models=[twins[2]], controls={})
    assert "m-untrained-2, `./models/m`, untrained, weights drawn with seed 2 (weights SHA-256" in alone


def test_cut_texts_are_counted_for_models_that_cut_alike():
    own = [model(truncated={"c": 3}), model("n", truncated={"c": 3, "d": 1})]
    told = of("Models", models=own)
    assert "3 texts of c were longer than the window of m and n and were cut there." in told
    assert "1 text of d was longer than the window of n and was cut there." in told


def test_reductions_and_grids():
    told = of("Regions and graphs", reductions={"pca": PCA, "umap": UMAP}, grids=[("equal", 10), ("quantile", 5)])
    assert "by exact principal component analysis (pca; Pearson 1901) and by UMAP (umap; " in told
    assert "15 nearest neighbours, found exactly, minimum distance 0.1, cosine metric, seeds 0 and 1)." in told
    assert told.count("Features were taken as they are.") == 1
    assert "divided in 2 ways, into 10 × 10 cells of equal width over the range of the documents and into 5 × 5" in told
    mixed = {
        "pca": PCA,
        "z": {**PCA, "standardise": "zscore"},
        "zd": {**PCA, "standardise": "zscore", "keep_dead": True},
    }
    told = of("Regions and graphs", reductions=mixed)
    assert "For pca, features were taken as they are." in told
    assert (
        "For z, features were standardised to mean 0 and standard deviation 1 first, those that hardly vary left out."
        in told
    )
    assert "first, those that hardly vary too." in told
    kmeans = of("Regions and graphs", grids=[("kmeans", 6)])
    assert "Regions are the clusters of the vectors themselves, at most 36 a layer" in kmeans
    assert "Each plane was divided" not in kmeans
    epochs = {**UMAP, "seeds": [4], "parameters": UMAP["parameters"] | {"epochs": 50}}
    assert "cosine metric, 50 epochs, seed 4)" in of("Regions and graphs", reductions={"umap": epochs})


def test_shared_spaces():
    for keys, words in {
        (False, False): "reduced together.",
        (True, False): "reduced together, each model centred first.",
        (True, True): "reduced together, each model centred and scaled to one total variance first.",
    }.items():
        space = {"models": ["m", "n"], "centre": keys[0], "scale": keys[1]}
        assert f"In the space both the documents of m and n were {words}" in of(
            "Regions and graphs", spaces={"both": space}
        )


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        ({"fdr": 0.05}, "a false discovery rate of at most 0.05 (Benjamini and Hochberg 1995; 999 permutations of"),
        ({"rho": 0.3}, "a size of at least 0.3."),
        ({"quantile": 0.9}, "a size at or above the quantile 0.9 of all."),
    ],
)
def test_component_graphs(threshold, said):
    ten = FULL["reductions"]["ten"]
    told = of("Regions and graphs", reductions={"ten": ten}, correlations={"threshold": threshold, "permutations": 999})
    assert "by exact principal component analysis (ten; Pearson 1901) to 10 components: " in told
    assert f"Spearman's rho over the documents has {said}" in told
    assert told.endswith("Features were taken as they are.")
    assert (
        "Benjamini"
        in methods(facts(reductions={"ten": ten}, correlations={"threshold": threshold, "permutations": 999}))
    ) == ("fdr" in threshold)


def of_neurons(*models, **asked):
    return of("Graphs of neurons", neurons=NEURONS | asked, traced=models or [traced()])


def test_traced_neurons_are_told_of_with_everything_that_decides_their_graphs():
    two = traced(), traced("m-untrained-0", held_out=610)
    told = of_neurons(*two, threshold=0.6, sufficiency=0.5, test=0.4)
    for said in (
        "after Neuron2Graph (Foote et al. 2023): by",
        "the weaker sign where it reached 10 % of the stronger.",
        "Traced were 12 of the 64 neurons, drawn with seed 7, of each of the blocks 0 and 1 of m and m-untrained-0 in ",
        "kept for tests with a chance of 40 %, by a digest of its tokens",
        "(600 to 610, by model, of the 1,230 of c); a sign fires where it reaches 0.6 of its largest",
        "at most 20 examples, one a document",
        "still 0.6 of that in the whole document, within 24 tokens before and behind the activating one together.",
        "Tried were all divisions of up to 4 tokens and, of 6, 8, 12, 16 or 24 tokens, the even division and those to",
        "more than 0.4 of the activation is lost with the mask token in its place where a model has one, otherwise on "
        "average over 5 random tokens of the corpus in its place.",
        "8 surroundings of random tokens of the corpus: where fewer than 50 % of them kept 0.6 of the activation",
        "up to 5 others were tried, the best of each source in turn: those that the model's own head for masked",
    ):
        assert said in told, said
    assert "first token" not in told
    assert "All lengths" not in told


def test_what_was_turned_off_or_is_not_of_such_models_is_not_told():
    told = of_neurons(traced(both_ways=False, skipped=1), augment=False, sufficiency=0)
    assert "within 24 tokens before the activating one. All lengths were tried. A token" in told
    assert "is lost on average over 5 random tokens of the corpus in its place." in told
    assert "The first token of a document was not looked at in m, whose tokenizer puts none of its own before" in told
    assert not [word for word in ("surroundings", "In the place of", "mask") if word in told]
    assert "own head" not in of_neurons(traced(both_ways=False))
    assert "`./masked` finds most probable" in of_neurons(augment={"model": "./masked"})
    assert "Tried were all divisions of up to 3 tokens. A token" in of_neurons(context=3)


def test_models_of_both_kinds_are_told_apart():
    two = [traced(), traced("n", both_ways=False, skipped=1, blocks={3: (8, 8)}, held_out=611), traced("n2", skipped=1)]
    told = of_neurons(*two)
    assert "of each of the blocks 0 and 1 of m and n2 in c; all 8 neurons of block 3 of n in c." in told
    assert "before the activating one, before and behind it together in models that read both ways." in told
    assert "All lengths were tried of models that read from left to right. Tried were of the others all" in told
    assert "where a model reads both ways and has one, otherwise on average" in told
    assert "in n and n2, whose tokenizers put none of their own before" in told


def test_neurons_that_were_named_and_blocks_in_a_row():
    many = traced(blocks=dict.fromkeys(range(2, 6), (2, 64)) | {9: (2, 32)})
    told = of_neurons(many, per_block=[1, 5])
    assert "Traced were 2 of the 64 neurons, named beforehand, of each of the blocks 2 to 5 and 2 of the 32 " in told
    assert "2 of the 32 neurons, named beforehand, of block 9 of m in c." in told
    assert "of each of the blocks 2, 3 and 5 of m" in of_neurons(traced(blocks=dict.fromkeys((2, 3, 5), (9, 9))))


def test_scores_of_neurons_and_what_they_tell():
    told = of("Scores of neurons", neurons=NEURONS | {"test_tokens": 900}, traced=[traced()])
    for said in (
        "drawn until they had 900 tokens or were all, and in the 10 held-out documents",
        "R² of the activations (Bills et al. 2023), and by balanced accuracy",
        "in a window of 32 tokens (Paulo et al. 2024).",
        "it with the 5 tokens before it",
        "percentile of 1,000 bootstrap samples of neurons (Efron 1979)",
        "share 90 % of the activating and of the context tokens",
        "the documents of a label or a region of the hidden state that its block writes from the others",
        "rank test (Mann and Whitney 1947) after Benjamini and Hochberg (1995) over all such sets",
        "sets of fewer than 5 documents were left out. Beside it stands the area for the number of tokens alone.",
    ):
        assert said in told, said
    two = {"traced": [traced(), traced("n")], "spaces": {"both": {"models": ["m", "o", "n"], "centre": 0, "scale": 0}}}
    followed = of("Scores of neurons", neurons=NEURONS, **two)
    assert "Neurons of one number in m and n were held against each other by Spearman's correlation" in followed
    assert "of one number" not in told
    twin = {"controls": {"m": ["m-untrained-0"]}, "traced": [traced(), traced("m-untrained-0")]}
    assert "of an untrained control, the mean over controls" in of("Scores of neurons", neurons=NEURONS, **twin)
    plain_text = {"corpora": [corpus(labellings={})], "reductions": {"ten": {**PCA, "components": 10}}}
    bare = of("Scores of neurons", neurons=NEURONS, traced=[traced()], **plain_text)
    assert "How well a neuron tells" not in bare
    assert "documents of a region of" in of("Scores of neurons", neurons=NEURONS, traced=[traced()], corpora=[])


def test_label_tests_tell_nulls_numbers_and_corrections():
    told = of("Tests of labels", tests=tests_table())
    assert told.startswith("Compared were pair: a (n = 30) and b (n = 1,200). Whether")
    assert "labels were permuted over all documents; every statistic was computed anew." in told
    assert (
        "over all layers (999 permutations), one-sided; its p is adjusted after Holm (1979) over the comparisons"
        in told
    )
    assert "had 199 permutations and q after Benjamini and Hochberg (1995)" in told
    assert "differ in size" not in told
    assert "mean over the seeds" not in told
    assert "controls" not in told
    assert "words" not in told
    beside_words = of("Tests of labels", tests=tests_table(model=["m", "bag-of-words"]))
    assert "TF-IDF vectors of the texts' words, reduced to at most 300 components by latent" in beside_words
    assert "semantic analysis (Deerwester et al. 1990), were divided into regions and tested" in beside_words
    more = of(
        "Tests of labels",
        tests=tests_table(
            matched=["20", None],
            seeds="3",
            reduction="umap",
            comparison=["pair", "other"],
            null=["labels permuted within pair", "labels permuted over all"],
        ),
        controls={"m": ["m-untrained-0"]},
    )
    assert "labels were permuted within pair (pair); labels were permuted over all (other); every" in more
    assert "means over 10 random choices of as many documents of each label" in more
    assert "Under umap a statistic is the mean over the seeds" in more
    assert more.endswith("Effects are to be read beside those of the untrained controls.")


def test_of_comparisons_of_one_label_nothing_is_told():
    single = {"comparison": "one", "documents": json.dumps({"a": 30}), "null": None, "permutations": "0"}
    both = pd.concat([tests_table(), tests_table(**single)[:1]], ignore_index=True)
    grouped = pd.concat([tests_table(**single)[:1], tests_table(null=null_of(None, grouped=True))], ignore_index=True)
    for section in ("Tests of labels", "Intervals and stability"):
        assert of(section, tests=both, statistics=STATISTICS) == of(section, tests=tests_table(), statistics=STATISTICS)
    assert "whole groups" in of("Intervals and stability", tests=grouped, statistics=STATISTICS)
    alone = methods(facts(tests=tests_table(**single)[:1], statistics=STATISTICS))
    assert "Tests of labels" not in alone
    assert "Intervals" not in alone


def test_labels_that_differ_from_model_to_model_are_told_of_model_by_model_and_have_no_intervals():
    own = {"labelling": "solved", "comparison": "right", "model": ["m", "other"]}
    own |= {"documents": [json.dumps({"no": 30, "yes": 70}), json.dumps({"no": 60, "yes": 40})]}
    told = of("Tests of labels", tests=tests_table(**own))
    assert "Compared were right, of labels that differ from model to model (m no (n = 30) and yes (n = 70), " in told
    assert "other no (n = 60) and yes (n = 40))." in told
    assert "Intervals" not in methods(facts(tests=tests_table(**own), statistics=STATISTICS))
    both = pd.concat([tests_table(), tests_table(**own)], ignore_index=True)
    assert "Intervals" in methods(facts(tests=both, statistics=STATISTICS))


def test_groups_that_stay_whole_are_told_of_where_there_are_any():
    told = [
        of("Intervals and stability", tests=tests_table(null=null_of("pair", grouped=grouped)), statistics=STATISTICS)
        for grouped in (True, False)
    ]
    assert ["whole groups" in text for text in told] == [True, False]


def test_intervals_are_told_of_where_something_was_tested_and_what_training_adds_where_there_are_controls():
    told = of("Intervals and stability", tests=tests_table(), statistics=STATISTICS)
    assert "percentile of 150 half-samples (Politis, Romano and Wolf 1999): as many" in told
    assert "grid moved by half a cell" in told
    assert "training adds" not in told
    beside = of(
        "Intervals and stability", tests=tests_table(), statistics=STATISTICS, controls={"m": ["m-untrained-0"]}
    )
    assert "What training adds is a model's effect less the mean of its controls'" in beside
    assert "half-samples; with fewer than 3 controls it has no interval." in beside
    assert "Zou" not in beside
    three = {"m": ["m-untrained-0", "m-untrained-1", "m-untrained-2"]}
    several = of("Intervals and stability", tests=tests_table(), statistics=STATISTICS, controls=three)
    assert "half-samples; its interval (Zou and Donner 2008) covers" in several
    assert "Intervals" not in methods(facts(statistics=STATISTICS))
    assert "Intervals" not in methods(facts(statistics=STATISTICS, tests=tests_table()[:0]))


def test_only_choices_that_a_study_has_are_told_of():
    known = {"tests": tests_table(), "statistics": STATISTICS}
    alone = of("Intervals and stability", grids=[("equal", 10)], pooling=["mean"], **known)
    assert "one at a time: the grid moved by half a cell; a difference" in alone
    reduction = next(each for each in facts().reductions.values() if each["components"] == 2)
    varied = of(
        "Intervals and stability",
        grids=[("equal", 10), ("quantile", 6)],
        pooling=["mean", "last"],
        reductions={"a": reduction, "b": reduction | {"seeds": [0, 1]}},
        **known,
    )
    said = "each seed of a reduction, the grid moved by half a cell and the study's other sizes, bins, reductions and "
    assert said in varied


def test_comparisons_of_several_corpora_and_metrics_with_fewer_permutations():
    told = of(
        "Tests of labels", tests=tests_table(corpus=["c", "d"], documents=['{"a": 3, "b": 2}', '{"x": 9, "y": 8}'])
    )
    assert told.startswith("Compared were pair of c: a (n = 3) and b (n = 2); pair of d: x (n = 9) and y (n = 8).")
    costly = tests_table(metric="modularity", permutations="99", layer=None)
    told = of("Tests of labels", tests=pd.concat([tests_table(), costly]))
    assert "had 199 permutations, metrics of paths, communities and projections 99 permutations, and q after" in told


def test_checkpoints_are_told_of_with_their_floors():
    said = of("Checkpoints", **FULL)
    assert said.startswith("How far the models of both and line have come apart was measured")
    assert "held against 99 exchanges and 199 exchanges of documents" in said
    assert (
        r"In both, distances are to be read beside those of pairs that differ by chance or by mere training: " in said
    )
    assert r"R\&D \*seed\* (m and n)" in said
    assert "In line" not in said
    assert "Checkpoints" not in sections(methods(facts()))


def test_names_of_users_are_printed_letter_by_letter():
    odd = "R&D *new* <b> [x](y) $5 a_b _c_ `d` \\ ~e~\nf"
    text = methods(
        facts(
            corpora=[corpus(labellings={"label": {odd: 3}}, kept=3)],
            tests=tests_table(documents=json.dumps({odd: 4, "b": 2})),
        )
    )
    escaped = r"R\&D \*new\* \<b> \[x\](y) \$5 a_b \_c\_ \`d\` \\ \~e\~ f"
    assert f"{escaped} (n = 3)" in text
    assert f"pair: {escaped} (n = 4) and b (n = 2)" in text


def test_signs_of_pandoc_are_escaped():
    assert plain("2^10^ and @ai") == r"2\^10\^ and \@ai"


def test_without_edges_there_is_no_headline_test_to_speak_of():
    text = methods(facts(tests=tests_table(metric="region_divergence"), statistics=STATISTICS))
    assert "headline" not in text
    assert "Holm" not in text
    assert "All statistics, the Jensen–Shannon divergence" in text


def test_nothing_is_escaped_that_need_not_be():
    for name in ("a-b", "snake_case_name", "x.y (z) + 1 # 2 ! 3 | 4 > 5", "Ação", "don't", "1.0+abc"):
        assert plain(name) == name
    rng = np.random.default_rng(0)
    for _ in range(200):
        text = "".join(rng.choice(list("ab_*`[]<&$~^@\\ -"), 8))
        assert re.sub(r"\\([\\`*\[\]<&$~^@_])", r"\1", plain(text)) == " ".join(text.split())
    assert code("a `` b") == "``` a `` b ```".replace("``` ", "```").replace(" ```", "```")


def test_software_names_every_version():
    told = of("Software")
    assert told.startswith("The study was made with nrag 0.1.0+abc, Snakemake 9.27.1 and NumPy 2.4.6 and 2.5.0.")
    assert "obscure" not in told


# ------------------------------------------------------------------------------------------- script


def recorded(**parameters):
    return {"software": {}, "parameters": parameters, "inputs": {}}


def write_corpus(folder, name, labels):
    """A corpus of which the row after the last document was empty, and the first text is long."""
    documents = len(labels)
    rows = pd.DataFrame({"row": range(documents + 1), "document": [*range(documents), None]})
    rows = rows.assign(id=[f"d{each}" for each in rows["row"]], left_out=[*[None] * documents, "empty text"])
    rows = rows.astype({"document": "Int32", "left_out": "str"})
    source = recorded(source={f"{name}.csv": "ab" * 32})
    store.write_table(folder / name / "rows.parquet", rows, contracts.ROWS, provenance=source)
    table = pd.DataFrame({"document": range(documents), "id": [f"d{each}" for each in range(documents)]})
    table = table.assign(text="text", **dict.fromkeys(("group", "time", "hover")), label=labels)
    table = table.astype(dict.fromkeys(("group", "time", "hover"), "str"))
    counted = {"label": table["label"].value_counts(sort=False).to_dict()}
    told = recorded(definition={"label": {"label": "label"}})
    path = folder / name / "corpus.parquet"
    store.write_table(path, table, contracts.CORPUS, provenance=told, labellings=counted)
    problems = pd.DataFrame(
        {"document": [0, None], "id": ["d0", "x"], "label": ["a", None], "problem": ["long text", "empty text"]}
    ).assign(action=["kept", "left out"])
    return path, comparison.corpus_quality(name, rows, problems)


def write_activations(folder, model, corpus, *, documents, truncated, **asked):
    def fill(file):
        for layer in range(3):
            values = np.zeros((documents, 2), dtype=np.float32)
            store.add_array(file, contracts.hidden_state("max", layer), values, distinct=1)
        store.add_array(file, "documents/id", np.array([str(each) for each in range(documents)]))
        store.add_array(file, "documents/tokens", np.ones(documents, dtype=np.int32))
        store.add_array(file, "documents/truncated", np.arange(documents) < truncated)

    told = dict.fromkeys(contracts.ACTIVATIONS.attributes, "") | {"model": model, "weights": "cd" * 32}
    told |= {"revision": None, "dtype": "float32", "device": "cpu", "max_tokens": 16}
    path = folder / model / f"{corpus}.h5"
    store.write_arrays(path, contracts.ACTIVATIONS, fill, provenance=recorded(prompt="{text}", **asked), **told)
    return path


def fill_examples(file):
    """Five documents, two of them kept for tests; two of six neurons of block 1 traced."""
    store.add_array(file, "documents/test", np.array([True, False, False, True, False]))
    store.add_array(file, "blocks/1/selected", np.array([0, 4], dtype=np.int32))
    store.add_array(file, "blocks/1/peaks", np.ones((6, 2), dtype=np.float32))


def test_the_text_is_written_from_the_files_of_a_study(tmp_path):
    corpora, counts = zip(
        *(write_corpus(tmp_path, name, labels) for name, labels in {"c": ["a", "b", "b"], "d": ["a"] * 5}.items()),
        strict=True,
    )
    truncated = comparison.truncated_texts("c", "m", np.array([True, False, True]), pd.Series(["a", "b", "b"]))
    store.write_tsv(tmp_path / "quality.tsv", comparison.quality_table([*counts, truncated]), provenance=recorded())
    trained, drawn = {"weights": "trained"}, {"weights": "random", "seed": 4}
    activations = [
        write_activations(tmp_path, model, corpus, documents=documents, truncated=cut, **asked)
        for model, asked in (("m", trained), ("m-untrained-0", drawn))
        for corpus, documents, cut in (("c", 3, 2), ("d", 5, 0))
    ]
    told = {**PCA, "standardise": "minmax"}
    store.write_arrays(
        tmp_path / "pca.h5",
        contracts.COORDINATES,
        lambda file: store.add_array(file, contracts.coordinates("m", 0, 0), np.zeros((3, 2), dtype=np.float32)),
        provenance=recorded(),
        space="m",
        method="pca",
        components=2,
        parameters=told,
    )
    store.write_tsv(tmp_path / "versions.tsv", VERSIONS.assign(made="cells"), provenance=recorded())
    store.write_arrays(
        tmp_path / "neurons/m/d/examples.h5",
        contracts.EXAMPLES,
        fill_examples,
        provenance=recorded(),
        **dict.fromkeys(contracts.EXAMPLES.attributes, "") | {"model": "m", "both_ways": False, "skipped": 1},
    )
    study = {"name": "s", "controls": {"m": ["m-untrained-0"]}, "pooling": ["max"], "spaces": {}}
    study |= {"grids": [("quantile", 4)], "neurons": NEURONS}
    for name in ("one.md", "two.md"):
        write_methods(
            tmp_path / "quality.tsv",
            corpora,
            activations,
            [tmp_path / "pca.h5"],
            tmp_path / "versions.tsv",
            tmp_path / name,
            study=study,
            models={"m": "./models/m", "m-untrained-0": "./models/m"},
            reductions=["pca"],
            examples=[tmp_path / "neurons/m/d/examples.h5"],
        )
    assert (tmp_path / "one.md").read_bytes() == (tmp_path / "two.md").read_bytes()
    text = (tmp_path / "one.md").read_text(encoding="utf-8")
    assert (
        "The corpus c was read from `c.csv` (SHA-256 abababababab…): 4 rows, of which 3 became documents and 1 was "
        "left out (empty text: 1). Kept as they are were documents with a long text: 1. Documents have the labels "
        "a (n = 1) and b (n = 2). The corpus d was read from `d.csv`"
    ) in text
    assert (
        "m, `./models/m` (weights SHA-256 cdcdcdcdcdcd…), computed in float32 on CPUs with a window of 16 tokens."
        in text
    )
    assert "As a control of m, a model of its architecture with untrained weights (drawn with seed 4) went" in text
    assert "All 3 hidden states of a model" in text
    assert "is the maximum over its tokens, component by component (max pooling)." in text
    assert "2 texts of c were longer than the window of m and m-untrained-0 and were cut there." in text
    assert "Features were scaled to the range 0 to 1 first, those that hardly vary left out." in text
    assert "divided into 4 × 4 cells whose rows and columns hold equally many documents;" in text
    assert "## Tests" not in text
    assert "Traced were 2 of the 6 neurons, drawn with seed 7, of block 1 of m in d. Blocks" in text
    assert "so that copies stay together (2 of the 5 of d);" in text
    assert "The first token of a document was not looked at in m," in text

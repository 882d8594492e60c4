"""The table of LaTeX: what is escaped, which rows and columns it has, and that LaTeX takes it."""

import itertools
import json
import re
import shutil
import subprocess

import pandas as pd
import pytest
from typeset_tests import typeset_tests

from nrag import contracts, latex, store
from nrag.statistics.label_tests import HEADLINE
from nrag.statistics.summary import table_of_tests

SIGNS = pd.DataFrame(columns=[*contracts.RUN, "comparison", "model", "metric", "layer", "sign_depends_on"])
"""That no difference was held against other choices."""
CONTROLS = {"m": ["m-untrained-0"], "n": []}
EMPTY = {"software": {}, "parameters": {}, "inputs": {}}
PRINTED = {
    "textbackslash": "\\",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textquotedbl": '"',
    "textquotesingle": "'",
    "textasciigrave": "`",
}
SPECIAL = "\\{}$&#_%~^<>|\"'`-,[]*?! a"


def printed(text):
    """What LaTeX prints of an escaped text; an unescaped special letter fails."""
    out, rest = [], text
    while rest:
        if found := re.match(r"\\([a-z]+)\{\}", rest):
            out.append(PRINTED[found[1]])
        elif (found := re.match(r"\\([{}$&#_%])", rest)) or (found := re.match(r"([-,])\{\}(?=\1)", rest)):
            out.append(found[1])
        elif found := re.match(r"\$\\times\$", rest):
            out.append("×")
        else:
            found = re.match(r"[^\\{}$&#_%~^<>|\"'`]", rest)
            assert found, f"bare: {rest}"
            assert not rest.startswith(("--", ",,")), f"ligature: {rest}"
            out.append(found[0])
        rest = rest[len(found[0]) :]
    return "".join(out)


def test_every_pair_of_letters_is_printed_as_it_is():
    for pair in map("".join, itertools.product(SPECIAL, repeat=2)):
        text = f"x{pair}y"
        assert printed(latex.escaped(text)) == " ".join(text.split())
    assert printed(latex.escaped("----,,,")) == "----,,,"


def test_ends_of_lines_and_tabs_are_blanks_and_letters_of_other_scripts_stay():
    assert latex.escaped("a\nb\t c\r\nd") == "a b c d"
    assert latex.escaped("Ação 10 × 10 ночь") == r"Ação 10 $\times$ 10 ночь"


def row(comparison="pair", model="m", metric=HEADLINE, layer=None, **changed):
    found = dict.fromkeys(column.name for column in contracts.TESTS.columns)
    found |= {"comparison": comparison, "labelling": "label", "labels": '["a", "b"]', "model": model}
    found |= {"test": "separation", "metric": metric, "layer": layer, "side": "larger", "observed": 0.7512}
    found |= {"null_mean": 0.7, "null_sd": 0.01, "effect": 0.0512, "z": 5.1, "p": 0.0001, "permutations": 9999}
    found |= {"documents": json.dumps({"a": 1000, "b": 20}), "matched": None, "seeds": 1, "note": None}
    return found | changed


def read_back(tmp_path, *runs):
    """tests.tsv of runs, each a place and rows, as read back."""
    parts = []
    for place, rows in runs:
        frame = pd.DataFrame(rows).astype({"layer": "Int16", "matched": "Int32"})
        nulls = dict.fromkeys(frame["comparison"], "labels permuted within R&D_pair")
        parts.append((place, frame, nulls))
    store.write_tsv(tmp_path / "tests.tsv", table_of_tests(parts, SIGNS), provenance=EMPTY)
    return store.read_tsv(tmp_path / "tests.tsv")


def place(**changed):
    found = {"space": "m", "corpus": "c", "pooling": "mean", "reduction": "pca", "bins": "equal", "size": 10}
    return {name: (found | changed)[name] for name in contracts.RUN}


def body(text):
    """The header, the same on all pages, and the rows of cells."""
    lines = text.splitlines()
    places = [lines.index(line) for line in (r"\endfirsthead", r"\endhead", r"\endlastfoot", r"\end{longtable}")]
    first, further, start, end = places
    head = lines[first + 1 : further]
    assert lines[first - len(head) : first] == head == [r"\toprule", head[1], r"\midrule"]
    return head[1], lines[start + 1 : end]


def test_rows_are_the_headline_tests_and_columns_what_differs(tmp_path):
    own = [row(), row(layer=0, observed=0.9), row(metric="label_information", observed=0.8)]
    untrained = [row(model="m-untrained-0", observed=0.4, effect=-0.0004, p=0.25)]
    tests = read_back(tmp_path, (place(), own), (place(space="m-untrained-0"), untrained))
    header, lines = body(latex.table_of_tests(tests, study="s", controls=CONTROLS))
    assert header == r"Model & Observed & Null & Effect & $p$ & Holm \\"
    assert lines == [
        r"\multicolumn{6}{l}{\emph{pair: a 1,000, b 20}} \\*",
        r"m & 0.751 & 0.700 & 0.051 & 0.0001 & 0.0001 \\",
        r"m-untrained-0 & 0.400 & 0.700 & 0.000 & 0.25 & 0.25 \\",
    ]


def test_what_all_rows_have_alike_stands_in_the_caption_and_what_differs_in_columns(tmp_path):
    tests = read_back(tmp_path, (place(), [row()]))
    alone = latex.table_of_tests(tests, study="s", controls=CONTROLS)
    caption = re.search(r"\\caption\[Label tests\]\{(.*)\}\n", alone)[1]
    assert r"All rows: corpus c, model m, mean pooling, reduction pca, 10 $\times$ 10 equal bins." in caption
    assert r"Null: labels permuted within R\&D\_pair." in caption
    assert "p of 9,999 permutations" in caption
    assert "seeds" not in caption
    assert body(alone)[0].startswith("Observed")
    runs = [
        (place(corpus=corpus, reduction=reduction, size=size, pooling=pooling), [row(seeds=seeds)])
        for corpus, reduction, size, pooling, seeds in [("c", "pca", 10, "mean", 1), ("d", "umap", 5, "max", 3)]
    ]
    several = latex.table_of_tests(read_back(tmp_path, *runs), study="s", controls=CONTROLS)
    header, lines = body(several)
    assert header.startswith("Corpus & Pooling & Reduction & Grid & Observed")
    assert [line.split(" & ")[:4] for line in lines if " & " in line] == [
        ["c", "mean", "pca", r"10 $\times$ 10 equal"],
        ["d", "max", "umap", r"5 $\times$ 5 equal"],
    ]
    assert "All rows: model m." in several
    assert "Values of umap are means over 3 seeds" in several


def test_the_caption_speaks_of_controls_where_there_are_any(tmp_path):
    alone = read_back(tmp_path, (place(), [row()]), (place(space="n"), [row(model="n")]))
    assert "ntrain" not in latex.table_of_tests(alone, study="s", controls=CONTROLS)
    assert "contrasts" not in latex.table_of_tests(alone, study="s", controls=CONTROLS)
    beside = read_back(tmp_path, (place(), [row()]), (place(space="m-untrained-0"), [row(model="m-untrained-0")]))
    text = latex.table_of_tests(beside, study="s", controls=CONTROLS)
    assert "Untrained models are controls" in text
    assert "What training adds stands in contrasts.tsv" in text
    assert "contrasts" not in latex.table_of_tests(beside, study="s", controls={})


def test_undefined_values_are_dashes(tmp_path):
    nan = float("nan")
    one = row("one", observed=nan, null_mean=nan, effect=nan, p=nan)
    tests = read_back(tmp_path, (place(), [row(), one]))
    lone = tests["comparison"] == "one"
    blank = tests.assign(**{name: tests[name].mask(lone) for name in ("null", "permutations", "seeds")})
    text = latex.table_of_tests(blank, study="s", controls=CONTROLS)
    _, lines = body(text)
    assert r"\multicolumn{5}{l}{\emph{one: a 1,000, b 20}} \\*" in lines
    assert lines.count(r"--- & --- & --- & --- & --- \\") == 1
    assert "A dash: undefined." in text
    assert "Null: labels permuted within" in text
    only = latex.table_of_tests(blank[lone], study="s", controls=CONTROLS)
    assert "Null:" not in only
    assert "p one-sided" in only
    without = latex.table_of_tests(tests[~lone], study="s", controls=CONTROLS)
    assert "dash" not in without


def test_controls_stand_below_their_model_under_each_reduction(tmp_path):
    runs = [
        (place(space=model, reduction=reduction), [row(name, model) for name in ("one", "two")])
        for model in ("m", "m-untrained-0")
        for reduction in ("pca", "umap")
    ]
    _, lines = body(latex.table_of_tests(read_back(tmp_path, *runs), study="s", controls=CONTROLS))
    conditions = [["pca", "m"], ["pca", "m-untrained-0"], ["umap", "m"], ["umap", "m-untrained-0"]]
    assert [line.split(" & ")[:2] for line in lines if " & " in line] == conditions * 2
    assert lines.count(r"\addlinespace") == 1


def test_models_in_a_shared_space_are_named_after_it(tmp_path):
    runs = [(place(space=space), [row(model=model)]) for space, model in [("m", "m"), ("both", "m"), ("both", "n")]]
    text = latex.table_of_tests(read_back(tmp_path, *runs), study="s", controls=CONTROLS)
    assert [line.split(" & ")[0] for line in body(text)[1][1:]] == ["m", "m in both", "n in both"]
    alone = latex.table_of_tests(read_back(tmp_path, runs[1]), study="s", controls=CONTROLS)
    assert "All rows: corpus c, model m in both," in alone


def test_several_nulls_are_told_with_their_comparisons(tmp_path):
    tests = read_back(tmp_path, (place(), [row("plain"), row("pairs"), row("more")]))
    null = tests["comparison"].map({"plain": "labels permuted", "more": "labels permuted", "pairs": "a, b"})
    text = latex.table_of_tests(tests.assign(null=null), study="s", controls=CONTROLS)
    assert "Null: labels permuted (plain, more); a, b (pairs)." in text


def test_undefined_values_are_a_dash_and_negative_ones_have_a_minus(tmp_path):
    nan = float("nan")
    undefined = row(observed=nan, null_mean=nan, effect=nan, p=nan)
    tests = read_back(tmp_path, (place(), [undefined, row("two", effect=-0.1234, p=0.00123)]))
    _, lines = body(latex.table_of_tests(tests, study="s", controls=CONTROLS))
    assert lines[1] == r"--- & --- & --- & --- & --- \\"
    assert lines[4] == r"0.751 & 0.700 & $-0.123$ & 0.0012 & 0.0012 \\"


def test_many_labels_are_counted_and_few_are_named_letter_by_letter(tmp_path):
    many = json.dumps({f"l{each}": 10 for each in range(5)})
    few = json.dumps({"R&D [x]": 1, "50%": 2, "a_b": 3, "{": 4})
    tests = read_back(tmp_path, (place(), [row("few", documents=few), row("many", documents=many)]))
    _, lines = body(latex.table_of_tests(tests, study="s", controls=CONTROLS))
    assert lines[0] == r"\multicolumn{5}{l}{\emph{few: R\&D [x] 1, 50\% 2, a\_b 3, \{ 4}} \\*"
    assert lines[3] == r"\multicolumn{5}{l}{\emph{many: 50 of 5 labels}} \\*"


def test_labels_that_take_too_much_of_a_line_are_counted(tmp_path):
    names = {f"{name} intelligence and its kin": 500 for name in ("artificial", "natural", "other")}
    tests = read_back(tmp_path, (place(), [row("long", documents=json.dumps(names))]))
    _, lines = body(latex.table_of_tests(tests, study="s", controls=CONTROLS))
    assert lines[0] == r"\multicolumn{5}{l}{\emph{long: 1,500 of 3 labels}} \\*"


def of_one_label(comparison="one", label="a", **changed):
    numbers = dict.fromkeys(("observed", "null_mean", "null_sd", "effect", "z", "p"), float("nan"))
    documents = {"labels": json.dumps([label]), "documents": json.dumps({label: 30})}
    return row(comparison, permutations=0, note="one label: nothing to compare", **numbers, **documents, **changed)


def test_a_comparison_of_one_label_is_said_to_be_that_and_has_no_row(tmp_path):
    tests = read_back(tmp_path, (place(), [row(), of_one_label()]), (place(corpus="d"), [of_one_label("two", "R&D")]))
    text = latex.table_of_tests(tests, study="s", controls=CONTROLS)
    header, lines = body(text)
    assert header.startswith("Corpus & Observed")
    assert lines == [
        r"\multicolumn{6}{l}{\emph{pair: a 1,000, b 20}} \\*",
        r"c & 0.751 & 0.700 & 0.051 & 0.0001 & 0.0001 \\",
        r"\addlinespace",
        r"\multicolumn{6}{l}{\emph{one of c: a 30; one label: nothing to compare}} \\",
        r"\addlinespace",
        r"\multicolumn{6}{l}{\emph{two of d: R\&D 30; one label: nothing to compare}} \\",
    ]
    assert "p of 9,999 permutations, one-sided" in text
    assert "nan" not in text
    alone = latex.table_of_tests(tests[tests["corpus"] == "d"], study="s", controls=CONTROLS)
    assert body(alone)[1] == [r"\multicolumn{5}{l}{\emph{two: R\&D 30; one label: nothing to compare}} \\"]
    assert "No comparison of this study has two labels" in alone


def test_a_study_without_tests_has_a_table_without_rows(tmp_path):
    store.write_tsv(tmp_path / "tests.tsv", table_of_tests([], SIGNS), provenance=EMPTY)
    typeset_tests(tmp_path / "tests.tsv", tmp_path / "tests.tex", study="s", controls=CONTROLS)
    text = (tmp_path / "tests.tex").read_text()
    assert body(text)[1] == []
    assert "there is no headline test" in text


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no LaTeX here")
def test_latex_takes_it(tmp_path):
    documents = json.dumps({SPECIAL: 10, "Ação": 20})
    tests = read_back(tmp_path, (place(), [row(documents=documents)]), (place(size=5), [row(), row("two")]))
    empty = latex.table_of_tests(tests[:0], study="e", controls=CONTROLS)
    alone = read_back(tmp_path, (place(), [of_one_label(label=SPECIAL)]))
    single = latex.table_of_tests(alone, study="o", controls=CONTROLS)
    (tmp_path / "t.tex").write_text(
        "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{booktabs,longtable}\\begin{document}\n"
        + latex.table_of_tests(tests, study="s", controls=CONTROLS)
        + empty
        + single
        + "\\end{document}\n"
    )
    said = typeset(tmp_path)
    assert "Missing character" not in said


def typeset(folder):
    """What LaTeX says of t.tex, the second time: the first one finds how wide the columns are."""
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    for _ in range(2):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
        assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no LaTeX here")
def test_a_long_table_goes_on_over_pages_and_keeps_to_their_width(tmp_path):
    models = [
        f"{name}{twin}" for name in ("tinystories656k", "minilm") for twin in ("", "-untrained-0", "-untrained-1")
    ]
    runs = [
        (place(space=model, reduction=reduction), [row(name, model) for name in ("one", "two", "three", "four")])
        for model in models
        for reduction in ("pca", "umap", "pca-whitened")
    ]
    (tmp_path / "t.tex").write_text(
        "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{booktabs,longtable}\\begin{document}\n"
        + latex.table_of_tests(read_back(tmp_path, *runs), study="s", controls=CONTROLS)
        + "\\end{document}\n"
    )
    said = typeset(tmp_path)
    assert int(re.search(r"\((\d) pages?,", said)[1]) > 1
    assert "Overfull" not in said

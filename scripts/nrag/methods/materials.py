"""Documents and models in sentences."""

from collections.abc import Iterator, Mapping, Sequence

from nrag.captions.wording import listed
from nrag.methods.facts import Corpus, Facts, Model
from nrag.methods.wording import LABELS_NAMED, code, count, counted, digest, names, noun, plain

_FILES_NAMED = 4

_POOLINGS = {
    "mean": "the mean over its tokens",
    "last": "its last token",
    "first": "its first token",
    "max": "the maximum over its tokens, component by component",
}
_NO_LABEL = ("missing label", "rare label")
"""Remarks that the numbers of labels tell as well."""


def documents(facts: Facts) -> list[str]:
    """What was read of every corpus, what became of it, and its labels."""
    return [sentence for corpus in facts.corpora for sentence in _corpus(corpus)]


def models(facts: Facts) -> list[str]:
    """Which models were read, how, and their untrained controls."""
    trained = [model for model in facts.models if model.seed is None]
    twins = {name for of_model in facts.controls.values() for name in of_model}
    # Untrained models that stand beside no trained one are models of their own.
    shown = [model for model in facts.models if model in trained or model.name not in twins]
    how = "one model" if len(shown) == 1 else f"{len(shown)} models"
    sentences = [f"The hidden states of {how} were read: {'; '.join(_model(model) for model in shown)}."]
    sentences += list(_controls(facts))
    layers = {model.hidden_states for model in facts.models}
    how_many = listed(sorted(layers), "or")
    sentences.append(
        f"All {how_many} hidden states of a model, that of the embeddings (layer 0) included, come from one forward "
        f"pass; a document's vector in a layer is {listed([_POOLINGS[each] for each in facts.pooling], 'or')} "
        f"({listed(facts.pooling)} pooling)."
    )
    sentences += list(_truncated(facts.models))
    return sentences


# --------------------------------------------------------------------------------------- private


def _corpus(corpus: Corpus) -> Iterator[str]:
    left_out = sum(corpus.left_out.values())
    if left_out:
        yield (
            f"The corpus {plain(corpus.name)} was read from {_source(corpus)}: {count(corpus.read, 'row')}, of which "
            f"{corpus.kept:,} became {'a document' if corpus.kept == 1 else 'documents'} and {left_out:,} "
            f"{'was' if left_out == 1 else 'were'} left out ({_reasons(corpus.left_out)})."
        )
    else:
        yield (
            f"The corpus {plain(corpus.name)} was read from {_source(corpus)}: {count(corpus.kept, 'document')}, "
            "none left out."
        )
    if remarks := {problem: number for problem, number in corpus.remarks.items() if problem not in _NO_LABEL}:
        yield f"Kept as they are were documents with a {_reasons(remarks)}."
    for labelling, counts in corpus.labellings.items():
        yield from _labelling(corpus, labelling, counts)
    if "group" in corpus.definition:
        yield f"Documents that agree in the column {code(corpus.definition['group'])} belong together."


def _source(corpus: Corpus) -> str:
    definition, source = corpus.definition, dict(corpus.source)
    if "hub" in definition:
        part = [f"configuration {plain(definition['name'])}"] if "name" in definition else []
        part += [f"split {plain(definition['split'])}"] if isinstance(definition.get("split"), str) else []
        where = ", ".join([*part, f"commit {digest(source['commit'])}"])
        return f"the dataset {code(source['id'])} of the Hugging Face hub ({where})"
    if "packages" in definition:
        versions = listed([f"{plain(name)} {plain(version)}" for name, version in source.items()])
        return f"docstrings of the installed {noun(source, 'package')} {versions}"
    named = [f"{code(name)} (SHA-256 {digest(value)})" for name, value in list(source.items())[:_FILES_NAMED]]
    further = len(source) - len(named)
    return listed([*named, count(further, "further file")] if further else named)


def _reasons(counts: Mapping[str, int]) -> str:
    return listed([f"{plain(reason)}: {number:,}" for reason, number in counts.items()])


def _labelling(corpus: Corpus, labelling: str, counts: Mapping[str, int]) -> Iterator[str]:
    several = len(corpus.labellings) > 1
    of = f"Under the labelling {plain(labelling)} documents" if several else "Documents"
    missing = corpus.kept - sum(counts.values())
    labels = "label" if len(counts) == 1 else "labels" if len(counts) <= LABELS_NAMED else f"{len(counts)} labels"
    without = f"; {count(missing, 'document')} {'has' if missing == 1 else 'have'} none" if missing else ""
    yield f"{of} have the {labels} {counted(counts)}{without}."


def _model(model: Model) -> str:
    revision = f", commit {digest(model.revision)}" if model.revision else ""
    untrained = "" if model.seed is None else f", untrained, weights drawn with seed {model.seed}"
    prompt = "" if model.prompt == "{text}" else f", where each text stands in the prompt {code(model.prompt)}"
    return (
        f"{plain(model.name)}, {code(model.id)}{revision}{untrained} (weights SHA-256 {digest(model.weights)}), "
        f"computed in {plain(model.dtype)} on {_device(model.device)} with a window of "
        f"{count(model.max_tokens, 'token')}{prompt}"
    )


def _device(device: str) -> str:
    return "CPUs" if device == "cpu" else "a GPU" if device.startswith("cuda") else plain(device)


def _controls(facts: Facts) -> Iterator[str]:
    seeds = {model.name: model.seed for model in facts.models}
    for model, twins in facts.controls.items():
        drawn = sorted(seeds[twin] for twin in twins if seeds.get(twin) is not None)
        if drawn:
            what = "a control of {}, a model" if len(drawn) == 1 else f"controls of {{}}, {len(drawn)} models"
            yield (
                f"As {what.format(plain(model))} of its architecture with untrained weights (drawn with "
                f"{noun(drawn, 'seed')} {listed(drawn)}) went through every step alike."
            )


def _truncated(models: Sequence[Model]) -> Iterator[str]:
    """Texts beyond the window, of models that lose as many in one sentence."""
    found: dict[tuple[str, int], list[str]] = {}
    for model in models:
        for corpus, number in model.truncated.items():
            found.setdefault((corpus, number), []).append(model.name)
    for (corpus, number), own in found.items():
        went = f"{count(number, 'text')} of {plain(corpus)} {'was' if number == 1 else 'were'} longer than the window"
        yield f"{went} of {names(own)} and {'was' if number == 1 else 'were'} cut there."

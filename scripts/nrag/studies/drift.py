"""What `checkpoints` in a config asks for: shared spaces whose models are held against each other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nrag.studies.expansion import labellings, labellings_of_documents
from nrag.studies.schema import shown as spelled
from nrag.studies.schema import unknown
from nrag.studies.sources import Place
from nrag.studies.study import PLANE, Run, Study, runs


class States(NamedTuple):
    """The hidden states of a space's models in one corpus, pooled in one way."""

    space: str
    corpus: str
    pooling: str


def drifting_runs(study: Study) -> list[Run]:
    """The runs whose models are held against each other, in the config's order."""
    return [run for run in runs(study) if run.space in study.checkpoints]


def compared_states(study: Study) -> list[States]:
    """What hidden states are held against each other, beside the cells of `drifting_runs`."""
    return list(dict.fromkeys(States(*run[:3]) for run in drifting_runs(study)))


def in_order(study: Study, space: str) -> list[str]:
    """The models of a space: the base, those of the series in the order of training, those of floors, all others."""
    asked = study.checkpoints[space]
    named = [asked["base"], *_named(asked["series"].values()), *_named(asked["floors"].values())]
    return list(dict.fromkeys([*named, *study.spaces[space]["models"]]))


def labelling_beside(study: Study, space: str, corpus: str) -> str | None:
    """The labelling of a corpus whose separation is told beside the drift: as asked, else the first that is the same
    for all models; None of none.
    """
    if (asked := study.checkpoints[space].get("labelling")) is not None:
        return asked if asked in labellings(study.corpora[corpus]) else None
    return next(iter(labellings_of_documents(study.corpora[corpus])), None)


def figures(study: Study) -> list[dict[str, Any]]:
    """Every figure of checkpoints, as `products.figures` describes those of comparisons; these are of none."""
    kinds = {run.space: _kinds(study.checkpoints[run.space]) for run in drifting_runs(study)}
    return [
        {
            "name": f"{kind}--{run.stem}",
            "kind": kind,
            "space": run.space,
            "models": in_order(study, run.space),
            "corpus": run.corpus,
            "comparison": f"checkpoints of {run.space}",
            "pooling": run.pooling,
            "reduction": run.reduction,
            "bins": run.bins,
            "size": run.size,
        }
        for corpus in study.corpora
        for run in drifting_runs(study)
        if run.corpus == corpus
        for kind in kinds[run.space]
    ]


def shown(study: Study, space: str, kind: str) -> dict[str, Any]:
    """What a figure of one kind shows of a space: base, models, floors, series, as far as it has to know."""
    asked, models = study.checkpoints[space], in_order(study, space)
    return {
        "drift": {"base": asked["base"], "models": models, "floors": asked["floors"]},
        "series": {"series": asked["series"], "floors": asked["floors"]},
        "dendrogram": {"models": models},
    }[kind]


def problems(config: Mapping[str, Any], study: Study) -> Iterator[tuple[Place, str]]:
    """Place and message of everything that `checkpoints` says of spaces, models and labellings that are not there."""
    shared = [name for name in study.spaces if name not in study.models]
    if study.checkpoints and not any(each["components"] == PLANE for each in study.reductions.values()):
        yield ("checkpoints",), f"compares regions, and no reduction has components: {PLANE}; add one, or leave it out"
    for space, asked in study.checkpoints.items():
        place = ("checkpoints", space)
        if space in study.models and space not in config.get("spaces", {}):
            yield place, "is the space of one model, which has none to be compared with; name one of spaces:"
        elif space not in shared:
            yield place, unknown("shared space", space, shared)
        else:
            yield from _members(place, asked, study.spaces[space]["models"])
            yield from _labelling((*place, "labelling"), asked.get("labelling"), study)


# --------------------------------------------------------------------------------------- private


def _named(groups: Iterable[Sequence[str]]) -> list[str]:
    return [model for group in groups for model in group]


def _kinds(asked: Mapping[str, Any]) -> list[str]:
    return ["drift", *(["series"] if asked["series"] else []), "dendrogram", "members"]


def _members(place: Place, asked: Mapping[str, Any], members: Sequence[str]) -> Iterator[tuple[Place, str]]:
    if asked["base"] not in members:
        yield (*place, "base"), unknown("member", asked["base"], members)
    for key, wanted in (
        ("floors", "is no pair: name two models whose distance is the floor"),
        ("series", "is no series: name two models or more, in the order of training"),
    ):
        for name, models in asked[key].items():
            here, different = (*place, key, name), len(set(models))
            yield from ((here, unknown("member", model, members)) for model in models if model not in members)
            if different < 2 or (key == "floors" and len(models) > 2):
                yield here, f"{spelled(models)} {wanted}"
            elif different < len(models):
                yield here, f"{spelled(next(each for each in models if models.count(each) > 1))} is there twice"


def _labelling(place: Place, asked: str | None, study: Study) -> Iterator[tuple[Place, str]]:
    there = dict.fromkeys(name for corpus in study.corpora.values() for name in labellings(corpus))
    if asked is not None and asked not in there:
        yield place, unknown("labelling", asked, list(there))

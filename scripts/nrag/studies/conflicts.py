"""Names that another study of the same results folder defines otherwise.

Two such studies would overwrite each other's files for ever, each behind the other's published
tables. Definitions are compared only where both studies reach the same file.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nrag.studies import identity, mazes, products, sources
from nrag.studies.loading import meant
from nrag.studies.places import RESOLVED
from nrag.studies.schema import shown
from nrag.studies.study import Study, component_graphs, embeddings, runs


def conflicts(study: Study, results: Path) -> list[str]:
    """A line for every key in which another study under `results` differs where both write the same file.

    Studies are read from results/studies/*/config.resolved.yaml; one that cannot be read gives a line
    too, since nobody can tell whether its products are safe.
    """
    lines = []
    for file in sorted(Path(results).glob(f"studies/*/{RESOLVED}")):
        if file.parent.name != study.name:
            lines += _against(study, file)
    return lines


def _against(study: Study, file: Path) -> Iterator[str]:
    opened, unread = sources.read([file])
    yield from (f"{line}; mend it, {_way_out(file)}" for line in unread)
    for source in opened:
        other, problems = meant(source.content, check=False) if isinstance(source.content, dict) else (None, [])
        if other is None or problems:
            why = "; ".join(f"{'.'.join(map(str, place))}: {message}" for place, message in problems[:3])
            why = why or "not keys with values"
            yield f"{source.name}: is no resolved config of this version ({why}); mend it, {_way_out(file)}"
        else:
            yield from differences(study, other, where=sources.shown_as(file))


def differences(study: Study, other: Study, *, where: str) -> Iterator[str]:
    """A line for every key in which two studies differ although both write the same file."""
    for what, product, here, there in _shared(study, other):
        for key in dict.fromkeys([*there, *here]):
            if not _same(here.get(key), there.get(key)):
                place = f"{what}.{key}" if what else key
                renamed = "it" if "." in what else "the model" if what == "neurons" else "the reduction"
                yield (
                    f"{place}: {_value(here, key)} in study {study.name!r}, {_value(there, key)} in study "
                    f"{other.name!r} ({where}), and both would write {product}; "
                    f"rename {renamed} in one of them, or make them agree; {_way_out(where)}"
                )


def _shared(study: Study, other: Study) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    """Place in the config, a file that both studies write, and the two meanings of the name that decides it."""
    corpora = [name for name in study.corpora if name in other.corpora]
    for name in corpora:
        yield (f"corpora.{name}", f"results/corpora/{name}", *_both(identity.corpus_identity, study, other, name))
    fetched = set(products.hub_models(study)) & set(products.hub_models(other))
    for name in study.models:
        if name in other.models and corpora:
            product = f"results/activations/{name}/{corpora[0]}.h5"
            yield (f"models.{name}", product, *_both(identity.model_identity, study, other, name))
        elif name in fetched:
            product = f"results/models/{name}.json"
            yield (f"models.{name}", product, *_both(identity.fetch_identity, study, other, name))
    for name in [name for name in study.mazes if name in other.mazes]:
        yield from _of_mazes(study, other, name)
    others = set(embeddings(other))
    common = [each for each in embeddings(study) if each in others]
    for name, each in {each.space: each for each in reversed(common)}.items():
        product = f"results/coordinates/{each.folder}.h5"
        yield (f"spaces.{name}", product, *_both(identity.space_identity, study, other, name))
    for name, each in {each.reduction: each for each in reversed(common)}.items():
        product = f"results/coordinates/{each.folder}.h5"
        yield (f"reductions.{name}", product, *_both(identity.reduction_identity, study, other, name))
    theirs = set(runs(other))
    for run in [run for run in runs(study) if run in theirs][:1]:
        product = f"results/nrags/{run.folder}/metrics.parquet"
        yield ("metrics", product, identity.metrics_identity(study), identity.metrics_identity(other))
    traced = set(products.traced(other))
    for model, corpus in [pair for pair in products.traced(study) if pair in traced][:1]:
        product = f"results/neurons/{model}/{corpus}/examples.h5"
        yield ("neurons", product, identity.neurons_identity(study), identity.neurons_identity(other))
    graphs = set(component_graphs(other))
    compared = [each for each in component_graphs(study) if each in graphs]
    for name, each in {each.reduction: each for each in reversed(compared)}.items():
        product = f"results/nrags/{each.folder}/components.parquet"
        yield (f"reductions.{name}", product, *_both(identity.basis_identity, study, other, name))
    for each in compared[:1]:
        product = f"results/nrags/{each.folder}/metrics.parquet"
        yield ("correlations", product, study.correlations, other.correlations)
        product = f"results/nrags/{each.folder}/components.parquet"
        yield ("", product, {"seed": study.seed}, {"seed": other.seed})


def _of_mazes(study: Study, other: Study, name: str) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    """What two studies must agree in that have a set of mazes of one name: mazes, stages, pairs."""
    yield (
        f"mazes.{name}",
        str(mazes.mazes_file(name)),
        mazes.mazes_identity(study, name),
        mazes.mazes_identity(other, name),
    )
    theirs = set(mazes.maze_runs(other))
    first = {run.stage: run for run in reversed(list(mazes.maze_runs(study))) if run.set == name and run in theirs}
    for stage, run in first.items():
        here, there = (_of_stage(each, run) for each in (study, other))
        yield (f"mazes.{name}.stages.{stage}", str(run.folder), here, there)
    both = [each.mazes[name] for each in (study, other)]
    for pairs in [pairs for pairs in both[0]["pairs"] if pairs in both[1]["pairs"]]:
        product = f"results/mazes/{name}/pairs/{pairs}-s{both[0]['seeds'][0]}.parquet"
        yield (f"mazes.{name}.pairs.{pairs}", product, *(block["pairs"][pairs] for block in both))
    product = f"results/mazes/{name}/answers.parquet"
    yield (f"mazes.{name}", product, *_both(mazes.answers_identity, study, other, name))
    if all(block["probes"] for block in both):
        yield (f"mazes.{name}.probes", f"results/mazes/{name}/probes", *(block["probes"] for block in both))


def _of_stage(study: Study, run: mazes.TrainingRun) -> dict[str, Any]:
    pairs = study.mazes[run.set]["stages"][run.stage].get("pairs")
    return {**mazes.stage_identity(study, run), **mazes.begun_with(study, run), **({"pairs": pairs} if pairs else {})}


def _both(meaning: Any, study: Study, other: Study, name: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return meaning(study, name), meaning(other, name)


def _same(one: Any, other: Any) -> bool:
    """Whether two values mean one thing; of labellings the first is special, so their order counts."""
    return one == other and (not isinstance(one, dict) or list(one) == list(other))


def _value(meaning: Mapping[str, Any], key: str) -> str:
    return _whole(meaning[key]) if key in meaning else "not set"


def _whole(value: Any) -> str:
    """A value with all that it holds: two that differ deep inside must not look alike."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_whole(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_whole, value))}]"
    return shown(value)


def _way_out(file: Path | str) -> str:
    return f"or delete {sources.shown_as(Path(file).parent)} if nobody needs it"

"""What a `mazes:` block may not say, and what models and corpora may not say of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from nrag import checkpoints, contracts
from nrag.studies.expansion import ONLY_LABELLING, labellings_by_model
from nrag.studies.mazes import (
    EXACT,
    METHODS,
    PAIRED,
    SPLITS,
    circle,
    fetched_beginning,
    kept_steps,
    named,
    trained_here,
)
from nrag.studies.schema import did_you_mean, properties
from nrag.studies.sources import Place
from nrag.studies.study import Study

Problem = tuple[Place, str]

_EVERY_METHOD = {"method", "from", "steps", "batch", "learning_rate", "warmup", "checkpoints", "gradient_accumulation"}
_OF_METHODS = {method: _EVERY_METHOD | set(own) for method, own in METHODS.items()}
_KNOWN = [*(column.name for column in contracts.MAZES.columns), contracts.ANSWERED]
_FORM = "mazes:SET/STAGE@SEED, or mazes:SET/STAGE/STEP@SEED for one before the last"


def maze_problems(config: Mapping[str, Any], study: Study) -> Iterator[Problem]:
    """Place and message of everything about mazes that does not go together."""
    for name, block in study.mazes.items():
        place = ("mazes", name)
        yield from _sizes(place, block)
        yield from _model(place, config["mazes"][name].get("model", {}), block["model"])
        yield from _beginning(study, name, (*place, "model", "id"))
        for pairs in block["pairs"]:
            yield from _pairs((*place, "pairs", pairs), block["pairs"][pairs], block)
        for stage in block["stages"]:
            yield from _stage((*place, "stages", stage), stage, block, config["mazes"][name]["stages"][stage])
    # Twins of one id have one line.
    for model in config.get("models", {}):
        yield from _checkpoint(study, model)
    for corpus, each in study.corpora.items():
        yield from _corpus(study, corpus, each)


def _sizes(place: Place, block: Mapping[str, Any]) -> Iterator[Problem]:
    if block["width"] * block["height"] == 1:
        yield place, "a maze of 1 × 1 cells has no way from S to E: write a larger width or height"
    longest = block["width"] * block["height"] - 1
    if block["min_length"] > longest > 0:
        yield (*place, "min_length"), f"{block['min_length']} moves are more than the longest way has, {longest}"
    if sum(block["shares"].values()) >= 1:
        yield (*place, "shares"), "validation and test together leave no layout to learn from: they must stay below 1"
    kinds = [tuple(each[key] for key in ("width", "height", "generator")) for each in [block, *block["shifts"]]]
    for number, kind in enumerate(kinds[1:]):
        if kind == kinds[0]:
            yield (*place, "shifts", number), "are the mazes that are trained on: write another size or generator"
        elif kind in kinds[: number + 1]:
            yield (*place, "shifts", number), "are the mazes of another shift: write one of them, with a larger number"
    if block["probes"] and block["probes"]["mazes"] > block["test"]:
        why = f"{block['probes']['mazes']:,} are more than there are test mazes, {block['test']:,}"
        yield (*place, "probes", "mazes"), f"{why}: write a smaller number, or draw more with test"
    if block["answer_tokens"] <= block["min_length"]:
        why = f"no room for a way of {block['min_length']} moves, min_length, and a token that ends it"
        yield (*place, "answer_tokens"), f"{block['answer_tokens']} leave {why}"


def _model(place: Place, given: Mapping[str, Any], model: Mapping[str, Any]) -> Iterator[Problem]:
    place = (*place, "model")
    if "id" in given and (mixed := [key for key in given if key not in ("id", "lora")]):
        yield (*place, mixed[0]), "is of a new decoder, and id names one that is there: leave one of them out"
    if trained_here(model.get("id", "")):
        yield (*place, "id"), "is itself a checkpoint of mazes: name its stage with from: instead"
    if "heads" in model and model["width"] % model["heads"]:
        yield (*place, "width"), f"{model['width']} is no multiple of heads, {model['heads']}"
    elif model.get("architecture") == "llama" and model["width"] // model["heads"] % 2:
        why = f"{model['width']} over {model['heads']} heads are {model['width'] // model['heads']} components each"
        yield (*place, "width"), f"{why}: llama turns them in pairs, and needs an even number"
    if "lora" in model and "id" not in model:
        yield (*place, "lora"), "adapts a model that has learned something: name one with id, or leave it out"


def _beginning(study: Study, name: str, place: Place) -> Iterator[Problem]:
    """A model that stages begin with must be here, or be fetched as one of the study's own."""
    written = study.mazes[name]["model"].get("id")
    if written is None or trained_here(written):
        return
    try:
        folder = checkpoints.locate(written, root=study.data)
    except checkpoints.CheckpointError as error:
        yield place, str(error)
        return
    if folder is None:
        if fetched_beginning(study, name) is None:
            yield place, f"{written!r} is a model of the hub: name it in models: too, so that it is fetched"
        return
    found = checkpoints.problems(folder)
    if not found and not checkpoints.is_causal(folder):
        found = [f"{folder} is no causal language model, which would write answers token by token"]
    yield from ((place, line) for line in found[:1])


def _pairs(place: Place, pairs: Mapping[str, Any], block: Mapping[str, Any]) -> Iterator[Problem]:
    if "from" in pairs:
        yield from _language_model((*place, "from"), pairs["from"], block["stages"])
    if pairs["number"] > block["train"]:
        why = f"{pairs['number']:,} pairs need as many training mazes, and train is {block['train']:,}"
        yield (*place, "number"), f"{why}: write a smaller number, or draw more mazes"


def _stage(place: Place, name: str, block: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Problem]:
    stage, stages = block["stages"][name], block["stages"]
    if "method" not in stage:
        return
    method = stage["method"]
    for key in given:
        if key in properties("stage") and key not in _OF_METHODS[method] | ({"pairs"} if method in PAIRED else set()):
            users = [other for other, keys in _OF_METHODS.items() if key in keys]
            users = list(PAIRED) if key == "pairs" else users
            yield (*place, key), f"belongs to {', '.join(users)}, and this stage is {method}; leave it out"
    if name == contracts.UNTRAINED:
        yield place, "is what the network before all training is called; rename the stage"
    if name == EXACT:
        yield place, "is what the judge's reward is called; rename the stage"
    yield from _parent(place, name, block)
    if stage["batch"] % stage["gradient_accumulation"]:
        why = f"{stage['batch']} cannot be worked off in {stage['gradient_accumulation']} equal parts"
        yield (*place, "gradient_accumulation"), why
    elif method == "kto" and stage["batch"] == stage["gradient_accumulation"]:
        yield (*place, "batch"), "kto needs 2 or more examples at once, for it holds each against the answer of another"
    if stage.get("longest_walk", 0) > block["answer_tokens"]:
        why = f"more than an answer has room for, answer_tokens: {block['answer_tokens']}"
        yield (*place, "longest_walk"), f"{stage['longest_walk']} moves are {why}"
    if stage["checkpoints"] > stage["steps"]:
        yield (*place, "checkpoints"), f"{stage['checkpoints']} are more than the {stage['steps']} steps"
    if method in PAIRED and stage.get("pairs") not in block["pairs"]:
        yield (*place, "pairs"), _missing_pairs(stage.get("pairs"), block["pairs"])
    if stage.get("reward", EXACT) != EXACT and stages.get(stage["reward"], {}).get("method") != "reward":
        models = [other for other, each in stages.items() if each.get("method") == "reward"]
        yield (
            (*place, "reward"),
            f"{stage['reward']!r} is neither exact nor a stage of the method reward{_listed(models)}",
        )


def _parent(place: Place, name: str, block: Mapping[str, Any]) -> Iterator[Problem]:
    stage, stages = block["stages"][name], block["stages"]
    parent = stage.get("from")
    if parent is not None:
        yield from _language_model((*place, "from"), parent, stages)
    elif stage["method"] != "pretraining" and "id" not in block["model"]:
        yield (
            (*place, "from"),
            "required, but missing: only pretraining can begin with a new decoder; name the stage "
            "that this one goes on from, or a language model with model: {id: …}",
        )
    if way := circle(block, name):
        yield place, f"goes round in a circle of stages that need each other: {' → '.join(way)}"


def _language_model(place: Place, stage: str, stages: Mapping[str, Any]) -> Iterator[Problem]:
    """A stage that is named must be there, and be a language model."""
    if stage not in stages:
        yield place, f"there is no stage {stage!r}{did_you_mean(stage, list(stages)) or _listed(list(stages))}"
    elif stages[stage].get("method") == "reward":
        yield place, f"{stage} is a reward model, which answers nothing; name a stage of another method"


def _missing_pairs(name: str | None, known: Mapping[str, Any]) -> str:
    if name is None:
        return f"required, but missing: which of the sets{_listed(list(known))}" if known else (
            "required, but missing: describe a set of preference pairs in pairs: {NAME: {from: STAGE}}"
        )  # fmt: skip
    return f"there are no pairs {name!r}{did_you_mean(name, list(known)) or _listed(list(known))}"


def _checkpoint(study: Study, model: str) -> Iterator[Problem]:
    place, written = ("models", model, "id"), study.models[model].get("id", "")
    if not trained_here(written):
        return
    checkpoint = named(written)
    if checkpoint is None:
        yield place, f"{written!r} names no checkpoint; write {_FORM}"
        return
    block = study.mazes.get(checkpoint.set)
    if block is None:
        sets = list(study.mazes)
        yield place, f"there is no set of mazes {checkpoint.set!r}{did_you_mean(checkpoint.set, sets) or _listed(sets)}"
        return
    stage = block["stages"].get(checkpoint.stage)
    if stage is None:
        stages = list(block["stages"])
        yield (
            place,
            f"there is no stage {checkpoint.stage!r}{did_you_mean(checkpoint.stage, stages) or _listed(stages)}",
        )
        return
    if checkpoint.seed not in block["seeds"]:
        yield place, f"no stage is trained with the seed {checkpoint.seed}{_listed(block['seeds'])}"
    kept = kept_steps(stage["steps"], stage["checkpoints"]) if "method" in stage else [checkpoint.step]
    if checkpoint.step is not None and checkpoint.step not in kept:
        yield place, f"no checkpoint is kept at step {checkpoint.step}{_listed(kept)}"


def _corpus(study: Study, name: str, corpus: Mapping[str, Any]) -> Iterator[Problem]:
    if "mazes" not in corpus:
        return
    block = study.mazes.get(corpus["mazes"])
    if block is None:
        sets = list(study.mazes)
        near = did_you_mean(corpus["mazes"], sets) or _listed(sets)
        yield ("corpora", name, "mazes"), f"there is no set of mazes {corpus['mazes']!r}{near}"
        return
    for key, column in _columns(corpus):
        if column not in _KNOWN:
            yield ("corpora", name, *key), f"mazes have no {column!r}{did_you_mean(column, _KNOWN) or _listed(_KNOWN)}"
    if corpus["split"] not in SPLITS:
        yield ("corpora", name, "split"), f"{corpus['split']!r} is not one of {', '.join(SPLITS)}"
    elif corpus["split"] == "shift" and not block["shifts"]:
        yield ("corpora", name, "split"), f"the set {corpus['mazes']} has no shifts"


def _columns(corpus: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Key and column of everything that a corpus reads from its table."""
    for key in ("text", "id", "group", "time", "hover"):
        if key in corpus:
            yield (key,), corpus[key]
    own = labellings_by_model(corpus)
    for labelling, how in ((name, how) for name, how in corpus.get("label", {}).items() if name not in own):
        place = ("label",) if labelling == ONLY_LABELLING else ("label", labelling)
        yield place, how["column"] if isinstance(how, Mapping) else how


def _listed(known: list[Any]) -> str:
    return f"; there are {', '.join(map(str, known))}" if known else "; there are none"

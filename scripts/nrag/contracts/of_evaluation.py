"""What trainings on mazes come to: how they went, what every checkpoint solves, how methods differ from controls."""

from collections.abc import Iterable

from nrag.contracts.columns import MODEL
from nrag.contracts.kinds import Column, Table
from nrag.contracts.of_mazes import TRAINING

_SET = Column("set", "string", "the set of mazes")
_STAGE = Column("stage", "string", "the stage; stages follow the one that they come from")
_SEED = Column("seed", "int64", "seed of the training")
_KIND = (
    Column("split", "string", "test, or shift: mazes of another kind than was trained on"),
    Column("generator", "string", "wilson, depth-first"),
    Column("width", "int16", "cells in a row"),
    Column("height", "int16", "rows of cells"),
    Column("decoding", "string", "greedy: the likeliest token each time; sampled: drawn, at the set's temperature"),
)
_METHOD = Column("method", "string", "pretraining, sft, dpo, orpo, kto, rloo, grpo")
_PARENT = Column(
    "parent", "string", "the stage that it goes on from; null where it begins with the set's model", nullable=True
)
_MAZES = Column("mazes", "int32", "mazes asked")


def _of_seeds(name: str, meaning: str) -> Iterable[Column]:
    yield Column(name, "float64", meaning)
    yield Column(f"{name}_lowest", "float64", "the lowest seed's")
    yield Column(f"{name}_highest", "float64", "the highest seed's")


TRAININGS = Table("trainings", 1, (_SET, Column("stage", "string", "the stage"), _SEED, *TRAINING.columns))

MAZE_STAGES = Table(
    "maze_stages",
    1,
    (
        _SET,
        _STAGE,
        _SEED,
        Column("step", "int32", "steps of the stage so far; earlier checkpoints answered test mazes greedily alone"),
        *_KIND,
        _MAZES,
        Column("answers", "int32", "answers to them"),
        Column("solve_rate", "float64", "share of answers that solve their maze; of sampled ones also pass@1"),
        Column("low", "float64", "lower end of its 95 % interval, over mazes, of this seed alone"),
        Column("high", "float64", "upper end"),
        Column("optimal_rate", "float64", "share solved in as few moves as can be"),
        Column("exact_rate", "float64", "share that is the shortest way to the letter"),
        Column("valid_move_rate", "float64", "moves before the first blocked one, of all moves; NaN without moves"),
        Column("first_move_right", "float64", "share that begins as the shortest way does"),
        Column("ended_rate", "float64", "share that came to its own end; the others were cut off"),
        Column("mean_moves", "float64", "moves of an answer"),
        Column("k", "int32", "answers to each maze"),
        Column("pass_at_k", "float64", "share of mazes that at least one of the k answers solves; NaN of greedy ones"),
        Column("pass_at_k_low", "float64", "lower end of its 95 % interval"),
        Column("pass_at_k_high", "float64", "upper end"),
        _METHOD,
        _PARENT,
        Column("steps", "int32", "steps of the whole stage"),
        Column("examples", "int64", "texts, pairs or prompts that the stage has learned from up to this checkpoint"),
        Column("generations", "int32", "answers to a prompt; null of methods that sample none", nullable=True),
        Column("learning_rate", "float64", "the highest"),
        Column("beta", "float64", "as the config has it; NaN of methods without one"),
        Column("sft_weight", "float64", "weight of the loss of sft beside that of dpo; NaN of other methods"),
        Column("reward", "string", "exact, or the stage of the reward model; null without a reward", nullable=True),
    ),
)

MAZE_METHODS = Table(
    "maze_methods",
    1,
    (
        _SET,
        _STAGE,
        *_KIND,
        _METHOD,
        _PARENT,
        Column("control", "string", "the stage that it is held against; null where there is none", nullable=True),
        Column("seeds", "int16", "trainings, each with a seed of its own"),
        _MAZES,
        Column("k", "int32", "answers to each of them, by each seed"),
        Column("steps", "int32", "steps of the stage"),
        Column("control_steps", "int32", "steps of its control", nullable=True),
        Column("examples", "int64", "texts, pairs or prompts that the stage learned from"),
        Column("control_examples", "int64", "those of its control", nullable=True),
        Column("solve_rate", "float64", "mean over seeds, as all rates here"),
        Column("solve_rate_low", "float64", "lower end of its 95 % interval, over seeds and mazes"),
        Column("solve_rate_high", "float64", "upper end"),
        *[*_of_seeds("solve_rate", "")][1:],
        *_of_seeds("optimal_rate", "solved in as few moves as can be"),
        *_of_seeds("exact_rate", "the shortest way to the letter"),
        *_of_seeds("valid_move_rate", "moves before an answer's first blocked one, of all moves"),
        *_of_seeds("first_move_right", "answers that begin as the shortest way does"),
        *_of_seeds("pass_at_k", "mazes that at least one of all sampled answers solves; NaN of greedy ones"),
        Column("control_solve_rate", "float64", "solve rate of the control; NaN without one, as all below"),
        *_of_seeds("difference", "solve_rate less control_solve_rate, of the same mazes and seeds"),
        Column("low", "float64", "lower end of its 95 % interval"),
        Column("high", "float64", "upper end"),
        Column("interval_over", "string", "mazes and seeds; mazes, where there is one seed", nullable=True),
        Column("stage_alone", "int32", "mazes of all seeds that it alone solves; null of sampled ones", nullable=True),
        Column("control_alone", "int32", "mazes that the control alone solves", nullable=True),
        Column("finding", "string", "better than control, worse than control, no difference seen, no control"),
    ),
)

MAZE_LENGTHS = Table(
    "maze_lengths",
    1,
    (
        _SET,
        _STAGE,
        Column("seed", "int64", "seed of the training; null for all together, where there are several", nullable=True),
        *_KIND,
        Column("length", "int32", "moves of the shortest way"),
        Column("mazes", "int32", "mazes of this length"),
        Column("solve_rate", "float64", "share of answers of the last checkpoint that solve their maze"),
        Column("low", "float64", "lower end of its 95 % interval, over mazes and, where all are together, seeds"),
        Column("high", "float64", "upper end"),
    ),
)

_TARGET = Column("target", "string", "what is asked: walls, position, legal_moves, next_move")
_LAYER = Column("layer", "int16", "0 for the embeddings, then each block")
_CONSTANT = Column("constant", "bool", "whether all tokens that are asked have one vector, which tells nothing")

STAGE_PROBES = Table(
    "stage_probes",
    1,
    (
        MODEL,
        _TARGET,
        Column(
            "task",
            "string",
            "of walls the two cells that it stands between, such as 0-1; of legal_moves U, D, L, R; else all",
        ),
        _LAYER,
        Column("split", "int16", "number of the parting of the layouts"),
        Column("accuracy", "float64", "share of test tokens whose class is told; NaN where nothing is to be learned"),
        Column("balanced_accuracy", "float64", "mean recall of the classes of the test part"),
        Column("chance", "float64", "accuracy of the training part's most frequent class"),
        Column("control", "float64", "accuracy of the same probe on the control task"),
        _CONSTANT,
        Column("train_tokens", "int32", "tokens learned from"),
        Column("test_tokens", "int32", "tokens that judge"),
        Column("train_mazes", "int32", "their mazes"),
        Column("test_mazes", "int32", "their mazes"),
        Column("train_layouts", "int32", "their layouts"),
        Column("test_layouts", "int32", "their layouts, all of them others"),
    ),
    key=("model", "target", "task", "layer", "split"),
)

MAZE_PROBES = Table(
    "maze_probes",
    1,
    (
        _SET,
        Column("stage", "string", "the stage; untrained: the network that the first one begins with"),
        _SEED,
        Column("step", "int32", "steps of the stage so far"),
        Column("last", "bool", "whether it is the last checkpoint of its stage"),
        _TARGET,
        Column("task", "string", "as in stage_probes; all: the mean over the tasks of the target"),
        _LAYER,
        Column("accuracy", "float64", "mean over the partings, as all values here; NaN where nothing is defined"),
        Column("accuracy_low", "float64", "lower end of its 95 % interval, over partings; NaN of one"),
        Column("accuracy_high", "float64", "upper end"),
        Column("balanced_accuracy", "float64", "mean recall of the classes of the test part"),
        Column("chance", "float64", "accuracy of the training part's most frequent class"),
        Column("control", "float64", "accuracy of the same probe on the control task"),
        Column("selectivity", "float64", "accuracy less control"),
        Column("selectivity_low", "float64", "lower end of its 95 % interval, over partings"),
        Column("selectivity_high", "float64", "upper end"),
        _CONSTANT,
        Column("splits", "int16", "partings in which the accuracy is defined"),
        Column("train_tokens", "float64", "tokens learned from, mean over the partings, as below"),
        Column("test_tokens", "float64", "tokens that judge"),
        Column("train_mazes", "float64", "mazes learned from"),
        Column("test_mazes", "float64", "mazes that judge"),
        Column("train_layouts", "float64", "layouts learned from"),
        Column("test_layouts", "float64", "layouts that judge"),
    ),
)

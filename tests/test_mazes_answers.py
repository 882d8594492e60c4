"""Facts and judgements are those of a checker that reads the text alone; nothing that is written makes them fail."""

from random import Random

import pytest
from maze_checker import check_row, judged, seen

from nrag.mazes.data_sets import Kind, draw_shift, draw_split
from nrag.mazes.drawing import prompt, read, read_prompt
from nrag.mazes.judging import FirstError, Judgement, judge, moves_of, reward
from nrag.mazes.layouts import Layout, Maze, MazeError
from nrag.mazes.solving import Facts, distances, facts, shortest
from nrag.mazes.splits import Shares
from nrag.mazes.walks import walk
from nrag.mazes.wrong_answers import CORRUPTIONS, wrong_answers

BY_HAND = read("S#...\n.#.#.\n..E#.")
LOOP = read("S..\n.#.\n..E", perfect=False)
TRAINED = Kind(4, 3, min_length=2)


@pytest.fixture(scope="module")
def rows():
    """Mazes of several sizes, generators and borders."""
    shares = Shares()
    found = draw_split(TRAINED, 80, split="test", shares=shares, seed=0)
    for kind in (Kind(3, 2), Kind(5, 7, "depth-first", border=True), Kind(9, 2, border=True), Kind(1, 6)):
        found += draw_shift(kind, 24, trained=TRAINED, shares=shares, seed=0)
    return found


def random_answers(random, row):
    """Right, nearly right, legal, illegal, endless, unreadable."""
    way = row.answer
    maze = read_prompt(row.prompt)
    yield from (way, way.lower(), " ".join(way), f" {way}\n", way + "U", way + way, way[:-1], "", "x" + way, way + "!")
    words = {"U": "up", "D": "Down", "L": "LEFT", "R": "right"}
    yield ", ".join(words[letter] for letter in way)
    yield from (walk(maze, random, longest=30) for _ in range(3))
    yield "".join(random.choice("UDLR") for _ in range(random.randrange(12)))
    yield way + walk(maze, random, longest=4)
    parts = ["u", "D", "l", "R", "up", "DOWN", "left", "Right", " ", ",", ";", "\n", "?", "é", "\u0131", "\ud800", "\0"]
    yield "".join(random.choice(parts) for _ in range(random.randrange(20)))


def test_facts_of_a_maze_known_by_hand():
    assert facts(BY_HAND) == Facts(answer="DR", length=2, turns=1, first_move="D", dead_ends=1)


def test_facts_are_those_of_the_checker(rows):
    for row in rows:
        check_row(row)


def test_of_several_shortest_ways_it_is_always_the_same():
    assert shortest(LOOP) == "DR"
    assert distances(LOOP.layout, 3) == {3: 0, 1: 1, 2: 1, 0: 2}
    assert judge(LOOP, "RD") == Judgement(2, 2, solved=True, optimal=True, exact=False, first_error=None)


@pytest.mark.parametrize(
    ("answer", "ended", "valid", "error"),
    [
        ("DR", True, 2, None),
        ("DUDR", True, 4, None),
        ("DRUD", True, 4, None),
        ("DRU", True, 3, (2, "passed")),
        ("DRR", True, 2, (2, "passed")),
        ("DRX", True, 2, (2, "passed")),
        ("R", True, 0, (0, "wall")),
        ("UDR", True, 0, (0, "outside")),
        ("DD", True, 1, (1, "outside")),
        ("DX", True, 1, (1, "character")),
        ("D", True, 1, (1, "unfinished")),
        ("", True, 0, (0, "unfinished")),
        ("D", False, 1, (1, "cut")),
        ("DR", False, 2, (2, "cut")),
        ("DRU", False, 3, (2, "passed")),
        ("R", False, 0, (0, "wall")),
    ],
)
def test_judgements_known_by_hand(answer, ended, valid, error):
    found = judge(BY_HAND, answer, ended=ended)
    expected = None if error is None else FirstError(*error)
    right = answer == "DR" and ended
    assert found == Judgement(
        len(answer), valid, solved=error is None, optimal=right, exact=right, first_error=expected
    )


def test_judgements_are_those_of_the_checker(rows):
    random = Random(0)
    kinds = set()
    for row in rows:
        maze = read_prompt(row.prompt)
        for answer in random_answers(random, row):
            for ended in (True, False):
                found = judge(maze, answer, ended=ended)
                error = found.first_error and (found.first_error.index, found.first_error.kind)
                moves, valid, solved, optimal, expected = judged(row.prompt, answer, ended=ended)
                assert (found.moves, found.valid_moves, found.solved) == (moves, valid, solved), answer
                # In a perfect maze there is one shortest way.
                assert found.optimal == found.exact == optimal
                assert error == expected
                assert reward(row.prompt, answer, ended=ended) == float(solved)
                kinds.add(error and error[1])
    assert kinds == {None, "passed", "wall", "outside", "character", "unfinished", "cut"}


@pytest.mark.parametrize(
    ("answer", "moves"),
    [
        ("", ""),
        ("rrdlu", "RRDLU"),
        ("  R R\tD\nLU\n", "RRDLU"),
        ("R,R;D , L", "RRDL"),
        ("right Right, DOWN left UP", "RRDLU"),
        ("upupright", "UUR"),
        ("u p", "U?"),
        ("D.R", "D?R"),
        ("S.#E>", "?????"),
        ("l\u0131ft r\u0130ght", "L???R????"),
    ],
)
def test_answers_are_read_in_any_spelling_of_moves(answer, moves):
    assert moves_of(answer) == moves


def test_an_answer_that_never_ends_is_judged_all_the_same():
    found = judge(BY_HAND, "DU" * 200_000, ended=False)
    assert (found.moves, found.valid_moves, found.solved) == (400_000, 400_000, False)
    assert found.first_error == FirstError(400_000, "cut")
    assert str(found.first_error) == "400000 cut"
    assert judge(BY_HAND, "\U0001f600" * 1000).first_error == FirstError(0, "character")


def test_no_text_makes_the_reward_raise():
    random = Random(1)
    characters = [*"SE.#>\nUDLR ", "\0", "\r", "é", "\ud800", "\U0001f600"]
    for _ in range(3000):
        text = "".join(random.choice(characters) for _ in range(random.randrange(30)))
        assert reward(text, "DR") == 0.0
        assert reward(prompt(BY_HAND), text) in (0.0, 1.0)
    assert reward("S.E\n>", "R") == 1.0
    assert reward("S.E", "R") == 0.0
    # Loops are no reason not to reward.
    assert reward(prompt(LOOP), "rd") == reward(prompt(LOOP), "DR") == 1.0


def test_what_has_no_way_is_refused():
    parted = Maze(Layout(3, 1, frozenset({(0, 1)})), 0, 2)
    for of in (shortest, facts, lambda maze: judge(maze, "")):
        with pytest.raises(MazeError, match="no way leads from S to E"):
            of(parted)
    with pytest.raises(MazeError, match="the same cell"):
        facts(Maze(parted.layout, 1, 1))


# ------------------------------------------------------------------ walks


def test_walks_are_legal_and_of_every_length(rows):
    random = Random(0)
    for row in rows[:50]:
        maze = read_prompt(row.prompt)
        for _ in range(20):
            moves = walk(maze, random, longest=6)
            assert 1 <= len(moves) <= 6
            assert judged(row.prompt, moves, ended=True)[1] == len(moves)
    lengths = [len(walk(BY_HAND, random, longest=4)) for _ in range(4000)]
    assert all(lengths.count(length) == pytest.approx(1000, abs=120) for length in (1, 2, 3, 4))


def test_every_open_side_is_as_likely():
    random = Random(0)
    second = [moves[1] for moves in (walk(BY_HAND, random, longest=9) for _ in range(9000)) if len(moves) > 1]
    assert set(second) == {"U", "R"}
    assert second.count("U") / len(second) == pytest.approx(0.5, abs=0.03)


def test_a_walk_of_nothing_is_refused():
    with pytest.raises(MazeError, match="1 or more moves, found 0"):
        walk(BY_HAND, Random(0), longest=0)
    with pytest.raises(MazeError, match="no way leads away from S"):
        walk(Maze(Layout(2, 1, frozenset()), 0, 1), Random(0), longest=3)


# ------------------------------------------------------------------ wrong answers


def test_wrong_answers_are_wrong_different_and_of_every_kind(rows):
    kinds = set()
    for row in rows:
        found = wrong_answers(read_prompt(row.prompt), 6, Random(row.id))
        assert len({each.answer for each in found}) == 6
        for each in found:
            assert not judged(row.prompt, each.answer, ended=True)[2]
            kinds.add(each.kind)
    assert kinds == set(CORRUPTIONS)


def test_each_kind_of_wrong_answer_is_what_it_says():
    made = {kind: sorted(corrupt(BY_HAND, "DR")) for kind, corrupt in CORRUPTIONS.items()}
    # E has cells to the left and above, S is a dead end below which one turns right.
    assert made == {
        "cut": ["D"],
        "extended": sorted([
            "DRL", "DRU", "DRLR", "DRLU", "DRUD", "DRUR",
            "DRLRL", "DRLRU", "DRLUD", "DRUDL", "DRUDU", "DRURL", "DRURD",
        ]),
        "blocked": ["DRD", "DRR"],
        "altered": ["DD", "DL", "DU", "LR", "RR", "UR"],
        "reversed": ["RD"],
        "returning": ["LU"],
    }  # fmt: skip


def test_what_solves_by_chance_is_no_wrong_answer():
    # "DRLR" and "DRUD" are ways back to E; of a loop "RD", reversed, solves as well.
    everything = wrong_answers(BY_HAND, 22, Random(0))
    assert not {"DRLR", "DRUD"} & {each.answer for each in everything}
    with pytest.raises(MazeError, match="only 22 of these kinds"):
        wrong_answers(BY_HAND, 23, Random(0))
    assert "reversed" not in {each.kind for each in wrong_answers(LOOP, 10, Random(0))}
    with pytest.raises(MazeError, match="1 or more wrong answers must be asked for, found 0"):
        wrong_answers(BY_HAND, 0, Random(0))


def test_kinds_take_turns_and_chance_decides_which_comes_first():
    firsts = [wrong_answers(BY_HAND, 1, Random(seed))[0] for seed in range(600)]
    kinds = [each.kind for each in firsts]
    assert all(70 < kinds.count(kind) < 130 for kind in CORRUPTIONS)
    assert {each.answer for each in firsts} == {each.answer for each in wrong_answers(BY_HAND, 22, Random(0))}
    assert {each.kind for each in wrong_answers(BY_HAND, 6, Random(3))} == set(CORRUPTIONS)
    assert wrong_answers(BY_HAND, 6, Random(3)) == wrong_answers(BY_HAND, 6, Random(3))


def test_the_checker_reads_what_is_drawn():
    maze = seen(prompt(BY_HAND))
    assert (maze.start, maze.end, len(maze.free)) == ((0, 0), (2, 2), 11)

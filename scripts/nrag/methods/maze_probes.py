"""What was read of mazes from the layers of checkpoints, in sentences."""

from nrag.captions.wording import listed
from nrag.methods.facts import Facts
from nrag.methods.references import Citations
from nrag.methods.wording import count, plain


def maze_probes(facts: Facts, cite: Citations) -> list[str]:
    """How probes learned and were judged, and beside what; nothing where nothing was read."""
    read = [each for each in facts.mazes if each.definition.get("probes")]
    if not read:
        return []
    of = [
        f"{count(each.definition['probes']['mazes'], 'test maze')}"
        + (f" of the set {plain(each.name)}" if len(facts.mazes) > 1 else "")
        for each in read
    ]
    splits = listed(sorted({each.definition["probes"]["n_splits"] for each in read}))
    return [
        f"Every checkpoint read {listed(of)}, each followed by its shortest way, and linear probes were asked of the "
        "hidden states of each layer: at the end of the prompt whether a wall stands between two cells; there and "
        "after every move the cell that the way has reached, which moves are legal, and which one comes next.",
        f"The probes are linear discriminants with a ridge ({cite('friedman', 'hastie')}), chosen within the training "
        f"part, learned on the mazes of 70 % of the layouts and judged by those of the others, in {splits} random "
        f"partings; intervals are Student's with an error corrected for what partings share ({cite('nadeau')}).",
        f"Beside each stands a control task ({cite('hewitt')}), random classes that are a function of start and end "
        "(walls) or of the moves so far (all others), and the network before all training.",
    ]

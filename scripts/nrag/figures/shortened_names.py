"""Names that have to be cut, and are still told apart: those of checkpoints often begin alike."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from nrag.figures import style


def told_apart(names: Iterable[str], points: float, **look: Any) -> dict[str, str]:
    """Each name in at most so many points: as `style.fitted` cuts it, or in its middle where that makes names alike.

    `look` is what `style.fitted` and `style.text_width` take: size and bold.

    >>> names = ["model-of-a-long-name-1", "model-of-a-long-name-2", "another-long-name"]
    >>> len(set(told_apart(names, 50).values())), told_apart(names, 500) == dict(zip(names, names))
    (3, True)
    """
    cut = {name: style.fitted(name, points, **look) for name in names}
    alike = Counter(cut.values())
    return {name: short if alike[short] == 1 else _cut_within(name, points, **look) for name, short in cut.items()}


def _cut_within(name: str, points: float, **look: Any) -> str:
    text = " ".join(name.split())
    cut = text
    for kept in range(len(text) - 1, 1, -1):
        if style.text_width(cut, **look) <= points + 0.01:
            break
        cut = f"{text[: kept - kept // 2]}…{text[-(kept // 2) :]}"
    return cut

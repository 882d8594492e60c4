"""The colours of tokens in pictures of graphs: red by activation, blue by importance, and letters that can be read."""

from collections.abc import Sequence

RED, BLUE = "#d6402b", "#1f4e9c"
"""Of a token that activates fully, and of one without which nothing is left: the ends of the NRAG's colours."""

_PALE = {RED: "#fdeeeb", BLUE: "#edf2fa"}


def fill(color: str, strength: float) -> tuple[str, str]:
    """The fill of a strength between 0 and 1, and the colour of letters on it, white at contrast 4.5, else black.

    >>> fill(RED, 1.0), fill(BLUE, 0.0)
    (('#d6402b', '#fff'), ('#edf2fa', '#000'))
    """
    part = min(max(strength, 0.0), 1.0)
    ends = [[int(each[place : place + 2], 16) for place in (1, 3, 5)] for each in (_PALE[color], color)]
    mixed = [round(pale + (full - pale) * part) for pale, full in zip(*ends, strict=True)]
    light = luminance(mixed)
    white = 1.05 / (light + 0.05) >= 4.5
    return "#" + "".join(f"{each:02x}" for each in mixed), "#fff" if white else "#000"


def luminance(color: Sequence[int]) -> float:
    """Relative luminance of red, green and blue from 0 to 255 (WCAG 2.2); contrast is (a + 0.05) / (b + 0.05)."""
    parts = [each / 255 for each in color]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

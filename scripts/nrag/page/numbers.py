"""Numbers as the page writes them."""

import math


def decimals(largest: float) -> int:
    """Decimals that give the largest number of a column three significant digits, from 0 to 6.

    >>> decimals(0.0123), decimals(6.3), decimals(1500.0)
    (4, 2, 0)
    """
    if not largest > 0:
        return 0
    return min(6, max(0, 2 - math.floor(math.log10(largest))))


def number(value: float, decimals: int) -> str:
    """A number with a true minus sign and narrow spaces between thousands.

    >>> number(-1234.56, 1)
    '−1\u202f234.6'
    """
    text = f"{value:,.{decimals}f}".replace(",", "\u202f").replace("-", "−")
    return text.removeprefix("−") if not text.strip("−0.") else text


def thousands(count: int) -> str:
    """A count as `number` writes it."""
    return number(count, 0)


def counts(low: int, high: int) -> str:
    """Two counts as a range, one if they are the same."""
    return thousands(low) if low == high else f"{thousands(low)}–{thousands(high)}"

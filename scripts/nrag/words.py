"""What a word of a text is, in any script."""

import re
import sys
import unicodedata

_MARKS = "".join(sign for sign in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(sign).startswith("M"))
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    r"\u3005-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Japanese
    r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese, and the same characters elsewhere
)

_WORD = re.compile(rf"(?=[{_UNSPACED}])[^\W\d_][{_MARKS}]*|(?:[^\W\d_{_UNSPACED}]+[{_MARKS}]*)+")


def words_of(text: str) -> list[str]:
    """The words of a text in lower case: runs of letters of any script with their combining marks.

    Chinese, Japanese, Thai, Lao, Burmese and Khmer put no space between words: every letter of theirs counts as one.

    >>> words_of("A cat's 9 lives")
    ['a', 'cat', 's', 'lives']
    """
    return _WORD.findall(text.lower())

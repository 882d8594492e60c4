"""Methods: what a study did, in paragraphs to paste into a paper, as its files and its config tell it."""

from nrag.methods.facts import Corpus, Facts, MazeSet, Model, Traced
from nrag.methods.text import methods

__all__ = ["Corpus", "Facts", "MazeSet", "Model", "Traced", "methods"]

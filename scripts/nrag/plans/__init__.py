"""Before any job: what is wrong with the data and the models, what will run, how much disk it takes.

The Snakefile imports this package at every parse, on compute nodes too, so what reads corpora and
loads models is imported where it is used.
"""

from nrag.plans.checks import fetch_problems, problems
from nrag.plans.claims import BusyError, claim
from nrag.plans.description import text
from nrag.plans.records import is_drawn

__all__ = ["BusyError", "claim", "fetch_problems", "is_drawn", "problems", "text"]

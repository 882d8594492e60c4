"""The stand-in for conda, for all tests of this folder."""

from conda_runs import checkout_of_conda, conda  # noqa: F401 - fixtures

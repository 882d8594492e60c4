"""What is said of a model that cannot be used."""


class ModelError(ValueError):
    """A model cannot be loaded as it should be."""


def first_line(error: BaseException) -> str:
    """The first line of an error's text that is not empty, or the error's kind."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)

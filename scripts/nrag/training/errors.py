"""What is wrong with a training, in one line."""


class TrainingError(ValueError):
    """A stage that cannot be trained as it is described."""

"""What other programs of this machine print when they are asked something. The standard library alone."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

PATIENCE = 10
"""Seconds that a program has to answer, where nothing else is said."""


class NoAnswerError(RuntimeError):
    """A program is not there, failed, or said nothing in time."""


def ask(command: Sequence[str], environ: Mapping[str, str], *, patience: float = PATIENCE) -> str:
    """What a command prints. It is looked for on the PATH of `environ`, which is its whole environment.

    Raises NoAnswerError, whose line begins with the program's name or is its own first word on what is wrong.
    """
    program = shutil.which(command[0], path=environ.get("PATH", os.defpath))
    if program is None:
        raise NoAnswerError(f"{command[0]} not found")
    try:
        done = subprocess.run(  # noqa: S603 (no shell)
            [program, *command[1:]], capture_output=True, text=True, timeout=patience, env=dict(environ), check=False
        )
    except subprocess.TimeoutExpired:
        raise NoAnswerError(f"{command[0]} said nothing for {patience} s") from None
    except OSError as error:
        raise NoAnswerError(f"{command[0]} cannot be run: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise NoAnswerError(said[0] if said else f"{command[0]} failed without a word")
    return done.stdout


def answer(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """What a command prints; nothing where it gives no answer."""
    try:
        return ask(command, environ)
    except NoAnswerError:
        return ""

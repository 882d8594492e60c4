"""One log file a job: log lines, warnings and an uncaught error with its traceback."""

import contextlib
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from nrag.store.writing import no_space, told_of_space

LOG = logging.getLogger("nrag")


@contextlib.contextmanager
def logged(path: str | Path) -> Iterator[logging.Logger]:
    """Log lines, warnings and an uncaught error of the block go to the file `path`.

    An error that the library itself raises, and a full disk, end the process with a message in the log;
    any other error with its traceback.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = _LogFile(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    root = logging.getLogger()
    root.addHandler(handler)
    LOG.setLevel(logging.INFO)
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    try:
        yield LOG
    except Exception as error:
        notes = "".join(f"\n  {note}" for note in getattr(error, "__notes__", []))
        if type(error).__module__.startswith("nrag."):
            # Raised by us, about data or settings: what it says is all that helps.
            LOG.error("%s%s", error, notes)
            raise SystemExit(1) from None
        if reason := no_space(error):
            LOG.error(told_of_space(getattr(error, "filename", None) or path.parent, reason))
            raise SystemExit(1) from None
        LOG.exception("%s: %s%s", type(error).__name__, error, notes)
        raise
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)
        # What it could not write went to the terminal.
        with contextlib.suppress(OSError):
            handler.close()


class _LogFile(logging.FileHandler):
    """A log file whose lines go to the terminal where the disk has no room for them."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's own name)
        print(self.format(record), file=sys.stderr)

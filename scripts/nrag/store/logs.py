"""One log file a job: log lines, warnings and an uncaught error with its traceback."""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

LOG = logging.getLogger("nrag")


@contextlib.contextmanager
def logged(path: str | Path) -> Iterator[logging.Logger]:
    """Log lines, warnings and an uncaught error of the block go to the file `path`.

    An error that the library itself raises ends the process with its message in the log; any other
    one with its traceback.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
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
        LOG.exception("%s: %s%s", type(error).__name__, error, notes)
        raise
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)
        handler.close()

"""How far an extraction is: lines in the log, a bar on a terminal."""

import logging
import resource
import sys
import time

from tqdm import tqdm

LOG = logging.getLogger("nrag")


class Progress:
    """A log line every 30 seconds or 5 %: documents a second, time left, memory. A bar on a terminal only."""

    def __init__(self, documents: int, tokens: int) -> None:
        self.documents, self.tokens = documents, tokens
        self._done = self._done_tokens = 0
        self._start = self._last = time.monotonic()
        self._next = 0.05
        self._bar = tqdm(total=tokens, unit=" tokens", unit_scale=True, leave=False, disable=not sys.stderr.isatty())

    def add(self, documents: int, tokens: int) -> None:
        """Count what is done; time left is told by tokens, since long documents come first."""
        self._done += documents
        self._done_tokens += tokens
        self._bar.update(tokens)
        now, share = time.monotonic(), self._done_tokens / self.tokens
        if share >= self._next or now - self._last >= 30 or self._done == self.documents:
            elapsed = max(now - self._start, 1e-9)
            LOG.info(
                "%d/%d documents, %.1f documents/s, %.0f tokens/s, %.0f s left, %.0f MB",
                self._done,
                self.documents,
                self._done / elapsed,
                self._done_tokens / elapsed,
                elapsed * (1 - share) / share,
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            )
            self._last = now
            self._next = (share // 0.05 + 1) * 0.05

    def close(self) -> None:
        """End the bar."""
        self._bar.close()

"""Letters read in child processes with limits on time and memory, so that none of them can harm the worker."""

from mailsync.isolation.pool import ReaderPool

__all__ = ["ReaderPool"]

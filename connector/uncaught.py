"""What nobody caught becomes a log line, too: the interpreter would print its message, which may be a citizen's name."""

import sys
import threading


def in_our_words() -> None:
    """From now on, in this process. Only the programs' own entry points call it."""
    sys.excepthook = lambda _kind, error, _trace: _tell("program", error)
    threading.excepthook = lambda seen: _tell("thread", seen.exc_value)
    sys.unraisablehook = lambda seen: _tell("finalizer", seen.exc_value)


def _tell(where: str, error: BaseException | None) -> None:
    import structlog  # noqa: PLC0415  # so that --help need not load it

    if error is not None and not isinstance(error, SystemExit):
        structlog.get_logger("connector.uncaught").error("uncaught", where=where, exc_info=error)

"""Log lines: one JSON object a line on standard error, through the one redaction point."""

import logging
import sys

import structlog

from connector.transport.redact import redact_event


def log_to_stderr(level: int) -> None:
    """Configure structlog and the libraries' own loggers (theirs only from WARNING)."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )

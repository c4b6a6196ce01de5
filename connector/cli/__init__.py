"""The command ``phanhoi``: one file per command group; heavy imports live inside the commands."""

from connector import uncaught
from connector.cli.root import app

__all__ = ["app", "main"]


def main() -> None:
    """Entry point of the command."""
    uncaught.in_our_words()
    app()

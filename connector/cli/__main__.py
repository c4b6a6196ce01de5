"""``python -m connector.cli``: the same as ``phanhoi``."""

from connector.cli import main

main()

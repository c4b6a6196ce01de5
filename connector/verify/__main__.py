"""``python -m connector.verify``: the same as ``phanhoi-verify``."""

from connector.verify.program import main

main()

"""Writes the OpenAPI description to a file: ``python -m adapters.register.api.export docs/register-openapi.json``."""

import json
import sys
from pathlib import Path

from adapters.register.api.application import openapi_document


def main(path: str) -> None:
    """Write the description, with sorted keys so that differences are easy to read."""
    text = json.dumps(openapi_document(), ensure_ascii=False, indent=2, sort_keys=True)
    Path(path).write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])

"""Pages of the manual that are made from the code when the site is built, so that they cannot fall behind it."""

from collections.abc import Callable, Mapping

from interfaces import api, seam
from program import command_line, entries, errors, settings

PAGES: Mapping[str, Callable[[], str]] = {
    "command-line": command_line,
    "settings": settings,
    "errors": errors,
    "entries": entries,
    "console-api": api(
        "console-openapi.json",
        "API của bảng điều hành / The console's API",
        "Cách dùng: [api.md](../api.md); bản cho máy: [console-openapi.json](../console-openapi.json). / How it is used:"
        " [api.md](../api.md); for machines: [console-openapi.json](../console-openapi.json).",
    ),
    "register-api": api(
        "register-openapi.json",
        "API của sổ hồ sơ / The register's API",
        "Cách dùng: [register.md](../register.md); bản cho máy: [register-openapi.json](../register-openapi.json). / How it is used:"
        " [register.md](../register.md); for machines: [register-openapi.json](../register-openapi.json).",
    ),
    "seam": seam,
}
"""By name of the page below ``reference/``."""

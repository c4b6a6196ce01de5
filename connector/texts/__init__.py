"""The one catalogue of texts that officials see: Vietnamese first, English second.

A text is a template with named places (``{system}``, ``{count:d}``). Both languages must have the same places, which
is checked when the text is made, so that a half translated text cannot be released.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Literal

from connector.alerts.wording import ALERTS
from connector.checkup.wording import CHECKUP
from connector.console.wording import CONSOLE
from connector.doctor.wording import DOCTOR
from connector.incident.wording import INCIDENT
from connector.telemetry.wording import TELEMETRY
from connector.texts.commands import COMMANDS
from connector.texts.comparing import COMPARING
from connector.texts.keeping import KEEPING
from connector.texts.law import LAW
from connector.texts.words import WORDS

Lang = Literal["vi", "en"]


@dataclass(frozen=True)
class Text:
    """One text in both languages.

    Raises:
        ValueError: a language is missing, the places differ, or a place is not a plain name.
    """

    vi: str
    en: str

    def __post_init__(self) -> None:
        if not self.vi.strip() or not self.en.strip():
            msg = "a text needs both languages"
            raise ValueError(msg)
        if places(self.vi) != places(self.en):
            msg = f"both languages need the same places: {sorted(places(self.vi) ^ places(self.en))} differ"
            raise ValueError(msg)

    def say(self, lang: Lang = "vi", **args: object) -> str:
        """The text with its places filled. A missing argument is a ``KeyError``: a bug, not an official's problem."""
        return (self.vi if lang == "vi" else self.en).format(**args)


def places(template: str) -> frozenset[str]:
    """Names of the places in a template.

    Raises:
        ValueError: a place has no name, or reaches into its argument (``{case.sender}``): arguments are plain values.
    """
    names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    if wrong := sorted(name for name in names if not name.isidentifier()):
        msg = f"a place must be a plain name: {wrong}"
        raise ValueError(msg)
    return frozenset(names)


PARTS = (WORDS, COMMANDS, KEEPING, LAW, COMPARING, CONSOLE, ALERTS, CHECKUP, INCIDENT, TELEMETRY, DOCTOR)
"""The catalogue by area: what many share and what commands say here, the rest beside what it speaks of."""

CATALOGUE: Mapping[str, Text] = {key: Text(*both) for part in PARTS for key, both in part.items()}
"""Texts by key ``<area>.<name>``; keys are stable, because templates and commands name them."""


def say(key: str, lang: Lang = "vi", **args: object) -> str:
    """The text with that key, filled.

    Raises:
        KeyError: no such text, or an argument is missing.
    """
    return CATALOGUE[key].say(lang, **args)

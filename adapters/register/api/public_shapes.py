"""Answers of the readings without a token, and of the redaction assistant (OpenAPI)."""

from datetime import datetime

from adapters.register.api.shapes import Shape


class PublicCase(Shape):
    """A published case: nothing of the sender, no official, the area only."""

    code: str
    state: str
    field: str | None
    agency: str
    agency_name: str | None
    area: str | None
    received_at: datetime
    published_at: datetime
    version: int
    title: str
    content: str
    answer: str | None


class PublicCases(Shape):
    """A page of published cases; ask again with ``before=next`` while ``next`` is not null."""

    cases: tuple[PublicCase, ...]
    next: int | None


class Statistics(Shape):
    """How many cases came in; the field of cases without one is the empty text."""

    received: int
    by_state: dict[str, int]
    by_field: dict[str, int]


class StatusStep(Shape):
    """One step; its text only if it speaks to the sender."""

    kind: str
    at: datetime
    agency: str | None
    text: str | None
    due_at: datetime | None


class Status(Shape):
    """How far the case is. ``asked``: what the sender is to supplement, and until when."""

    code: str
    state: str
    submitted_at: datetime
    received_at: datetime
    due_at: datetime | None
    private: bool
    agency: str
    agency_name: str | None
    asked: StatusStep | None
    answer: StatusStep | None
    steps: tuple[StatusStep, ...]


class SuggestionShape(Shape):
    """What should be redacted: positions in code points of the text."""

    kind: str
    start: int
    end: int
    proposed: str


class AssistedText(Shape):
    """A text with what should be redacted. ``converted``: how it would read if it came in an old encoding."""

    name: str
    text: str
    proposed: str
    suggestions: tuple[SuggestionShape, ...]
    legacy_encoding: str | None
    converted: str | None


class Redaction(Shape):
    """The texts of a case that a publication would show."""

    id: str
    code: str
    texts: tuple[AssistedText, ...]

"""Bodies and answers of the REST API (OpenAPI); the JSON of a whole case is described in docs/register.md."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from adapters.register.models import (
    MOST_CODES,
    ActIn,
    AgencyIn,
    CaseFields,
    CaseIn,
    FileIn,
    HolderIn,
    Ident,
    Short,
)


class Shape(BaseModel):
    """A body or an answer: no member that is not told, no value in an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Problem(Shape):
    """What is wrong, in both languages, and what to do next."""

    code: str
    text_vi: str
    text_en: str
    next_step: str


class ErrorBody(Shape):
    """The one error shape."""

    error: Problem


class Receipt(Shape):
    """T1: the receipt."""

    id: str
    code: str
    receipt_sha256: str | None = None
    duplicate: bool
    legacy_encoding: str | None = None


class Done(Shape):
    """What a step brought about."""

    id: str
    code: str
    state: str
    acts: tuple[str, ...]
    version: str


class OpenClock(Shape):
    """A duty that is still to be done. ``due`` null: the basis of the deadline is missing; ``late`` is as of now."""

    duty: str
    agency: str | None
    pack: str | None
    governs: bool
    legal: bool
    due: str | None
    otherwise: str | None
    internal: str | None
    strict: str | None
    basis: str | None
    late: bool
    informed: bool


class ProposedReason(Shape):
    """One reason of a proposal, with its article."""

    code: str
    basis: str
    text_vi: str
    text_en: str


class ProposedStep(Shape):
    """What the rules propose; a person decides. ``group`` null: nothing before a person has looked."""

    group: int | None
    reasons: tuple[ProposedReason, ...]
    to_agency: str | None


class Work(Shape):
    """What an official may do with the case now, and what waits."""

    id: str
    code: str
    state: str
    agency: str
    allowed: tuple[str, ...]
    recalled: bool
    rework: bool
    coordinators: tuple[str, ...]
    answer_version: int
    supplement_due_at: str | None
    due_at: str | None
    rule_pack: str | None
    sub_status: str | None
    suspected: bool
    proposal: ProposedStep | None
    clocks: tuple[OpenClock, ...]
    legacy_encoding: str | None


class FileKept(Shape):
    """The id of a kept file."""

    id: str


class EraseContact(Shape):
    """Who erases the sender of a case, and on what basis."""

    officer: Short
    basis: Short


class EvidenceItem(Shape):
    """One thing that came in; ``held`` is false if its bytes were erased with the case's key."""

    number: int
    kind: str
    received_at: datetime
    source_at: datetime | None
    channel: str | None
    token: str
    officer: str | None
    peer: str | None
    size: int
    sha256: str
    held: bool


class EvidenceList(Shape):
    """What came in of a case, in order."""

    evidence: list[EvidenceItem]


class SamePhone(Shape):
    """Ids of other cases of the same phone number, oldest first."""

    cases: tuple[str, ...]


class Answer(Shape):
    """One version of the answer."""

    version: int
    publishable: bool
    id: str
    at: datetime
    agency: str | None
    officer: str | None
    text: str | None
    details: dict[str, str]
    attachments: list[str]


class Answers(Shape):
    """Every version of the answer, oldest first; the last one is in force."""

    answers: list[Answer]


class CreateBody(Shape):
    """A case born on a portal."""

    key: UUID
    fields: CaseIn
    files: tuple[FileIn, ...] = ()


class UpdateBody(Shape):
    """What the system of entry changed."""

    key: UUID
    fields: CaseFields
    files: tuple[FileIn, ...] = ()


class AppendBody(Shape):
    """Acts born elsewhere, in order."""

    key: UUID
    acts: tuple[ActIn, ...]
    files: tuple[FileIn, ...] = ()


class Exchanged(Shape):
    """Answer to a write of the connector; the same for every repeat of the key, but for ``duplicate``."""

    ref: str
    duplicate: bool
    facts: dict[str, str]


class Found(Shape):
    """Whether an earlier write took effect."""

    found: bool
    receipt: Exchanged | None = None


class Cases(Shape):
    """A page of cases; ask again with ``after=next`` while ``next`` is not null."""

    cases: list[dict[str, Any]]
    next: int | None


class Changes(Shape):
    """A page of changes: whole cases in the order of their last change; ``next`` is the new watermark."""

    changes: list[dict[str, Any]]
    next: int


class Codes(Shape):
    """Case codes, each once."""

    codes: Annotated[tuple[Ident, ...], Field(max_length=MOST_CODES)]


class Agencies(Shape):
    """The agency directory."""

    agencies: list[dict[str, Any]]


class PutAgencies(Shape):
    """Agencies to enter or correct."""

    agencies: tuple[AgencyIn, ...]
    province_role: tuple[HolderIn, ...] = Field(default=(), description="Holders of DAU_MOI_TINH by date")


class Fields(Shape):
    """The fields of Đ5."""

    fields: list[dict[str, Any]]


class Health(Shape):
    """Proof of life; no personal data."""

    status: str
    time: datetime
    version: str
    sequence: int

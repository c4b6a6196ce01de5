"""What comes in over the border, checked once for both ways in (REST and SQL)."""

import base64
import binascii
import unicodedata
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from adapters.register.uploads import NewFile
from connector.case import ActKind


def _clean(text: str) -> str:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        msg = "NUL and lone surrogates cannot be stored"
        raise ValueError(msg)
    return unicodedata.normalize("NFC", text)


Text = Annotated[str, Field(max_length=100_000), AfterValidator(_clean)]
Short = Annotated[str, Field(max_length=1_000), AfterValidator(_clean)]
Ident = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_clean)]

Nature = Literal[
    "hanh_vi_cong_vu",
    "quy_dinh_hanh_chinh",
    "sang_kien",
    "hien_truong",
    "khieu_nai",
    "to_cao",
    "tu_van_phap_luat",
]
LocalChannel = Literal["web", "app", "zalo", "facebook", "phone", "officer"]
Channel = Literal["web", "app", "zalo", "facebook", "phone", "officer", "dvcqg", "nguoidan", "doanhnghiep"]
SenderKind = Literal["ca_nhan", "doanh_nghiep", "co_quan", "to_chuc"]
FileRole = Literal["question", "answer", "evidence"]
Outcome = Literal["sua_doi_bai_bo", "kien_nghi", "ban_hanh_moi"]
"""What becomes of a criticised regulation: amended or repealed, proposed to the competent body, newly issued (NĐ 20/2008 Đ15)."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SenderIn(_Body):
    """The sender. Name and phone are required at the local intake only (Đ7.2)."""

    kind: SenderKind = "ca_nhan"
    name: Short | None = None
    organisation: Short | None = None
    phone: Short | None = None
    address: Short | None = None
    email: Short | None = None
    account: Short | None = None
    anonymous: bool = True


class PlaceIn(_Body):
    """Where it happened; coordinates as decimal text (WGS-84)."""

    text: Short | None = None
    latitude: Short | None = None
    longitude: Short | None = None


class FileIn(_Body):
    """A file with its bytes in base64, or only named (exchange)."""

    id: Ident | None = None
    role: FileRole = "question"
    file_name: Short
    media_type: Short = "application/octet-stream"
    size: int | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    signed: bool = False
    content_base64: str | None = Field(default=None, repr=False)

    @field_validator("content_base64")
    @classmethod
    def _is_base64(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                base64.b64decode(value, validate=True)
            except binascii.Error as error:
                msg = "not base64"
                raise ValueError(msg) from error
        return value

    def file(self) -> NewFile:
        """The file with its bytes."""
        content = None if self.content_base64 is None else base64.b64decode(self.content_base64)
        return NewFile(content=content, **self.model_dump(exclude={"content_base64"}))


class Submission(_Body):
    """T1: what a channel hands in."""

    channel: LocalChannel
    external_id: Ident | None = None
    title: Short | None = None
    content: Text
    nature: Nature = "hien_truong"
    field: Short | None = None
    field_name: Short | None = None
    procedure: Short | None = None
    sender: SenderIn
    place: PlaceIn | None = None
    private: bool = False
    agency: Short | None = None
    submitted_at: AwareDatetime | None = None
    officer: Short | None = None
    files: tuple[FileIn, ...] = ()


class Supplement(_Body):
    """T4: what the sender adds."""

    channel: LocalChannel
    external_id: Ident | None = None
    text: Text | None = None
    officer: Short | None = None
    files: tuple[FileIn, ...] = ()


class Order(_Body):
    """The body of a command; which members count depends on the command (docs/register.md)."""

    officer: Short | None = None
    agency: Short | None = None
    text: Text | None = None
    to_agency: Short | None = None
    to_agencies: tuple[Short, ...] = ()
    unit: Short | None = None
    due_at: AwareDatetime | None = None
    redaction_done: bool = False
    hold: bool = False
    signer: Short | None = None
    signer_position: Short | None = None
    document_number: Short | None = None
    reason_code: Short | None = None
    attachments: tuple[Ident, ...] = ()
    public_title: Short | None = None
    public_content: Text | None = None
    public_answer: Text | None = None
    redaction_kept: Short | None = None
    rule_pack: Annotated[str, Field(pattern=r"^[A-Z0-9-]{2,20}/[0-9]{1,4}$")] | None = None
    outcome: Outcome | None = None


MOST_CODES = 10_000
"""Case codes in one call."""

PUBLIC_COPY = frozenset({"public_title", "public_content", "public_answer", "redaction_kept"})
"""Members of an order that make the public copy; the workflow knows nothing of them."""


class ActIn(_Body):
    """An act born in another system, with its global id."""

    id: Ident
    kind: ActKind
    at: AwareDatetime
    agency: Short | None = None
    officer: Short | None = None
    text: Text | None = None
    details: dict[Short, Text] = Field(default_factory=dict)
    attachments: tuple[Ident, ...] = ()
    echo: Short | None = None


class CaseFields(_Body):
    """What the system of entry owns of a case; absent members stay as they are."""

    title: Short | None = None
    content: Text | None = None
    nature: Nature | None = None
    channel: Channel | None = None
    field: Short | None = None
    field_name: Short | None = None
    procedure: Short | None = None
    sender: SenderIn | None = None
    place: PlaceIn | None = None
    private: bool | None = None
    instruction: Text | None = None
    submitted_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    public_code: Short | None = None
    agency: Short | None = None
    origin_system: Ident | None = None
    origin_ref: Ident | None = None


class CaseIn(CaseFields):
    """A case born on a portal, whole; ``code`` if it had one here, before this register was set back."""

    title: Short
    content: Text
    nature: Nature
    channel: Channel
    sender: SenderIn
    submitted_at: AwareDatetime
    origin_system: Ident
    origin_ref: Ident
    code: Ident | None = None
    acts: tuple[ActIn, ...] = ()


class AgencyIn(_Body):
    """One agency of the directory, with its other codes."""

    code: Ident
    name: Short
    parent: Short | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: Short | None = None
    aliases: tuple[Ident, ...] = ()


class HolderIn(_Body):
    """Who holds the province role (Đ9.2), and on which days; of several on one day, the one that began last (R06)."""

    agency: Ident
    valid_from: date | None = None
    valid_to: date | None = None

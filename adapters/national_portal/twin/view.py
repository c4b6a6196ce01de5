"""What the portal shows of a case: short row, list item, detail (national-portal contract §10.3, §10.6).

Values are natural (dates as datetimes, None for absent); ``wire.py`` gives them their form.
"""

import hashlib
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from adapters.national_portal.twin.catalogue import Catalogue
from adapters.national_portal.twin.codes import LABELS, Action, Status
from adapters.national_portal.twin.model import Act, Case, StoredFile, text_digest

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A case as one agency may see it."""

    case: Case
    status: Status
    changed_at: datetime
    acts: tuple[Act, ...]
    former: bool = False
    holder: str
    own_code: str | None


def seen_by(case: Case, agency: str) -> Seen | None:
    """The holder's view, the former holder's view, or None for a stranger."""
    if case.kept_by(agency):
        return Seen(
            case=case,
            status=case.status,
            changed_at=case.changed_at,
            acts=tuple(case.acts),
            holder=case.agency,
            own_code=case.own_code(agency),
        )
    gone = case.gone.get(agency)
    if gone is None:
        return None
    return Seen(
        case=case,
        status=gone.status,
        changed_at=gone.at,
        acts=tuple(case.acts[: gone.acts]),
        former=True,
        holder=gone.receiver,
        own_code=case.own_code(agency),
    )


def stale(seen: Seen) -> Seen:
    """The view before the last act: a detail that lags behind the list (§10.9 ``stale_read``)."""
    last = seen.acts[-1]
    if last.before is None:
        return seen
    return replace(seen, status=last.before, changed_at=seen.acts[-2].at, acts=seen.acts[:-1])


def _flag(value: bool | None) -> str | None:
    return None if value is None else str(int(value))


def row(seen: Seen, *, repeat: bool = False) -> Row:
    """The short row of §10.6."""
    case = seen.case
    found: Row = {
        "PAKNID": case.id,
        "MAPAKN": case.public_code,
        "MAPAKNDONVI": seen.own_code,
        "MADONVI": seen.holder,
        "TRANGTHAI": str(int(seen.status)),
        "NGAYCAPNHAT": seen.changed_at,
        "HANXULY": None if seen.former else case.due_at,
        "LANTRALOI": case.answer.version if case.answer and not seen.former else None,
    }
    if repeat:
        found["TRUNGLAP"] = "1"
    return found


def proof(seen: Seen) -> Row:
    """The row of ``TraCuuPAKN``: with digests of text and answer (§10.6.10)."""
    case = seen.case
    text = unicodedata.normalize("NFC", f"{case.subject.title}\n{case.subject.content}")
    return row(seen) | {
        "MABAM": hashlib.sha256(text.encode()).hexdigest(),
        "MABAMTRALOI": text_digest(case.answer.text) if case.answer and not seen.former else None,
    }


def _head(seen: Seen, catalogue: Catalogue) -> Row:
    case, subject = seen.case, seen.case.subject
    return {
        "PAKNID": case.id,
        "MAPAKN": case.public_code,
        "MAPAKNDONVI": seen.own_code,
        "NGUON": subject.source,
        "LOAIPAKN": subject.kind,
        "MALINHVUC": subject.field,
        "TENLINHVUC": subject.field_name,
        "MATTHC": subject.procedure,
        "MADONVI": seen.holder,
        "TENDONVI": catalogue.name(seen.holder),
        "MADONVICHUYEN": case.forwarder,
        "TENDONVICHUYEN": catalogue.name(case.forwarder),
        "TIEUDE": subject.title,
        "DOITUONG": subject.submitter,
        "ANDANH": _flag(subject.anonymous),
        "NGAYGUI": subject.submitted_at,
        "NGAYCHUYEN": case.assigned_at,
        "NGAYCAPNHAT": seen.changed_at,
        "HANXULY": None if seen.former else case.due_at,
        "CANCUHAN": None if seen.former else case.due_basis,
        "TRANGTHAI": str(int(seen.status)),
        "TENTRANGTHAI": LABELS.get(seen.status),
        "CONGKHAI": _flag(subject.publishable),
        "BIMAT": _flag(subject.private),
        "LANLAMLAI": case.rework or None,
    }


def list_item(seen: Seen, catalogue: Catalogue) -> Row:
    """Column L of §10.3. Personal data stays out of the list."""
    case = seen.case
    return _head(seen, catalogue) | {
        "SOTEP": len(case.files),
        "TRALOIID": case.answer.id if case.answer else None,
        "LANTRALOI": case.answer.version if case.answer else None,
    }


def detail(seen: Seen, catalogue: Catalogue, address: "Address") -> Row:
    """Column D of §10.3, with files and history."""
    case, subject = seen.case, seen.case.subject
    sender = subject.sender
    told: Row = _head(seen, catalogue) | {
        "NOIDUNG": subject.content,
        "HOVATEN": sender.name,
        "TENTOCHUC": sender.organisation,
        "SODIENTHOAI": sender.phone,
        "DIACHI": sender.address,
        "THUDIENTU": sender.email,
        "MADOITUONG": sender.account,
        "DIADIEM": subject.place,
        "VIDO": subject.latitude,
        "KINHDO": subject.longitude,
        "CHIDAO": case.instruction,
        "DANHGIA": _flag(case.liked),
        "YKIENDANHGIA": case.comment,
    }
    if any(act.action == Action.ANSWERED for act in seen.acts):
        told |= _answer(case)
    told["TEPDINHKEM"] = [_file(item, address) for item in case.files.values()]
    told["LICHSU"] = [_act(act, catalogue) for act in seen.acts]
    return told


def _answer(case: Case) -> Row:
    answer = case.answer
    if answer is None:
        return {}
    return {
        "TRALOIID": answer.id,
        "LANTRALOI": answer.version,
        "NOIDUNGTRALOI": answer.text,
        "SOVANBAN": answer.number,
        "NGUOITRALOI": answer.signer,
        "CHUCVUNGUOITRALOI": answer.position,
        "NGAYTRALOI": answer.at,
    }


@dataclass(frozen=True, kw_only=True)
class Address:
    """How files are announced; the overrides are the file faults of §10.9."""

    base: str
    trap_base: str
    wrong_hash: bool = False
    trap: bool = False

    def of(self, file: StoredFile) -> str:
        """``DUONGDAN``: a foreign host, to be re-based on the reader's own adapter (§2.4)."""
        return f"{self.trap_base if self.trap else self.base}/tep/{file.token}"


def _file(file: StoredFile, address: Address) -> Row:
    digest = file.sha256[::-1] if address.wrong_hash else file.sha256
    return {
        "TEPID": file.id,
        "TENTEP": file.name,
        "LOAITEP": file.media_type,
        "DUNGLUONG": str(len(file.content)),
        "MABAM": digest,
        "VAITRO": file.role,
        "KYSO": _flag(file.signed),
        "DUONGDAN": address.of(file),
    }


def _act(act: Act, catalogue: Catalogue) -> Row:
    return {
        "LICHSUID": act.id,
        "THOIDIEM": act.at,
        "HANHDONG": act.action,
        "TRANGTHAITRUOC": None if act.before is None else str(int(act.before)),
        "TRANGTHAISAU": str(int(act.after)),
        "MADONVI": act.agency,
        "TENDONVI": catalogue.name(act.agency),
        "NGUOIXULY": act.officer,
        "NOIDUNG": act.text,
        "TEPID": list(act.files) or None,
        "MAGIAODICH": act.transaction,
    }

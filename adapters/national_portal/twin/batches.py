"""Writes whose ``data`` is an array of independent items (national-portal contract §10.6.7, §10.6.8)."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from adapters.national_portal.twin.call import Call, Outcome
from adapters.national_portal.twin.codes import ROLE_ANSWER, Action, Status
from adapters.national_portal.twin.errors import (
    ANSWER_VERSION,
    SESSION,
    TOO_MANY,
    Refusal,
    invalid,
)
from adapters.national_portal.twin.files import Announced, announced, fetch
from adapters.national_portal.twin.model import Answer, Case, StoredFile, text_digest
from adapters.national_portal.twin.requests import Fields
from adapters.national_portal.twin.view import Row, row

MAX_ITEMS = 10
Item = Callable[[Call, Fields, str | None], Awaitable[Row]]


async def run_batch(
    call: Call, fields: Fields, *, item: Item, echo: tuple[str, ...], message: str
) -> Outcome:
    """Run every item by itself; one that fails leaves its neighbours alone.

    Args:
        item: performs one item and gives its row, or raises a ``Refusal``.
        echo: request fields repeated in a failed item's row, in upper case.
        message: opening of ``message``; the count follows.
    """
    items = fields.items("data", required=True)
    fields.done(strict=call.strict)
    if len(items) > MAX_ITEMS:
        raise Refusal(TOO_MANY)
    rows: list[Row] = []
    good, reason = 0, ""
    for number, raw in enumerate(items):
        if number and number * 2 >= len(items) and call.runtime.batch_deaths > 0:
            call.runtime.batch_deaths -= 1
            call.session.born = float("-inf")
            raise Refusal(SESSION, kind="session_died_in_batch")
        try:
            rows.append(await _guarded(call, raw, item))
            good += 1
        except Refusal as refusal:
            reason = refusal.text
            rows.append(_failed(raw, refusal, echo))
    text = f"{message} thành công {good}/{len(items)} bản ghi"
    if not call.profile.per_item:
        rows, text = [], reason if good == 0 and len(items) == 1 else text
    whole = good == len(items)
    return Outcome(message=text, rows=rows, code=0 if whole else -1)


def _failed(raw: Mapping[str, Any], refusal: Refusal, echo: tuple[str, ...]) -> Row:
    given = {name.upper(): value for name, value in raw.items()}
    known: Row = {name: given.get(name) for name in echo if isinstance(given.get(name), int | str)}
    current = refusal.rows[0] if refusal.rows else {}
    return known | current | {"KETQUA": "0", "THONGBAO": refusal.text}


async def _guarded(call: Call, raw: Mapping[str, Any], item: Item) -> Row:
    """One item with its own ``MaGiaoDich``, which a sender of batches gives per item."""
    fields = call.fields(raw)
    transaction = fields.transaction()
    before = call.recall(transaction, fields.raw)
    if before is not None:
        return dict(before) | {"TRUNGLAP": "1"}
    done = await item(call, fields, transaction or call.transaction)
    call.remember(transaction, fields.raw, done)
    return done


async def tien_do(call: Call, fields: Fields) -> Outcome:
    """``CapNhatTienDoPAKN``: hand-over to a unit (4), progress (5), end of the thread (15)."""
    echo = ("PAKNID", "MATIENDO")
    return await run_batch(call, fields, item=_progress, echo=echo, message="Cập nhật tiến độ")


_PROGRESS_ACTION = {
    Status.UNIT_ASSIGNED: Action.ASSIGNED,
    Status.IN_PROGRESS: Action.PROGRESS,
    Status.CLOSED: Action.CLOSED,
}


async def _progress(call: Call, fields: Fields, transaction: str | None) -> Row:
    case_id = fields.must_integer("PAKNID")
    event = fields.must_text("MaTienDo", 64)
    target = Status(int(fields.must_code("TrangThai", ("4", "5", "15"))))
    at = fields.must_date("ThoiDiemXuLy")
    text = fields.must_text("NoiDungXuLy", 4000)
    officer = fields.text("NguoiXuLy", 50)
    for name in ("ChucDanh", "PhongBanXuLy"):
        fields.text(name, 255)
    for name in ("NgayBatDau", "NgayKetThucDuKien"):
        fields.date(name)
    fields.done(strict=call.strict)
    case = call.case(case_id)
    call.view(case)
    outcome = {"MATIENDO": event, "KETQUA": "1", "THONGBAO": ""}
    if call.profile.idempotent and (call.agency, event) in case.progress:
        return row(call.view(case), repeat=True) | outcome
    call.hold(case)
    call.require(case, _before(case, target))
    _in_order(call, case, at)
    case.progress.add((call.agency, event))
    call.state.act(
        case,
        _PROGRESS_ACTION[target],
        agency=call.agency,
        after=target,
        at=at,
        officer=officer,
        text=text,
        transaction=transaction,
    )
    call.effect(case, "act", f"progress/{event}")
    return row(call.view(case)) | outcome


def _before(case: Case, target: Status) -> set[Status]:
    """Statuses from which the target may be reached (§10.4)."""
    if target == Status.CLOSED:
        private = case.answer is not None and not case.answer.publishable
        return {Status.PUBLISHED, Status.ANSWERED} if private else {Status.PUBLISHED}
    allowed = {Status.ACCEPTED, Status.UNIT_ASSIGNED, Status.IN_PROGRESS}
    if target == Status.IN_PROGRESS:
        allowed.add(Status.REWORK)
    if case.accepted_by_keeper:
        allowed.add(Status.SUPPLEMENTED)
    return allowed


def _in_order(call: Call, case: Case, at: datetime) -> None:
    if call.profile.progress_order == "off":
        return
    own = call.profile.progress_order == "own"
    times = [act.at for act in case.acts if not own or act.agency == call.agency]
    if times and at < max(times):
        raise call.conflict(case)


async def ket_qua(call: Call, fields: Fields) -> Outcome:
    """``DongBoKetQuaXuLyPAKN``: answers, by version."""
    echo = ("PAKNID", "LANTRALOI")
    return await run_batch(call, fields, item=_answer, echo=echo, message="Đồng bộ kết quả")


async def _answer(call: Call, fields: Fields, transaction: str | None) -> Row:
    case_id = fields.must_integer("PAKNID")
    if not call.state.catalogue.active(fields.must_text("MADONVI", 50)):
        raise invalid(field="MADONVI")
    version = fields.must_integer("LANTRALOI")
    text = fields.must_text("NOIDUNGTRALOI", 20_000)
    signer = fields.must_text("NGUOITRALOI", 255)
    position = fields.must_text("CHUCVUNGUOITRALOI", 255)
    at = fields.must_date("NGAYTRALOI", short=call.profile.answer_date_form == "slash")
    number = fields.text("SOVANBAN", 255)
    publishable = fields.must_flag("CONGKHAI")
    entries = fields.items("TEPDINHKEM")
    fields.done(strict=call.strict)
    files = announced(entries, role=ROLE_ANSWER, profile=call.profile)
    case = call.case(case_id)
    digest = text_digest(text)
    if _answered(call, case, version, digest):
        return _answer_row(call, case, digest, repeat=True)
    contents = [await fetch(file, call.settings, call.profile) for file in files]
    # others ran while the files came: only now is it certain that nothing stands against it
    if _answered(call, case, version, digest):
        return _answer_row(call, case, digest, repeat=True)
    stored = keep_files(call, case, files, contents)
    case.answer = Answer(
        id=call.state.answer_id(),
        version=version,
        text=text,
        signer=signer,
        position=position,
        at=at,
        number=number,
        publishable=publishable,
        files=stored,
    )
    case.answer_digests[version] = digest
    call.state.act(
        case,
        Action.ANSWERED,
        agency=call.agency,
        after=Status.ANSWERED,
        at=at,
        officer=signer[:50],
        text=text,
        files=stored,
        transaction=transaction,
    )
    call.effect(case, "answer", version)
    return _answer_row(call, case, digest)


def _answered(call: Call, case: Case, version: int, digest: str) -> bool:
    """True for a repeat.

    Raises:
        Refusal: not the caller's, a version that does not fit, or a state that takes no answer.
    """
    call.view(case)
    known = case.answer_digests
    current = case.answer.version if case.answer else 0
    if call.profile.idempotent and version <= current:
        if known.get(version, known[current]) == digest or known[current] == digest:
            return True
        raise Refusal(ANSWER_VERSION, kind="answer_version")
    if version <= current:
        raise Refusal(ANSWER_VERSION, kind="answer_version")
    call.hold(case)
    allowed = {
        Status.ACCEPTED,
        Status.UNIT_ASSIGNED,
        Status.IN_PROGRESS,
        Status.REWORK,
        Status.ANSWERED,
    }
    if case.accepted_by_keeper:
        allowed.add(Status.SUPPLEMENTED)
    call.require(case, allowed)
    return False


def _answer_row(call: Call, case: Case, digest: str, *, repeat: bool = False) -> Row:
    assert case.answer is not None
    return row(call.view(case), repeat=repeat) | {
        "TRALOIID": case.answer.id,
        "LANTRALOI": case.answer.version,
        "KETQUA": "1",
        "THONGBAO": "",
        "MABAMTRALOI": digest,
    }


def keep_files(call: Call, case: Case, files: list[Announced], contents: list[bytes]) -> tuple[str, ...]:
    """Store fetched files under the ids that the sender gave them."""
    for file, content in zip(files, contents, strict=True):
        sha256 = hashlib.sha256(content).hexdigest()
        call.state.add_file(
            case,
            StoredFile(
                id=file.id,
                name=file.name,
                media_type=file.media_type,
                sha256=sha256,
                role=file.role,
                signed=file.signed,
                content=content,
                token=call.state.file_token(case.id, file.id, sha256),
            ),
        )
    return tuple(file.id for file in files)

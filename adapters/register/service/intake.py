"""T1 and T4 from the local channels: a case, or what its sender adds, in one transaction each."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from adapters.register.commands import Command, CommandName
from adapters.register.database import Connection, one, run
from adapters.register.incoming import Incoming
from adapters.register.models import FileIn, SenderIn, Submission, Supplement
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.sealed import CaseKeys, new_keys
from adapters.register.service import evidence
from adapters.register.service.columns import sealed_columns
from adapters.register.service.files import add_files
from adapters.register.service.files import received as received_files
from adapters.register.service.scope import Scope
from adapters.register.service.stamping import stamped
from adapters.register.service.unit import Written, load, write
from adapters.register.service.values import IntakeReceipt, Performed
from adapters.register.states import CaseState, State
from adapters.register.suspicion import NATURE
from adapters.register.uploads import NewFile
from adapters.register.workflow import decide, submit
from connector.canonical import digest
from connector.clock import LOCAL_ZONE
from connector.rules.classify import sounds_like_denunciation
from connector.text.legacy import detect
from connector.text.phone import problem

_AHEAD = timedelta(minutes=5)  # a channel's clock may run a little before ours


async def take_in(scope: Scope, submission: Submission, came: Incoming) -> IntakeReceipt:
    """T1: a new case from a local channel; the same (channel, external id) again gives the same case (R08).

    Raises:
        RegisterRefused: name, phone or content missing (R11, R12), file refused, agency unknown.
    """
    _check_required(submission)
    files = await _checked_files(scope, submission.files)
    receipt = receipt_hash(submission, files)
    now = scope.clock.now()
    if submission.submitted_at and submission.submitted_at > now + _AHEAD:
        raise RegisterRefused(Code.INVALID, "submitted_at")
    async with scope.database.transaction() as conn:
        known = await _known_message(conn, submission, "submit")
        if known is not None:
            return IntakeReceipt(
                id=str(known["case_id"]),
                code=known["code"],
                receipt_sha256=known["receipt_sha256"],
                duplicate=True,
                legacy_encoding=_legacy(submission),
            )
        await _check_typist(scope, conn, submission)
        agency = await scope.agency(conn, submission.agency or scope.config.madonvi, now)
        keys, code = await create_case(conn, scope, now, _columns(submission, now, agency))
        await add_files(conn, keys, files, now)
        received = submit(
            at=now,
            agency=agency,
            officer=submission.officer,
            receipt=receipt,
            private=submission.private,
            # a denunciation's sender is protected from the first moment, until a person has looked (R04)
            restricted=submission.nature == NATURE,
            suspected=sounds_like_denunciation(submission.title or "", submission.content),
        )
        await _keep_message(conn, submission, "submit", keys.case_id, now)
        await evidence.keep(conn, keys, came, _about(submission, evidence.SUBMISSION), now)
        acts = stamped(scope.book, [received], known=(), channel=submission.channel)
        await write(conn, keys, CaseState(nature=submission.nature), acts, now)
    return IntakeReceipt(
        id=str(keys.case_id), code=code, receipt_sha256=receipt, legacy_encoding=_legacy(submission)
    )


def _legacy(submission: Submission) -> str | None:
    found = detect(f"{submission.title or ''}\n{submission.content}")
    return found.encoding.value if found else None


def _about(message: Submission | Supplement, kind: str) -> evidence.Circumstances:
    told = message.submitted_at if isinstance(message, Submission) else None
    return evidence.Circumstances(kind=kind, channel=message.channel, officer=message.officer, source_at=told)


async def take_supplement(scope: Scope, ref: str, supplement: Supplement, came: Incoming) -> Performed:
    """T4: the sender supplements a case that waits for it; idempotent by (channel, external id)."""
    files = await _checked_files(scope, supplement.files)
    now = scope.clock.now()
    async with scope.database.transaction() as conn:
        case_id = await case_number(conn, ref)
        purpose = f"supplement:{case_id}"
        known = await _known_message(conn, supplement, purpose)
        directory = await scope.directory(conn)
        loaded = await load(conn, case_id, directory, scope.masters)
        if known is not None:
            return _performed(loaded.row, loaded.state, (), loaded.row["version"])
        command = Command(
            name=CommandName.SUPPLEMENT, at=now, officer=supplement.officer, text=supplement.text,
            attachments=("-",) if files else (),
        )  # fmt: skip
        decide(loaded.state, command, directory)  # refuse before any bytes are written
        ids = await add_files(conn, loaded.keys, files, now)
        acts = decide(loaded.state, _with_files(command, ids), directory)
        await _keep_message(conn, supplement, purpose, case_id, now)
        await evidence.keep(conn, loaded.keys, came, _about(supplement, evidence.SUPPLEMENT), now)
        written = await write(conn, loaded.keys, loaded.state, loaded.stamped(scope.book, acts), now)
        return performed(loaded.row, written)


def performed(row: Any, written: Written) -> Performed:
    """What was done, from the locked row and what was written."""
    return _performed(row, written.state, written.acts, written.seq)


def _performed(row: Any, state: CaseState, acts: tuple[str, ...], seq: int) -> Performed:
    assert state.state is not None
    return Performed(
        id=str(row["id"]), code=row["code"], state=state.state.value, acts=acts, version=str(seq)
    )


def _with_files(command: Command, ids: tuple[str, ...]) -> Command:
    return Command(
        name=command.name, at=command.at, officer=command.officer, text=command.text, attachments=ids
    )


async def case_number(conn: Connection, ref: str) -> int:
    """The number of a case by id or code. Raises NOT_FOUND for an unknown code; an unknown id shows when it is locked."""
    if ref.isdecimal() and ref.isascii() and len(ref) <= 18:
        return int(ref)
    row = await one(conn, "case_id", ref=ref)
    if row is None:
        raise RegisterRefused(Code.NOT_FOUND)
    number: int = row["id"]
    return number


async def create_case(
    conn: Connection, scope: Scope, now: datetime, columns: Mapping[str, Any]
) -> tuple[CaseKeys, str]:
    """Insert the case, sealed under fresh keys; its keys and its code: that of the columns, else the day's next.

    Raises:
        RegisterRefused: COUNTER_FULL after 99,999 cases in a day.
    """
    numbered = await one(conn, "new_case_id")
    assert numbered is not None
    case_id, day = numbered["id"], now.astimezone(LOCAL_ZONE).date()
    keys, stored = new_keys(scope.masters, case_id)
    wrapped = [
        {"purpose": purpose.value, "master": item.master, "wrapped": item.blob.hex()}
        for purpose, item in stored.items()
    ]
    row = await one(
        conn, "create_case", id=case_id, prefix=scope.config.madonvi, day=day, now=now, state=State.MOI.value,
        keys=Jsonb(wrapped), **columns, **sealed_columns(keys, scope.masters, columns),
    )  # fmt: skip
    if row is None:
        raise RegisterRefused(Code.COUNTER_FULL)
    return keys, row["code"]


def sender_columns(sender: SenderIn) -> dict[str, Any]:
    """The sender as columns."""
    return {f"sender_{name}": value for name, value in sender.model_dump().items()}


def receipt_hash(submission: Submission, files: tuple[NewFile, ...]) -> str:
    """SHA-256 over what was handed in: fields in canonical form, files by their hash (R13)."""
    body = submission.model_dump(mode="json", exclude={"files"})
    return digest({**body, "files": [[file.file_name, file.sha256] for file in files]})


def _columns(submission: Submission, now: datetime, agency: str) -> dict[str, Any]:
    title = (submission.title or "").strip() or submission.content.strip().splitlines()[0][:150]
    return {
        "code": None,
        "origin_system": None,
        "origin_ref": None,
        "channel": submission.channel,
        "nature": submission.nature,
        "field": submission.field,
        "field_name": submission.field_name,
        "procedure": submission.procedure,
        "title": title,
        "content": submission.content,
        "place": submission.place.model_dump() if submission.place else None,
        "instruction": None,
        "submitted_at": submission.submitted_at or now,
        "portal_due_at": None,
        "public_code": None,
        "agency": agency,
        "private": submission.private,
        "restricted": submission.nature == NATURE,
        **sender_columns(submission.sender),
    }


def _check_required(submission: Submission) -> None:
    sender = submission.sender
    if not ((sender.name or "").strip() or (sender.organisation or "").strip()):
        raise RegisterRefused(Code.NAME_MISSING)
    trouble = problem(sender.phone)
    if trouble is not None:
        raise RegisterRefused(Code.PHONE_INVALID, trouble.value)
    if not submission.content.strip():
        raise RegisterRefused(Code.CONTENT_MISSING)


async def _checked_files(scope: Scope, files: tuple[FileIn, ...]) -> tuple[NewFile, ...]:
    taken = await received_files(scope, [item.file() for item in files], strict=True)
    if any(file.content is None or file.id is not None for file in taken):
        raise RegisterRefused(Code.INVALID, "files")
    return taken


async def _check_typist(scope: Scope, conn: Connection, submission: Submission) -> None:
    if submission.officer is None:
        if submission.channel == "officer":
            raise RegisterRefused(Code.OFFICER_MISSING)
    elif not (await scope.directory(conn)).is_person(submission.officer):
        raise RegisterRefused(Code.SERVICE_ACCOUNT)


async def _known_message(conn: Connection, message: Submission | Supplement, purpose: str) -> Any:
    if message.external_id is None:
        return None
    await run(conn, "serialise", key=f"message|{message.channel}|{message.external_id}")
    known = await one(conn, "message", channel=message.channel, external_id=message.external_id)
    if known is not None and known["purpose"] != purpose:
        raise RegisterRefused(Code.MESSAGE_REUSED)
    return known


async def _keep_message(
    conn: Connection, message: Submission | Supplement, purpose: str, case_id: int, now: datetime
) -> None:
    if message.external_id is not None:
        await run(
            conn, "keep_message", channel=message.channel, external_id=message.external_id, purpose=purpose,
            case_id=case_id, now=now,
        )  # fmt: skip

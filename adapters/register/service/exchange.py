"""Writes of the connector: create, update, append. Each is idempotent by key and by natural key."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.register.commands import NewAct
from adapters.register.database import Connection, one, rows, run
from adapters.register.foreign import taken
from adapters.register.incoming import Incoming
from adapters.register.models import ActIn, CaseFields, CaseIn
from adapters.register.refusals import Code, RegisterRefused
from adapters.register.sealed import CaseKeys
from adapters.register.service.codes import free_again
from adapters.register.service.columns import sealed_columns
from adapters.register.service.evidence import APPEND, CREATE, UPDATE, Circumstances, keep
from adapters.register.service.files import add_files, check_files
from adapters.register.service.files import received as received_files
from adapters.register.service.finding import from_stored
from adapters.register.service.headers import HEADER, TEXT, changed_columns, header_row, old_header
from adapters.register.service.intake import case_number, create_case, sender_columns
from adapters.register.service.scope import Scope
from adapters.register.service.stamping import UNBORN, stamped
from adapters.register.service.unit import Loaded, Written, load, write
from adapters.register.service.values import ExchangeReceipt
from adapters.register.states import CaseState, State, advance
from adapters.register.suspicion import NATURE, held_for
from adapters.register.uploads import NewFile
from adapters.register.workflow import submit
from connector import crash
from connector.canonical import digest
from connector.case import Act, ActKind
from connector.rules.classify import sounds_like_denunciation
from connector.rules.stamp import local_day

_Effect = Callable[[Connection, datetime], Awaitable[tuple[ExchangeReceipt, int]]]


async def create(
    scope: Scope, key: UUID, body: CaseIn, files: Sequence[NewFile], came: Incoming
) -> ExchangeReceipt:
    """T1 for a case born on a portal. A case of that origin that is here already is answered, not made again.

    A code is kept if this register gave it once and has lost the case since (:mod:`.codes`).
    """
    kept = await _checked(scope, files)
    about = Circumstances(kind=CREATE, channel=body.channel, source_at=body.submitted_at)

    async def effect(conn: Connection, now: datetime) -> tuple[ExchangeReceipt, int]:
        await run(conn, "serialise", key=f"origin|{body.origin_system}|{body.origin_ref}")
        known = await one(conn, "find_origin", origin_system=body.origin_system, origin_ref=body.origin_ref)
        if known is not None:
            written = await _append(scope, conn, known["id"], body.acts, kept, Came(came, about, now))
            return _receipt(known["id"], known["code"], written, duplicate=True), known["id"]
        return await _create(scope, conn, body, kept, Came(came, about, now))

    return await _once(scope, key, CREATE, _fingerprint(body, kept), effect)


async def update(
    scope: Scope, key: UUID, ref: str, body: CaseFields, files: Sequence[NewFile], came: Incoming
) -> ExchangeReceipt:
    """What the system of entry says anew of its case. Members that are absent stay as they are.

    Privacy only tightens (invariant 6). Custody and due date of the handling are the register's own (invariant 7):
    a differing ``agency`` is not taken over and is named in the receipt's fact ``not_taken``.

    Raises:
        RegisterRefused: NOT_OWNER if it would change the text or sender of a case that was entered here.
    """
    kept = await _checked(scope, files)
    about = Circumstances(kind=UPDATE, channel=body.channel, source_at=body.submitted_at)

    async def effect(conn: Connection, now: datetime) -> tuple[ExchangeReceipt, int]:
        case_id = await case_number(conn, ref)
        loaded = await load(conn, case_id, await scope.directory(conn), scope.masters)
        return await _update(scope, conn, loaded, body, kept, Came(came, about, now)), case_id

    return await _once(scope, key, UPDATE, _fingerprint(body, kept, ref), effect)


async def append(
    scope: Scope, key: UUID, ref: str, acts: Sequence[ActIn], files: Sequence[NewFile], came: Incoming
) -> ExchangeReceipt:
    """Acts born elsewhere; those that are here already are passed over."""
    kept = await _checked(scope, files)
    about = Circumstances(kind=APPEND, source_at=max((act.at for act in acts), default=None))
    prints = digest(
        [ref, [act.model_dump(mode="json") for act in acts], [[file.id, file.sha256] for file in kept]]
    )

    async def effect(conn: Connection, now: datetime) -> tuple[ExchangeReceipt, int]:
        case_id = await case_number(conn, ref)
        written = await _append(scope, conn, case_id, acts, kept, Came(came, about, now))
        row = await one(conn, "code_of", case_id=case_id)
        assert row is not None
        return _receipt(case_id, row["code"], written, duplicate=written is None), case_id

    return await _once(scope, key, APPEND, prints, effect)


class Came(NamedTuple):
    """What came, in which circumstances, and when."""

    raw: Incoming
    about: Circumstances
    at: datetime


async def _once(
    scope: Scope, key: UUID, operation: str, fingerprint: str, effect: _Effect
) -> ExchangeReceipt:
    """Run the effect once for a key; later calls get the stored receipt. Same key, same body, always."""
    now = scope.clock.now()
    async with scope.database.transaction() as conn:
        await run(conn, "serialise", key=f"key|{key}")
        known = await one(conn, "key", key=key)
        if known is not None:
            if (known["operation"], known["body_sha256"]) != (operation, fingerprint):
                raise RegisterRefused(Code.KEY_REUSED)
            return from_stored(known["receipt"], duplicate=True)
        receipt, case_id = await effect(conn, now)
        stored = Jsonb({"ref": receipt.ref, "facts": dict(receipt.facts)})
        await run(
            conn, "keep_key", key=key, operation=operation, body_sha256=fingerprint, case_id=case_id,
            receipt=stored, now=now,
        )  # fmt: skip
        crash.point("write.committing", operation)
        return receipt


async def _create(
    scope: Scope, conn: Connection, body: CaseIn, files: Sequence[NewFile], came: Came
) -> tuple[ExchangeReceipt, int]:
    now = came.at
    agency = await scope.agency(conn, body.agency or scope.config.madonvi, now)
    returned = await free_again(conn, body.code)
    private, restricted = bool(body.private), body.nature == NATURE
    columns = {
        **body.model_dump(include=HEADER),
        "code": returned,
        "place": body.place.model_dump() if body.place else None,
        "origin_system": body.origin_system,
        "origin_ref": body.origin_ref,
        "portal_due_at": body.due_at,
        "agency": agency,
        "private": private,
        "restricted": restricted,
        **sender_columns(body.sender),
    }
    keys, code = await create_case(conn, scope, now, columns)
    receipt = _fingerprint(body, files)
    received = submit(
        at=now, agency=agency, officer=None, receipt=receipt, private=private, restricted=restricted,
        suspected=sounds_like_denunciation(body.title, body.content, *_added(body.acts)),
    )  # fmt: skip
    state = CaseState(portal_born=True, nature=body.nature)
    acts = await _new_acts(
        scope,
        conn,
        keys.case_id,
        advance(state, received.numbered(UNBORN)),
        body.acts,
        past=returned is not None,
    )
    await _keep_files(conn, keys, files, acts, now)
    await keep(conn, keys, came.raw, came.about, now)
    marked = stamped(scope.book, [received, *acts], known=(), channel=body.channel)
    written = await write(conn, keys, state, marked, now)
    return _receipt(keys.case_id, code, written), keys.case_id


async def _append(
    scope: Scope,
    conn: Connection,
    case_id: int,
    acts: Sequence[ActIn],
    files: Sequence[NewFile],
    came: Came,
) -> Written | None:
    """Acts and files that are not here yet; None if all were."""
    loaded = await load(conn, case_id, await scope.directory(conn), scope.masters)
    new = await _new_acts(scope, conn, case_id, loaded.state, acts)
    fresh = await _fresh_files(conn, loaded, files)
    if not new and not fresh:
        return None
    await _keep_files(conn, loaded.keys, fresh, new, came.at)
    await keep(conn, loaded.keys, came.raw, came.about, came.at)
    held = held_for(loaded.state, came.at, *_added(new))
    marked = loaded.stamped(scope.book, [*new, *held])
    return await write(conn, loaded.keys, loaded.state, marked, came.at)


def _added(acts: Sequence[Act | ActIn]) -> list[str]:
    """What the sender added to the case."""
    return [act.text for act in acts if act.kind is ActKind.SUPPLEMENTED and act.text]


async def _new_acts(
    scope: Scope,
    conn: Connection,
    case_id: int,
    state: CaseState,
    acts: Sequence[ActIn],
    *,
    past: bool = False,
) -> list[Act]:
    """Those that are not here yet. ``past``: our own of a time that was lost, which no portal need tell with the official."""
    if not acts:
        return []
    known = {
        row["act_id"]: row["case_id"] for row in await rows(conn, "known_ids", act_ids=[a.id for a in acts])
    }
    directory = await scope.directory(conn)
    new: dict[str, Act] = {}
    for told in acts:
        if told.id in new:
            continue
        if told.id in known:
            if known[told.id] != case_id:
                raise RegisterRefused(Code.ACT_ELSEWHERE, told.id)
            continue
        inside = not past and (
            told.agency is None or directory.canonical(told.agency, local_day(told.at)) is not None
        )
        act = taken(state, Act(**told.model_dump()), inside=inside, is_service=directory.is_service)
        state = advance(state, act)
        new[act.id] = act
    return list(new.values())


async def _fresh_files(conn: Connection, loaded: Loaded, files: Sequence[NewFile]) -> list[NewFile]:
    if not files or loaded.state.state is State.NGOAI_HE_THONG:
        return []
    held = {row["attachment_id"]: row for row in await rows(conn, "file_ids", case_id=loaded.id)}
    fresh = []
    for file in files:
        known = held.get(str(file.id))
        if known is None or (file.content is not None and not known["held"]):
            fresh.append(file)
        elif file.sha256 and known["sha256"] and file.sha256 != known["sha256"]:
            raise RegisterRefused(Code.FILE_HASH, str(file.id))
    return fresh


async def _keep_files(
    conn: Connection, keys: CaseKeys, files: Sequence[NewFile], acts: Sequence[Act], now: datetime
) -> None:
    await add_files(conn, keys, files, now)
    await check_files(conn, keys.case_id, (name for act in acts for name in act.attachments))


async def _update(
    scope: Scope, conn: Connection, loaded: Loaded, body: CaseFields, files: Sequence[NewFile], came: Came
) -> ExchangeReceipt:
    row, state, keys, now = loaded.row, loaded.state, loaded.keys, came.at
    if state.state is State.NGOAI_HE_THONG:
        return _receipt(loaded.id, row["code"], None, not_taken="*")
    changed = changed_columns(row, body)
    not_taken = ["agency"] if body.agency not in {None, row["agency"]} else []
    if keys.contact is None and any(name.startswith("sender_") for name in changed):
        # an erased sender stays erased, whatever the system of entry still holds
        changed = {name: value for name, value in changed.items() if not name.startswith("sender_")}
        not_taken.append("sender")
    owned = [name for name in changed if name in TEXT or name.startswith("sender_") or name == "place"]
    if owned and not state.portal_born:
        raise RegisterRefused(Code.NOT_OWNER, ", ".join(sorted(owned)))
    if (body.origin_system, body.origin_ref) not in {(None, None), (row["origin_system"], row["origin_ref"])}:
        raise RegisterRefused(Code.NOT_OWNER, "origin_system, origin_ref")
    fresh = await _fresh_files(conn, loaded, files)
    await add_files(conn, keys, fresh, now)
    acts = []
    if body.private and not state.private:
        acts.append(
            NewAct(kind=ActKind.MADE_PRIVATE, at=now, details={"source": row["origin_system"] or "exchange"})
        )
    acts += held_for(state, now, changed.get("title"), changed.get("content"), nature=changed.get("nature"))
    told = ", ".join(not_taken) or None
    if not changed and not acts and not fresh:
        return _receipt(loaded.id, row["code"], None, duplicate=True, not_taken=told)
    if changed:
        header = header_row(row, changed)
        await run(conn, "update_header", **header, **sealed_columns(keys, scope.masters, header))
    await keep(conn, keys, came.raw, came.about, now)
    written = await write(conn, keys, state, loaded.stamped(scope.book, acts), now)
    if owned:
        old = old_header(keys, row, written.seq)
        await run(conn, "keep_header", case_id=loaded.id, now=now, seq=written.seq, **old)
    return _receipt(loaded.id, row["code"], written, not_taken=told)


async def _checked(scope: Scope, files: Sequence[NewFile]) -> tuple[NewFile, ...]:
    if any(file.id is None for file in files):
        raise RegisterRefused(Code.INVALID, "files: id")
    return await received_files(scope, files, strict=False)


def _fingerprint(body: CaseFields, files: Sequence[NewFile], ref: str = "") -> str:
    told = body.model_dump(mode="json", exclude_unset=True)
    return digest([ref, told, [[file.id, file.sha256] for file in files]])


def _receipt(
    case_id: int, code: str, written: Written | None, *, duplicate: bool = False, not_taken: str | None = None
) -> ExchangeReceipt:
    facts = {"code": code}
    if written is not None and written.state.state is not None:
        facts |= {"state": written.state.state.value, "version": str(written.seq)}
    if not_taken:
        facts["not_taken"] = not_taken
    return ExchangeReceipt(ref=str(case_id), duplicate=duplicate, facts=facts)

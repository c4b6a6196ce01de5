"""Render one delivery: source telling → privacy gate → mapping → operation, and its files."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connector.canonical import digest_bytes
from connector.case import Act, Attachment, Case
from connector.errors import Conflict, Permanent, Transient, Unreadable
from connector.mapping.intent import Intent, IntentKind
from connector.merge import digests
from connector.store import cases, tickets
from connector.store.cases import CaseRow
from connector.store.database import Connection
from connector.store.deliveries import Delivery
from connector.store.links import Link
from connector.sync.context import Context, is_portal
from connector.system import Files, Operation, OutgoingFile


async def render(
    ctx: Context, item: Delivery, row: CaseRow | None = None
) -> tuple[Operation, Mapping[str, Any]]:
    """The operation of a delivery as things stand now, and what it was rendered from (digests, for the baseline).

    Args:
        row: the case, if it has just been read.

    Raises:
        Unmapped, PrivacyStop: from mapping and gate.
        Permanent: the source no longer tells the case or the act.
    """
    if row is None:
        async with ctx.db.looking() as conn:
            row = await cases.get(conn, item.case_id)
    source = row.link(item.source) if row else None
    target = row.link(item.target) if row else None
    if row is None or source is None or source.state is None:
        msg = f"{item.source} does not tell this case"
        raise Permanent(msg)
    act = _act(source.state, item)
    if item.intent is not IntentKind.CREATE and target is None:
        msg = f"{item.target} does not know this case yet"
        raise Conflict(msg)
    telling = ctx.policy.gate(source.state, item.target, item.intent)
    # not every portal repeats it, and a case that comes back after a restore keeps it
    telling = replace(telling, code=telling.code or row.code)
    intent = Intent(
        kind=item.intent,
        case=telling,
        ref=target.ref if target else None,
        act=telling.act(act.id) if act else None,
        not_before=_newest(target.state if target else None, item.target),
    )
    files = await _outgoing(ctx, source.state, item, _files_of(telling, item, act))
    operation = ctx.mappings.for_system(item.target).write(intent, item.key, files)
    return operation, basis_of(source.state, act)


def basis_of(source: Case, act: Act | None) -> dict[str, Any]:
    """What the baseline becomes once the write is done."""
    return {
        "fields": digests(source),
        "privacy": source.header.privacy.value if source.header else "open",
        "acts": [one.id for one in source.acts],
        "act": act.id if act else None,
        "kind": act.kind.value if act else None,
    }


def _act(source: Case, item: Delivery) -> Act | None:
    if item.act_id is None:
        return None
    act = source.act(item.act_id)
    if act is None:
        msg = f"{item.source} no longer tells the act {item.act_id}"
        raise Permanent(msg)
    return act


def _newest(state: Case | None, target: str) -> datetime | None:
    """Portals refuse acts older than the newest they know; the register keeps each act's own time."""
    if state is None or not is_portal(target):
        return None
    return max((act.at for act in state.acts), default=None)


def _files_of(telling: Case, item: Delivery, act: Act | None) -> list[Attachment]:
    """The files that travel with this write: those of the act, or the question files of a creation or update."""
    if act is not None:
        return [one for one in telling.attachments if one.id in act.attachments]
    if not is_portal(item.target) and item.intent is IntentKind.CREATE:
        return list(telling.attachments)
    return [one for one in telling.attachments if one.role == "question"]


async def _outgoing(
    ctx: Context, source: Case, item: Delivery, files: list[Attachment]
) -> tuple[OutgoingFile, ...]:
    """Each with an expiring address for a system that fetches files, without for one that takes them inline."""
    if not files or ctx.systems[item.target].capabilities.files is not Files.REFERENCE:
        return tuple(OutgoingFile(attachment=one, uri=None) for one in files)
    async with ctx.db.unit() as unit:
        return tuple(
            [OutgoingFile(attachment=one, uri=await _address(ctx, unit.conn, source, one)) for one in files]
        )


async def _address(ctx: Context, conn: Connection, source: Case, one: Attachment) -> str:
    if ctx.file_base is None:
        msg = "gateway.public_base is not set: the portal could not fetch the file"
        raise Permanent(msg)
    expires = ctx.clock.now() + timedelta(seconds=ctx.settings.gateway.ticket_ttl_s)
    token = await tickets.issue(
        conn, system=source.system, ref=source.ref, attachment=one, expires_at=expires
    )
    return f"{ctx.file_base}/tai-tep/{token}"


async def keep_addresses(ctx: Context, conn: Connection, source: Link, operation: Operation) -> None:
    """A write that waited goes out with the addresses it was rendered with: they must be good again."""
    expires = ctx.clock.now() + timedelta(seconds=ctx.settings.gateway.ticket_ttl_s)
    for one in operation.files:
        if one.uri is not None:
            await tickets.prolong(
                conn,
                one.uri.rpartition("/")[2],
                system=source.system,
                ref=source.ref,
                attachment=one.attachment,
                expires_at=expires,
            )


async def load_files(ctx: Context, item: Delivery, operation: Operation) -> Operation:
    """Read the bytes of files that travel inline, and check their hash. Bytes are never stored with the delivery."""
    if not operation.files or ctx.systems[item.target].capabilities.files is not Files.INLINE:
        return operation
    async with ctx.db.reading() as conn:
        row = await cases.get(conn, item.case_id)
    link = row.link(item.source) if row else None
    if link is None:
        msg = f"{item.source} does not tell this case"
        raise Permanent(msg)
    loaded = [await _load(ctx, item, link.ref, one) for one in operation.files]
    return replace(operation, files=tuple(loaded))


GARBLED = 3
"""So often a file that came damaged is asked for again before a person is."""


async def _read(ctx: Context, item: Delivery, ref: str, one: OutgoingFile) -> bytes:
    """Its bytes; a garbled answer may come whole the next time, so the write waits at first."""
    try:
        return await ctx.systems[item.source].read_file(ref, one.attachment)
    except Unreadable as error:
        if item.attempts < GARBLED:
            raise Transient(error.message) from error
        raise


async def _load(ctx: Context, item: Delivery, ref: str, one: OutgoingFile) -> OutgoingFile:
    content = await _read(ctx, item, ref, one)
    if one.attachment.sha256 and digest_bytes(content) != one.attachment.sha256:
        msg = f"file {one.attachment.id}: the bytes do not have the stated hash"
        if item.attempts < GARBLED:
            raise Transient(msg)
        raise Permanent(msg)
    attachment = replace(one.attachment, size=len(content), sha256=digest_bytes(content))
    return OutgoingFile(attachment=attachment, content=content)

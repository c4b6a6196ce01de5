"""A write that names an idempotency key is done once: the same call again gets the first answer.

An error changed nothing, so its key is free again. Neither is an answer kept that shows something: it may hold what only
its call may see, and reading again does no harm.
"""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from fastapi import Response
from fastapi.responses import JSONResponse

from connector.canonical import digest_bytes
from connector.console.answers import called
from connector.console.visit import Done, Handed, Shown, Visit
from connector.errors import ConnectorError, KeyReused, UserError
from connector.store import kept_answers
from connector.store.kept_answers import KeptAnswer

REPLAYED = "Idempotent-Replayed"
"""A header of answers that were given before."""

_KEY = re.compile(r"[!-~]{1,200}")


async def once(
    visit: Visit, key: str, path: str, do: Callable[[Visit], Awaitable[Done | Shown | Handed]]
) -> Response:
    """Answer the call, or repeat what was answered.

    Raises:
        UserError: no fit key. KeyReused: it came with another call, or its call is not over.
        ConnectorError: as the call itself.
    """
    if not _KEY.fullmatch(key):
        msg = "Idempotency-Key: 1 to 200 printable ASCII characters without blanks"
        raise UserError(msg)
    before = await _begin(visit, key, path)
    if before is not None:
        return _again(before)
    try:
        done = await do(visit)
    except ConnectorError:
        await _forget(visit, key)
        raise
    given = called(visit, done)
    if isinstance(done, Done):
        async with visit.site.db.unit() as unit:
            body = bytes(given.body).decode()
            await kept_answers.keep(unit.conn, visit.actor, key, status=given.status_code, body=body)
    else:
        await _forget(visit, key)
    return given


async def _begin(visit: Visit, key: str, path: str) -> KeptAnswer | None:
    call = json.dumps([path, dict(visit.path), dict(visit.form)], sort_keys=True)
    now = visit.site.ctx.clock.now()
    since = now - timedelta(seconds=visit.site.settings.console.answers_kept_s)
    digest = digest_bytes(call.encode())
    async with visit.site.db.unit() as unit:
        before = await kept_answers.begin(unit.conn, visit.actor, key, digest, at=now, since=since)
    if before is not None and before.call_digest != digest:
        msg = "khóa chống lặp đã đi với lần gọi khác / the idempotency key came with another call before"
        raise KeyReused(msg)
    return before


def _again(before: KeptAnswer) -> Response:
    if before.status is None or before.body is None:
        msg = (
            "lần gọi đầu chưa xong hoặc bị ngắt / the first call with this key is under way or was cut short"
        )
        raise KeyReused(msg)
    headers = {REPLAYED: "true", "Cache-Control": "no-store"}
    return JSONResponse(json.loads(before.body), status_code=before.status, headers=headers)


async def _forget(visit: Visit, key: str) -> None:
    async with visit.site.db.unit() as unit:
        await kept_answers.forget(unit.conn, visit.actor, key)

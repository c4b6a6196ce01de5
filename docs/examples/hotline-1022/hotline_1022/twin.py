"""The hotline's twin: its REST interface in memory, as strict as its document says. Shares no code with the adapter."""

import argparse
import asyncio
import base64
import binascii
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

AGENCY = {"code": "000.00.00.H56", "name": "UBND tỉnh Thanh Hóa (mẫu)"}
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
KINDS = {"HV", "QD", "HT"}


class Refusal(Exception):
    """An answer that is no success: HTTP status and code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Desk:
    """What the hotline knows. Callers call in, other clients write; each write once under its key."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.tickets: dict[str, dict[str, Any]] = {}
        self.contents: dict[tuple[str, str], bytes] = {}
        self.writes: dict[str, str] = {}
        self._changes = 0

    def call_in(self, ticket: Mapping[str, Any], files: Sequence[Mapping[str, Any]] = ()) -> str:
        """A ticket is opened; its id."""
        if ticket.get("kind") not in KINDS or not ticket.get("title") or not ticket.get("content"):
            raise Refusal(422, "INVALID")
        _instant(ticket.get("received_at"))
        ref = f"1022-{len(self.tickets) + 1:06}"
        self.tickets[ref] = {
            **ticket,
            "id": ref,
            "channel": "GOI",
            "state": "MOI",
            "entries": [],
            "files": [],
        }
        self._attach(ref, files)
        self.enter(ref, "TIEP_NHAN", at=str(ticket["received_at"]))
        return ref

    def enter(self, ref: str, what: str, *, at: str | None = None, text: str = "", key: str = "") -> None:
        """One more entry."""
        ticket = self.tickets[ref]
        at = at or datetime.now(ZONE).isoformat(timespec="seconds")
        entry = {"no": len(ticket["entries"]) + 1, "at": at, "what": what, "text": text, "key": key}
        ticket["entries"].append(entry)
        self._changes += 1
        ticket["seq"] = self._changes

    def write(self, key: str, ref: str | None, verb: str, body: Mapping[str, Any]) -> tuple[str, bool]:
        """A write of another client; its ticket, and whether it took effect now."""
        if key in self.writes:
            return self.writes[key], False
        if ref is None:
            ref = self.call_in(
                {name: value for name, value in body.items() if name != "files"}, body["files"]
            )
        else:
            self._add(ref, verb, body, key)
        self.writes[key] = ref
        return ref, True

    def _add(self, ref: str, verb: str, body: Mapping[str, Any], key: str) -> None:
        ticket = self.tickets.get(ref)
        if ticket is None:
            raise Refusal(404, "NO_TICKET")
        _instant(body.get("at"))
        if verb == "answer" and ticket["state"] != "DANG_XU_LY":
            raise Refusal(409, "NOT_ACCEPTED")
        self._attach(ref, body["files"])
        ticket["state"] = "DA_TRA_LOI" if verb == "answer" else "DANG_XU_LY"
        self.enter(
            ref,
            "TRA_LOI" if verb == "answer" else "GHI_CHU",
            at=body["at"],
            text=body.get("text", ""),
            key=key,
        )

    def _attach(self, ref: str, files: Sequence[Mapping[str, Any]]) -> None:
        for one in files:
            try:
                content = base64.b64decode(one["content"], validate=True)
            except (KeyError, binascii.Error):
                raise Refusal(422, "FILE") from None
            known = self.tickets[ref]["files"]
            name = f"F{len(known) + 1}"
            self.contents[ref, name] = content
            told = {"id": name, "name": one["name"], "type": one["type"], "size": len(content)}
            known.append({**told, "sha256": hashlib.sha256(content).hexdigest()})


def _instant(text: object) -> None:
    try:
        aware = datetime.fromisoformat(str(text)).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise Refusal(422, "INSTANT")


class Counter:
    """The desk's REST interface, call by call."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @web.middleware
    async def door(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Nobody comes in without the key; a refusal is a status and a code."""
        if request.headers.get("x-api-key") != self._desk.key:
            return web.json_response({"error": "KEY"}, status=401)
        try:
            answer: web.StreamResponse = await handler(request)
        except Refusal as refusal:
            return web.json_response({"error": refusal.code}, status=refusal.status)
        return answer

    async def ping(self, _: web.Request) -> web.Response:
        """Clock and version."""
        return web.json_response({"time": datetime.now(ZONE).isoformat(), "version": "1.0"})

    async def agencies(self, _: web.Request) -> web.Response:
        """Whom a ticket can be for."""
        return web.json_response({"agencies": [AGENCY]})

    async def listed(self, request: web.Request) -> web.Response:
        """Tickets by the number of their last change."""
        after, limit = int(request.query["after"]), int(request.query["limit"])
        newer = [one for one in self._desk.tickets.values() if one["seq"] > after]
        page = sorted(newer, key=lambda one: one["seq"])[:limit]
        return web.json_response({"tickets": page, "next": page[-1]["seq"] if page else after})

    async def ticket(self, request: web.Request) -> web.Response:
        """One ticket whole."""
        return web.json_response(_known(self._desk.tickets, request.match_info["ref"], "NO_TICKET"))

    async def file(self, request: web.Request) -> web.Response:
        """The bytes of a file."""
        place = request.match_info["ref"], request.match_info["file"]
        return web.Response(body=_known(self._desk.contents, place, "NO_FILE"))

    async def written(self, request: web.Request) -> web.Response:
        """Which ticket a write went to, if it took effect."""
        return web.json_response({"ticket": _known(self._desk.writes, request.match_info["key"], "NO_WRITE")})

    async def write(self, request: web.Request) -> web.Response:
        """A new ticket, or an entry."""
        told = request.match_info
        body = await request.json()
        ref, fresh = self._desk.write(told["key"], told.get("ref"), told.get("verb", ""), body)
        return web.json_response({"ticket": ref}, status=201 if fresh else 200)

    def application(self) -> web.Application:
        """All calls."""
        app = web.Application(middlewares=[self.door], client_max_size=64 * 1024 * 1024)
        app.add_routes(
            [
                web.get("/v1/ping", self.ping),
                web.get("/v1/agencies", self.agencies),
                web.get("/v1/tickets", self.listed),
                web.get("/v1/tickets/{ref}", self.ticket),
                web.get("/v1/tickets/{ref}/files/{file}", self.file),
                web.get("/v1/writes/{key}", self.written),
                web.put("/v1/tickets/{key}", self.write),
                web.put("/v1/tickets/{ref}/{verb:note|answer}/{key}", self.write),
            ]
        )
        return app


def _known(where: Mapping[Any, Any], name: object, code: str) -> Any:
    if name not in where:
        raise Refusal(404, code)
    return where[name]


@contextlib.asynccontextmanager
async def served(desk: Desk, port: int = 0) -> AsyncIterator[int]:
    """Serve on 127.0.0.1 until the block ends; yields the port."""
    runner = web.AppRunner(Counter(desk).application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def main(argv: Sequence[str] | None = None) -> int:
    """``phanhoi twin hotline_1022``: serve until Ctrl-C; the key comes as ``HOTLINE_KEY``."""
    parser = argparse.ArgumentParser(prog="phanhoi twin hotline_1022", description=__doc__)
    parser.add_argument("--port", type=int, default=8022)
    port = parser.parse_args(argv).port

    async def run() -> None:
        async with served(Desk(os.environ["HOTLINE_KEY"]), port) as at:
            print(f"http://127.0.0.1:{at}", flush=True)  # noqa: T201  # a program's output
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())
    return 0

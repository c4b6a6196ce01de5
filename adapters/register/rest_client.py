"""The register by its REST API: the contract that another register may offer too (docs/register.md)."""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from adapters.register.capabilities import (
    APPEND,
    CAPABILITIES,
    CREATE,
    OPERATIONS,
    acts_of,
    agencies_as_catalogue,
    body_of,
    case_ref,
    files_of,
    natural_of,
)
from adapters.register.documents import encode, record
from adapters.register.failures import failure
from adapters.register.models import MOST_CODES, CaseFields, CaseIn
from adapters.register.settings import RegisterSettings
from adapters.register.uploads import NewFile
from connector import strict_json
from connector.canonical import digest_bytes, plain
from connector.case import REGISTER, Attachment
from connector.clock import LOCAL_ZONE, sensible
from connector.errors import InDoubt, Permanent, Unreadable
from connector.system import (
    CatalogueEntry,
    Key,
    Operation,
    Page,
    Pong,
    Problem,
    Receipt,
    Record,
    Sighting,
    Verdict,
)
from connector.transport import HttpClient, Reply


class RestClient:
    """The :class:`~connector.system.System` of the register over HTTP."""

    name = REGISTER
    capabilities = CAPABILITIES

    def __init__(self, settings: RegisterSettings, http: HttpClient) -> None:
        assert settings.base_url is not None
        assert settings.token is not None
        self._http = http
        self._base = f"{settings.base_url.rstrip('/')}/api/v1"
        self._token = settings.token
        self._page_size = settings.page_size
        self._max_file_bytes = settings.max_file_bytes

    async def changes(self, since: str | None) -> AsyncIterator[Page]:
        """Whole cases in the order of their last change; the watermark is the feed's sequence number as text."""
        after = since or "0"
        while True:
            told = await self._get("/changes", after=after, limit=str(self._page_size))
            cases = _member(told, "changes", list)
            if not cases:
                return
            if (reached := _member(told, "next", int)) <= int(after):
                msg = "the register's feed does not move on"
                raise Unreadable(msg, after=after)
            after = str(reached)
            yield Page(records=tuple(_told(case) for case in cases), watermark=after)
            if len(cases) < self._page_size:
                return

    async def fetch(self, ref: str) -> Record:
        """The whole case now."""
        return _record(await self._get(f"/cases/{_part(ref)}"))

    async def find(self, key: Key) -> Sighting:
        """Whether the write with this key took effect."""
        natural = natural_of(key)
        wanted = {
            "key": str(key.id),
            "origin_system": natural.origin_system,
            "origin_ref": natural.origin_ref,
        }
        # HttpClient takes one value for a name; several acts are looked up one by one
        for act in natural.acts or (None,):
            params = {name: value for name, value in {**wanted, "act": act}.items() if value is not None}
            told = await self._get("/exchange/find", **params)
            if not _member(told, "found", bool):
                return Sighting(verdict=Verdict.ABSENT)
        return Sighting(verdict=Verdict.FOUND, receipt=_receipt(_member(told, "receipt", dict), write=False))

    async def apply(self, operation: Operation) -> Receipt:
        """``create``, ``update`` or ``append``."""
        key, fields = operation.key, operation.fields
        body: dict[str, Any] = {
            "key": str(key.id),
            "files": [_file(item) for item in files_of(operation.files)],
        }
        if key.operation not in OPERATIONS:
            msg = f"the register knows no operation {key.operation}"
            raise Permanent(msg)
        if key.operation == CREATE:
            body["fields"] = _dump(body_of(CaseIn, fields))
            path = "/exchange/cases"
        elif key.operation == APPEND:
            body["acts"] = [_dump(act) for act in acts_of(fields)]
            path = f"/exchange/cases/{_part(case_ref(operation))}/acts"
        else:
            body["fields"] = _dump(body_of(CaseFields, fields))
            path = f"/exchange/cases/{_part(case_ref(operation))}"
        return _receipt(await self._put(path, body), write=True)

    async def catalogue(self, name: str) -> tuple[CatalogueEntry, ...]:
        """``agencies`` or ``fields``."""
        if name not in {"agencies", "fields"}:
            return ()
        rows = _member(await self._get(f"/{name}"), name, list)
        if not all(
            isinstance(row, dict) and _text(row.get("code")) and _text(row.get("name")) for row in rows
        ):
            msg = f"the register's {name} have a line without code or name"
            raise Unreadable(msg)
        return agencies_as_catalogue(rows)

    async def read_file(self, ref: str, attachment: Attachment) -> bytes:
        """The exact bytes, capped at ``max_file_bytes``."""
        path = f"/cases/{_part(ref)}/attachments/{_part(attachment.id)}"
        reply = await self._http.request(
            "GET",
            self._base + path,
            safe=True,
            headers=self._headers(),
            max_bytes=self._max_file_bytes,
            operation="file",
        )
        if reply.status != 200:
            raise _refused(reply, write=False)
        return reply.content

    async def never_again(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Of codes that the register gave once, those that it has lost; it gives no lost number anew."""
        lost: list[str] = []
        for start in range(0, max(len(codes), 1), MOST_CODES):
            part = codes[start : start + MOST_CODES]
            told = _member(await self._put("/exchange/codes", {"codes": part}), "codes", list)
            if not all(isinstance(code, str) for code in told) or not set(told) <= set(part):
                msg = "the register's answer has codes that it was not asked for"
                raise Unreadable(msg)
            lost += told
        return tuple(lost)

    async def ping(self) -> Pong:
        """The server's time, and proof that it knows our token."""
        await self._get("/exchange/find")
        health = await self._get("/health")
        try:
            time = sensible(datetime.fromisoformat(_member(health, "time", str))).astimezone(LOCAL_ZONE)
        except ValueError:
            msg = "the register's clock cannot be read"
            raise Unreadable(msg) from None
        return Pong(server_time=time, version=str(health.get("version"))[:64])

    async def aclose(self) -> None:
        """Nothing to let go of: the HTTP client belongs to whoever built it."""

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token.get_secret_value()}", "accept": "application/json"}

    async def _get(self, path: str, **params: str) -> dict[str, Any]:
        reply = await self._http.request(
            "GET",
            self._base + path,
            safe=True,
            headers=self._headers(),
            params=params or None,
            operation=path.split("/")[1],
        )
        if reply.status != 200:
            raise _refused(reply, write=False)
        return _tree(reply, write=False)

    async def _put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {**self._headers(), "content-type": "application/json"}
        reply = await self._http.request(
            "PUT", self._base + path, safe=False, content=encode(body), headers=headers, operation="write"
        )
        if reply.status not in {200, 201}:
            raise _refused(reply, write=True)
        return _tree(reply, write=True)


def _part(text: str) -> str:
    """One step of a path; ``.`` and ``..`` would be steps to somewhere else.

    Raises:
        Permanent: the text is no step.
    """
    if not text.strip("."):
        msg = "the id cannot stand in an address"
        raise Permanent(msg)
    return quote(text, safe=":", errors="replace")


def _dump(model: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = model.model_dump(mode="json", exclude_unset=True)
    return dumped


def _file(file: NewFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "role": file.role,
        "file_name": file.file_name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "signed": file.signed,
        "content_base64": None if file.content is None else base64.b64encode(file.content).decode(),
    }


def _tree(reply: Reply, *, write: bool) -> dict[str, Any]:
    try:
        tree = strict_json.read(reply.content)
    except strict_json.BadJson:
        tree = None
    if isinstance(tree, dict):
        return tree
    msg = f"the register's answer is no JSON object ({len(reply.content)} bytes)"
    if write:
        raise InDoubt(msg)
    raise Unreadable(msg)


def _member(tree: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    value = tree.get(name)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        msg = f"the register's answer has no {kind.__name__} {name}"
        raise Unreadable(msg)
    return value


def _told(case: Any) -> Record:
    """One case of a page. What cannot be read is kept for a person, and its neighbours go on."""
    try:
        return _record(case)
    except Unreadable as error:
        raw = strict_json.write(case)
        known = case if isinstance(case, dict) else {}
        return Record(
            system=REGISTER,
            ref=_text(known.get("id")) or f"unreadable-{digest_bytes(raw)[:16]}",
            data={"bytes": digest_bytes(raw)},
            raw=raw,
            version=_text(known.get("version")) or digest_bytes(raw),
            problems=(Problem(where="case", text=error.message),),
        )


def _record(case: Any) -> Record:
    if not isinstance(case, dict) or not _text(case.get("id")) or not _text(case.get("version")):
        msg = "the register's answer has a case without id or version"
        raise Unreadable(msg)
    try:
        plain(case)
        return record(case)
    except (TypeError, ValueError):
        # a knot, or half a character: no canonical form, no bytes
        msg = "the register's answer has a case with values that have no one meaning"
        raise Unreadable(msg, ref=_text(case["id"])) from None


def _text(value: Any) -> str | None:
    """A text that may be an id."""
    fits = isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()
    return value if fits else None


def _receipt(told: Mapping[str, Any], *, write: bool) -> Receipt:
    ref, duplicate, facts = told.get("ref"), told.get("duplicate"), told.get("facts")
    if _text(ref) and isinstance(duplicate, bool) and isinstance(facts, dict):
        return Receipt(ref=str(ref), duplicate=duplicate, facts=dict(facts))
    msg = "the register's receipt cannot be read"
    if write:
        raise InDoubt(msg)
    raise Unreadable(msg)


def _refused(reply: Reply, *, write: bool) -> Exception:
    try:
        problem = strict_json.read(reply.content)["error"]
        return failure(str(problem["code"]), reply.status, str(problem["text_en"]), write=write)
    except (ValueError, KeyError, TypeError):
        return failure("UNREADABLE", reply.status, f"HTTP {reply.status}", write=write)

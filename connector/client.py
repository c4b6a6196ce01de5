"""The console's API from Python: what the pages show, as the same typed values, and what their buttons do.

    client = ConsoleClient("https://dieu-hanh.example/", SecretStr(token))
    async for row in client.every_case(status="NEW"): ...
    await client.act("/pauses", scope="system:national_portal", reason="bảo trì")

The description of all that can be called is docs/console-openapi.json.
"""

import json
from collections.abc import AsyncIterator
from functools import cache
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from uuid import uuid4

from pydantic import SecretStr, TypeAdapter, ValidationError

from connector.clock import Clock, SystemClock
from connector.console.answers import Told
from connector.console.pages.cases import CasePage, CasesPage
from connector.console.pages.entry import Own
from connector.console.pages.log import LogPage
from connector.console.pages.overview import Home
from connector.console.pages.work import DeliveriesPage, PausesPage, QuarantinePage, RunsPage
from connector.errors import CallRefused, Unreadable
from connector.store.case_list import Listed
from connector.transport import HttpClient, Reply, TransportSettings

ModelT = TypeVar("ModelT")


class ConsoleClient:
    """One console, spoken to with one token. Calls are paced and retried as those to a portal are.

    Every call may raise ``CallRefused`` (the console said no), ``Unreachable`` or ``Transient`` (no answer now) and
    ``Unreadable`` (an answer that is none of the console's).
    """

    def __init__(
        self,
        url: str,
        token: SecretStr,
        settings: TransportSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._base = url.rstrip("/") + "/api"
        self._token = token
        self._http = HttpClient("console", settings or TransportSettings(), clock or SystemClock())

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    # ---- readings -------------------------------------------------------------------------------------------

    async def account(self) -> Own:
        """Whose token this is, and what it may do."""
        return await self.read("/account", Own)

    async def overview(self) -> Home:
        """How it stands."""
        return await self.read("/overview", Home)

    async def cases(self, **asks: str | int | None) -> CasesPage:
        """A page of cases; ``asks`` are the filters of ``get_cases``."""
        return await self.read("/cases", CasesPage, **asks)

    async def every_case(self, **asks: str | int | None) -> AsyncIterator[Listed]:
        """All cases that match, newest first, page after page."""
        page = await self.cases(**asks)
        while True:
            for row in page.rows:
                yield row
            if page.older is None:
                return
            page = await self.cases(**{**asks, "before": page.older})

    async def case(self, name: str) -> CasePage:
        """One case explained; by its code, a reference or our number."""
        return await self.read(f"/cases/{quote(name, safe='')}", CasePage)

    async def deliveries(self, **asks: str | int | None) -> DeliveriesPage:
        """Intended writes, newest first."""
        return await self.read("/deliveries", DeliveriesPage, **asks)

    async def quarantine(self, **asks: str | int | None) -> QuarantinePage:
        """What waits for a person."""
        return await self.read("/quarantine", QuarantinePage, **asks)

    async def runs(self, **asks: str | int | None) -> RunsPage:
        """Passes over the systems, newest first."""
        return await self.read("/runs", RunsPage, **asks)

    async def pauses(self) -> PausesPage:
        """What is held now."""
        return await self.read("/pauses", PausesPage)

    async def log(self, **asks: str | int | None) -> LogPage:
        """Entries of the log, newest first."""
        return await self.read("/log", LogPage, **asks)

    async def read(self, path: str, model: type[ModelT], **asks: str | int | None) -> ModelT:
        """Any reading: the value that its page shows."""
        given = urlencode({name: value for name, value in asks.items() if value is not None})
        reply = await self._http.request(
            "GET", f"{self._base}{path}" + (f"?{given}" if given else ""), safe=True, headers=self._headers()
        )
        return _told(reply, model)

    # ---- writes ---------------------------------------------------------------------------------------------

    async def act(self, path: str, *, key: str | None = None, **fields: str | int) -> Told:
        """Any action that is told and not shown. Under its key it is done once, however often it is sent."""
        headers = {
            **self._headers(),
            "Content-Type": "application/json",
            "Idempotency-Key": key or str(uuid4()),
        }
        content = json.dumps(fields).encode()
        reply = await self._http.request(
            "POST", f"{self._base}{path}", safe=True, content=content, headers=headers
        )
        return _told(reply, Told)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.get_secret_value()}", "Accept": "application/json"}


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _told(reply: Reply, model: type[ModelT]) -> ModelT:
    try:
        told = json.loads(reply.content)
        if reply.status != 200:
            error = told["error"]
            msg = f"{error['code']}: {error['message']}"
            raise CallRefused(msg, status=reply.status, code=error["code"], next_step=error["next_step"])
        value: ModelT = _adapter(model).validate_python(told)  # type: ignore[arg-type]  # a type has a hash
    except (ValueError, KeyError, TypeError, ValidationError):
        msg = f"the console's answer ({reply.status}) is not as its API describes"
        raise Unreadable(msg) from None
    return value

"""A thin JSON client for the life generator's calls, on the connector's one HTTP client."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connector.clock import Clock
from connector.transport import HttpClient, TransportSettings

MEBIBYTE = 1024 * 1024


class RefusedByServerError(Exception):
    """The server understood the request and said no.

    Attributes:
        status: HTTP status; 409 means that the state of the case forbids it.
        code: the server's own error code, if it told one.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"HTTP {status} {code}".strip())
        self.status = status
        self.code = code


class JsonHttp:
    """JSON requests to one server.

    Args:
        name: for logs and errors.
        base_url: scheme, host, port and an optional path.
        token: bearer token, if the server wants one.
    """

    def __init__(self, name: str, base_url: str, clock: Clock, *, token: str | None = None) -> None:
        # the judge reads ten thousand cases in one answer
        settings = TransportSettings(
            read_timeout_s=120,
            max_reply_bytes=1024 * MEBIBYTE,
            # the stage of a rehearsal, on this machine or on hosts that were made for it
            plain_http_hosts=(urlsplit(base_url).hostname or "",),
        )
        self._client = HttpClient(name, settings, clock)
        self._base = base_url.rstrip("/")
        self._headers = {"accept": "application/json"}
        if token is not None:
            self._headers["authorization"] = f"Bearer {token}"

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Read; decoded JSON.

        Raises:
            RefusedByServerError: any status of 400 or more.
            Transient, Unreachable: no answer; try again later.
        """
        return await self._send("GET", path, params=params)

    async def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Change parts; decoded JSON. Raises like :meth:`post`."""
        return await self._send("PATCH", path, body=body)

    async def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Replace; decoded JSON. Raises like :meth:`post`."""
        return await self._send("PUT", path, body=body)

    async def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
        """Write; decoded JSON. Raises like :meth:`get`, and ``InDoubt`` if nobody knows whether it was done."""
        return await self._send("POST", path, body=body, headers=headers)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {**self._headers, **(headers or {})}
        if content is not None:
            sent["content-type"] = "application/json"
        reply = await self._client.request(
            method, self._base + path, safe=method == "GET", content=content, headers=sent, params=params
        )
        decoded = _decoded(reply.content)
        if reply.status >= 400:
            raise RefusedByServerError(reply.status, _code(decoded))
        return decoded


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None


def _code(decoded: Any) -> str:
    """The error code of an answer; its free text may repeat what was sent and is left out."""
    error = decoded.get("error") if isinstance(decoded, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return str(code)[:60] if code else ""

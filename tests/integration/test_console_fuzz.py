"""The API against its own description: whatever is sent, it answers as described and never breaks."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from connector.console.access.rights import Role
from connector.console.access.tokens import offered
from connector.console.openapi import document
from connector.console.table import ROUTES
from connector.errors import SigningKeyError
from connector.gateway import listen, serve
from tests.integration.console_kit import Town, quick_passwords, town
from tests.integration.core_world import planned, world

__all__ = ["quick_passwords"]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
QUICK = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
async def t(migrated_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with world(migrated_url, tmp_path) as made, town(made, migrated_url) as opened:
        yield opened


def play(base: str, token: str) -> dict[int, int]:
    """Call every operation with what its description allows, and with what it does not. Returns how often each status was answered."""
    seen: dict[int, int] = {}
    schema = schemathesis.openapi.from_dict(document(ROUTES))
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
        @QUICK
        def call(case: Any) -> None:
            answer = case.call(base_url=base, headers={"authorization": f"Bearer {token}"})
            seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
            if answer.status_code == 503:
                # this world has no key to sign the log with, and an export says so
                assert answer.json()["error"]["code"] == SigningKeyError.code
                case.validate_response(answer, checks=CHECKS[1:])
            else:
                case.validate_response(answer, checks=CHECKS)

        call()
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
async def test_every_call_is_answered_as_described(t: Town, role: Role) -> None:
    await planned(t.world, "accepted")
    fast = t.site.settings.console.model_copy(update={"token_per_minute": 100_000})
    t.site.tokens._settings = fast
    await t.account("may.mau", role)
    (account,) = await t.site.accounts.listed()
    token, _ = await t.site.tokens.create(
        "may.mau", label="thử", scopes=offered(account), days=1, actor="cli/mau"
    )
    stop = asyncio.Event()
    with listen("127.0.0.1", 0) as bound:
        host, port = bound.getsockname()
        serving = asyncio.create_task(serve(t.app, bound, stop))
        try:
            seen = await asyncio.to_thread(play, f"http://{host}:{port}", token)
        finally:
            stop.set()
            await serving
    assert not [status for status in seen if status >= 500 and status != 503]
    assert seen[200] > 30
    assert 401 not in seen
    assert 429 not in seen


async def test_a_text_that_no_database_holds_is_answered_like_any_other(t: Town) -> None:
    browser = await t.enter("vh.mau", Role.OPERATOR)
    for path in ("/api/cases?q=%00", "/api/cases/%00", "/api/log?case=a%00", "/api/cases?agency=%00"):
        assert (await browser.client.get(path)).status_code in (400, 404), path
    headers = {"x-csrf-token": browser.csrf, "content-type": "application/json"}
    for odd in (r"\u0000", r"\ud800"):
        for scope, reason in ((f"case:{odd}", "x"), ("system:national_portal", odd)):
            body = f'{{"scope": "{scope}", "reason": "{reason}"}}'
            answer = await browser.client.post("/api/pauses", content=body, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "PH-100")

"""``config check --connect`` against real twins, sound ones and broken ones: what it says, and that it changes nothing."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from connector.checkup import database, network, outlets, system
from connector.checkup.line import Line, State
from connector.clock import SystemClock
from connector.settings import Settings
from connector.transport import TransportSettings
from tests.contract.government_kit import Scene, scene
from tests.contract.national_twin_bench import AGENCY, Bench, twin_bench
from tests.listening import listening
from tests.unit.test_transport_tls import write_certificate

PASSWORD = "mat-khau-mau"


def by_check(lines: list[Line]) -> dict[str, Line]:
    """The worst line of each check."""
    order = [State.FAILED, State.WARNED, State.UNASKED, State.FINE]
    return {line.check: line for line in sorted(lines, key=lambda one: -order.index(one.state))}


def states(lines: list[Line]) -> dict[str, str]:
    return {check: line.state.value for check, line in by_check(lines).items()}


def settings(name: str, adapter: Mapping[str, Any], **transport: Any) -> Settings:
    return Settings(systems={name: {"adapter": dict(adapter), "transport": transport}})


async def looked(given: Settings) -> list[Line]:
    (name,) = given.systems
    lines = await system.lines(given, name, SystemClock())
    for line in lines:  # every line can be said, in both languages, and a failed one says what to do
        assert line.measured("vi")
        assert line.measured("en")
        assert (line.state in {State.FAILED, State.WARNED}) == bool(line.next_step("vi")), line
    return lines


def national(twin: Bench, **changes: Any) -> Settings:
    adapter = {"adapter_base": twin.twin.url, "madonvi": AGENCY, "password": PASSWORD, **changes}
    return settings("national_portal", adapter, breaker_failures=1000, read_timeout_s=5, tries=1)


def government(portal: Scene, **changes: Any) -> Settings:
    twin = portal.twin
    own = {"endpoint": twin.url, "system_id": twin.username, "password": twin.password, "organ_id": AGENCY}
    return settings("government_portal", own | changes, read_timeout_s=5, tries=1)


@pytest.fixture
async def twin() -> AsyncIterator[Bench]:
    async with twin_bench() as made:
        yield made


@pytest.fixture
async def portal() -> AsyncIterator[Scene]:
    async with scene() as made:
        yield made


# ---- portals ------------------------------------------------------------------------------------------------


async def test_sound_portals_pass_every_check(twin: Bench, portal: Scene) -> None:
    told = states(await looked(national(twin)))
    assert set(told.values()) == {"fine"}
    assert {"dns", "tcp", "tls", "account", "clock", "catalogue"} <= set(told)
    told = states(await looked(government(portal)))
    assert told.pop("catalogue") in {"fine", "warned"}, "the twin's list has a retired agency of the samples"
    assert set(told.values()) == {"fine"}
    assert "contract" in told


async def test_a_wrong_password_fails_the_account_and_asks_nothing_more(twin: Bench, portal: Scene) -> None:
    for given in (national(twin, password="sai-mat-khau"), government(portal, password="sai-mat-khau")):
        told = await looked(given)
        line = by_check(told)["account"]
        assert line.state is State.FAILED
        assert "PH-303" in line.measured("vi")
        assert states(told)["contract"] == "unasked"
        assert not any("sai-mat-khau" in str(one) for one in told)


async def test_a_portal_that_is_not_there_says_where_the_way_ends(twin: Bench) -> None:
    told = await looked(national(twin, adapter_base="http://127.0.0.1:1/mau"))
    assert states(told) == {
        "dns": "fine", "tcp": "failed", "tls": "unasked", "account": "unasked", "clock": "unasked",
        "contract": "unasked", "catalogue": "unasked",
    }  # fmt: skip
    told = await looked(national(twin, adapter_base="https://khong-co.invalid/mau"))
    assert states(told)["dns"] == "failed"


async def test_a_clock_that_is_off_is_measured(twin: Bench) -> None:
    twin.turn(clock_skew_s=600)
    line = by_check(await looked(national(twin)))["clock"]
    assert line.state is State.FAILED
    assert 590 < float(str(line.facts["seconds"])) < 610


async def test_a_changed_wsdl_is_named(portal: Scene) -> None:
    await portal.quirk(dropped_fields=True, dropped_names=["SignerName"])
    line = by_check(await looked(government(portal)))["contract"]
    assert line.state is State.FAILED
    assert "SignerName" in line.measured("vi")
    await portal.quirk()
    assert by_check(await looked(government(portal)))["contract"].state is State.FINE


async def test_nothing_is_written_at_a_portal(twin: Bench, portal: Scene) -> None:
    await looked(national(twin))
    await looked(government(portal))
    national_calls = {entry["service"] for entry in twin.twin.twin.journal.entries(since=0)}
    told = (await portal.control.get("/control/journal")).json()
    government_calls = {entry["service"] for entry in (told if isinstance(told, list) else told["entries"])}
    assert not [name for name in national_calls if "DongBo" in name or "CapNhat" in name or "Gui" in name]
    assert not [
        name for name in government_calls if name.startswith(("Submit", "Update", "Transfer", "Confirm"))
    ]
    assert national_calls
    assert government_calls


# ---- TLS ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def behind_tls(url: str, crt: str, key: str) -> AsyncIterator[str]:
    """A front that ends TLS before a twin, as a real portal has one."""
    host, _, rest = url.removeprefix("http://").partition(":")
    port, _, path = rest.partition("/")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection(host, int(port))
        try:
            await asyncio.gather(pump(reader, outer), pump(inner, writer))
        finally:
            outer.close()
            await outer.wait_closed()

    async with listening(serve, tls=context) as front:
        yield f"https://127.0.0.1:{front}/{path}"


@pytest.mark.parametrize(
    ("days", "state", "word"), [(200, "fine", "199"), (9, "warned", "8"), (-1, "failed", "expired")]
)
async def test_the_chain_is_judged_by_the_authority_of_the_settings_and_by_its_days(
    twin: Bench, tmp_path: Path, days: int, state: str, word: str
) -> None:
    crt, key = write_certificate(tmp_path, "cong-mau", timedelta(days=days))
    async with behind_tls(twin.twin.url, crt, key) as base:
        adapter = {"adapter_base": base, "madonvi": AGENCY, "password": PASSWORD}
        told = await looked(settings("national_portal", adapter, ca_file=crt, tries=1, read_timeout_s=5))
    line = by_check(told)["tls"]
    assert line.state.value == state
    assert word in line.measured("en")
    assert "cong-mau" in line.measured("en")
    assert states(told)["account"] == ("unasked" if state == "failed" else "fine")


async def test_an_authority_that_nobody_named_is_not_trusted(twin: Bench, tmp_path: Path) -> None:
    crt, key = write_certificate(tmp_path, "cong-mau")
    async with behind_tls(twin.twin.url, crt, key) as base:
        found = await network.lines("x", base, TransportSettings(), datetime.now(UTC))
    (line,) = (one for one in found if one.check == "tls")
    assert line.state is State.FAILED
    assert "cong-mau" in line.measured("vi")


# ---- database -----------------------------------------------------------------------------------------------


def database_of(url: str) -> Settings:
    return Settings(database={"url": url})


async def test_a_migrated_database_passes_and_stays_as_it_is(migrated_url: str) -> None:
    told = states(await database.lines(database_of(migrated_url)))
    assert told == {"version": "fine", "rights": "fine", "schema": "fine"}


async def test_a_database_without_our_schema_is_named_and_not_migrated(empty_url: str) -> None:
    line = by_check(await database.lines(database_of(empty_url)))["schema"]
    assert line.state is State.FAILED
    assert "db migrate" in line.next_step("vi")
    with psycopg.connect(empty_url) as conn:
        row = conn.execute("SELECT to_regnamespace('phanhoi')").fetchone()
    assert row == (None,)


async def test_an_account_without_rights_is_told_what_it_lacks(migrated_url: str) -> None:
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        conn.execute("DROP ROLE IF EXISTS nguoi_doc_mau")
        conn.execute("CREATE ROLE nguoi_doc_mau LOGIN")
        conn.execute("GRANT USAGE ON SCHEMA phanhoi TO nguoi_doc_mau")
        conn.execute("GRANT SELECT ON ALL TABLES IN SCHEMA phanhoi TO nguoi_doc_mau")
    try:
        url = make_conninfo(migrated_url, user="nguoi_doc_mau")
        line = by_check(await database.lines(database_of(url)))["rights"]
        assert line.state is State.FAILED
        assert "OWNER OF SCHEMA phanhoi" in line.measured("en")
    finally:
        with psycopg.connect(migrated_url, autocommit=True) as conn:
            conn.execute("DROP OWNED BY nguoi_doc_mau")
            conn.execute("DROP ROLE nguoi_doc_mau")


async def test_no_database_is_one_failed_line_without_its_password() -> None:
    told = await database.lines(database_of("postgresql://mau:bi-mat@127.0.0.1:1/mau"))
    assert by_check(told)["tcp"].state is State.FAILED
    assert "bi-mat" not in str(told)


async def test_an_embedded_server_is_not_started_to_be_looked_at(tmp_path: Path) -> None:
    given = Settings(database={"folder": tmp_path / "pg"})
    told = states(await database.lines(given))
    assert told == {"tcp": "warned", "disk": "fine"}
    assert not (tmp_path / "pg").exists()


# ---- what stands beside -------------------------------------------------------------------------------------


async def test_outlets_of_the_log_and_the_public_address_are_looked_at(tmp_path: Path) -> None:
    from connector.gateway_address import ALIVE

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = answers[0]
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
        )
        await writer.drain()

    answers = [ALIVE]
    async with listening(serve) as port:
        base = f"http://127.0.0.1:{port}"
        given = Settings(
            gateway={"public_base": base},
            ledger={
                "checkpoint_folder": tmp_path / "khong" / "co",
                "witness_url": base,
                "witness_key": "mau",
                "timestamp_url": "http://127.0.0.1:1",
            },
        )
        told = states(await outlets.lines(given, SystemClock()))
        assert told["public"] == "fine"
        assert told["witness"] == "fine"
        assert told["timestamp"] == "failed"
        assert told["folder"] == "failed"
        assert told["signing"] == "warned"
        answers[0] = b"<html>mot trang khac</html>"
        assert states(await outlets.lines(given, SystemClock()))["public"] == "warned"
    assert not (tmp_path / "khong").exists()

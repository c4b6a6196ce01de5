"""What is kept longer than its period goes, exactly as it was shown, and leaves no copy; what is open is never touched."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import ValidationError

from connector.errors import UserError
from connector.ledger.chain import GENESIS
from connector.ledger.verify import verify
from connector.sections.privacy import RetentionSettings
from connector.store import openings, vault
from connector.store.cases import EndedAs
from connector.sync import retention
from connector.sync.retention import Purged, RetentionPlan
from tests.integration.core_mapping import NATIONAL, act, plain
from tests.integration.core_world import World, world

MARKER = "Ngõ Mẫu Tường Vi ngập sâu cạnh chợ"
BY = {"actor": "cli/test", "officer": "cb-mau-02", "basis": "QĐ 15/2026"}
SETTINGS = RetentionSettings()


@pytest.fixture
async def w(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world(migrated_url, tmp_path) as made:
        yield made


async def finished(w: World, ref: str = "1", content: str = MARKER) -> int:
    """A case that was told twice, answered and closed on both sides."""
    w.national.put(ref, plain(ref, content=content))
    await w.rest(1)
    w.national.put(ref, plain(ref, content=content, acts=[act(f"national_portal:{ref}.1", "received", 5)]))
    await w.rest(1)
    here = next(one for one in w.register.refs if (w.register.data(one) or {})["origin_ref"] == ref)
    told = w.register.data(here) or {}
    own = [
        act(f"register:{here}{n}", kind, 30 + n) for n, kind in enumerate(("accepted", "answered", "closed"))
    ]
    w.register.put(here, {**told, "acts": [*told["acts"], *own]})
    await w.rest(3)
    case = await w.case(NATIONAL, ref)
    statuses = await w.sql("SELECT system, status FROM link WHERE case_id = %s", case.id)
    assert {row["status"] for row in statuses} == {"CLOSED"}, statuses
    return case.id


async def planned(w: World, settings: RetentionSettings = SETTINGS) -> RetentionPlan:
    return await retention.plan(w.db, settings, w.clock.now())


async def purge(w: World, settings: RetentionSettings = SETTINGS) -> Purged:
    shown = await planned(w, settings)
    return await retention.apply(w.db, settings, w.clock, shown.digest, **BY)


async def sealed(w: World) -> dict[str, bytes]:
    """Every sealed value of the database, by table, column and row."""
    columns = await w.sql(
        """
        SELECT table_name AS t, column_name AS c FROM information_schema.columns
        WHERE table_schema = 'phanhoi' AND column_name LIKE 'sealed%%'
        """
    )
    found: dict[str, bytes] = {}
    for one in columns:
        rows = await w.sql(
            f"SELECT ctid::text AS id, {one['c']} AS v FROM {one['t']} WHERE {one['c']} IS NOT NULL"  # noqa: S608
        )
        found |= {f"{one['t']}.{one['c']}.{row['id']}": bytes(row["v"]) for row in rows}
    return found


async def dump(w: World) -> str:
    """Every row of every table as text."""
    tables = await w.sql("SELECT tablename AS t FROM pg_tables WHERE schemaname = 'phanhoi'")
    rows = [await w.sql(f"SELECT x::text AS r FROM {one['t']} AS x") for one in tables]  # noqa: S608
    return "\n".join(row["r"] for some in rows for row in some)


async def superseded(w: World) -> int:
    """Tellings after which the same system told another of the same case."""
    (row,) = await w.sql(
        "SELECT count(*) - count(DISTINCT (system, ref, kind)) AS n FROM observation WHERE sealed_raw IS NOT NULL"
    )
    return int(row["n"])


async def readable(w: World) -> list[str]:
    """What the observations still tell, opened with the keys."""
    return [one.raw.decode() for one in await w.observations()]


async def test_nothing_is_due_before_its_day_and_then_exactly_the_superseded_tellings_are(w: World) -> None:
    await finished(w)
    w.clock.forward(86400 * 20)
    assert (await planned(w)).rows == 0
    w.clock.forward(86400 * 380)
    due = {one.name: one for one in (await planned(w)).classes if one.rows}
    count = await superseded(w)
    assert due["superseded_observations"].rows == count > 1
    assert due["superseded_observations"].oldest is not None
    assert "observations" not in due
    assert "contacts" not in due
    before = await readable(w)
    done = await purge(w)
    assert done.counts["superseded_observations"] == count
    assert len(await readable(w)) == len(before) - count
    assert (await planned(w)).rows == 0


async def test_a_planted_marker_leaves_no_copy_behind_and_the_log_keeps_commitments_only(w: World) -> None:
    case = await finished(w)
    copies = await sealed(w)
    assert any(MARKER in one for one in await readable(w)), "it was there"
    w.clock.forward(86400 * 2200)
    everything = RetentionSettings(contacts_days=1900, case_files_days=2000)
    done = await purge(w, everything)
    assert done.counts["case_files"] >= 1 or done.counts["contacts"] >= 1
    await purge(w, everything)
    told = await dump(w)
    assert MARKER not in told
    for place, value in copies.items():
        assert value.hex() not in told, place
    async with w.db.reading() as conn:
        ring = await vault.ring(conn, {f"{NATIONAL}/1", f"case/{case}"})
    assert ring.keys == {}, "and what a backup or a data file still holds opens with no key any more"
    row = await w.case(NATIONAL, "1")
    assert row.end is not None
    assert (row.end.kind, row.end.basis) == (EndedAs.ERASED, "QĐ 15/2026")
    digests = await w.sql("SELECT digest FROM observation")
    assert all(len(one["digest"]) == 64 for one in digests), "the commitment stays"
    assert "purged" in await w.kinds(), "and the chain holds"
    assert MARKER not in repr(await w.entries())


async def test_what_the_log_committed_to_goes_with_the_tellings_and_the_log_still_verifies(w: World) -> None:
    """A telling that was purged must not live on in the openings of the log; the case itself is not ended here."""
    case = await finished(w)
    async with w.db.reading() as conn:
        assert MARKER in repr(await openings.of_case(conn, case)), "it was there"
    copies = {
        place: value for place, value in (await sealed(w)).items() if place.startswith("ledger_opening")
    }
    w.clock.forward(86400 * 1900)
    done = await purge(w)
    assert done.counts["openings"] == len(copies) > 0
    assert not any(MARKER in one for one in await readable(w))
    async with w.db.reading() as conn:
        assert await openings.of_case(conn, case) == {}
    told = await dump(w)
    assert not [place for place, value in copies.items() if value.hex() in told]
    assert (await w.case(NATIONAL, "1")).end is None
    assert verify(await w.entries(), GENESIS).ok


async def test_values_of_ended_plans_and_notes_on_gone_differences_go(w: World) -> None:
    case = await finished(w)
    await w.sql(
        """
        WITH plan AS (
            INSERT INTO resync_plan (digest, state, scope, fresh, totals, verdicts, reasons, made_by, made_at, ended_at)
            SELECT state, state, '{}', true, '{}', '[]', '[]', 'can.bo.mau', %s, %s
            FROM unnest(ARRAY['done', 'running']) AS state RETURNING id
        ), step AS (
            INSERT INTO resync_step (plan_id, number, case_id, refs, pair, rebuild, owner, told, state)
            SELECT id, 1, %s, '{}', false, '[]', 'case/1', 'x', 'done' FROM plan
        )
        INSERT INTO resync_item (plan_id, step, number, digest, deed, system, revision, calls, downgrade, published,
            sealed_changes)
        SELECT id, 1, 1, 'x', 'send', 'register', 0, 1, false, false, 'niêm phong' FROM plan
        """,
        w.clock.now(),
        w.clock.now(),
        case,
    )
    await w.sql(
        """
        INSERT INTO finding (name, kind, system, cause, role, severity, repairable, first_seen, last_seen, opened_at,
            closed_at, sealed_ack)
        SELECT name, 'late', 'register', 'unknown', 'operator', 'normal', false, at, at, at,
            CASE name WHEN 'gone' THEN at END, 'niêm phong'
        FROM unnest(ARRAY['gone', 'open']) AS name, (SELECT %s::timestamptz AS at) AS day
        """,
        w.clock.now(),
    )
    w.clock.forward(86400 * 400)
    done = await purge(w)
    assert (done.counts["previews"], done.counts["findings"]) == (1, 1)
    plans = "SELECT state FROM resync_plan AS p JOIN resync_item AS i ON i.plan_id = p.id WHERE sealed_changes IS NOT NULL"
    assert [row["state"] for row in await w.sql(plans)] == ["running"], "what is under way needs its values"
    assert [row["name"] for row in await w.sql("SELECT name FROM finding WHERE sealed_ack IS NOT NULL")] == [
        "open"
    ]


async def test_open_held_and_disputed_cases_are_never_touched(w: World) -> None:
    over = await finished(w)
    w.national.put("2", plain("2", content=MARKER))
    await w.rest(2)
    w.clock.forward(86400 * 4000)
    everything = RetentionSettings(contacts_days=30, case_files_days=60)
    before = await w.sql("SELECT * FROM link ORDER BY case_id, system")
    await w.sql(
        "INSERT INTO pause (scope, reason, actor) VALUES (%s, 'xem lại', 'cb-mau-01')", f"case:{over}"
    )
    due = {one.name for one in (await planned(w, everything)).classes if one.rows}
    assert due <= {"runs", "file_tickets", "jobs"}
    await purge(w, everything)
    assert await w.sql("SELECT * FROM link ORDER BY case_id, system") == before, (
        "states and baselines as they were"
    )
    await w.sql("DELETE FROM pause")
    await purge(w, everything)
    open_case = await w.case(NATIONAL, "2")
    assert open_case.end is None
    assert sum(MARKER in one for one in await readable(w)) == 2, "both sides' tellings of the open case"
    assert (await w.case(NATIONAL, "1")).end is not None


async def test_only_what_was_shown_is_removed(w: World) -> None:
    await finished(w)
    w.clock.forward(86400 * 400)
    shown = await planned(w)
    w.clock.forward(86400 * 2)
    with pytest.raises(UserError, match="look again"):
        await retention.apply(w.db, SETTINGS, w.clock, shown.digest, **BY)
    assert (await planned(w)).rows == shown.rows


async def test_a_purged_telling_that_is_told_again_is_known_by_its_digest_and_changes_nothing(
    w: World,
) -> None:
    await finished(w)
    w.clock.forward(86400 * 2000)
    await purge(w)
    assert await readable(w) == []
    w.national.tell_again("1")
    (tally,) = await w.observe(NATIONAL)
    assert tally.new == 0
    assert await w.held() == []
    w.national.put("1", {**(w.national.data("1") or {}), "title": "Tiêu đề mới"})
    (tally,) = await w.observe(NATIONAL)
    assert tally.new == 1, "a new telling is taken as ever"


async def test_every_purge_is_an_entry_and_the_report_counts_every_copy(w: World) -> None:
    await finished(w)
    w.clock.forward(86400 * 2000)
    done = await purge(w)
    told = await retention.report(w.db, most=100)
    assert told[0].name == "*"
    assert told[0].rows == sum(done.counts.values())
    assert str(told[0].basis).startswith("sha256:"), "the number of the decision as a commitment"
    by_class: dict[str, int] = {}
    for one in told[1:]:
        by_class[one.name] = by_class.get(one.name, 0) + one.rows
    assert by_class == done.counts
    assert done.counts["observations"] > 0
    assert done.counts["deliveries"] > 0


async def test_old_exports_go_links_and_folders_stay(w: World, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    (folder / "sâu").mkdir(parents=True)
    kept = tmp_path / "khác.csv"
    for path in (folder / "cũ.csv", folder / "sâu" / "trong.csv", kept):
        path.write_text(MARKER, encoding="utf-8")
    (folder / "liên-kết.csv").symlink_to(kept)
    settings = RetentionSettings(exports_folder=folder)
    assert (await planned(w, settings)).rows == 0
    w.clock.forward(86400 * 120)
    assert (await purge(w, settings)).counts == {"exports": 1}
    assert sorted(path.name for path in folder.iterdir()) == ["liên-kết.csv", "sâu"]
    assert kept.exists()


async def test_the_schedule_purges_only_where_the_settings_order_it(w: World) -> None:
    await finished(w)
    w.clock.forward(86400 * 400)
    assert await retention.purge_due(w.ctx) is None
    with pytest.raises(ValidationError, match="basis"):
        RetentionSettings(enabled=True)
    count = await superseded(w)
    order = RetentionSettings(enabled=True, basis="QĐ 15/2026")
    w.ctx = _with(w, retention=order)
    done = await retention.purge_due(w.ctx)
    assert done is not None
    assert done.counts["superseded_observations"] == count
    assert await retention.purge_due(w.ctx) is None, "once a day"


def _with(w: World, **sections: Any) -> Any:
    return replace(w.ctx, settings=w.ctx.settings.model_copy(update=sections))


async def test_a_full_vacuum_leaves_no_dead_row_in_the_data_files(
    w: World, postgres_url: str, migrated_url: str
) -> None:
    """Emptied columns stay readable in the files until the space is used again; writing the table anew ends that."""
    await finished(w)
    copies = await w.sql("SELECT sealed_raw AS v FROM observation WHERE sealed_raw IS NOT NULL")
    marks = [bytes(row["v"])[-40:] for row in copies]
    w.clock.forward(86400 * 2000)
    await purge(w, RetentionSettings(vacuum_full=True))
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        conn.execute("CHECKPOINT")
        (row,) = conn.execute("SHOW data_directory")
        (files,) = conn.execute("SELECT pg_relation_filepath('phanhoi.observation')")
        (toast,) = conn.execute(
            "SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE oid = 'phanhoi.observation'::regclass"
        )
    content = b"".join((Path(row[0]) / one).read_bytes() for one in (files[0], toast[0]))
    assert not [mark for mark in marks if mark in content]

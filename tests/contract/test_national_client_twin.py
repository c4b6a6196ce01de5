"""The national portal's client against its twin: reading, quirks, files."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.national_portal.twin import Settings, running
from connector.case import Attachment
from connector.errors import (
    ConnectorError,
    CredentialsRefused,
    InDoubt,
    Permanent,
    Transient,
    Unreadable,
)
from connector.system import OutgoingFile, System, Verdict
from tests.contract.national_twin_bench import (
    AGENCY,
    CODE,
    PDF,
    Bench,
    accept,
    accepted,
    answer,
    ask,
    attachment,
    listed,
    progress,
    serving,
    twin_bench,
    upload,
)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with twin_bench() as made:
        yield made


@pytest.fixture
def client(bench: Bench) -> System:
    return bench.client()


async def test_ping_is_a_login(bench: Bench, client: System):
    pong = await client.ping()
    assert pong.server_time is not None
    assert [entry["outcome"] for entry in bench.journal("login")] == ["ok"]


async def test_a_wrong_password_is_refused_and_not_tried_again(bench: Bench):
    client = bench.client(password="sai-mat-khau")
    for _ in range(3):
        with pytest.raises(CredentialsRefused):
            await client.ping()
    assert len(bench.journal("login")) == 1


@pytest.mark.parametrize("place", ["header", "query"])
async def test_dstcode_is_understood_by_header_and_by_query(bench: Bench, place: str):
    client = bench.client(dstcode_in=place)
    ref = await bench.case()
    assert [record.ref for record in await listed(client)] == [ref]


async def test_without_dstcode_the_adapter_does_not_know_where_to(bench: Bench):
    with pytest.raises(Transient):
        await bench.client(dstcode_in="none").ping()


async def test_a_new_case_shows_in_the_list_and_whole_in_the_detail(bench: Bench, client: System):
    ref = await bench.case(files=[upload("giay-hen.pdf")])
    (hint,) = await listed(client)
    record = await client.fetch(ref)
    assert (hint.ref, hint.complete, hint.data["TRANGTHAI"], hint.problems) == (ref, False, "2", ())
    assert record.problems == ()
    assert record.data["HOVATEN"] == "Nguyễn Văn Mẫu"
    assert [act["HANHDONG"] for act in record.data["LICHSU"]] == ["GUI", "CHUYEN"]
    assert record.data["TEPDINHKEM"][0]["TENTEP"] == "giay-hen.pdf"
    assert await client.fetch(ref) == record


QUIRKS: dict[str, dict[str, Any]] = {
    "error code as number": {"error_code_form": "number"},
    "error code as zeros": {"error_code_form": "zeros"},
    "capital message": {"message_form": "capital"},
    "message in NFD": {"message_form": "nfd"},
    "data for result": {"result_key": "data"},
    "lower keys": {"key_case": "lower"},
    "mixed keys": {"key_case": "mixed"},
    "object for list": {"result_shape": "object"},
    "nested strings": {"nested_string": True},
    "numbers as text": {"number_form": "string"},
    "null": {"null_form": "null"},
    "empty": {"null_form": "empty"},
    "doubled hyphen": {"date_form": "hyphen"},
    "slash dates": {"date_form": "slash"},
    "repeated rows": {"duplicate_rows": True},
    "reordered": {"reorder": True},
    "slow drip": {"slow_drip": True, "drip_s": 0.001},
    "file trap": {"file_not_rebased": True},
    "all at random": {
        "error_code_form": "random",
        "result_key": "random",
        "key_case": "random",
        "null_form": "random",
        "date_form": "random",
        "nested_string": True,
        "number_form": "string",
    },
}


@pytest.mark.parametrize("quirk", QUIRKS)
async def test_a_whole_life_reads_the_same_under_each_quirk(bench: Bench, client: System, quirk: str):
    bench.turn(**QUIRKS[quirk])
    ref = await bench.case(files=[upload("giay-hen.pdf")])
    assert {record.ref for record in await listed(client)} == {ref}
    await client.apply(accept(ref, CODE))
    await client.apply(progress(ref))
    assert (await client.apply(answer(ref))).facts["LANTRALOI"] == "1"
    quirky = await client.fetch(ref)
    file = quirky.data["TEPDINHKEM"][0]
    assert await client.read_file(ref, attachment(file)) == PDF
    bench.turn()
    plain = await client.fetch(ref)
    assert quirky.problems == ()
    assert quirky.version == plain.version
    assert bench.journal("tep")[-1]["outcome"] == "ok"


@pytest.mark.parametrize("form", ["empty", "negative"])
async def test_row_3_a_message_without_the_word_is_looked_up(bench: Bench, client: System, form: str):
    ref = await bench.case()
    write = accept(ref)
    bench.turn(message_form=form)
    assert {record.ref for record in await listed(client)} == {ref}
    with pytest.raises(InDoubt):
        await client.apply(write)
    assert (await client.find(write.key)).verdict is Verdict.FOUND


async def test_an_impossible_date_quarantines_its_case_alone(bench: Bench, client: System):
    refs = [await bench.case() for _ in range(3)]
    bench.turn(date_form="impossible", impossible_case=[int(refs[1])])
    found = {record.ref: [problem.where for problem in record.problems] for record in await listed(client)}
    assert found == {refs[0]: [], refs[1]: ["NGAYGUI"], refs[2]: []}


async def test_markup_is_gone_from_the_text_and_kept_in_the_bytes(bench: Bench, client: System):
    ref = await bench.case(content="Nội dung mẫu.")
    bench.turn(html_content=True)
    record = await client.fetch(ref)
    assert record.data["NOIDUNG"] == "Nội dung mẫu."
    assert b"<script>" in record.raw


async def test_an_unknown_status_passes_to_the_mapping(bench: Bench, client: System):
    ref = await bench.case()
    bench.turn(unknown_status=True)
    assert (await client.fetch(ref)).data["TRANGTHAI"] == "99"


async def test_a_stale_detail_is_not_taken_for_new(bench: Bench, client: System):
    ref = await bench.case()
    await client.apply(ask(ref))
    bench.twin.twin.clock.advance(60)
    await bench.event(ref, "supplement", text="Mã hồ sơ là 123.")
    assert [record.ref for record in await listed(client)] == [ref]
    bench.turn(stale_read=True)
    with pytest.raises(Transient):
        await client.fetch(ref)
    bench.turn()
    assert (await client.fetch(ref)).data["TRANGTHAI"] == "7"


@pytest.mark.parametrize(
    "switch", ["http_503", "html_502", "malformed_body", "wrong_charset", "busy", "drop_before"]
)
async def test_a_read_from_an_unwell_portal_is_transient(bench: Bench, client: System, switch: str):
    await client.ping()
    bench.turn(**{switch: True})
    with pytest.raises(Transient):
        await listed(client)


@pytest.mark.parametrize("switch", ["malformed_body", "wrong_charset"])
async def test_an_unreadable_answer_to_a_write_is_looked_up(bench: Bench, client: System, switch: str):
    ref = await bench.case()
    write = accept(ref)
    await client.ping()
    bench.turn(**{switch: True})
    with pytest.raises(InDoubt):
        await client.apply(write)
    bench.turn()
    assert (await client.find(write.key)).verdict is Verdict.FOUND


async def test_a_window_is_understood(bench: Bench):
    client = bench.client(use_window=True, window_overlap_h=1)
    ref = await bench.case()
    pages = [page async for page in client.changes(None)]
    mark = pages[-1].watermark
    assert [page.total for page in pages] == [1]
    assert [record.ref async for page in client.changes(mark) for record in page.records] == [ref]
    later = "2099-01-01T00:00:00+07:00"
    assert [record.ref async for page in client.changes(later) for record in page.records] == []


async def test_catalogues_are_read_on_the_share_path():
    async with running(Settings(share_path="mapi/share", integration_path="mapi/int")) as twin:
        bench = Bench(twin)
        client = bench.client(share_path="mapi/share", integration_path="mapi/int")
        assert AGENCY in {entry.code for entry in await client.catalogue("agencies")}
        assert "G15-MAU01" in {entry.code for entry in await client.catalogue("fields")}
        assert await listed(client) == []
        await client.aclose()


@pytest.mark.parametrize("from_slash", [3, 4])
async def test_a_file_is_read_through_our_own_adapter(bench: Bench, from_slash: int):
    client = bench.client(rebase_from_slash=from_slash)
    ref = await bench.case(files=[upload("giay-hen.pdf")])
    (file,) = (await client.fetch(ref)).data["TEPDINHKEM"]
    content = await client.read_file(ref, attachment(file))
    assert content == PDF
    assert hashlib.sha256(content).hexdigest() == file["MABAM"]


@pytest.mark.parametrize(("switch", "kind"), [("file_404", Permanent), ("file_type", Unreadable)])
async def test_a_file_that_is_gone_or_of_another_kind(
    bench: Bench, client: System, switch: str, kind: type[ConnectorError]
):
    ref = await bench.case(files=[upload("giay-hen.pdf")])
    (file,) = (await client.fetch(ref)).data["TEPDINHKEM"]
    bench.turn(**{switch: True})
    with pytest.raises(kind):
        await client.read_file(ref, attachment(file))


@pytest.mark.parametrize(("content", "kind"), [(PDF, None), (b"not a pdf", Permanent)])
async def test_the_portal_fetches_our_files_and_refuses_what_is_no_pdf(
    bench: Bench, content: bytes, kind: type[ConnectorError] | None
):
    async def download(_: Request) -> Response:
        return Response(content, media_type="application/pdf")

    async with serving(Starlette(routes=[Route("/tai-tep/{name}", download)])) as base:
        client = bench.client(download_base=f"{base}/tai-tep")
        ref = await accepted(bench, client)
        file = OutgoingFile(
            attachment=Attachment(
                id="register:12",
                role="answer",
                file_name="tra-loi.pdf",
                media_type="application/pdf",
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
            ),
            uri="b81c20",
        )
        write = answer(ref, files=(file,))
        if kind is None:
            await client.apply(write)
            assert [item["id"] for item in (await bench.dump(ref))["files"]] == ["register:12"]
        else:
            with pytest.raises(kind):
                await client.apply(write)

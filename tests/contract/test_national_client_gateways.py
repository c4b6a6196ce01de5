"""The national portal's client against its twin behind a province's gateway, in both shapes."""

import base64
import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.national_portal.twin import Running
from connector.clock import SystemClock
from connector.system import System, Verdict
from connector.transport import HttpClient, TransportSettings
from tests.contract.national_twin_bench import (
    AGENCY,
    CODE,
    DSTCODE,
    PDF,
    Bench,
    accept,
    answer,
    attachment,
    listed,
    progress,
    push,
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


class Gateway:
    """A province's gateway in front of the twin, in both shapes (contract §1.2)."""

    def __init__(self, twin: Running) -> None:
        self.twin = twin
        self.tokens = 0
        self.alive: set[str] = set()
        self.session = ""
        self.http = HttpClient("gateway", TransportSettings(plain_http_hosts=("127.0.0.1",)), SystemClock())
        self.app = Starlette(
            routes=[
                Route("/token", self.token, methods=["POST"]),
                Route("/dvc/{path:path}", self.wso2, methods=["GET", "POST"]),
                Route("/KetNoiMotCuaQuocGia/{service}", self.facade, methods=["POST"]),
            ]
        )

    async def token(self, request: Request) -> Response:
        pair = base64.b64encode(b"khoa-mau:bi-mat-mau").decode()
        form = parse_qs((await request.body()).decode())
        if request.headers["authorization"] != f"Basic {pair}" or form != {
            "grant_type": ["client_credentials"]
        }:
            return JSONResponse({"error": "invalid_client"}, 401)
        self.tokens += 1
        self.alive.add(f"the-{self.tokens}")
        return JSONResponse(
            {"access_token": f"the-{self.tokens}", "token_type": "Bearer", "expires_in": 3600}
        )

    def known(self, request: Request) -> bool:
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.alive

    async def wso2(self, request: Request) -> Response:
        if not self.known(request):
            return JSONResponse({"fault": {"code": 900901}}, 401)
        return await self.forward(request.method, request.path_params["path"], await request.body())

    async def facade(self, request: Request) -> Response:
        """Puts the envelope around the data array, as the province's own gateway does."""
        if not self.known(request):
            return JSONResponse({"fault": {"code": 900901}}, 401)
        service, rows = request.path_params["service"], json.loads(await request.body())
        if service == "getfile":
            name = rows["DuongDan"].rpartition("/")[2]
            reply = await self.forward("GET", f"tep/{name}", b"")
            return Response(base64.b64encode(bytes(reply.body)))
        if not self.session:
            body = json.dumps({"username": AGENCY, "password": "mat-khau-mau"}).encode()
            self.session = json.loads(bytes((await self.forward("POST", "mapi/login", body)).body))["session"]
        batched = service in {"CapNhatTienDoPAKN", "DongBoKetQuaXuLyPAKN", "DongBoPAKN"}
        fields = {"data": rows, **request.query_params} if batched else (rows[0] if rows else {})
        envelope = {"session": self.session, "madonvi": AGENCY, "service": service, **fields}
        return await self.forward("POST", "mapi/g", json.dumps(envelope).encode())

    async def forward(self, method: str, path: str, body: bytes) -> Response:
        reply = await self.http.request(
            method, f"{self.twin.url}/{path}", safe=False, content=body, headers={"dstcode": DSTCODE}
        )
        return Response(reply.content, reply.status, media_type=reply.headers.get("content-type"))


@pytest.fixture
async def gateway(bench: Bench) -> AsyncIterator[tuple[Gateway, str]]:
    made = Gateway(bench.twin)
    async with serving(made.app) as url:
        yield made, url
    await made.http.aclose()


async def _a_life(bench: Bench, client: System) -> None:
    await client.ping()
    ref = await bench.case(files=[upload("giay-hen.pdf")])
    assert [record.ref for record in await listed(client)] == [ref]
    (file,) = (await client.fetch(ref)).data["TEPDINHKEM"]
    assert await client.read_file(ref, attachment(file)) == PDF
    await client.apply(accept(ref))
    await client.apply(progress(ref))
    write = answer(ref)
    await client.apply(write)
    assert (await client.find(write.key)).verdict is Verdict.FOUND
    assert (await bench.dump(ref))["status"] == "ANSWERED"
    pushed = await client.apply(push())
    assert (await bench.dump(pushed.ref))["own_code"] == CODE


def _consumer(url: str) -> dict[str, str]:
    return {"token_url": f"{url}/token", "consumer_key": "khoa-mau", "consumer_secret": "bi-mat-mau"}


async def test_a_life_behind_a_wso2_gateway(bench: Bench, gateway: tuple[Gateway, str]):
    made, url = gateway
    client = bench.client(adapter_base=f"{url}/dvc", route={"kind": "lgsp", **_consumer(url)})
    await _a_life(bench, client)
    made.alive.clear()
    assert [record.data["MAPAKNDONVI"] for record in await listed(client)] == [CODE]
    assert made.tokens == 2


async def test_a_life_behind_a_thin_facade(bench: Bench, gateway: tuple[Gateway, str]):
    made, url = gateway
    route = {"kind": "facade", "base": f"{url}/KetNoiMotCuaQuocGia", **_consumer(url)}
    await _a_life(bench, bench.client(adapter_base=None, password=None, route=route))
    assert made.tokens == 1

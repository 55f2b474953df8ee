"""What stands before the routes, and how errors, pages and documents leave."""

import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from schemas.errors import Misconfigured
from streams.gateway.app import build
from streams.gateway.fakes import MemoryKafka, MemoryStore
from streams.gateway.main import listening
from streams.gateway.ports import GatewayDeps, Limits, Site
from tests.servers.gateway import asking

LIMIT = 1000


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    (tmp_path / "chat.html").write_text("<title>chat</title>")
    (tmp_path / "chat.js").write_text("1")
    with zipfile.ZipFile(tmp_path / "lib-1.jar", "w") as jar:
        jar.writestr("META-INF/resources/webjars/lib/1.0/lib.min.js", "lib")
        jar.writestr("META-INF/resources/webjars/lib/1.0/extra/secret.js", "no")
    kafka = MemoryKafka()
    return build(
        GatewayDeps(
            inbox=kafka,
            outbox=kafka,
            store=MemoryStore(),
            clock=lambda: 0.0,
            limits=Limits(body_bytes=LIMIT),
            site=Site(pages=tmp_path, vendor=tmp_path),
        )
    )


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(app) as client:
        yield client


def assert_problem(answer: httpx.Response, status: int, words: str) -> None:
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == problem["status"] == status
    assert problem["type"].startswith("urn:kefu:problem:") and problem["title"]
    assert words in problem["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/v2/none", 404, "there is no /v2/none; /docs"),
        ("PUT", "/v1/messages", 405, "does not take PUT"),
        ("GET", "/v1/ops/summary?minutes=abc", 422, "minutes: "),
        ("GET", "/v1/ops/alerts?limit=0", 422, "limit: "),
        ("GET", "/static/none.css", 404, "/static/none.css"),
        ("GET", "/ops", 404, "ops.html is not installed"),
        ("GET", "/vendor/none.js", 404, "`make setup` fetches it"),
        ("GET", "/vendor/secret.js", 404, "secret.js"),
        ("GET", "/vendor/..%2Fchat.js", 404, "/docs"),
    ],
)
async def test_every_error_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, words: str
) -> None:
    assert_problem(await client.request(method, path), status, words)


@pytest.mark.parametrize("body", [b"{", b"\xff", b'"\\ud800"', b"[" * 900, b""])
async def test_what_is_no_json_is_a_problem(client: httpx.AsyncClient, body: bytes) -> None:
    assert_problem(await client.post("/v1/messages", content=body), 422, "")


async def test_a_bug_is_a_problem_too(app: FastAPI) -> None:
    async def buggy() -> None:
        raise ZeroDivisionError

    app.add_api_route("/buggy", buggy)
    async with asking(app) as client:
        assert_problem(await client.get("/buggy"), 500, "bug")


async def test_a_large_body_is_refused_however_it_comes(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * (LIMIT // 2)

    assert_problem(await client.post("/v1/messages", content=b" " * (LIMIT + 1)), 413, f"{LIMIT} bytes")
    assert_problem(await client.post("/v1/messages", content=pieces()), 413, f"{LIMIT} bytes")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "", "127.0.0.1.evil.example", "[::1"])
async def test_a_foreign_host_is_refused(client: httpx.AsyncClient, host: str) -> None:
    assert_problem(await client.get("/livez", headers={"Host": host}), 421, "127.0.0.1, ::1, localhost")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000"])
async def test_our_own_names_are_let_in(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/livez", headers={"Host": host})).json() == {"status": "alive"}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000"])
async def test_pages_of_other_sites_do_not_write(client: httpx.AsyncClient, origin: str) -> None:
    refused = await client.post("/v1/messages", json={"text": "hi"}, headers={"Origin": origin})
    assert_problem(refused, 403, "Origin")
    own = await client.post("/v1/messages", json={"text": "hi"}, headers={"Origin": "http://localhost"})
    assert own.status_code == 202


async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/", "/livez", "/none", "/static/chat.js", "/docs"):
        headers = (await client.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


async def test_pages_and_libraries_are_served(client: httpx.AsyncClient) -> None:
    assert "chat" in (await client.get("/")).text
    assert (await client.get("/static/chat.js")).headers["content-type"].startswith("text/javascript")
    library = await client.get("/vendor/lib.min.js")
    assert (library.text, library.headers["content-type"]) == ("lib", "text/javascript; charset=utf-8")


async def test_the_documents_describe_the_events_themselves(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    posted = document["paths"]["/v1/messages"]["post"]
    reference = posted["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schemas = document["components"]["schemas"]
    assert schemas[reference.rpartition("/")[2]]["properties"]["channel"]["default"] == "api"
    assert "application/problem+json" in posted["responses"]["503"]["content"]
    page = (await client.get("/docs")).text
    assert "POST /v1/query" in page and "<script" not in page


async def test_metrics_name_the_route_and_not_the_path(client: httpx.AsyncClient) -> None:
    await client.get("/v1/conversations/secret-id")
    text = (await client.get("/metrics")).text
    assert 'kefu_http_seconds_count{route="/v1/conversations/{conversation_id:path}",status="200"} 1.0' in text
    assert "secret-id" not in text


@pytest.fixture
def taken() -> Iterator[int]:
    with listening("127.0.0.1", 0) as other:
        other.listen()
        yield other.getsockname()[1]


def test_only_loopback_is_listened_on_and_only_a_free_port(taken: int) -> None:
    with pytest.raises(Misconfigured, match=r"KEFU_HTTP_HOST=0\.0\.0\.0.*loopback only"):
        listening("0.0.0.0", 0)
    with pytest.raises(Misconfigured, match=f"KEFU_HTTP_PORT={taken} cannot be taken"):
        listening("127.0.0.1", taken)

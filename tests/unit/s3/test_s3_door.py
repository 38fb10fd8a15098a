"""The door: preflight requests, what pages' requests are answered with, and form uploads."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from serein import app
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream, HttpReply, HttpRequest
from serein.kernel.scope import Scope
from serein.services.s3.door import door
from serein.services.s3.errors import AccessDenied, AccessForbidden, InvalidRequest, NoSuchBucket
from serein.settings import Settings

SCOPE = Scope("111122223333", "us-east-1")
Ask = Callable[..., Awaitable[Any]]
RULES = [{"AllowedOrigins": ["https://app.test"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"]}]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Callable[[Platform, Ask], Awaitable[None]]], None]:
    """Run a case on a platform of its own, with a bucket called `pages`."""

    def run(case: Callable[[Platform, Ask], Awaitable[None]]) -> None:
        async def body() -> None:
            server = await app.start(Settings(port=0, data=tmp_path, clock="virtual"))
            try:

                async def ask(operation: str, **request: Any) -> Any:
                    return await server.platform.call("s3", operation, request, scope=SCOPE)

                await ask("CreateBucket", Bucket="pages")
                await case(server.platform, ask)
            finally:
                await server.close()

        asyncio.run(body())

    return run


def http(method: str, path: str, body: bytes = b"", **headers: str) -> HttpRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest(method, path, "", named, ByteStream.of(body), "localhost")


def test_a_preflight_follows_the_rules_of_the_bucket(run) -> None:
    async def case(platform: Platform, ask: Ask) -> None:
        asked = {"origin": "https://app.test", "access_control_request_method": "PUT"}
        preflight = http("OPTIONS", "/pages/k", access_control_request_headers="X-Amz-Date, content-type", **asked)
        with pytest.raises(AccessForbidden, match="CORS is not enabled"):
            await door.answer(platform, preflight)
        await ask("PutBucketCors", Bucket="pages", CORSConfiguration={"CORSRules": RULES})
        reply = await door.answer(platform, preflight)
        assert reply is not None
        headers = dict(reply.headers)
        assert reply.status == 200
        assert headers["access-control-allow-origin"] == "https://app.test"
        assert headers["access-control-allow-methods"] == "GET, PUT"
        assert headers["access-control-allow-headers"] == "x-amz-date, content-type"
        asked["origin"] = "https://evil.test"
        with pytest.raises(AccessForbidden, match="This CORS request is not allowed"):
            await door.answer(platform, http("OPTIONS", "/pages/k", **asked))
        with pytest.raises(InvalidRequest):
            await door.answer(platform, http("OPTIONS", "/pages/k"))

    run(case)


def test_replies_to_pages_carry_the_rules_headers(run) -> None:
    async def case(platform: Platform, ask: Ask) -> None:
        await ask("PutBucketCors", Bucket="pages", CORSConfiguration={"CORSRules": RULES})
        headers = dict(await door.cors_headers(platform, http("GET", "/pages/k", origin="https://app.test")))
        assert headers["access-control-allow-origin"] == "https://app.test"
        assert await door.cors_headers(platform, http("GET", "/pages/k", origin="https://evil.test")) == []

    run(case)


def form(file: bytes, **fields: str) -> tuple[bytes, str]:
    parts = [
        f'--XX\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    head = '--XX\r\nContent-Disposition: form-data; name="file"; filename="cat.png"\r\nContent-Type: image/png\r\n\r\n'
    return ("".join(parts) + head).encode() + file + b"\r\n--XX--\r\n", "multipart/form-data; boundary=XX"


async def post(platform: Platform, path: str, file: bytes, **fields: str) -> HttpReply:
    body, content_type = form(file, **fields)
    reply = await door.answer(platform, http("POST", path, body, content_type=content_type))
    assert reply is not None
    return reply


def test_a_form_uploads_an_object(run) -> None:
    async def case(platform: Platform, ask: Ask) -> None:
        reply = await post(platform, "/pages", b"meow", key="pics/${filename}", **{"x-amz-meta-a": "1"})
        assert reply.status == 204
        stored = await ask("GetObject", Bucket="pages", Key="pics/cat.png")
        assert (stored["Body"], stored["ContentType"], stored["Metadata"]) == (b"meow", "image/png", {"a": "1"})
        made = await post(platform, "/pages/", b"x", key="k", success_action_status="201")
        assert made.status == 201
        assert isinstance(made.body, bytes)
        assert b"<Key>k</Key>" in made.body
        moved = await post(platform, "/pages", b"x", key="k", success_action_redirect="https://app.test/done?a=1")
        assert moved.status == 303
        assert dict(moved.headers)["location"].startswith("https://app.test/done?a=1&bucket=pages&key=k&etag=")
        with pytest.raises(AwsError) as caught:
            await post(platform, "/missing", b"x", key="k")
        assert caught.value.code == NoSuchBucket.code

    run(case)


def test_a_policy_is_held_to(run) -> None:
    async def case(platform: Platform, ask: Ask) -> None:
        def signed(*conditions: object) -> str:
            policy = {"expiration": "2999-01-01T00:00:00Z", "conditions": [{"bucket": "pages"}, *conditions]}
            return base64.b64encode(json.dumps(policy).encode()).decode()

        rules = (["starts-with", "$key", "user/"], ["content-length-range", 1, 100_000])
        await post(platform, "/pages", b"x" * 100_000, key="user/a", policy=signed(*rules))
        with pytest.raises(AccessDenied):
            await post(platform, "/pages", b"x", key="other", policy=signed(*rules))
        with pytest.raises(AwsError) as caught:
            await post(platform, "/pages", b"x" * 100_001, key="user/b", policy=signed(*rules))
        assert caught.value.code == "EntityTooLarge"
        assert len((await ask("ListObjectsV2", Bucket="pages"))["Contents"]) == 1

    run(case)


def test_what_is_not_the_doors_goes_to_the_api(run) -> None:
    async def case(platform: Platform, ask: Ask) -> None:
        assert await door.answer(platform, http("GET", "/pages/k")) is None
        assert await door.answer(platform, http("POST", "/pages", content_type="application/xml")) is None

    run(case)

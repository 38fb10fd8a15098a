"""Browser uploads: forms read as they arrive, and the policies that they carry."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator

import pytest

from serein.kernel.errors import AwsError
from serein.services.s3.errors import AccessDenied, EntityTooLarge, InvalidArgument, MalformedPOSTRequest
from serein.services.s3.forms import Form, PostPolicy

CONTENT_TYPE = "multipart/form-data; boundary=XX"


def body_of(file: bytes, **fields: str) -> bytes:
    parts = [f'--XX\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    head = '--XX\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    return "\r\n".join([*parts, head]).encode() + file + b"\r\n--XX--\r\n"


async def in_pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


def read(body: bytes, size: int) -> tuple[Form, bytes]:
    async def work() -> tuple[Form, bytes]:
        form = Form(in_pieces(body, size), CONTENT_TYPE)
        await form.read_fields()
        return form, b"".join([chunk async for chunk in form.file()])

    return asyncio.run(work())


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
@pytest.mark.parametrize("file", [b"", b"hello", b"\r\n--X\r\n--", b"x" * 5000])
def test_a_form_is_read_however_it_is_cut(file, size) -> None:
    form, content = read(body_of(file, key="up/${filename}", Acl="private"), size)
    assert content == file
    assert form.fields == {"key": "up/${filename}", "acl": "private"}
    assert (form.file_name, form.file_type) == ("a.txt", "text/plain")


@pytest.mark.parametrize("body", [b"", b"nonsense", body_of(b"x" * 100)[:-30], b"--XX\r\nno-disposition: 1\r\n\r\nv"])
def test_a_broken_form_is_refused(body) -> None:
    with pytest.raises(MalformedPOSTRequest):
        read(body, 16)


def test_a_form_without_a_file_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        read(b'--XX\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--XX--\r\n', 16)


def policy(*conditions: object, expiration: str = "2030-01-01T00:00:00.000Z") -> PostPolicy:
    text = json.dumps({"expiration": expiration, "conditions": conditions})
    return PostPolicy(base64.b64encode(text.encode()).decode(), 1_800_000_000.0)


def test_conditions_of_a_policy() -> None:
    rules = ({"bucket": "b"}, ["starts-with", "$key", "user/"], ["content-length-range", 2, 4])
    policy(*rules).require_met({"bucket": "b", "key": "user/x", "policy": "…", "x-ignore-me": "1"})
    with pytest.raises(AccessDenied, match="Policy Condition failed"):
        policy(*rules).require_met({"bucket": "b", "key": "other"})
    with pytest.raises(AccessDenied, match="Extra input fields: acl"):
        policy(*rules).require_met({"bucket": "b", "key": "user/x", "acl": "private"})
    with pytest.raises(AccessDenied, match="Policy expired"):
        policy(expiration="2020-01-01T00:00:00Z")
    with pytest.raises(InvalidArgument):
        PostPolicy("bm9uc2Vuc2U=", 0.0)


@pytest.mark.parametrize(("size", "is_refused"), [(1, True), (2, False), (4, False), (5, True)])
def test_a_policy_limits_the_size(size, is_refused) -> None:
    async def work() -> bytes:
        rules = policy(["content-length-range", 2, 4])
        rules.require_met({})
        return b"".join([chunk async for chunk in rules.limited(in_pieces(b"x" * size, 1))])

    if is_refused:
        with pytest.raises((EntityTooLarge, AwsError)):
            asyncio.run(work())
    else:
        assert len(asyncio.run(work())) == size

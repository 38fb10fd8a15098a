"""Tokens of OpenID issuers: what is accepted, what is refused, what is remembered."""

import asyncio
import base64
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from openid import Issuer
from serein.execute_api.tokens import InsufficientScope, InvalidToken, Tokens, UnusableIssuer, bearer_of
from serein.kernel.clock import VirtualClock

NOW = 1_700_000_000.0


@pytest.fixture(scope="module")
def running() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(running: Issuer) -> Issuer:
    running.fetches, running.is_broken = 0, False
    return running


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
def tokens(clock: VirtualClock) -> Tokens:
    platform: Any = SimpleNamespace(clock=clock, memory={}, limits=SimpleNamespace(endpoint="http://127.0.0.1:1"))
    return Tokens(platform)


async def _later(clock: VirtualClock, seconds: float) -> None:
    async def settle() -> None:
        await asyncio.sleep(0)

    await clock.advance(seconds, settle)


def test_a_good_token_is_verified_once_and_its_keys_are_fetched_once(tokens: Tokens, issuer: Issuer) -> None:
    async def scenario() -> None:
        text = issuer.token(NOW, aud=["x", "app"], scope="read write")
        first = await tokens.require_token(text, issuer.url, frozenset({"app"}), ("write", "admin"))
        assert first.claims["sub"] == "me"
        assert first.scopes == ("read", "write")
        assert await tokens.require_token(text, issuer.url, frozenset({"app"})) is first
        await tokens.require_token(issuer.token(NOW, aud="app", n=2), issuer.url, frozenset({"app"}))
        assert issuer.fetches == 1

    asyncio.run(scenario())


def test_requests_that_come_at_once_share_one_fetch(tokens: Tokens, issuer: Issuer) -> None:
    async def scenario() -> None:
        texts = [issuer.token(NOW, aud="app", n=number) for number in range(5)]
        await asyncio.gather(*(tokens.require_token(text, issuer.url, frozenset({"app"})) for text in texts))
        assert issuer.fetches == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"exp": int(NOW) - 1}, "the token has expired"),
        ({"exp": None}, "the token has no exp claim"),
        ({"nbf": int(NOW) + 600}, "the token is not valid yet"),
        ({"iat": int(NOW) + 600}, "the token was issued in the future"),
        ({"iss": "https://elsewhere.example"}, "the token does not have a valid issuer"),
        ({"aud": "other"}, "the token does not have a valid audience"),
        ({"aud": "other", "client_id": "app"}, "the token does not have a valid audience"),
        ({"aud": None}, "the token does not have a valid audience"),
    ],
)
def test_claims_that_do_not_fit_are_refused(
    tokens: Tokens, issuer: Issuer, claims: dict[str, Any], message: str
) -> None:
    text = issuer.token(NOW, **{"aud": "app", **claims})
    with pytest.raises(InvalidToken, match=message):
        asyncio.run(tokens.require_token(text, issuer.url, frozenset({"app"})))


def test_client_id_counts_without_an_audience_and_scp_without_a_scope(tokens: Tokens, issuer: Issuer) -> None:
    async def scenario() -> None:
        text = issuer.token(NOW, client_id="app", scp=["a", "b"])
        await tokens.require_token(text, issuer.url, frozenset({"app"}), ("b",))
        with pytest.raises(InsufficientScope):
            await tokens.require_token(text, issuer.url, frozenset({"app"}), ("c",))

    asyncio.run(scenario())


def test_a_token_that_was_good_expires(tokens: Tokens, issuer: Issuer, clock: VirtualClock) -> None:
    async def scenario() -> None:
        text = issuer.token(NOW, aud="app")
        await tokens.require_token(text, issuer.url, frozenset({"app"}))
        await _later(clock, 3600)
        with pytest.raises(InvalidToken, match="expired"):
            await tokens.require_token(text, issuer.url, frozenset({"app"}))

    asyncio.run(scenario())


def test_a_new_key_is_fetched_at_once_and_an_old_one_goes_with_the_next_fetch(tokens: Tokens, issuer: Issuer) -> None:
    async def scenario() -> None:
        old = issuer.token(NOW, exp=int(NOW) + 100_000)
        await tokens.require_token(old, issuer.url)
        issuer.rotate()
        await tokens.require_token(old, issuer.url)
        assert issuer.fetches == 1
        await tokens.require_token(issuer.token(NOW), issuer.url)
        assert issuer.fetches == 2
        with pytest.raises(InvalidToken, match="key id"):
            await tokens.require_token(old, issuer.url)

    asyncio.run(scenario())


def test_what_is_no_signed_token_is_refused(tokens: Tokens, issuer: Issuer) -> None:
    async def scenario() -> None:
        good = issuer.token(NOW, aud="app")
        head, body, _ = good.split(".")
        forged = f"{head}.{body}.{issuer.token(NOW, aud='x').split('.')[2]}"
        unsigned = "eyJhbGciOiJub25lIn0." + body + "."
        for text in ("", "abc", "a.b.c", "..", f"{head}.{body}.", forged, unsigned, "é.é.é"):
            with pytest.raises(InvalidToken):
                await tokens.require_token(text, issuer.url)
        with pytest.raises(InvalidToken, match="signing method ES256 is invalid"):
            await tokens.require_token(issuer.elliptic_token(NOW), issuer.url)

    asyncio.run(scenario())


def test_what_is_said_of_a_token_has_nothing_of_its_own_text(tokens: Tokens, issuer: Issuer) -> None:
    head = base64.urlsafe_b64encode(b'{"alg": "x\\r\\nset-cookie: a\\"", "kid": "k"}').decode().rstrip("=")
    with pytest.raises(InvalidToken) as failure:
        asyncio.run(tokens.require_token(f"{head}.e30.x", issuer.url))
    assert str(failure.value) == "signing method of the token is invalid"


def test_an_unknown_key_is_looked_for_once_in_a_while(tokens: Tokens, issuer: Issuer, clock: VirtualClock) -> None:
    async def scenario() -> None:
        await tokens.require_token(issuer.token(NOW), issuer.url)
        strange = issuer.token(NOW, {"kid": "nobody"})
        for _ in range(3):
            with pytest.raises(InvalidToken, match="key id"):
                await tokens.require_token(strange, issuer.url)
        assert issuer.fetches == 2
        await _later(clock, 10)
        with pytest.raises(InvalidToken, match="key id"):
            await tokens.require_token(strange, issuer.url)
        assert issuer.fetches == 3

    asyncio.run(scenario())


def test_an_issuer_without_keys_lets_nobody_in(tokens: Tokens, issuer: Issuer) -> None:
    issuer.is_broken = True
    with pytest.raises(UnusableIssuer):
        asyncio.run(tokens.require_token(issuer.token(NOW), issuer.url))
    with pytest.raises(UnusableIssuer):
        asyncio.run(tokens.require_token(issuer.token(NOW), "http://127.0.0.1:1"))


def test_bearer_is_optional() -> None:
    assert bearer_of("Bearer abc") == bearer_of("bearer  abc") == bearer_of("abc") == "abc"

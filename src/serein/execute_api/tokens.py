"""JSON Web Tokens from OpenID issuers: found keys, verified signatures and claims, all remembered for a while.

AWS: keys come from the `jwks_uri` of the issuer's discovery document and are kept for two hours; HTTP APIs accept RSA
signatures only; `exp`, `nbf` and `iat` are checked, `client_id` counts when there is no `aud`
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html).
"""

import asyncio
import base64
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from serein.kernel.call import Platform
from serein.outgoing import OutgoingRequest, Unreachable, outgoing_of

_MEMORY = "execute-api tokens"
RSA_ALGORITHMS = ("RS256", "RS384", "RS512")
_CURVES = ("P-256", "P-384", "P-521")
_KEYS_KEPT_SECONDS = 7200.0
_UNKNOWN_KEY_SECONDS = 10.0
_FETCH_SECONDS = 1.5
_MOST_TOKENS, _MOST_ISSUERS = 10_000, 256
_DISCOVERY = "/.well-known/openid-configuration"
LEEWAY_SECONDS = 60.0
"""By how much an issuer's clock may be ahead."""


class InvalidToken(Exception):
    """The token isn't good; the message is what `www-authenticate` says of it."""


class InsufficientScope(Exception):
    """The token has none of the scopes that are wanted."""


class UnusableIssuer(InvalidToken):
    """The issuer's keys could not be had."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose signature is right."""

    claims: dict[str, Any]
    scopes: tuple[str, ...]
    """From `scope` (text with spaces, or a list) or `scp`."""
    algorithm: str


@dataclass(slots=True)
class _Issuer:
    keys: Any = None
    """A joserfc KeySet."""
    fetched_at: float = 0.0
    unknown: dict[str, float] = field(default_factory=dict)
    """Key ids that were not there, and when that was."""
    fetching: "asyncio.Task[Any] | None" = None


class Tokens:
    """Verifies tokens; a token that was verified once costs a look-up afterwards."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._issuers: OrderedDict[str, _Issuer] = OrderedDict()
        self._verified: OrderedDict[tuple[str, str], tuple[Any, Token]] = OrderedDict()

    async def require_token(
        self,
        text: str,
        issuer: str,
        audiences: frozenset[str] | None = None,
        scopes: tuple[str, ...] = (),
        algorithms: tuple[str, ...] = RSA_ALGORITHMS,
    ) -> Token:
        """The verified token; `audiences` None leaves `aud` unchecked, without `scopes` any token will do.

        `algorithms` are those that it may be signed with, of the ones of RSA and of elliptic curves.

        Raises InvalidToken, UnusableIssuer, InsufficientScope.
        """
        now = self._platform.clock.now()
        known = self._issuers.get(issuer)
        found = self._verified.get((issuer, text))
        if found is None or known is None or found[0] is not known.keys or known.fetched_at + _KEYS_KEPT_SECONDS <= now:
            token = await self._verify(text, issuer, algorithms)
        else:
            token = found[1]
            if token.algorithm not in algorithms:
                raise _unwanted(token.algorithm)
        _check_times(token.claims, now)
        if audiences is not None:
            _check_audience(token.claims, audiences)
        if scopes and not any(scope in token.scopes for scope in scopes):
            raise InsufficientScope
        return token

    async def _verify(self, text: str, issuer: str, algorithms: tuple[str, ...]) -> Token:
        header = _header_of(text)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in algorithms:
            raise _unwanted(algorithm)
        if not isinstance(key_id, str):
            raise InvalidToken("the token has no key id (kid)")
        keys = await self._keys_with(issuer, key_id)
        # Why here: loading it takes 50 ms, and most APIs want no tokens.
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            claims = jwt.decode(text, keys, algorithms=list(algorithms)).claims
        except (JoseError, ValueError) as error:
            raise InvalidToken("signature is invalid") from error
        if not isinstance(claims, dict) or claims.get("iss") != issuer:
            raise InvalidToken("the token does not have a valid issuer")
        token = Token(claims, _scopes_of(claims), algorithm)
        self._verified[issuer, text] = (keys, token)
        self._verified.move_to_end((issuer, text))
        if len(self._verified) > _MOST_TOKENS:
            self._verified.popitem(last=False)
        return token

    async def _keys_with(self, issuer: str, key_id: str) -> Any:
        """The issuer's keys, fetched anew when they are old, or when there is none of this id."""
        known = self._issuers.get(issuer)
        if known is None:
            known = self._issuers[issuer] = _Issuer()
            if len(self._issuers) > _MOST_ISSUERS:
                self._issuers.popitem(last=False)
        now = self._platform.clock.now()
        is_old = known.keys is None or known.fetched_at + _KEYS_KEPT_SECONDS <= now
        is_missing = not is_old and not _has(known.keys, key_id)
        if is_old or (is_missing and known.unknown.get(key_id, 0.0) + _UNKNOWN_KEY_SECONDS <= now):
            await self._refresh(known, issuer)
        if not _has(known.keys, key_id):
            if len(known.unknown) >= _MOST_TOKENS:
                known.unknown.clear()
            known.unknown[key_id] = now
            raise InvalidToken("the token's key id (kid) is not one of the issuer's keys")
        return known.keys

    async def _refresh(self, known: _Issuer, issuer: str) -> None:
        """Fetch the keys once for all who wait. Raises UnusableIssuer."""
        if known.fetching is None:
            known.fetching = asyncio.get_running_loop().create_task(self._fetch(issuer))
        fetching = known.fetching
        await asyncio.wait((fetching,))
        if known.fetching is fetching:
            known.fetching = None
        found = fetching.result()
        if isinstance(found, UnusableIssuer):
            raise found
        if known.keys is not found:
            known.keys, known.fetched_at = found, self._platform.clock.now()

    async def _fetch(self, issuer: str) -> Any:
        """The issuer's KeySet, or the UnusableIssuer that tells why there is none."""
        from joserfc.errors import JoseError  # why here: as above
        from joserfc.jwk import KeySet

        try:
            discovery = await self._document(issuer.rstrip("/") + _DISCOVERY)
            address = discovery.get("jwks_uri")
            if not isinstance(address, str):
                return UnusableIssuer("the issuer's discovery document has no jwks_uri")
            document = await self._document(address)
            # Keys of kinds that no token may be signed by are left out: a set may have some that are not known here.
            keys = [key for key in document.get("keys", []) if isinstance(key, dict) and _is_known(key)]
            return KeySet.import_key_set({"keys": keys})
        except (Unreachable, JoseError, ValueError, TypeError, KeyError) as error:
            return UnusableIssuer(f"the issuer's keys could not be fetched: {type(error).__name__}")

    async def _document(self, url: str) -> dict[str, Any]:
        if not url.startswith(("http://", "https://")):
            raise ValueError(url)
        request = OutgoingRequest("GET", url, [("accept", "application/json")], timeout_seconds=_FETCH_SECONDS)
        reply = await outgoing_of(self._platform).send(request)
        if reply.status != 200 or not isinstance(reply.body, bytes):
            raise ValueError(f"{url} answered {reply.status}")
        document = json.loads(reply.body)
        if not isinstance(document, dict):
            raise ValueError(f"{url} is no object")
        return document


def tokens_of(platform: Platform) -> Tokens:
    """The platform's memory of issuers and tokens."""
    found: Tokens | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = Tokens(platform)
    return found


def bearer_of(value: str) -> str:
    """The token in an identity source's value, which may begin with `Bearer `."""
    return value[7:].strip() if value[:7].lower() == "bearer " else value.strip()


def claims_of(text: str) -> dict[str, Any]:
    """The claims of a token that nobody verified. Raises InvalidToken."""
    return _part(text, 1)


def _header_of(text: str) -> dict[str, Any]:
    if text.count(".") != 2:
        raise InvalidToken("token contains an invalid number of segments")
    return _part(text, 0)


def _part(text: str, position: int) -> dict[str, Any]:
    segments = text.split(".")
    if len(segments) != 3:
        raise InvalidToken("token contains an invalid number of segments")
    segment = segments[position]
    try:
        found = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError) as error:
        raise InvalidToken("the token could not be decoded") from error
    if not isinstance(found, dict):
        raise InvalidToken("the token could not be decoded")
    return found


def _unwanted(algorithm: Any) -> InvalidToken:
    named = algorithm if isinstance(algorithm, str) and algorithm.isalnum() else "of the token"
    return InvalidToken(f"signing method {named} is invalid")


def _is_known(key: dict[str, Any]) -> bool:
    return key.get("kty") == "RSA" or (key.get("kty") == "EC" and key.get("crv") in _CURVES)


def _has(keys: Any, key_id: str) -> bool:
    return keys is not None and any(key.kid == key_id for key in keys.keys)


def _scopes_of(claims: dict[str, Any]) -> tuple[str, ...]:
    found = claims.get("scope", claims.get("scp"))
    if isinstance(found, str):
        return tuple(found.split())
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _check_times(claims: dict[str, Any], now: float) -> None:
    expires_at, starts_at, issued_at = claims.get("exp"), claims.get("nbf"), claims.get("iat")
    if not _is_time(expires_at) or expires_at <= now:
        raise InvalidToken("the token has expired" if expires_at is not None else "the token has no exp claim")
    if starts_at is not None and (not _is_time(starts_at) or starts_at - LEEWAY_SECONDS > now):
        raise InvalidToken("the token is not valid yet")
    if issued_at is not None and (not _is_time(issued_at) or issued_at - LEEWAY_SECONDS > now):
        raise InvalidToken("the token was issued in the future")


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_audience(claims: dict[str, Any], audiences: frozenset[str]) -> None:
    audience = claims.get("aud", claims.get("client_id"))
    given = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(each, str) and each in audiences for each in given):
        raise InvalidToken("the token does not have a valid audience")

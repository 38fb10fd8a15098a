"""JWT authorizers: tokens of declared issuers, verified with the keys that these publish.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer.html, and what integrations
get of the claims: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-claims.html
"""

import json
from typing import Any

from serein.execute_api.tokens import InsufficientScope, InvalidToken, bearer_of, claims_of, tokens_of
from serein.kernel.policies import Policy
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.access import require_allowed
from serein.services.apigateway.serving.exchange import Authorized, Exchange
from serein.services.apigateway.serving.mappings import compile_source
from serein.services.apigateway.serving.refusals import Refused


class _Issuer:
    """What tokens of an issuer must have."""

    __slots__ = ("_claims", "audiences")

    def __init__(self, settings: dict[str, Any]) -> None:
        self.audiences = frozenset(settings["audiences"])
        self._claims = [
            (each["claimName"], bool(each.get("required")), frozenset(each.get("expectedValues") or ()))
            for each in settings.get("additionalClaims") or ()
        ]

    def require_claims(self, claims: dict[str, Any]) -> None:
        """Raises InvalidToken."""
        for name, is_required, expected in self._claims:
            value = claims.get(name)
            if value is None:
                if is_required:
                    raise InvalidToken(f"the token has no {name} claim")
            elif not isinstance(value, str) or (expected and value not in expected):
                raise InvalidToken(f"the token does not have a valid {name} claim")


class JwtAuthorizer:
    """JWT."""

    def __init__(self, settings: dict[str, Any]) -> None:
        configuration = settings["jwtConfiguration"]
        self._source = compile_source(settings["identitySource"])
        self._algorithms = tuple(configuration["defaultAlgorithms"])
        self._issuers = {each["issuer"]: _Issuer(each) for each in configuration["issuers"]}

    async def authorize(self, exchange: Exchange, policy: Policy | None, scopes: tuple[str, ...]) -> None:
        claims = await self._claims(exchange, scopes)
        exchange.authorizer = Authorized({"claims": _texts(claims)}, {"claims": claims})
        require_allowed(exchange, policy)

    async def examine(self, exchange: Exchange) -> dict[str, Any]:
        """What TestInvokeAuthorizer tells. Raises Refused."""
        return {"claims": _texts(await self._claims(exchange, ()))}

    async def _claims(self, exchange: Exchange, scopes: tuple[str, ...]) -> dict[str, Any]:
        """The token's claims. Raises Refused with 401; with 403 when the method wants other scopes."""
        value = self._source(exchange, None)
        text = bearer_of(value[-1] if isinstance(value, list) and value else value if isinstance(value, str) else "")
        if not text:
            raise Refused(refusals.UNAUTHORIZED)
        try:
            name = claims_of(text).get("iss")
            issuer = self._issuers.get(name) if isinstance(name, str) else None
            if issuer is None or not isinstance(name, str):
                raise InvalidToken("the token does not have a valid issuer")
            tokens = tokens_of(exchange.platform)
            token = await tokens.require_token(text, name, issuer.audiences, algorithms=self._algorithms)
            issuer.require_claims(token.claims)
            if scopes and not any(scope in token.scopes for scope in scopes):
                raise InsufficientScope
        except InvalidToken as invalid:
            exchange.log(f"Unauthorized request: {exchange.request_id}: {invalid}")
            raise Refused(refusals.UNAUTHORIZED, reason=str(invalid)) from invalid
        except InsufficientScope as lacking:
            exchange.log(f"Forbidden request: {exchange.request_id}: the token has none of the method's scopes")
            raise Refused(refusals.ACCESS_DENIED, "Forbidden") from lacking
        return token.claims


def _texts(claims: dict[str, Any]) -> dict[str, str]:
    """Claims as templates, parameters and logs have them: JSON, with what isn't ASCII escaped in capital digits."""
    return {
        name: _escaped(json.dumps(value, separators=(",", ":"), ensure_ascii=False)) for name, value in claims.items()
    }


def _escaped(text: str) -> str:
    if text.isascii():
        return text
    units = text.encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[place : place + 2], "big") for place in range(0, len(units), 2))
    return "".join(chr(code) if code < 128 else f"\\u{code:04X}" for code in codes)

"""JWT authorizers of REST APIs: which issuers, audiences, algorithms and claims tokens must have.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer-create.html
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from serein.services.apigateway.errors import BadRequestException

Settings = dict[str, Any]
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"})
_CHECKED_ANYWAY = frozenset({"iss", "aud", "exp", "nbf", "iat", "scope", "scp"})
_SOURCE = re.compile(r"method\.request\.header\.[\w\-]+")
_UNFIT = ("authorizerUri", "authorizerCredentials", "identityValidationExpression", "providerARNs")


def require_jwt(authorizer: Settings) -> None:
    """Raises BadRequestException when an authorizer of type JWT isn't whole, or has what only others have."""
    unfit = [name for name in _UNFIT if authorizer.get(name)]
    if authorizer.get("authorizerResultTtlInSeconds") is not None:
        unfit.append("authorizerResultTtlInSeconds")
    if unfit:
        raise BadRequestException(f"{unfit[0]} is not supported for JWT authorizers")
    source = authorizer.get("identitySource", "")
    if not _SOURCE.fullmatch(source):
        raise BadRequestException(
            f"Invalid JWT authorizer identity source {source}. Must be a header: method.request.header.NAME"
        )
    require_configuration(authorizer.get("jwtConfiguration"))


def parse_configuration(text: str) -> Any:
    """A configuration as patches have it. Raises BadRequestException."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _invalid("it must be JSON") from None


def require_configuration(given: Any) -> None:
    """Raises BadRequestException. Templates and patches aren't checked against the API's model before."""
    if not isinstance(given, dict) or not given.keys() <= {"issuers", "defaultAlgorithms"}:
        raise _invalid("issuers and defaultAlgorithms are required")
    algorithms = _texts(given.get("defaultAlgorithms"), "defaultAlgorithms")
    if not _ALGORITHMS.issuperset(algorithms):
        raise _invalid(f"defaultAlgorithms must be of {', '.join(sorted(_ALGORITHMS))}")
    issuers = given.get("issuers")
    if not isinstance(issuers, list) or not issuers:
        raise _invalid("issuers must have at least one member")
    for issuer in issuers:
        _require_issuer(issuer)
    if len({issuer["issuer"] for issuer in issuers}) < len(issuers):
        raise _invalid("issuers must be unique")


def _require_issuer(issuer: Any) -> None:
    if not isinstance(issuer, dict) or not issuer.keys() <= {"issuer", "audiences", "additionalClaims"}:
        raise _invalid("an issuer has issuer, audiences and additionalClaims")
    url = issuer.get("issuer")
    if not isinstance(url, str) or not _is_issuer(url):
        raise _invalid(f"{url} is not the URL of an issuer")
    _texts(issuer.get("audiences"), "audiences")
    claims = issuer.get("additionalClaims") or []
    if not isinstance(claims, list):
        raise _invalid("additionalClaims must be a list")
    names = [_required_claim(claim) for claim in claims]
    if len(set(names)) < len(names):
        raise _invalid("the names of additionalClaims must be unique for an issuer")


def _is_issuer(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_plain = not (parts.username or parts.password or "?" in url or "#" in url)
    return parts.scheme in ("https", "http") and bool(parts.hostname) and is_plain


def _required_claim(claim: Any) -> str:
    """The name of an additional claim. Raises BadRequestException."""
    if not isinstance(claim, dict) or not claim.keys() <= {"claimName", "format", "required", "expectedValues"}:
        raise _invalid("an additional claim has claimName, format, required and expectedValues")
    name = claim.get("claimName")
    if not isinstance(name, str) or not name or name in _CHECKED_ANYWAY:
        raise _invalid(f"{name} can't be the name of an additional claim")
    if claim.get("format") != "SINGLE_STRING":
        raise _invalid("the format of an additional claim must be SINGLE_STRING")
    if not isinstance(claim.get("required", False), bool):
        raise _invalid("required must be true or false")
    if claim.get("expectedValues"):
        _texts(claim["expectedValues"], "expectedValues")
    return name


def _texts(given: Any, name: str) -> list[str]:
    if not isinstance(given, list) or not given or not all(isinstance(each, str) and each for each in given):
        raise _invalid(f"{name} must be a list of texts that aren't empty")
    return given


def _invalid(reason: str) -> BadRequestException:
    return BadRequestException(f"Invalid JWT configuration specified: {reason}")

"""Whether a request may pass: JSON Web Tokens, Lambda authorizers and signatures in front of routes of HTTP APIs."""

from typing import Any

from serein.execute_api.lambda_authorizers import (
    AuthorizerFailed,
    Question,
    Unauthorized,
    Verdict,
    authorizers_of,
)
from serein.execute_api.tokens import InsufficientScope, InvalidToken, Token, bearer_of, tokens_of
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, Signer
from serein.kernel.policies import (
    MalformedPolicy,
    Request,
    aws_principal,
    caller_context,
    caller_principal,
    compile_policy,
    decide_identity,
)
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.authorizer_events import authorizer_event
from serein.services.apigatewayv2.authorizers import Gate
from serein.services.apigatewayv2.callers import backend_caller
from serein.services.apigatewayv2.context import RequestSources
from serein.services.apigatewayv2.events import Admission, Arrival
from serein.services.apigatewayv2.replies import message

_ACTION = "execute-api:Invoke"
_AUTHORIZER_SECONDS = 10.0
_UNAUTHORIZED, _FORBIDDEN = "Unauthorized", "Forbidden"


async def find_refusal(platform: Platform, arrival: Arrival, gate: Gate) -> HttpReply | None:
    """The reply to a request that may not pass, or None; `arrival.admission` is what the authorizer said."""
    if gate.kind == "JWT":
        return await _check_token(platform, arrival, gate)
    if gate.kind == "CUSTOM":
        return await _ask(platform, arrival, gate)
    return await _check_signer(platform, arrival)


async def _check_token(platform: Platform, arrival: Arrival, gate: Gate) -> HttpReply | None:
    given = gate.sources[0](RequestSources(arrival)) if gate.sources else None
    if not given:
        return _challenge("Bearer")
    wanted = " ".join(gate.scopes)
    try:
        token = await tokens_of(platform).require_token(bearer_of(given), gate.issuer, gate.audiences, gate.scopes)
    except InvalidToken as error:
        return _challenge(f'Bearer scope="" error="invalid_token" error_description="{error}"')
    except InsufficientScope:
        reply = message(403, _FORBIDDEN)
        challenge = f'Bearer scope="{wanted}" error="insufficient_scope"'
        reply.headers.append(("www-authenticate", challenge))
        return reply
    arrival.admission = admission_by_token(token, gate.scopes)
    return None


def _challenge(challenge: str) -> HttpReply:
    reply = message(401, _UNAUTHORIZED)
    reply.headers.append(("www-authenticate", challenge))
    return reply


def admission_by_token(token: Token, scopes: tuple[str, ...]) -> Admission:
    """AWS: claims are texts in events, lists in brackets; `scopes` is null for a route that wants none."""
    claims = {
        "claims": {name: claim_text(value) for name, value in token.claims.items()},
        "scopes": list(token.scopes) if scopes else None,
    }
    return Admission({"jwt": claims}, claims)


def claim_text(value: Any) -> str:
    """A claim as events show it, in the way of the language that the gateway is written in."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "<nil>"
    if isinstance(value, list):
        return "[" + " ".join(map(claim_text, value)) + "]"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{name}:{claim_text(value[name])}" for name in sorted(value)) + "]"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


async def _ask(platform: Platform, arrival: Arrival, gate: Gate) -> HttpReply | None:
    sources = RequestSources(arrival)
    values = tuple([source(sources) or "" for source in gate.sources])
    if not all(values):
        # AWS: a request without one of the identity sources doesn't reach the function.
        return message(401, _UNAUTHORIZED)
    question = Question(
        (arrival.api_id, arrival.stage, gate.authorizer_id, gate.function, gate.is_simple),
        gate.function,
        lambda: authorizer_event(arrival, gate.payload_version, values),
        values or None,
        gate.cache_seconds,
        Scope(arrival.account, arrival.region),
        arrival.trace_id,
        _AUTHORIZER_SECONDS,
        gate.is_simple,
        has_structures=gate.payload_version == "2.0",
        caller=backend_caller(platform, arrival, f"authorizers/{gate.authorizer_id}", gate.credentials),
    )
    try:
        verdict = await authorizers_of(platform).ask(question)
        is_allowed = verdict.is_authorized if verdict.is_authorized is not None else _allows(verdict, arrival)
    except Unauthorized:
        return message(401, _UNAUTHORIZED)
    except AuthorizerFailed:
        return message(500, "Internal Server Error")
    in_1_0 = dict(verdict.context)
    if verdict.principal_id:
        in_1_0["principalId"] = verdict.principal_id
    arrival.admission = Admission({"lambda": verdict.context or None}, in_1_0, latency_ms=verdict.latency_ms)
    return None if is_allowed else message(403, _FORBIDDEN)


def _allows(verdict: Verdict, arrival: Arrival) -> bool:
    """What the policy says of the request; remembered beside it as long as nothing else bears on it."""
    arn = arrival.arn
    decided = verdict.decided.get(arn)
    if decided is not None:
        return decided
    try:
        policy = compile_policy(verdict.policy)
    except MalformedPolicy as error:
        raise AuthorizerFailed(error.args[0] if error.args else "malformed policy", is_misconfigured=True) from error
    context = {"aws:SourceIp": arrival.http.client_address, "aws:UserAgent": arrival.http.headers.get("user-agent", "")}
    principal = aws_principal(f"arn:aws:iam::{arrival.account}:root")
    decided = policy.decide(Request(_ACTION, arn, principal, context)).is_allowed
    if not policy.keys and len(verdict.decided) < 1000:
        verdict.decided[arn] = decided
    return decided


async def _check_signer(platform: Platform, arrival: Arrival) -> HttpReply | None:
    signatures = platform.signatures
    assert signatures is not None
    try:
        signer = await signatures.require_signer(arrival.http, arrival.body, "execute-api")
    except AwsError as error:
        # AWS: who doesn't sign hears the same as who may not; what is wrong with a signature is told.
        text = _FORBIDDEN if error.code == "MissingAuthenticationToken" else error.message
        return message(403, text)
    arrival.admission = _admission_by_signer(signer)
    if signatures.is_enforced and not await _may_invoke(platform, arrival, signer):
        return message(403, _FORBIDDEN)
    return None


async def _may_invoke(platform: Platform, arrival: Arrival, signer: Signer) -> bool:
    """Whether the caller's own policies allow it: an HTTP API has none, so only its own account gets in."""
    if signer.account != arrival.account:
        return False
    caller = signer.caller
    asked = {"Arn": caller.arn, "AccessKeyId": caller.access_key_id}
    found = await platform.call("iam", "FindIdentity", asked, scope=Scope(signer.account, arrival.region))
    identity = found["Identity"]
    context = {
        **caller_context(caller, arrival.region, arrival.now),
        **(identity.context or {}),
        "aws:SourceIp": arrival.http.client_address,
    }
    return decide_identity(Request(_ACTION, arrival.arn, caller_principal(caller), context), identity).is_allowed


def _admission_by_signer(signer: Signer) -> Admission:
    caller = signer.caller
    iam = {
        "accessKey": caller.access_key_id,
        "accountId": signer.account,
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.arn,
        "userId": caller.user_id,
    }
    identity = {
        "accessKey": caller.access_key_id,
        "accountId": signer.account,
        "caller": caller.user_id,
        "user": caller.user_id,
        "userArn": caller.arn,
    }
    return Admission({"iam": iam}, None, identity)

"""Who may call a method: resource policies, and requests signed for AWS_IAM.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from typing import Any

from serein.kernel.domains import Privacy
from serein.kernel.errors import AwsError
from serein.kernel.http import Signer
from serein.kernel.policies import (
    ANONYMOUS,
    Context,
    Identity,
    Policy,
    Principal,
    Request,
    caller_context,
    caller_principal,
    decide_access,
    stored_policy,
)
from serein.kernel.policies.requests import Value
from serein.kernel.scope import Caller, Scope
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.integrations import method_arn
from serein.services.apigateway.serving.refusals import Refused

INVOKE, INVALIDATE = "execute-api:Invoke", "execute-api:InvalidateCache"
_MASKED_DIGITS = 8


def compile_resource_policy(text: str, scope: Scope, api_id: str) -> Policy | None:
    """An API's policy; None without one. AWS: `execute-api:/…` in it stands for the API's own ARN."""
    if not text:
        return None
    own = f'"arn:{scope.partition}:execute-api:{scope.region}:{scope.account}:{api_id}/'
    plain = text.replace('\\"', '"') if text.startswith("{\\") else text
    return stored_policy(plain.replace('"execute-api:/', own))


def question(
    exchange: Exchange,
    principal: Principal,
    caller: Caller | None,
    action: str = INVOKE,
    known: Context | None = None,
) -> Request:
    """What policies are asked about a request; `known` are condition keys that IAM knows of the caller."""

    def context() -> Context:
        keys: dict[str, Value] = {**caller_context(caller or Caller(), exchange.region, exchange.now), **(known or {})}
        if caller is None:
            keys = {name: value for name, value in keys.items() if not name.startswith(("aws:Principal", "aws:user"))}
        keys["aws:SourceIp"] = exchange.http.client_address
        if exchange.vpc_endpoint:
            keys["aws:SourceVpce"] = exchange.vpc_endpoint
        for name, header in (("aws:UserAgent", "user-agent"), ("aws:Referer", "referer")):
            if value := exchange.http.headers.get(header):
                keys[name] = value
        return keys

    return Request(action, method_arn(exchange), principal, context)


def refuse_denied(exchange: Exchange, policy: Policy | None) -> None:
    """Raise Refused when the resource's policy denies a request, before an authorizer is asked."""
    if policy is not None and policy.decide(question(exchange, ANONYMOUS, None)).is_denied:
        raise _denied(exchange, ANONYMOUS, is_explicit=True)


def require_admitted(exchange: Exchange, privacy: Privacy) -> None:
    """Raise Refused unless the policy of a private domain name lets the request in.

    Why: there are no VPC endpoints on one machine. A request is taken to come through the first of those that are
    associated with the name that its policy lets in; without any it comes through none.
    """
    policy = stored_policy(privacy.policy)
    is_denied = False
    for endpoint in privacy.endpoints or ("",):
        exchange.vpc_endpoint = endpoint
        asked = question(exchange, ANONYMOUS, None).about(INVOKE, privacy.arn)
        decision = None if policy is None else policy.decide(asked)
        if decision is not None and decision.is_allowed:
            return
        is_denied = decision is not None and decision.is_denied
    raise _denied(exchange, ANONYMOUS, is_explicit=is_denied, resource=privacy.arn)


def require_allowed(exchange: Exchange, policy: Policy | None) -> None:
    """Raise Refused unless the resource's policy allows a request by nobody in particular."""
    if policy is None:
        return
    decision = policy.decide(question(exchange, ANONYMOUS, None))
    if not decision.is_allowed:
        raise _denied(exchange, ANONYMOUS, is_explicit=decision.is_denied)


async def require_signer(exchange: Exchange, policy: Policy | None) -> None:
    """AWS_IAM: the request must be signed, by somebody who may. Raises Refused."""
    signatures = exchange.platform.signatures
    assert signatures is not None
    try:
        signer = await signatures.require_signer(exchange.http, exchange.body, "execute-api")
    except AwsError as error:
        raise _refused_signature(error) from error
    caller = signer.caller
    principal = caller_principal(caller)
    exchange.identity |= {
        "accessKey": caller.access_key_id,
        "accountId": signer.account,
        "caller": caller.user_id,
        "user": caller.user_id,
        "userArn": caller.arn,
    }
    if signatures.is_enforced:
        identity = None if caller.source_arn else await _identity_of(exchange, signer)
        asked = question(exchange, principal, caller, known=identity.context if identity is not None else None)
        verdict = decide_access(asked, identity, policy, exchange.account)
        is_allowed, is_denied = verdict.is_allowed, verdict.is_denied
    else:
        # Signatures that nobody checks prove nothing, so only what the API itself says counts.
        is_denied = policy is not None and policy.decide(question(exchange, principal, caller)).is_denied
        is_allowed = not is_denied
    if not is_allowed:
        raise _denied(exchange, principal, is_explicit=is_denied)


async def may_invalidate(exchange: Exchange, policy: Policy | None) -> bool:
    """Whether a request may have a cached reply made anew."""
    if not exchange.identity.get("accessKey"):
        return False
    caller = Caller(exchange.identity["accessKey"], exchange.identity["userArn"], exchange.identity["user"])
    principal = caller_principal(caller)
    signatures = exchange.platform.signatures
    if signatures is None or not signatures.is_enforced:
        return policy is None or not policy.decide(question(exchange, principal, caller, INVALIDATE)).is_denied
    identity = await _identity_of(exchange, Signer(exchange.identity["accountId"], caller))
    asked = question(exchange, principal, caller, INVALIDATE, known=identity.context)
    return decide_access(asked, identity, policy, exchange.account).is_allowed


async def _identity_of(exchange: Exchange, signer: Signer) -> Identity:
    """What IAM says of who signed."""
    request = {"Arn": signer.caller.arn, "AccessKeyId": signer.caller.access_key_id}
    scope = Scope(signer.account, exchange.region)
    found: dict[str, Any] = await exchange.platform.call("iam", "FindIdentity", request, scope=scope)
    identity: Identity = found["Identity"]
    return identity


def _refused_signature(error: AwsError) -> Refused:
    if error.code == "MissingAuthenticationToken":
        return Refused(refusals.MISSING_AUTHENTICATION_TOKEN)
    if error.code in ("ExpiredToken", "RequestExpired"):
        return Refused(refusals.EXPIRED_TOKEN, error.message)
    kind = refusals.INVALID_SIGNATURE
    return Refused(kind, error.message, error_type=error.code)


def _denied(exchange: Exchange, principal: Principal, *, is_explicit: bool, resource: str = "") -> Refused:
    """AWS: the sentence shows the last digits of the account only."""
    whole = resource or method_arn(exchange)
    arn = whole.replace(f":{exchange.account}:", f":{'*' * _MASKED_DIGITS}{exchange.account[-4:]}:", 1)
    who = principal.id or "anonymous"
    message = f"User: {who} is not authorized to perform: {INVOKE} on resource: {arn}"
    if is_explicit:
        message += " with an explicit deny"
    return Refused(refusals.ACCESS_DENIED, message)

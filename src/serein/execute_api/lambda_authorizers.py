"""Lambda authorizers: asked, understood, and remembered, for APIs of every kind.

What an answer allows is decided by whose data plane it is (a policy is evaluated for the method that is called, a
simple answer speaks for itself); what a request looks like to the function is decided there too.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from serein.execute_api.invocations import TookTooLong, invoke
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply
from serein.kernel.scope import Caller, Scope

log = logging.getLogger("serein.execute_api")
_MEMORY = "execute-api lambda authorizers"
_MOST_REMEMBERED = 10_000
_UNAUTHORIZED = "Unauthorized"
LONGEST_CACHE_SECONDS = 3600
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Unauthorized(Exception):
    """The function failed with the message `Unauthorized`: the client gets 401."""


class AuthorizerFailed(Exception):
    """The function failed otherwise, took too long, or its answer is none: the client gets 500.

    AWS: execution logs and gateway responses tell failures of the function (AUTHORIZER_FAILURE) from answers that can't
    be understood (AUTHORIZER_CONFIGURATION_ERROR).
    """

    def __init__(self, reason: str, *, is_misconfigured: bool = False) -> None:
        super().__init__(reason)
        self.is_misconfigured = is_misconfigured


@dataclass(slots=True)
class Verdict:
    """What an authorizer answered."""

    is_authorized: bool | None
    """None when `policy` decides."""
    principal_id: str
    policy: dict[str, Any]
    context: dict[str, Any]
    usage_identifier_key: str = ""
    """The API key that the caller goes by (REST, with the source AUTHORIZER)."""
    latency_ms: int = 0
    """How long the function took; 0 when the answer was remembered."""
    decided: dict[Hashable, bool] = field(default_factory=dict)
    """For data planes: what evaluating `policy` gave before, while it has no conditions."""

    @property
    def has_conditions(self) -> bool:
        return any("Condition" in statement for statement in statements_of(self.policy))


@dataclass(frozen=True, slots=True)
class Question:
    """What an authorizer is asked."""

    authorizer: Hashable
    """Names the authorizer and its settings: another value doesn't find what was remembered for this one."""
    function: str
    """The function's ARN."""
    event: Callable[[], dict[str, Any]]
    """Makes the event; called when the function is."""
    identity: Hashable | None
    """The values of the identity sources, and whatever else the answer is for; None when it is not to be remembered."""
    cache_seconds: float
    scope: Scope
    trace_id: str = ""
    timeout_seconds: float = 30.0
    is_simple: bool = False
    """Whether the answer is `{"isAuthorized": …}` instead of a policy."""
    has_structures: bool = False
    """Whether values of the context may be lists and objects (HTTP APIs)."""
    caller: Caller | None = None
    """Whose permissions count; API Gateway's own without one."""


class LambdaAuthorizers:
    """Asks authorizers. Requests with the same identity that come at once share one invocation."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._remembered: OrderedDict[tuple[Hashable, Hashable], tuple[float, Verdict]] = OrderedDict()
        self._asking: dict[tuple[Hashable, Hashable], asyncio.Task[Verdict | Exception]] = {}

    def find(self, question: Question) -> Verdict | None:
        """What is remembered, or None."""
        if question.identity is None or question.cache_seconds <= 0:
            return None
        key = (question.authorizer, question.identity)
        found = self._remembered.get(key)
        if found is None:
            return None
        if found[0] <= self._platform.clock.now():
            del self._remembered[key]
            return None
        return found[1]

    async def ask(self, question: Question) -> Verdict:
        """The authorizer's answer, remembered or new. Raises Unauthorized, AuthorizerFailed."""
        found = self.find(question)
        if found is not None:
            return found
        if question.identity is None or question.cache_seconds <= 0:
            return _settled(await self._ask(question))
        key = (question.authorizer, question.identity)
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.get_running_loop().create_task(self._ask_and_remember(question))
        # Why a wait: a client that goes away must not take the answer from the others.
        await asyncio.wait((asking,))
        return _settled(asking.result())

    def forget(self, belongs: Callable[[Hashable], bool]) -> None:
        """Drop what was remembered of the authorizers that `belongs` says yes to (FlushStageAuthorizersCache)."""
        for key in [key for key in self._remembered if belongs(key[0])]:
            del self._remembered[key]

    async def _ask_and_remember(self, question: Question) -> Verdict | Exception:
        key = (question.authorizer, question.identity)
        try:
            answer = await self._ask(question)
        finally:
            del self._asking[key]
        if isinstance(answer, Verdict):
            expires_at = self._platform.clock.now() + min(question.cache_seconds, LONGEST_CACHE_SECONDS)
            kept = Verdict(answer.is_authorized, answer.principal_id, answer.policy, answer.context)
            kept.usage_identifier_key = answer.usage_identifier_key
            self._remembered[key] = (expires_at, kept)
            self._remembered.move_to_end(key)
            if len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return answer

    async def _ask(self, question: Question) -> Verdict | Exception:
        """The answer, or the error that it is: several may be waiting for it."""
        began = self._platform.clock.now()
        try:
            reply = await invoke(
                self._platform,
                question.function,
                _encode(question.event()),
                question.scope,
                trace_id=question.trace_id,
                timeout_seconds=question.timeout_seconds,
                name=f"authorizer {question.function}",
                caller=question.caller,
            )
            verdict = parse_answer(reply, is_simple=question.is_simple, has_structures=question.has_structures)
        except TookTooLong:
            return AuthorizerFailed("the function took too long")
        except AwsError as error:
            log.warning("authorizer %s: %s: %s", question.function, error.code, error.message)
            return AuthorizerFailed(f"{error.code}: {error.message}")
        except (Unauthorized, AuthorizerFailed) as error:
            if isinstance(error, AuthorizerFailed):
                log.warning("authorizer %s: %s", question.function, error)
            return error
        verdict.latency_ms = int((self._platform.clock.now() - began) * 1000)
        return verdict


def authorizers_of(platform: Platform) -> LambdaAuthorizers:
    """The platform's memory of Lambda authorizers."""
    found: LambdaAuthorizers | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = LambdaAuthorizers(platform)
    return found


def _settled(answer: Verdict | Exception) -> Verdict:
    if isinstance(answer, Exception):
        raise answer
    return answer


def parse_answer(reply: Reply, *, is_simple: bool, has_structures: bool = False) -> Verdict:
    """What Lambda's reply to an authorizer's invocation means. Raises Unauthorized, AuthorizerFailed."""
    payload = reply.get("Payload") or b""
    try:
        answer = _decode(payload) if payload else None
    except msgspec.DecodeError as error:
        raise AuthorizerFailed("the function returned no JSON", is_misconfigured=True) from error
    if reply.get("FunctionError"):
        # AWS: the message alone tells, whatever the error's type; a string thrown by Node.js is the message too.
        message = answer.get("errorMessage") if isinstance(answer, dict) else answer
        if message == _UNAUTHORIZED:
            raise Unauthorized
        raise AuthorizerFailed("the function failed")
    if not isinstance(answer, dict):
        raise AuthorizerFailed("the function returned no object", is_misconfigured=True)
    context = _context_of(answer.get("context"), has_structures=has_structures)
    if is_simple:
        allowed = answer.get("isAuthorized")
        if not isinstance(allowed, bool):
            raise AuthorizerFailed("isAuthorized must be true or false", is_misconfigured=True)
        return Verdict(allowed, "", {}, context)
    principal = answer.get("principalId")
    if not isinstance(principal, str | int | float) or isinstance(principal, bool) or principal == "":
        raise AuthorizerFailed("the answer has no principalId", is_misconfigured=True)
    key = answer.get("usageIdentifierKey")
    if key is not None and not isinstance(key, str):
        raise AuthorizerFailed("usageIdentifierKey must be text", is_misconfigured=True)
    return Verdict(None, str(principal), _policy_of(answer.get("policyDocument")), context, key or "")


def _policy_of(policy: Any) -> dict[str, Any]:
    """A policy document that can be evaluated. Raises AuthorizerFailed."""
    if not isinstance(policy, dict) or not isinstance(policy.get("Statement"), dict | list):
        raise AuthorizerFailed("the answer has no policyDocument with a Statement", is_misconfigured=True)
    for statement in statements_of(policy):
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise AuthorizerFailed("a statement's Effect must be Allow or Deny", is_misconfigured=True)
        for either in (("Action", "NotAction"), ("Resource", "NotResource")):
            if not any(_are_texts(statement.get(name)) for name in either):
                raise AuthorizerFailed(f"a statement has no {either[0]}", is_misconfigured=True)
    return policy


def statements_of(policy: dict[str, Any]) -> list[Any]:
    found = policy.get("Statement", [])
    return found if isinstance(found, list) else [found]


def _are_texts(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
    )


def _context_of(context: Any, *, has_structures: bool) -> dict[str, Any]:
    """AWS: a REST or WebSocket API takes text, numbers and booleans only, and fails for anything else."""
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise AuthorizerFailed("context must be an object", is_misconfigured=True)
    if not has_structures and any(isinstance(value, dict | list) for value in context.values()):
        raise AuthorizerFailed("values of context must be text, numbers or booleans", is_misconfigured=True)
    return context


def text_of(value: Any) -> str:
    """A value of a context as `$context.authorizer.name` shows it."""
    if isinstance(value, str):
        return value
    return "null" if value is None else _encode(value).decode()

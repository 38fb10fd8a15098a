"""Lambda authorizers: what an answer means, and how long it is remembered."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from serein.execute_api.lambda_authorizers import (
    AuthorizerFailed,
    LambdaAuthorizers,
    Question,
    Unauthorized,
    parse_answer,
    text_of,
)
from serein.kernel.clock import VirtualClock
from serein.kernel.scope import Scope
from serein.kernel.worker import Activities
from serein.storage.local_bus import LocalBus

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}],
}


def _reply(answer: Any, **more: Any) -> dict[str, Any]:
    return {"Payload": json.dumps(answer).encode(), **more}


def test_a_policy_answer_is_understood() -> None:
    answer = {"principalId": "me", "policyDocument": POLICY, "context": {"n": 1}, "usageIdentifierKey": "k"}
    verdict = parse_answer(_reply(answer), is_simple=False)
    assert (verdict.is_authorized, verdict.principal_id, verdict.policy) == (None, "me", POLICY)
    assert (verdict.context, verdict.usage_identifier_key, verdict.has_conditions) == ({"n": 1}, "k", False)


def test_a_simple_answer_speaks_for_itself() -> None:
    assert parse_answer(_reply({"isAuthorized": True}), is_simple=True).is_authorized is True
    verdict = parse_answer(_reply({"isAuthorized": False, "context": {"a": [1]}}), is_simple=True, has_structures=True)
    assert (verdict.is_authorized, verdict.context) == (False, {"a": [1]})


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "allow",
        {},
        {"policyDocument": POLICY},
        {"principalId": "", "policyDocument": POLICY},
        {"principalId": True, "policyDocument": POLICY},
        {"principalId": "me"},
        {"principalId": "me", "policyDocument": json.dumps(POLICY)},
        {"principalId": "me", "policyDocument": {"Statement": [{"Effect": "Maybe", "Action": "*", "Resource": "*"}]}},
        {"principalId": "me", "policyDocument": {"Statement": [{"Effect": "Allow", "Resource": "*"}]}},
        {"principalId": "me", "policyDocument": {"Statement": [{"Effect": "Allow", "Action": "*"}]}},
        {"principalId": "me", "policyDocument": {"Statement": ["no"]}},
        {"principalId": "me", "policyDocument": POLICY, "context": {"a": {"b": 1}}},
        {"principalId": "me", "policyDocument": POLICY, "context": ["a"]},
        {"principalId": "me", "policyDocument": POLICY, "usageIdentifierKey": 1},
    ],
)
def test_an_answer_that_is_none_fails_the_authorizer(answer: Any) -> None:
    with pytest.raises(AuthorizerFailed) as failure:
        parse_answer(_reply(answer), is_simple=False)
    assert failure.value.is_misconfigured


@pytest.mark.parametrize("answer", [{}, {"isAuthorized": "true"}, {"isAuthorized": None}, [True]])
def test_a_simple_answer_needs_a_boolean(answer: Any) -> None:
    with pytest.raises(AuthorizerFailed):
        parse_answer(_reply(answer), is_simple=True)


def test_the_message_unauthorized_is_told_from_other_failures() -> None:
    with pytest.raises(Unauthorized):
        parse_answer(_reply({"errorMessage": "Unauthorized"}, FunctionError="Unhandled"), is_simple=False)
    for message in ("unauthorized", "Unauthorized!", ""):
        with pytest.raises(AuthorizerFailed) as failure:
            parse_answer(_reply({"errorMessage": message}, FunctionError="Unhandled"), is_simple=False)
        assert not failure.value.is_misconfigured


def test_values_of_a_context_become_text() -> None:
    assert [text_of(value) for value in ("a", 1, True, None, 1.5, ["x"])] == ["a", "1", "true", "null", "1.5", '["x"]']


class _Lambda:
    """A platform whose Lambda answers when it is told to."""

    def __init__(self) -> None:
        self.clock = VirtualClock(1000.0)
        self.memory: dict[str, Any] = {}
        self.workers = SimpleNamespace(activities=Activities(LocalBus(self.clock)))
        self.events: list[Any] = []
        self.gate: asyncio.Event | None = None
        self.answer: dict[str, Any] = _reply({"isAuthorized": True})

    async def call(self, _service: str, _operation: str, request: dict[str, Any], **_: Any) -> dict[str, Any]:
        self.events.append(json.loads(request["Payload"]))
        if self.gate is not None:
            await self.gate.wait()
        return self.answer


def _question(identity: Any, seconds: float = 300, authorizer: str = "a") -> Question:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
    return Question(authorizer, arn, lambda: {"identity": identity}, identity, seconds, Scope(), is_simple=True)


def _authorizers(platform: Any) -> LambdaAuthorizers:
    return LambdaAuthorizers(platform)


async def _settle() -> None:
    await asyncio.sleep(0)


def test_an_answer_is_remembered_for_its_identity_as_long_as_it_may_be() -> None:
    async def scenario() -> None:
        platform = _Lambda()
        authorizers = _authorizers(platform)
        await authorizers.ask(_question(("x",)))
        await authorizers.ask(_question(("x",)))
        assert len(platform.events) == 1
        await authorizers.ask(_question(("y",)))
        await authorizers.ask(_question(("x",), authorizer="b"))
        assert len(platform.events) == 3
        await platform.clock.advance(300, _settle)
        await authorizers.ask(_question(("x",)))
        assert len(platform.events) == 4
        authorizers.forget(lambda authorizer: authorizer == "a")
        assert authorizers.find(_question(("x",))) is None

    asyncio.run(scenario())


def test_nothing_is_remembered_without_identity_or_time() -> None:
    async def scenario() -> None:
        platform = _Lambda()
        authorizers = _authorizers(platform)
        for question in (_question(None), _question(("x",), 0)):
            await authorizers.ask(question)
            await authorizers.ask(question)
        assert len(platform.events) == 4

    asyncio.run(scenario())


def test_requests_at_once_share_an_invocation_whoever_gives_up() -> None:
    async def scenario() -> None:
        platform = _Lambda()
        platform.gate = asyncio.Event()
        authorizers = _authorizers(platform)
        asking = [asyncio.create_task(authorizers.ask(_question(("x",)))) for _ in range(3)]
        while not platform.events:
            await asyncio.sleep(0)
        asking[0].cancel()
        platform.gate.set()
        assert (await asking[1]).is_authorized and (await asking[2]).is_authorized
        assert len(platform.events) == 1

    asyncio.run(scenario())


def test_failures_are_not_remembered() -> None:
    async def scenario() -> None:
        platform = _Lambda()
        platform.answer = _reply({"errorMessage": "Unauthorized"}, FunctionError="Unhandled")
        authorizers = _authorizers(platform)
        for _ in range(2):
            with pytest.raises(Unauthorized):
                await authorizers.ask(_question(("x",)))
        assert len(platform.events) == 2

    asyncio.run(scenario())

"""Policy documents, compiled: whether a policy allows a request, denies it, or says nothing of it.

Documents are compiled once for their text. What is checked is their form, as far as a decision depends on it; each
service has rules of its own for what it stores.
AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from serein.kernel.policies.actions import compile_actions
from serein.kernel.policies.conditions import Condition, compile_conditions
from serein.kernel.policies.errors import MalformedPolicy
from serein.kernel.policies.patterns import Match, compile_arn, keys_in, tokens_of
from serein.kernel.policies.principals import Grant, Principal, Principals, is_kind
from serein.kernel.policies.requests import Request

_VERSIONS = ("2008-10-17", "2012-10-17")
_TOP = frozenset({"Version", "Id", "Statement"})
_MEMBERS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_PAIRS = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))


class Effect(StrEnum):
    """What policies say of a request, in the words of IAM's simulator."""

    ALLOWED = "allowed"
    DENIED = "explicitDeny"
    SILENT = "implicitDeny"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy says of a request, and the statement that says it."""

    effect: Effect
    statement: "Statement | None" = None
    grant: Grant = Grant.NONE
    """How directly an allowing statement means the principal."""

    @property
    def is_allowed(self) -> bool:
        return self.effect is Effect.ALLOWED

    @property
    def is_denied(self) -> bool:
        """Whether a statement denies it, whatever else allows it."""
        return self.effect is Effect.DENIED


SILENT = Decision(Effect.SILENT)


class Statement:
    """One statement, compiled."""

    __slots__ = (
        "_actions",
        "_conditions",
        "_decisions",
        "_principals",
        "_resources",
        "index",
        "is_deny",
        "keys",
        "sid",
    )

    def __init__(self, source: dict[str, Any], index: int, *, has_variables: bool) -> None:
        """Raises MalformedPolicy."""
        _check_members(source)
        self.index = index
        """The statement's place in its document, from 0."""
        self.sid = str(source.get("Sid", ""))
        self.is_deny = source["Effect"] == "Deny"
        self._principals = _principals(source, is_deny=self.is_deny)
        self._actions, _ = _one_of(source, "Action", lambda listed: (compile_actions(listed), frozenset()))
        self._resources, resource_keys = _one_of(
            source, "Resource", lambda listed: _compile_resources(listed, has_variables=has_variables)
        )
        block = source.get("Condition", {})
        self._conditions: tuple[Condition, ...]
        self._conditions, condition_keys = compile_conditions(block, has_variables=has_variables)
        self.keys = condition_keys | resource_keys
        """The context keys that it reads, in lower case."""
        effect = Effect.DENIED if self.is_deny else Effect.ALLOWED
        self._decisions = {grant: Decision(effect, self, grant) for grant in Grant}

    @property
    def has_principal(self) -> bool:
        """Whether it says whom it is about: in policies of resources it does, in those of identities not."""
        return self._principals is not None

    def is_about(self, request: Request) -> bool:
        """Whether it names the action and the resource, whatever its principals and conditions are."""
        actions, resources = self._actions, self._resources
        return (actions is None or actions(request.lowered_action, request)) and (
            resources is None or resources(request.resource, request)
        )

    def decide(self, request: Request) -> Decision | None:
        """What it says of the request, or None when it isn't about it."""
        actions, resources = self._actions, self._resources
        if actions is not None and not actions(request.lowered_action, request):
            return None
        grant = self._principals(request.principal) if self._principals is not None else Grant.DIRECT
        if not grant or (resources is not None and not resources(request.resource, request)):
            return None
        for holds in self._conditions:
            if not holds(request):
                return None
        return self._decisions[grant]


class Policy:
    """A policy, compiled. Equal documents share one."""

    __slots__ = ("_allows", "_denies", "keys", "statements")

    def __init__(self, document: dict[str, Any]) -> None:
        """Raises MalformedPolicy."""
        _check_top(document)
        given = document["Statement"]
        has_variables = document.get("Version") == "2012-10-17"
        listed = [given] if isinstance(given, dict) else given
        if not isinstance(listed, list):
            raise MalformedPolicy
        self.statements = tuple(Statement(each, i, has_variables=has_variables) for i, each in enumerate(listed))
        self._denies = tuple(statement for statement in self.statements if statement.is_deny)
        self._allows = tuple(statement for statement in self.statements if not statement.is_deny)
        self.keys: frozenset[str] = frozenset().union(*(statement.keys for statement in self.statements))
        """The context keys that its conditions and variables read, in lower case."""

    def decide(self, request: Request) -> Decision:
        """What the policy says of the request. A denying statement outweighs all others."""
        for statement in self._denies:
            found = statement.decide(request)
            if found is not None:
                return found
        best = SILENT
        for statement in self._allows:
            found = statement.decide(request)
            if found is not None and found.grant > best.grant:
                if found.grant is Grant.DIRECT:
                    return found
                best = found
        return best


def compile_policy(source: str | dict[str, Any]) -> Policy:
    """The policy that a document is: JSON text, or what such text means. Raises MalformedPolicy."""
    return _compiled(source if isinstance(source, str) else json.dumps(source))


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Policy:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedPolicy("This policy contains invalid Json") from None
    if not isinstance(document, dict):
        raise MalformedPolicy
    return Policy(document)


def find_fault(text: str) -> str:
    """What is wrong with a document, in AWS's words; empty when it is a policy."""
    try:
        _compiled(text)
    except MalformedPolicy as malformed:
        return malformed.message
    return ""


@lru_cache(maxsize=4096)
def stored_policy(text: str) -> Policy | None:
    """The policy that a resource has; None when it has none, or one that is kept but was never well formed."""
    if not text:
        return None
    try:
        return _compiled(text)
    except MalformedPolicy:
        return None


def _check_top(document: dict[str, Any]) -> None:
    if not document.keys() <= _TOP or document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise MalformedPolicy
    if "Statement" not in document:
        raise MalformedPolicy("Missing required field Statement")


def _check_members(source: Any) -> None:
    if not isinstance(source, dict) or not source.keys() <= _MEMBERS:
        raise MalformedPolicy
    if not isinstance(source.get("Sid", ""), str | int):
        raise MalformedPolicy
    if any(member in source and opposite in source for member, opposite in _PAIRS):
        raise MalformedPolicy
    if "Effect" not in source:
        raise MalformedPolicy("Missing required field Effect")
    if source["Effect"] not in ("Allow", "Deny"):
        raise MalformedPolicy(f"Invalid effect: {source['Effect']}")
    if "Action" not in source and "NotAction" not in source:
        raise MalformedPolicy("Missing required field Action")


def _principals(source: dict[str, Any], *, is_deny: bool) -> Callable[[Principal], Grant] | None:
    """None: whoever the policy is attached to."""
    if "Principal" in source:
        return _parse_principals(source["Principal"]).grant_to
    if "NotPrincipal" not in source:
        return None
    excepted = _parse_principals(source["NotPrincipal"])
    if is_deny:
        return lambda principal: Grant.NONE if excepted.has_all_of(principal) else Grant.DIRECT
    return lambda principal: Grant.NONE if excepted.grant_to(principal) else Grant.DIRECT


def _parse_principals(element: Any) -> Principals:
    if element == "*":
        return Principals(element)
    if not isinstance(element, dict) or not element:
        raise MalformedPolicy
    for kind, values in element.items():
        listed = values if isinstance(values, list) else [values]
        # Why numbers: templates in YAML write accounts so.
        if not is_kind(kind) or not all(isinstance(value, str | int) for value in listed):
            raise MalformedPolicy
    return Principals(element)


def _one_of(
    source: dict[str, Any], member: str, compile_all: Callable[[list[str]], tuple[Match, frozenset[str]]]
) -> tuple[Match | None, frozenset[str]]:
    """A test for what an element, or its opposite, lists; None when the statement has neither."""
    is_negated = f"Not{member}" in source
    if not is_negated and member not in source:
        return None, frozenset()
    value = source[f"Not{member}" if is_negated else member]
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(each, str) for each in listed):
        raise MalformedPolicy
    match, keys = compile_all(listed)
    return (lambda text, request: not match(text, request)) if is_negated else match, keys


def _compile_resources(listed: list[str], *, has_variables: bool) -> tuple[Match, frozenset[str]]:
    split = [tokens_of(text, has_variables=has_variables) for text in listed]
    keys = frozenset[str]().union(*(keys_in(tokens) for tokens in split))
    matches = tuple(compile_arn(tokens) for tokens in split)
    if len(matches) == 1:
        return matches[0], keys
    return (lambda text, request: any(match(text, request) for match in matches)), keys

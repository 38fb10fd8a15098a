"""IAM's policy simulator: what policies say of actions on resources, and which statements say it.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

from dataclasses import dataclass
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Request
from serein.kernel.policies import (
    Context,
    Effect,
    Identity,
    MalformedPolicy,
    NamedPolicy,
    Principal,
    Verdict,
    aws_principal,
    compile_policy,
    decide_access,
)
from serein.kernel.policies import Request as Asked
from serein.kernel.policies.documents import Statement
from serein.services.iam.context_keys import keys_named
from serein.services.iam.errors import InvalidInput
from serein.services.iam.positions import position_of, statement_spans

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is simulated: somebody with policies, a resource's policy, and circumstances."""

    identity: Identity
    principal: Principal
    resource_policy: NamedPolicy | None
    owner: str
    """The account of the resources, or empty for that of the principal."""
    context: Context

    def result(self, action: str, resource: str) -> Result:
        """One action on one resource, as an EvaluationResult."""
        asked = Asked(action, resource, self.principal, self.context)
        policy = self.resource_policy.policy if self.resource_policy is not None else None
        verdict = decide_access(asked, self.identity, policy, self.owner or self.principal.account)
        reply: Result = {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": str(verdict.effect),
            "MatchedStatements": self._matched(asked, verdict),
            "MissingContextValues": self._missing(asked),
        }
        boundary = self.identity.boundary
        if boundary is not None:
            is_allowed = boundary.policy.decide(asked).is_allowed
            reply["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": is_allowed}
        if self.owner and self.owner != self.principal.account:
            reply["EvalDecisionDetails"] = self._details(asked)
        return reply

    def _policies(self) -> tuple[NamedPolicy, ...]:
        extra = (self.identity.boundary, self.resource_policy)
        return (*self.identity.policies, *(named for named in extra if named is not None))

    def _matched(self, asked: Asked, verdict: Verdict) -> list[Result]:
        """AWS: the statements that decide; all that deny, or else all that allow."""
        found: list[Result] = []
        if verdict.effect is Effect.SILENT:
            return found
        for named in self._policies():
            for statement in named.policy.statements:
                said = statement.decide(asked)
                if said is not None and said.effect is verdict.effect:
                    found.append(_shown(named, statement))
        return found

    def _missing(self, asked: Asked) -> list[str]:
        """The keys that statements about the action and the resource read, and that nobody gave."""
        missing: dict[str, str] = {}
        for named in self._policies():
            read: set[str] = set()
            for statement in named.policy.statements:
                if statement.keys and statement.is_about(asked):
                    read |= {key for key in statement.keys if not asked.values_of(key)}
            if read:
                names = keys_named(named.text)
                missing |= {key: names.get(key, key) for key in read}
        return [missing[key] for key in sorted(missing)]

    def _details(self, asked: Asked) -> dict[str, str]:
        """What each side of two accounts says."""
        own = decide_access(asked, self.identity, None, self.principal.account)
        policy = self.resource_policy
        other = policy.policy.decide(asked).effect if policy is not None else Effect.SILENT
        return {"IAM Policy": str(own.effect), "Resource Policy": str(other)}


def _shown(named: NamedPolicy, statement: Statement) -> Result:
    start, end = statement_spans(named.text)[statement.index]
    return {
        "SourcePolicyId": named.name,
        "SourcePolicyType": named.kind,
        "StartPosition": position_of(named.text, start),
        "EndPosition": position_of(named.text, end),
    }


def input_policies(request: Request, member: str) -> tuple[NamedPolicy, ...]:
    """The policies of a request's list. Raises InvalidInput."""
    return tuple(
        _input_policy(f"{member}.{number}", "none", text) for number, text in enumerate(request.get(member, ()), 1)
    )


def _input_policy(name: str, kind: str, text: str) -> NamedPolicy:
    try:
        return NamedPolicy(name, kind, compile_policy(text), text)
    except MalformedPolicy as malformed:
        raise InvalidInput(f"Invalid Input Policy {name}: {malformed.message}") from None


def resource_policy_of(request: Request) -> NamedPolicy | None:
    """The resource's policy that a request gives. Raises InvalidInput."""
    text = request.get("ResourcePolicy")
    return _input_policy("ResourcePolicy", "resource", text) if text else None


def boundary_of(request: Request, kept: NamedPolicy | None) -> NamedPolicy | None:
    """The permissions boundary: the request's, or the one that the identity has. Raises InvalidInput."""
    given = input_policies(request, "PermissionsBoundaryPolicyInputList")
    if len(given) > 1:
        raise InvalidInput("Only one permissions boundary policy can be provided.")
    return given[0] if given else kept


def context_of(request: Request) -> dict[str, list[str]]:
    """The context entries of a request."""
    return {
        entry["ContextKeyName"]: entry.get("ContextKeyValues", [])
        for entry in request.get("ContextEntries", ())
        if "ContextKeyName" in entry
    }


def caller_of(request: Request, default: str) -> Principal:
    """Who is simulated: CallerArn, which must be a user's. Raises InvalidInput."""
    text = request.get("CallerArn", default)
    arn = find_arn(text)
    if arn is None or (request.get("CallerArn") and not arn.resource.startswith("user/")):
        raise InvalidInput(f"Invalid CallerArn: {text}. It must be the ARN of an IAM user.")
    return aws_principal(text)


def owner_of(request: Request) -> str:
    """The account of ResourceOwner, or of the first resource that says one, or nothing."""
    owner: str = request.get("ResourceOwner", "")
    if owner:
        arn = find_arn(owner)
        return arn.account if arn is not None else owner
    return ""


def results(request: Request, simulation: Simulation) -> list[Result]:
    """Every action on every resource, in the order of the request."""
    if request.get("OrderedOrganizationPolicyInputList"):
        raise NotImplementedHere("Serein does not simulate the policies of organizations")
    if request.get("ResourceHandlingOption"):
        raise NotImplementedHere("Serein does not simulate the scenarios of EC2: ResourceHandlingOption")
    resources = request.get("ResourceArns") or ["*"]
    return [simulation.result(action, resource) for action in request["ActionNames"] for resource in resources]

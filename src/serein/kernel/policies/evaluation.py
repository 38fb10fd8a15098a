"""How policies count together: those of who asks with that of what is asked for, in one account and across two.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from dataclasses import dataclass

from serein.kernel.policies.documents import SILENT, Decision, Effect, Policy
from serein.kernel.policies.principals import Grant
from serein.kernel.policies.requests import Context, Request

IDENTITY, RESOURCE = "identity-based policy", "resource-based policy"
BOUNDARY, SESSION = "permissions boundary", "session policy"


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy with the name that a user knows it by."""

    name: str
    kind: str
    """`user`, `group`, `role`, `aws-managed`, …: what IAM's simulator calls the source's type."""
    policy: Policy
    text: str = ""
    """Its document, where somebody wants to see it."""
    place: str = ""
    """The ARN of a managed policy, or where an inline one hangs: `user/ann/policy-name`."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What IAM says of a principal: the policies that bear on all it does, and its circumstances."""

    policies: tuple[NamedPolicy, ...] = ()
    boundary: NamedPolicy | None = None
    session: tuple[NamedPolicy, ...] | None = None
    """None when the session was begun without policies of its own."""
    context: Context | None = None
    """aws:PrincipalArn, aws:PrincipalTag/…, and others that follow from who it is."""
    unknown: tuple[str, ...] = ()
    """ARNs of policies that count, but whose documents aren't known: some of AWS's own."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all policies together say of a request."""

    effect: Effect
    kind: str = ""
    """Which kind of policy decided, or is missing: a constant of this module. Empty for the root of an account."""
    source: NamedPolicy | None = None
    """The policy of the identity that decided, if one did."""
    decision: Decision = SILENT

    @property
    def is_allowed(self) -> bool:
        return self.effect is Effect.ALLOWED

    @property
    def is_denied(self) -> bool:
        return self.effect is Effect.DENIED


def decide_resource(request: Request, policy: Policy | None, owner: str) -> Verdict:
    """What a resource's policy says of a request, where identities' policies aren't looked at.

    A principal of the owner's account may do what no statement denies. Others, services and those who don't say who
    they are need a statement that allows it.
    """
    said = policy.decide(request) if policy is not None else SILENT
    if said.effect is Effect.SILENT and request.principal.kind == "AWS" and request.principal.account == owner:
        return Verdict(Effect.ALLOWED)
    return Verdict(said.effect, RESOURCE, decision=said)


def decide_access(request: Request, identity: Identity | None, policy: Policy | None, owner: str) -> Verdict:
    """What all policies say: the identity's, and the resource's, which the account `owner` has.

    `identity` is None for services and for those who don't say who they are. The request's context should hold the
    identity's.
    """
    said = policy.decide(request) if policy is not None else SILENT
    if said.is_denied:
        return Verdict(Effect.DENIED, RESOURCE, decision=said)
    if identity is None:
        return Verdict(said.effect, RESOURCE, decision=said)
    denial = _find_denial(request, identity)
    if denial is not None:
        return denial
    is_own = request.principal.account == owner
    if not is_own and not said.is_allowed:
        return Verdict(Effect.SILENT, RESOURCE)
    # AWS: in one account a policy that means this very user or session, or everybody, is enough, whatever is silent.
    if request.principal.is_root or (is_own and said.grant is Grant.DIRECT):
        return Verdict(Effect.ALLOWED, RESOURCE if said.is_allowed else "", decision=said)
    return _decide_limited(request, identity, said if is_own else SILENT)


def _decide_limited(request: Request, identity: Identity, said: Decision) -> Verdict:
    """`said` is what the policy of a resource of the same account says."""
    limit = _find_limit(request, identity)
    if limit:
        return Verdict(Effect.SILENT, limit)
    if said.grant is Grant.ROLE:
        return Verdict(Effect.ALLOWED, RESOURCE, decision=said)
    return decide_policies(request, identity.policies, IDENTITY)


def decide_identity(request: Request, identity: Identity) -> Verdict:
    """What the identity's own policies say, for actions on what has no policy."""
    return decide_access(request, identity, None, request.principal.account)


def decide_policies(request: Request, policies: tuple[NamedPolicy, ...], kind: str) -> Verdict:
    """What several policies of one kind say together."""
    allowed: Verdict | None = None
    for named in policies:
        said = named.policy.decide(request)
        if said.is_denied:
            return Verdict(Effect.DENIED, kind, named, said)
        if said.is_allowed and allowed is None:
            allowed = Verdict(Effect.ALLOWED, kind, named, said)
    return allowed or Verdict(Effect.SILENT, kind)


def _find_denial(request: Request, identity: Identity) -> Verdict | None:
    boundary = (identity.boundary,) if identity.boundary is not None else ()
    for policies, kind in ((identity.policies, IDENTITY), (boundary, BOUNDARY), (identity.session or (), SESSION)):
        verdict = decide_policies(request, policies, kind)
        if verdict.is_denied:
            return verdict
    return None


def _find_limit(request: Request, identity: Identity) -> str:
    """The kind of policy that limits the identity and doesn't allow this, or nothing."""
    boundary = identity.boundary
    if boundary is not None and not boundary.policy.decide(request).is_allowed:
        return BOUNDARY
    if identity.session is not None and not decide_policies(request, identity.session, SESSION).is_allowed:
        return SESSION
    return ""

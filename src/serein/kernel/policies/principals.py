"""Principals: who asks, and whom the statements of a policy mean.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Any

from serein.kernel.arn import find_arn

_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_ACCOUNT_DIGITS = 12


class Grant(IntEnum):
    """How directly a statement means a principal. It decides what else limits the permission that it gives.

    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """

    NONE = 0
    ACCOUNT = 1
    """The account is meant: its own policies decide who of it may."""
    ROLE = 2
    """The role of a session is meant: the permissions boundary and the session's policies limit it."""
    DIRECT = 3
    """The very user or session, or everybody."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `names` are what policies may call it, with how directly that means it."""

    kind: str
    """`AWS`, `Service`, `Federated`, `CanonicalUser`, or empty for nobody in particular."""
    id: str = ""
    """The ARN of an AWS principal, `sns.amazonaws.com` of a service."""
    account: str = ""
    user_id: str = ""
    names: tuple[tuple[str, Grant], ...] = field(default=(), compare=False)

    @property
    def is_root(self) -> bool:
        return self.kind == "AWS" and self.id.endswith(":root")


ANONYMOUS = Principal("")
"""Nobody in particular: a request without a signature."""


@lru_cache(maxsize=4096)
def aws_principal(arn: str, user_id: str = "") -> Principal:
    """The principal that an ARN names: the root of an account, a user, a role, a session, a federated user."""
    found = find_arn(arn)
    account = found.account if found is not None else ""
    names = [(name_of(arn), Grant.DIRECT)]
    resource = found.resource if found is not None else ""
    if resource.startswith("assumed-role/"):
        names.append((f"{account}:role/{resource.split('/')[1]}", Grant.ROLE))
    if user_id:
        identity, colon, _ = user_id.partition(":")
        names.append((identity, Grant.ROLE if colon else Grant.DIRECT))
    if resource != "root" and account:
        names.append((account, Grant.ACCOUNT))
    return Principal("AWS", arn, account, user_id, tuple(names))


@lru_cache(maxsize=256)
def service_principal(service: str, account: str = "") -> Principal:
    """The principal that a service of AWS is: `service` is `sns` or `sns.amazonaws.com`; it acts for `account`."""
    name = service if "." in service else f"{service}.amazonaws.com"
    return Principal("Service", name, account, names=((name, Grant.DIRECT),))


@lru_cache(maxsize=4096)
def name_of(text: str) -> str:
    """The one name for what policies may write in several ways.

    An account's number and the ARN of its root are the same; a role's name is unique without its path, and sessions'
    ARNs hold no path.
    """
    if len(text) == _ACCOUNT_DIGITS and text.isdigit():
        return text
    arn = find_arn(text)
    if arn is None:
        return text
    if arn.resource == "root":
        return arn.account
    if arn.resource.startswith("role/"):
        return f"{arn.account}:role/{arn.resource.rpartition('/')[2]}"
    return f"{arn.account}:{arn.resource}"


class Principals:
    """Whom a Principal or NotPrincipal element means."""

    __slots__ = ("_is_everyone", "_named", "services")

    def __init__(self, element: Any) -> None:
        named: dict[str, frozenset[str]] = {}
        for kind, values in element.items() if isinstance(element, dict) else ():
            listed = values if isinstance(values, list) else [values]
            named[kind] = frozenset(name_of(str(value)) for value in listed)
        self._named = named
        # AWS: {"AWS": "*"} means services and nobody in particular as well, in policies of resources.
        self._is_everyone = element == "*" or "*" in named.get("AWS", ())
        self.services = named.get("Service", frozenset())

    def grant_to(self, principal: Principal) -> Grant:
        """How directly the principal is meant, if at all."""
        if self._is_everyone:
            return Grant.DIRECT
        named = self._named.get(principal.kind)
        if not named:
            return Grant.NONE
        if principal.kind != "AWS":
            return Grant.DIRECT if principal.id in named else Grant.NONE
        return max((grant for name, grant in principal.names if name in named), default=Grant.NONE)

    def has_all_of(self, principal: Principal) -> bool:
        """Whether all that the principal is, is named: the session, the role and the account of it.

        AWS: a NotPrincipal that leaves out the account denies the account, and so everybody in it.
        """
        if self._is_everyone:
            return True
        named = self._named.get(principal.kind, frozenset())
        if principal.kind != "AWS":
            return principal.id in named
        return all(name in named for name, _ in principal.names if name != principal.user_id.partition(":")[0])


def is_kind(kind: str) -> bool:
    """Whether a Principal element may have such a member."""
    return kind in _KINDS

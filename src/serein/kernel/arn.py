"""Amazon Resource Names."""

from dataclasses import dataclass

from serein.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Arn:
    """`arn:partition:service:region:account:resource`; `resource` may hold further colons and slashes."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def scope(self) -> Scope:
        return Scope(self.account, self.region)


def find_arn(text: str) -> Arn | None:
    """Return the ARN that `text` is, or None when it is not one."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    return Arn(*parts[1:])


def arn_of(service: str, scope: Scope, resource: str) -> str:
    """The ARN of a resource that belongs to an account and a region."""
    return f"arn:{scope.partition}:{service}:{scope.region}:{scope.account}:{resource}"

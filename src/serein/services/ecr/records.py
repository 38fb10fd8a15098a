"""What is stored of a repository."""

from dataclasses import dataclass
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository, which has no images."""

    scope: Scope
    name: str
    created_at: float
    """Seconds since the epoch."""
    settings: dict[str, Any]
    """`imageTagMutability` and the like, as they are shown."""
    tags: dict[str, str]
    policy: str = ""
    lifecycle_policy: str = ""

    @property
    def arn(self) -> str:
        return arn_of("ecr", self.scope, f"repository/{self.name}")

    def described(self) -> dict[str, Any]:
        suffix = "amazonaws.com.cn" if self.scope.partition == "aws-cn" else "amazonaws.com"
        return {
            "repositoryArn": self.arn,
            "registryId": self.scope.account,
            "repositoryName": self.name,
            "repositoryUri": f"{self.scope.account}.dkr.ecr.{self.scope.region}.{suffix}/{self.name}",
            "createdAt": self.created_at,
            **self.settings,
        }

"""Who calls, and for which account and region."""

from dataclasses import dataclass

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Scope:
    """The account and region that every stored thing is keyed by."""

    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION

    @property
    def partition(self) -> str:
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal behind a call. `service` is set when a service of the platform calls on its own behalf."""

    access_key_id: str = ""
    arn: str = f"arn:aws:iam::{DEFAULT_ACCOUNT}:root"
    user_id: str = DEFAULT_ACCOUNT
    service: str | None = None

    @staticmethod
    def of_service(service: str, scope: Scope) -> "Caller":
        """The caller that `service` is when it acts for an application (deliveries, pollers, deployments)."""
        return Caller(arn=f"arn:{scope.partition}:iam::{scope.account}:root", user_id=scope.account, service=service)

"""Who calls, and for which account and region."""

from dataclasses import dataclass
from functools import lru_cache

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"
_ANONYMOUS = "anonymous"


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
    source_arn: str = ""
    """What a service calls for (a topic, a rule, an API) where on AWS the policy of the resource must allow that."""
    source_account: str = ""
    """Whose that is."""
    context: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    """Condition keys of policies that a call itself doesn't tell: addresses, tags."""

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody signed."""
        return self.arn == _ANONYMOUS

    @staticmethod
    def anonymous() -> "Caller":
        """The caller of operations that want no signature, when there is none."""
        return Caller(arn=_ANONYMOUS, user_id=_ANONYMOUS)

    @staticmethod
    @lru_cache(maxsize=4096)
    def of_service(service: str, scope: Scope, source_arn: str = "", source_account: str = "") -> "Caller":
        """The caller that `service` is when it acts for an application (deliveries, pollers, deployments).

        With a source it is the principal `{service}.amazonaws.com`, and resources ask their policies as on AWS, when
        signatures are enforced; without, it is trusted. The source's account is that of its ARN, unless it has none.
        """
        root = f"arn:{scope.partition}:iam::{scope.account}:root"
        if not source_arn:
            return Caller(arn=root, user_id=scope.account, service=service)
        account = source_account or source_arn.split(":")[4]
        return Caller(arn=root, user_id=scope.account, service=service, source_arn=source_arn, source_account=account)

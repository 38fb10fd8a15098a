"""Accounts and regions that stacks are for: clients for each, and the texts that name them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from serein.deploy.errors import DeployFailed

MakeClient = Callable[[str, str, str], Any]
"""A client of a service in an account (empty: the caller's) and a region."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An account's region."""

    account: str
    region: str
    partition: str
    make_client: MakeClient = field(repr=False, compare=False)

    def client(self, service: str, region: str = "") -> Any:
        return self.make_client(service, self.account, region or self.region)

    def filled(self, text: str) -> str:
        """A text of the assembly with its placeholders filled."""
        for name, value in (
            ("${AWS::AccountId}", self.account),
            ("${AWS::Region}", self.region),
            ("${AWS::Partition}", self.partition),
        ):
            text = text.replace(name, value)
        return text


class Environments:
    """Every environment that a deployment touches."""

    def __init__(self, session: Any, endpoint: str) -> None:
        self._session = session
        self._endpoint = endpoint
        self._sessions: dict[str, Any] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}
        identity = self._client("sts", "", str(session.region_name)).get_caller_identity()
        self.account = str(identity["Account"])
        """The caller's."""
        self.region = str(session.region_name)
        self._sessions[self.account] = session

    def environment(self, account: str, region: str) -> Environment:
        """Of an account and a region; empty ones are the caller's. Raises DeployFailed."""
        account, region = account or self.account, region or self.region
        partition = self._session.get_partition_for_region(region)
        return Environment(account, region, str(partition), self._client)

    def variables(self) -> dict[str, str]:
        """What AWS's SDKs read: the app may ask the server while it runs."""
        keys = self._session.get_credentials().get_frozen_credentials()
        found = {
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }
        return {**found, "AWS_SESSION_TOKEN": keys.token} if keys.token else found

    def _client(self, service: str, account: str, region: str) -> Any:
        key = (service, account, region)
        if key not in self._clients:
            session = self._session_of(account) if account else self._session
            self._clients[key] = session.client(service, endpoint_url=self._endpoint, region_name=region)
        return self._clients[key]

    def _session_of(self, account: str) -> Any:
        """A session in another account: with signatures unchecked, an account's number is an access key of it."""
        if account not in self._sessions:
            session = type(self._session)(
                aws_access_key_id=account, aws_secret_access_key=account, region_name=self.region
            )
            client = session.client("sts", endpoint_url=self._endpoint)
            try:
                actual = str(client.get_caller_identity()["Account"])
            except client.exceptions.ClientError as error:
                raise DeployFailed(
                    f"A stack is for account {account}, and the caller's is {self.account}: {error}. Deploy with an "
                    "access key of that account, or leave the account out of the app's `env`."
                ) from error
            if actual != account:
                raise DeployFailed(f"A stack is for account {account}, which the server does not know.")
            self._sessions[account] = session
        return self._sessions[account]

"""What a test holds: clients for its own account, the clock, idle, and deployments."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from serein.kernel.ids import random_bytes, random_lower

_REGION = "us-east-1"


class Busy(AssertionError):
    """The platform was not idle in time; the message says what was still running."""


@dataclass(slots=True)
class Stack:
    """A deployed application."""

    name: str
    outputs: dict[str, str] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    """Physical ids by logical id."""


class Clock:
    """The platform's virtual clock."""

    def __init__(self, session: "Serein") -> None:
        self._session = session

    def advance(self, seconds: float) -> float:
        """Move time on and return once everything that fell due is done; the answer is the new time."""
        self._session.on_advance()
        now: float = self._session.admin("POST", "clock", {"advance_seconds": seconds})["now"]
        return now

    def now(self) -> float:
        """The platform's time, in seconds since the epoch."""
        now: float = self._session.admin("GET", "state")["now"]
        return now


class Serein:
    """One test's view of a server: an account of its own, so that names never meet those of other tests.

    Bucket names are global, as on AWS: `unique` makes one.
    """

    def __init__(self, endpoint: str, account: str | None = None, region: str = _REGION) -> None:
        self.endpoint = endpoint
        self.region = region
        self.account = account or str(100_000_000_000 + int.from_bytes(random_bytes(6)) % 899_999_999_999)
        self.clock = Clock(self)
        self.on_advance: Callable[[], None] = lambda: None
        """Called before time is moved: the server is not lent to further tests."""

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point any AWS SDK or CLI at this server and account."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
        }

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client."""
        with _CREATING:
            return _shared_session().client(service, **self._options(options))

    def resource(self, service: str, **options: Any) -> Any:
        """A boto3 resource."""
        with _CREATING:
            return _shared_session().resource(service, **self._options(options))

    def unique(self, prefix: str) -> str:
        """A name that no other test has."""
        return f"{prefix}-{random_lower(12)}"

    def wait_until_idle(self, timeout_seconds: float = 30.0) -> None:
        """Return when no delivery is due, no worker busy and no invocation in flight. Raises Busy."""
        reply = self.admin("POST", "idle", {"timeout_seconds": timeout_seconds}, accept=(200, 504))
        if not reply["idle"]:
            raise Busy(f"still busy after {timeout_seconds:g} s: {', '.join(reply['busy'])}")

    def deploy(self, path: str | Path, stack: str = "app", parameters: Mapping[str, str] | None = None) -> Stack:
        """Build and deploy the application in a folder (or a template), as `serein deploy` does.

        Of a CDK app `stack` says which of its stacks are meant; `*` are all.
        """
        # Why here: boto3 and the build tools are for tests that deploy.
        from serein.deploy import deploy

        deployed = deploy(Path(path), stack, dict(parameters or {}), self._session(), self.endpoint)
        return Stack(stack, deployed.outputs, deployed.resources)

    def reset(self) -> None:
        """Forget everything in the server, of all accounts."""
        self.admin("POST", "reset")

    def admin(
        self, method: str, page: str, request: dict[str, Any] | None = None, accept: tuple[int, ...] = (200,)
    ) -> dict[str, Any]:
        """Call the admin API under `/_serein/`. Raises AssertionError with its message when it refuses."""
        body = json.dumps(request).encode() if request is not None else None
        http = urllib.request.Request(f"{self.endpoint}/_serein/{page}", body, method=method)
        try:
            with urllib.request.urlopen(http, timeout=120) as reply:
                content: dict[str, Any] = json.load(reply)
        except urllib.error.HTTPError as error:
            content = json.load(error)
            if error.code not in accept:
                raise AssertionError(f"/_serein/{page}: {content.get('message', error.code)}") from None
        return content

    def _session(self) -> Any:
        """A boto3 session of the account."""
        return _boto_session(aws_access_key_id=self.account, aws_secret_access_key="test", region_name=self.region)

    def _options(self, options: dict[str, Any]) -> dict[str, Any]:
        # Why here: as boto3 above.
        from botocore.config import Config

        # Why no prefix: StartSyncExecution would ask for a host `sync-127.0.0.1`, which there is not.
        quick = Config(
            retries={"max_attempts": 0},
            connect_timeout=10,
            read_timeout=60,
            max_pool_connections=50,
            inject_host_prefix=False,
        )
        given = options.pop("config", None)
        return {
            "endpoint_url": self.endpoint,
            "region_name": self.region,
            "aws_access_key_id": self.account,
            "aws_secret_access_key": "test",
            "config": quick.merge(given) if given else quick,
            **options,
        }


_CREATING = threading.Lock()
"""Held while a client is made: boto3's sessions are not for several threads at once."""


@cache
def _shared_session() -> Any:
    """A session for the clients of all accounts: to make one takes longer than to make a client.

    Clients share nothing that they change: each has a copy of the session's event handlers.
    """
    return _boto_session()


def _boto_session(**account: str) -> Any:
    # Why here: it takes 200 ms to import, and tests over HTTP don't need it.
    import boto3
    import botocore.session

    bare = botocore.session.Session()
    bare.register_component("data_loader", _models())
    return boto3.session.Session(botocore_session=bare, **account)


@cache
def _models() -> Any:
    """AWS's models, which all sessions of a process share: reading them takes longer than most tests."""
    # Why here: as boto3 above.
    from botocore.loaders import create_loader

    return create_loader()

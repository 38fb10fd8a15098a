"""Servers on which tables are as slow as on AWS, or held to their throughput."""

from pathlib import Path
from typing import Any

from botocore.config import Config

from serein.testing import ServerProcess
from tests.conftest import Aws

REALISTIC = {"clock": "virtual", "lifecycle": "realistic"}
THROTTLING = {"clock": "virtual", "throttling": "on"}
RAW = Config(parameter_validation=False, retries={"total_max_attempts": 1})


class Restarted:
    """A server that is killed and started again; the account stays."""

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        self._data = data
        self._settings = settings
        self._server = ServerProcess(data, settings)
        self.aws = Aws(self._server.endpoint)

    @property
    def dynamodb(self) -> Any:
        return self.aws.client("dynamodb", config=RAW)

    def crash(self) -> None:
        """End it with SIGKILL and start it again on the same data."""
        account = self.aws.account
        self._server.kill()
        self._server = ServerProcess(self._data, self._settings)
        self.aws = Aws(self._server.endpoint)
        self.aws.account = account

    def stop(self) -> None:
        self._server.stop()

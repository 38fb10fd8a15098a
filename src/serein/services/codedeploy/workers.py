"""What CodeDeploy does without a request: it goes on with deployments, and looks at their alarms when those change.

Why through an operation: while there is nothing to do, little more than this module is loaded.
"""

from serein.kernel.call import Platform
from serein.kernel.scope import Scope
from serein.kernel.worker import Worker
from serein.services.codedeploy.store import dues

_ALARMS_TOPIC = "cloudwatch:alarms"


def workers(platform: Platform) -> list[Worker]:
    return [DeploymentWorker(platform)]


class DeploymentWorker:
    """Does what is due."""

    name = "CodeDeploy's deployments"
    topics: tuple[str, ...] = (dues.TOPIC, _ALARMS_TOPIC)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        if await self._platform.database.read(dues.next_due) is None:
            return None
        await self._platform.call("codedeploy", "AdvanceDeployments", {}, scope=Scope())
        return await self._platform.database.read(dues.next_due)

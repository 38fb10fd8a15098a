"""What API Gateway's HTTP and WebSocket APIs do on their own: telling the front door of custom domain names."""

from serein.kernel.call import Platform
from serein.kernel.worker import Worker
from serein.services.apigatewayv2.domain_names import TOPIC, publish_domains
from serein.services.apigatewayv2.metrics import metric_writer
from serein.services.apigatewayv2.sockets.errands import ErrandRunner
from serein.services.apigatewayv2.sockets.workers import SocketKeeper


class DomainAnnouncer:
    """Tells the front door of the domain names at start-up, and of those that other nodes change."""

    name = "custom domain names"
    topics: tuple[str, ...] = (TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        await publish_domains(self._platform)
        return None


def workers(platform: Platform) -> list[Worker]:
    return [DomainAnnouncer(platform), metric_writer(platform), SocketKeeper(platform), ErrandRunner(platform)]

"""What REST APIs do without a request: their metrics are handed over."""

from serein.kernel.call import Platform
from serein.kernel.worker import Worker
from serein.services.apigateway.serving.metrics import metric_writer


def workers(platform: Platform) -> list[Worker]:
    return [metric_writer(platform)]

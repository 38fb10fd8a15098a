"""What Firehose does without a request: its metrics are handed over. Deliveries are the platform's."""

from serein.kernel.call import Platform
from serein.kernel.worker import Worker
from serein.services.firehose.metrics import metric_writer


def workers(platform: Platform) -> list[Worker]:
    return [metric_writer(platform)]

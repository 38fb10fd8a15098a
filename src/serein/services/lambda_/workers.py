"""What Lambda runs without a request: the writing of logs and the pollers of event source mappings."""

from serein.kernel.call import Platform
from serein.kernel.worker import Worker
from serein.services.lambda_.code import remove_unused_folders
from serein.services.lambda_.durable.worker import DurableWorker
from serein.services.lambda_.event_queue import EventQueue
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.metrics import metric_writer
from serein.services.lambda_.pollers.keeper import MappingKeeper
from serein.services.lambda_.provisioning import ProvisionedKeeper


def workers(platform: Platform) -> list[Worker]:
    memory = memory_of(platform)
    platform.log_sinks.append(memory.logs.append)
    platform.workers.activities.start("clearing of old packages", remove_unused_folders(platform))
    own: list[Worker] = [
        MappingKeeper(platform),
        EventQueue(platform),
        DurableWorker(platform),
        ProvisionedKeeper(platform),
    ]
    if memory.metrics.is_wanted:
        own.append(metric_writer(platform, memory.metrics))
    return own

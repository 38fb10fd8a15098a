"""What Lambda runs without a request: the writing of logs and the pollers of event source mappings."""

from serein.kernel.call import Platform
from serein.kernel.worker import Worker
from serein.services.lambda_.code import remove_unused_folders
from serein.services.lambda_.memory import LambdaMemory
from serein.services.lambda_.pollers.keeper import MappingKeeper


def workers(platform: Platform) -> list[Worker]:
    memory = LambdaMemory(platform)
    platform.memory["lambda"] = memory
    platform.log_sinks.append(memory.logs.append)
    platform.workers.activities.start("clearing of old packages", remove_unused_folders(platform))
    keeper = MappingKeeper(platform)
    memory.mapping_result = keeper.last_result
    return [keeper]

"""What Lambda runs without a request: log writing, event source mappings and the clearing of old packages."""

from serein.kernel.call import Platform
from serein.kernel.worker import Worker
from serein.services.lambda_.memory import LambdaMemory


def workers(platform: Platform) -> list[Worker]:
    memory = LambdaMemory(platform)
    platform.memory["lambda"] = memory
    platform.log_sinks.append(memory.logs.append)
    return []

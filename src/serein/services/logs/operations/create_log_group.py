"""CreateLogGroup: create a log group."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.logs import store
from serein.services.logs.errors import InvalidParameterException
from serein.services.logs.groups import MAXIMUM_TAGS


@operation("CreateLogGroup", stored=("kmsKeyId", "logGroupClass"))
async def create_log_group(call: Call, request: Request) -> Reply:
    name = request["logGroupName"]
    if name.startswith("aws/"):
        # AWS: "Log group names can't start with the string aws/" (API reference, CreateLogGroup).
        raise InvalidParameterException("Log groups starting with AWS/ are reserved for AWS.")
    tags = request.get("tags") or {}
    if len(tags) > MAXIMUM_TAGS:
        raise InvalidParameterException(f"The resource exceeds the number of allowed tags: {MAXIMUM_TAGS}")
    log_class = request.get("logGroupClass", "STANDARD")
    await call.write(
        lambda tx: store.append_group(
            tx,
            call.scope,
            name,
            log_class,
            request.get("kmsKeyId", ""),
            tags,
            is_protected=request.get("deletionProtectionEnabled", False),
        )
    )
    return {}

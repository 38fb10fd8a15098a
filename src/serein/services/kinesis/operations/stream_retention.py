"""IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod: how long records are kept."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle
from serein.services.kinesis.errors import InvalidArgumentException
from serein.services.kinesis.store import streams
from serein.services.kinesis.streams import DEFAULT_RETENTION_HOURS, Stream

_MOST_HOURS = 8760


@operation("IncreaseStreamRetentionPeriod")
async def increase_stream_retention_period(call: Call, request: Request) -> Reply:
    return await _change(call, request, is_increase=True)


@operation("DecreaseStreamRetentionPeriod")
async def decrease_stream_retention_period(call: Call, request: Request) -> Reply:
    return await _change(call, request, is_increase=False)


async def _change(call: Call, request: Request, *, is_increase: bool) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual
    hours = request["RetentionPeriodHours"]

    def write(tx: Transaction) -> None:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_active()
        _require_possible(stream, hours, is_increase=is_increase)
        if hours != stream.definition.retention_hours:
            after = replace(stream.definition, retention_hours=hours)
            lifecycle.change_stream(tx, stream, after, is_gradual=is_gradual)

    await call.write(write)
    return {}


def _require_possible(stream: Stream, hours: int, *, is_increase: bool) -> None:
    current = stream.definition.retention_hours
    asked = f"Requested retention period ({hours} hours)"
    if hours < DEFAULT_RETENTION_HOURS:
        raise InvalidArgumentException(
            f"Minimum allowed retention period is {DEFAULT_RETENTION_HOURS} hours. {asked} is too short."
        )
    if hours > _MOST_HOURS:
        raise InvalidArgumentException(f"Maximum allowed retention period is {_MOST_HOURS} hours. {asked} is too long.")
    if is_increase and hours < current:
        raise InvalidArgumentException(
            f"{asked} for stream {stream.name} can not be shorter than existing retention period ({current} hours). "
            "Use DecreaseRetentionPeriod API."
        )
    if not is_increase and hours > current:
        raise InvalidArgumentException(
            f"{asked} for stream {stream.name} can not be longer than existing retention period ({current} hours). "
            "Use IncreaseRetentionPeriod API."
        )

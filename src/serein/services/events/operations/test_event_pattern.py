"""TestEventPattern: whether a pattern matches an event."""

import msgspec

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.patterns import InvalidPattern, compile_pattern
from serein.services.events.errors import InvalidEventPatternException, ValidationException

_REQUIRED = ("id", "account", "source", "time", "region", "detail-type")


@operation("TestEventPattern")
async def test_event_pattern(call: Call, request: Request) -> Reply:
    del call
    try:
        matches = compile_pattern(request["EventPattern"])
    except InvalidPattern as error:
        raise InvalidEventPatternException(f"Event pattern is not valid. Reason: {error}") from None
    try:
        event = msgspec.json.decode(request["Event"])
    except (msgspec.DecodeError, RecursionError):
        raise ValidationException("Parameter Event is not valid.") from None
    if not isinstance(event, dict) or any(member not in event for member in _REQUIRED):
        raise ValidationException("Parameter Event is not valid.")
    return {"Result": matches(event)}

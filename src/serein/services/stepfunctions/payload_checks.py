"""The JSON texts that executions and tasks are given."""

import msgspec

from serein.services.stepfunctions.errors import InvalidExecutionInput, ValidationException
from serein.services.stepfunctions.json_texts import describe_problem

_MOST_BYTES = 262_144
_decode = msgspec.json.Decoder().decode


def require_input(text: str) -> str:
    """The input of an execution. Raises InvalidExecutionInput for no JSON, ValidationException for too much."""
    if len(text) * 4 > _MOST_BYTES and len(text.encode()) > _MOST_BYTES:
        raise ValidationException(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less"
            f" than or equal to {_MOST_BYTES}"
        )
    try:
        _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{describe_problem(text)}'") from error
    return text

"""Why a state's data can't be prepared, in AWS's words.

A cause here lacks the sentence that AWS puts before it, which only the interpreter can write: "An error occurred while
executing the state 'Name' (entered at the event id #2). ".
"""

from typing import Any

import msgspec

from serein.services.stepfunctions.failure import (
    DATA_LIMIT_EXCEEDED,
    QUERY_EVALUATION_ERROR,
    RUNTIME,
    StateFailed,
)

INTRINSIC_FAILURE = "States.IntrinsicFailure"
RESULT_PATH_MATCH_FAILURE = "States.ResultPathMatchFailure"
NO_CHOICE_MATCHED = "States.NoChoiceMatched"


class QueryFailed(StateFailed):
    """A path, a template, an intrinsic function or an expression of a state failed."""


class EvaluationFailed(QueryFailed):
    """A JSONata expression failed: an event of its own in the history, with the location of its field."""

    def __init__(self, cause: str, location: str) -> None:
        super().__init__(QUERY_EVALUATION_ERROR, cause, location)


def json_text(value: Any) -> str:
    """A value as AWS writes it in causes: without spaces."""
    return msgspec.json.encode(value).decode()


def invalid_path(path: str, reason: object) -> QueryFailed:
    return QueryFailed(RUNTIME, f"Invalid path '{path}' : {reason}")


def missing_in_template(path: str, field: str, document: Any) -> QueryFailed:
    # AWS: the States.ParameterPathFailure of its pages isn't what an execution fails with: it is States.Runtime
    # (https://repost.aws/questions/QUYiQKP0XfThWEc_ahsMnLOA).
    return QueryFailed(
        RUNTIME,
        f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input "
        f"'{json_text(document)}'",
    )


def nothing_to_read() -> QueryFailed:
    return QueryFailed(RUNTIME, "Unable to apply Path transformation to null or empty input.")


def missing_argument(path: str, document: Any) -> QueryFailed:
    return QueryFailed(
        RUNTIME,
        f"The JsonPath argument for the field '{path}' could not be found in the input '{json_text(document)}'",
    )


def intrinsic_failed(call: str, reason: str) -> QueryFailed:
    return QueryFailed(INTRINSIC_FAILURE, f"The function '{call}' had the following error: {reason}")


def invalid_condition(path: str) -> QueryFailed:
    return QueryFailed(
        RUNTIME, f"Invalid path '{path}': The choice state's condition path references an invalid value."
    )


def no_choice_matched() -> QueryFailed:
    """No rule of a Choice state without Default applies."""
    return QueryFailed(
        NO_CHOICE_MATCHED, "Failed to transition out of the state. The state does not point to a next state."
    )


def unplaceable(path: str, document: Any) -> QueryFailed:
    # AWS: the name is that of its pages, the cause what executions were seen to fail with
    # (https://qiita.com/tsubasaogawa/items/4fe341bdb6ae7d2fd8ee).
    return QueryFailed(
        RESULT_PATH_MATCH_FAILURE, f"Unable to apply ReferencePath {path} to input {json_text(document)}"
    )


def too_large(what: str, limit_bytes: int) -> QueryFailed:
    return QueryFailed(DATA_LIMIT_EXCEEDED, f"{what} exceeds the maximum of {limit_bytes} bytes.")

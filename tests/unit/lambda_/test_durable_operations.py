"""What updates and timers make of an operation of a durable execution."""

import pytest

from serein.services.lambda_.durable.executions import (
    callback_id,
    encoded_error,
    parse_callback_id,
    parsed_error,
    scope_of,
)
from serein.services.lambda_.durable.limits import NEVER
from serein.services.lambda_.durable.operations import apply, beat, begun, expire, restored
from serein.services.lambda_.errors import InvalidParameterValueException

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f:1/durable-execution/n/i"


def test_a_step_counts_its_attempts() -> None:
    step = begun({"Id": "a", "Type": "STEP"}, 1, 10.0)
    apply(step, {"Action": "START"}, ARN, 10.0)
    apply(step, {"Action": "RETRY", "StepOptions": {"NextAttemptDelaySeconds": 5}, "Error": {}}, ARN, 11.0)
    assert (step.status, step.due_at, step.is_pending) == ("PENDING", 16.0, True)
    assert expire(step, 16.0) is None
    assert (step.status, step.due_at, step.is_pending) == ("READY", NEVER, False)
    apply(step, {"Action": "START"}, ARN, 16.0)
    (told,) = apply(step, {"Action": "SUCCEED", "Payload": "1"}, ARN, 17.0)
    assert told["StepSucceededDetails"]["RetryDetails"] == {"CurrentAttempt": 2}
    assert step.record["StepDetails"] == {"Attempt": 2, "Result": "1"}
    assert (step.record["StartTimestamp"], step.record["EndTimestamp"]) == (10.0, 17.0)


def test_a_callback_ends_at_the_first_of_its_two_times() -> None:
    options = {"TimeoutSeconds": 30, "HeartbeatTimeoutSeconds": 20}
    callback = begun({"Id": "a", "Type": "CALLBACK"}, 1, 0.0)
    apply(callback, {"Action": "START", "CallbackOptions": options}, ARN, 0.0)
    assert callback.due_at == 20.0
    beat(callback, 15.0)
    assert callback.due_at == 30.0
    told = expire(callback, 30.0)
    assert told is not None
    assert told["CallbackTimedOutDetails"]["Error"]["Payload"]["ErrorType"] == "Callback.Timeout"


def test_an_operation_survives_its_row() -> None:
    wait = begun({"Id": "a", "Type": "WAIT"}, 1, 0.0)
    apply(wait, {"Action": "START", "WaitOptions": {"WaitSeconds": 7}}, ARN, 0.0)
    again = restored("a", 1, 2, wait.due_at, wait.stored())
    assert (again.settings, again.due_at, again.record) == ({"seconds": 7}, 7.0, wait.record)
    assert "_" not in again.record


def test_a_callback_is_found_by_its_id() -> None:
    assert parse_callback_id(callback_id(ARN, "op-1")) == (ARN, "op-1")
    with pytest.raises(InvalidParameterValueException):
        parse_callback_id("====")
    with pytest.raises(InvalidParameterValueException):
        scope_of("arn:aws:lambda:us-east-1:000000000000:function:f")
    assert scope_of(ARN).account == "000000000000"


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (
            b'{"errorType":"T","errorMessage":"m","stackTrace":["s"]}',
            {"ErrorType": "T", "ErrorMessage": "m", "StackTrace": ["s"]},
        ),
        (b"[1]", {"ErrorMessage": "[1]"}),
        (b"\xff", {"ErrorMessage": "\ufffd"}),
    ],
)
def test_a_functions_error_document_is_read(payload: bytes, error: dict[str, object]) -> None:
    assert parsed_error(payload) == error


def test_an_error_is_written_as_functions_do() -> None:
    assert encoded_error({"ErrorType": "T", "StackTrace": []}) == b'{"errorType":"T","stackTrace":[]}'

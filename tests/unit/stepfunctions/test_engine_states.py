"""What each type of state does, and what history says of it."""

import json
from typing import Any

import pytest

from serein.services.stepfunctions.interpreter.interpreting import TOO_MANY_EVENTS, stop
from serein.services.stepfunctions.interpreter.outcomes import Done, Failed
from tests.unit.stepfunctions.executions import EXECUTION, FUNCTION, MACHINE, ROLE, Execution, machine, run, task

DONE = {"Type": "Pass", "End": True}


def test_a_pass_state_gives_its_input_on() -> None:
    found = run(machine(A=DONE), {"n": 1})
    assert found.output == {"n": 1}
    assert found.links == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "PassStateEntered"),
        (3, 2, "PassStateExited"),
        (4, 3, "ExecutionSucceeded"),
    ]
    assert found.details("ExecutionStarted") == [
        {"input": '{"n": 1}', "inputDetails": {"truncated": False}, "roleArn": ROLE}
    ]
    assert found.details("PassStateEntered") == [
        {"name": "A", "input": '{"n": 1}', "inputDetails": {"truncated": False}}
    ]
    assert found.details("PassStateExited") == [
        {"name": "A", "output": '{"n": 1}', "outputDetails": {"truncated": False}}
    ]


def test_a_text_stays_as_it_was_written_until_a_state_makes_something_else_of_it() -> None:
    wait = {"Type": "Wait", "Seconds": 1, "Next": "B"}
    found = Execution(machine(A=wait, B=DONE), text='{ "n" : 1.0 }').run()
    assert found.ended is not None
    assert found.ended.output == '{ "n" : 1.0 }'
    changed = Execution(machine(A={"Type": "Pass", "ResultPath": "$.m", "End": True}), text='{ "n" : 1.0 }').run()
    assert changed.ended is not None
    assert changed.ended.output == '{"n":1.0,"m":{"n":1.0}}'


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Result": [1]}, [1]),
        ({"Result": None}, None),
        ({"Result": 1, "ResultPath": "$.r"}, {"a": {"b": 2}, "r": 1}),
        ({"Result": 1, "ResultPath": None}, {"a": {"b": 2}}),
        ({"InputPath": "$.a"}, {"b": 2}),
        ({"InputPath": None}, {}),
        ({"OutputPath": "$.a.b"}, 2),
        ({"OutputPath": None}, {}),
        ({"Parameters": {"x.$": "$.a", "y": 1}}, {"x": {"b": 2}, "y": 1}),
        ({"InputPath": "$.a", "Parameters": {"x.$": "$.b"}, "ResultPath": "$.a.c"}, {"a": {"b": 2, "c": {"x": 2}}}),
    ],
)
def test_the_fields_of_a_pass_state(fields: dict[str, Any], expected: Any) -> None:
    assert run(machine(A={**DONE, **fields}), {"a": {"b": 2}}).output == expected


def test_the_fields_of_a_task() -> None:
    fields = {
        "InputPath": "$.a",
        "Parameters": {"sent.$": "$.b"},
        "ResultSelector": {"got.$": "$.sent"},
        "ResultPath": "$.r",
        "OutputPath": "$.r",
    }
    found = run(machine(T=task(**fields)), {"a": {"b": 2}})
    assert found.output == {"got": 2}
    assert found.links == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "TaskStateEntered"),
        (3, 2, "LambdaFunctionScheduled"),
        (4, 3, "LambdaFunctionStarted"),
        (5, 4, "LambdaFunctionSucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "ExecutionSucceeded"),
    ]
    assert found.details("LambdaFunctionScheduled") == [
        {"resource": FUNCTION, "input": '{"sent":2}', "inputDetails": {"truncated": False}}
    ]
    assert found.details("LambdaFunctionSucceeded") == [{"output": '{"sent":2}', "outputDetails": {"truncated": False}}]


def test_tasks_of_services_have_events_of_their_own() -> None:
    send = "arn:aws:states:::sqs:sendMessage"
    fields = {"Parameters": {"QueueUrl": "q", "MessageBody": "m"}, "TimeoutSeconds": 9, "HeartbeatSeconds": 3}
    found = run(machine(T=task(send, **fields)), answers=lambda _: Done({"MessageId": "1"}))
    assert found.types[1:6] == ["TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"]
    assert found.details("TaskScheduled") == [
        {
            "resourceType": "sqs",
            "resource": "sendMessage",
            "region": "us-east-1",
            "parameters": '{"QueueUrl":"q","MessageBody":"m"}',
            "timeoutInSeconds": 9,
            "heartbeatInSeconds": 3,
        }
    ]
    assert found.details("TaskSucceeded") == [
        {
            "resourceType": "sqs",
            "resource": "sendMessage",
            "output": '{"MessageId":"1"}',
            "outputDetails": {"truncated": False},
        }
    ]


def test_credentials_are_told_and_given_on() -> None:
    state = task(Credentials={"RoleArn.$": "$.role"})
    begun = Execution(machine(T=state), {"role": "arn:aws:iam::1:role/other"}).begin()
    assert begun.details("LambdaFunctionScheduled")[0]["taskCredentials"] == {"roleArn": "arn:aws:iam::1:role/other"}
    (effect,) = begun.effects
    assert getattr(effect, "credentials_role_arn", "") == "arn:aws:iam::1:role/other"


def test_a_choice_takes_the_first_rule_that_holds_or_the_default() -> None:
    rules = [{"Variable": "$.n", "NumericGreaterThan": 5, "Next": "Big"}]
    definition = machine(
        C={"Type": "Choice", "Choices": rules, "Default": "Small"},
        Big={**DONE, "Result": "big"},
        Small={**DONE, "Result": "small"},
    )
    assert run(definition, {"n": 6}).output == "big"
    assert run(definition, {"n": 5}).output == "small"
    assert run(definition, {"n": 5}).types[1:3] == ["ChoiceStateEntered", "ChoiceStateExited"]


def test_a_choice_without_a_way_out_fails() -> None:
    rules = [{"Variable": "$.n", "NumericEquals": 5, "Next": "A"}]
    error, cause = run(machine(C={"Type": "Choice", "Choices": rules}, A=DONE), {"n": 6}).failure
    assert error == "States.NoChoiceMatched"
    assert cause is not None
    assert cause.startswith("An error occurred while executing the state 'C' (entered at the event id #2). ")


def test_a_choice_in_jsonata_has_output_and_variables() -> None:
    rules = [
        {
            "Condition": "{% $states.input.n > 5 %}",
            "Assign": {"size": "{% $states.input.n * 2 %}"},
            "Output": {"was": "{% $states.input.n %}"},
            "Next": "Big",
        }
    ]
    definition = machine(
        language="JSONata",
        C={"Type": "Choice", "Choices": rules, "Default": "Small"},
        Big={"Type": "Pass", "Output": "{% [$size, $states.input.was] %}", "End": True},
        Small={"Type": "Pass", "End": True},
    )
    assert run(definition, {"n": 6}).output == [12, 6]
    assert run(definition, {"n": 1}).output == {"n": 1}


def test_a_condition_must_be_a_boolean() -> None:
    rules = [{"Condition": "{% $states.input.n %}", "Next": "A"}]
    definition = machine(language="JSONata", C={"Type": "Choice", "Choices": rules}, A={"Type": "Succeed"})
    found = run(definition, {"n": "x"})
    error, cause = found.failure
    assert error == "States.QueryEvaluationError"
    assert cause is not None
    assert "specified for the field 'Choices[0]/Condition' returned an unexpected result type" in cause
    assert found.types[-2:] == ["EvaluationFailed", "ExecutionFailed"]
    assert found.details("EvaluationFailed") == [
        {"error": error, "cause": cause, "state": "C", "location": "Choices[0]/Condition"}
    ]


def test_a_succeed_state_ends_the_execution() -> None:
    found = run(machine(S={"Type": "Succeed", "OutputPath": "$.a"}), {"a": 1})
    assert found.output == 1
    assert found.types == ["ExecutionStarted", "SucceedStateEntered", "SucceedStateExited", "ExecutionSucceeded"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Error": "E", "Cause": "C"}, ("E", "C")),
        ({}, (None, None)),
        ({"ErrorPath": "$.e", "CausePath": "States.Format('so {}', $.e)"}, ("Given", "so Given")),
    ],
)
def test_a_fail_state_fails_the_execution(fields: dict[str, Any], expected: Any) -> None:
    found = run(machine(F={"Type": "Fail", **fields}), {"e": "Given"})
    assert found.failure == expected
    assert found.links[1:] == [(2, 0, "FailStateEntered"), (3, 2, "ExecutionFailed")]


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"Seconds": 5}, 5),
        ({"SecondsPath": "$.n"}, 7),
        ({"Timestamp": "2023-11-14T22:13:50Z"}, 30),
        ({"TimestampPath": "$.t"}, 60),
        ({"Timestamp": "2020-01-01T00:00:00Z"}, 0),
    ],
)
def test_a_wait_state_waits(fields: dict[str, Any], seconds: float) -> None:
    found = run(machine(W={"Type": "Wait", "End": True, **fields}), {"n": 7, "t": "2023-11-14T23:14:20+01:00"})
    assert found.seconds == seconds
    assert found.types == ["ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"]


@pytest.mark.parametrize(
    ("fields", "given", "message"),
    [
        ({"SecondsPath": "$.n"}, {"n": -1}, "The SecondsPath parameter references a negative value: $.n == -1"),
        ({"TimestampPath": "$.n"}, {"n": "2290-01-01T00:00:00Z"}, "Wait state delay is too long."),
    ],
)
def test_a_wait_state_refuses_times_that_are_none(fields: dict[str, Any], given: Any, message: str) -> None:
    error, cause = run(machine(W={"Type": "Wait", "End": True, **fields}), given).failure
    assert error == "States.Runtime"
    assert cause == f"An error occurred while executing the state 'W' (entered at the event id #2). {message}"


def test_branches_run_side_by_side_and_end_in_their_order() -> None:
    definition = machine(
        P={
            "Type": "Parallel",
            "Branches": [
                machine(W={"Type": "Wait", "Seconds": 3, "Next": "W2"}, W2={**DONE, "Result": "slow"}),
                machine(Q={**DONE, "Result": "quick"}),
            ],
            "ResultSelector": {"all.$": "$"},
            "End": True,
        }
    )
    found = run(definition, {"a": 1})
    assert found.output == {"all": ["slow", "quick"]}
    assert found.links[1:] == [
        (2, 0, "ParallelStateEntered"),
        (3, 2, "ParallelStateStarted"),
        (4, 3, "WaitStateEntered"),
        (5, 3, "PassStateEntered"),
        (6, 5, "PassStateExited"),
        (7, 4, "WaitStateExited"),
        (8, 7, "PassStateEntered"),
        (9, 8, "PassStateExited"),
        (10, 9, "ParallelStateSucceeded"),
        (11, 9, "ParallelStateExited"),
        (12, 11, "ExecutionSucceeded"),
    ]


def test_variables_are_seen_within_but_assigned_only_outside() -> None:
    inner = machine(
        I={"Type": "Pass", "Assign": {"mine.$": "States.Format('{}!', $outer)"}, "Next": "J"},
        J={"Type": "Pass", "Parameters": {"m.$": "$mine", "o.$": "$outer"}, "End": True},
    )
    definition = machine(
        A={"Type": "Pass", "Assign": {"outer": "x"}, "Next": "P"},
        P={"Type": "Parallel", "Branches": [inner], "Assign": {"got.$": "$[0].m"}, "Next": "Z"},
        Z={"Type": "Pass", "Parameters": {"got.$": "$got", "outer.$": "$outer"}, "End": True},
    )
    found = run(definition)
    assert found.output == {"got": "x!", "outer": "x"}
    assert found.details("PassStateExited")[0]["assignedVariables"] == {"outer": '"x"'}


def test_the_context_object_tells_where_a_state_is() -> None:
    definition = machine(A={"Type": "Pass", "Parameters": {"c.$": "$$"}, "End": True})
    context = run(definition, {"n": 1}).output["c"]
    assert context == {
        "Execution": {
            "Id": EXECUTION,
            "Input": {"n": 1},
            "Name": "e",
            "RoleArn": ROLE,
            "StartTime": "2023-11-14T22:13:20.000Z",
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": MACHINE, "Name": "m"},
        "State": {"Name": "A", "EnteredTime": "2023-11-14T22:13:20.000Z"},
    }


def test_a_path_that_leads_nowhere_fails_the_execution() -> None:
    error, cause = run(machine(A={**DONE, "Parameters": {"x.$": "$.no"}}), {"n": 1}).failure
    assert error == "States.Runtime"
    assert cause == (
        "An error occurred while executing the state 'A' (entered at the event id #2). The JSONPath '$.no' specified"
        " for the field 'x.$' could not be found in the input '{\"n\":1}'"
    )


def test_what_is_too_large_fails_the_execution() -> None:
    found = run(machine(T=task()), answers=lambda _: Done("x" * 262_145))
    error, cause = found.failure
    assert error == "States.DataLimitExceeded"
    assert cause == (
        f"The state/task '{FUNCTION}' returned a result with a size exceeding the maximum number of bytes service"
        " limit."
    )
    assert found.types[-2:] == ["LambdaFunctionFailed", "ExecutionFailed"]
    assert run(machine(T=task()), answers=lambda _: Done("x" * 262_142)).output == "x" * 262_142


def test_an_execution_ends_before_it_has_too_many_events() -> None:
    rules = [{"Variable": "$.on", "BooleanEquals": True, "Next": "A"}]
    choice = {"Type": "Choice", "Choices": rules, "Default": "End"}
    definition = machine(A={"Type": "Pass", "Next": "B"}, B=choice, End={"Type": "Succeed"})
    found = run(definition, {"on": True})
    assert found.failure == ("States.Runtime", TOO_MANY_EVENTS)
    assert len(found.events) == 25_000
    assert [event["id"] for event in found.events] == list(range(1, 25_001))


def test_stopping_ends_everything_and_says_so_once() -> None:
    branches = [machine(T=task(FUNCTION)), machine(W={"Type": "Wait", "Seconds": 3, "End": True})]
    begun = Execution(machine(P={"Type": "Parallel", "Branches": branches, "End": True})).begin()
    begun.step(lambda run: stop(run, "ABORTED", "E", "C"))
    assert begun.links[-1] == (len(begun.events), 0, "ExecutionAborted")
    assert begun.types.count("ExecutionAborted") == 1
    assert not begun.frames.timers
    begun.answer()
    assert begun.types[-1] == "ExecutionAborted"


def test_a_task_that_was_aborted_is_not_heard_any_more() -> None:
    branches = [machine(T=task()), machine(U=task(FUNCTION + "2"))]
    begun = Execution(machine(P={"Type": "Parallel", "Branches": branches, "End": True})).begin()
    begun.answer(lambda _: Failed("E", "c"))
    assert begun.failure == ("E", "c")
    assert begun.types[-4:] == ["LambdaFunctionFailed", "TaskStateAborted", "ParallelStateFailed", "ExecutionFailed"]
    count = len(begun.events)
    begun.answer()
    assert len(begun.events) == count


def test_json_stays_what_it_was() -> None:
    value = {"big": 12345678901234567890, "small": 1e-7, "text": "é\u0000\U0001f600", "none": None, "empty": {}}
    found = run(machine(T=task()), value)
    assert found.output == value
    assert json.loads(found.details("LambdaFunctionScheduled")[0]["input"]) == value


def test_a_machine_that_goes_round_lets_others_have_their_turn() -> None:
    rules = [{"Variable": "$.on", "BooleanEquals": True, "Next": "A"}]
    choice = {"Type": "Choice", "Choices": rules, "Default": "End"}
    definition = machine(A={"Type": "Pass", "Next": "B"}, B=choice, End={"Type": "Succeed"})
    for is_express in (False, True):
        begun = Execution(definition, {"on": True}, is_express=is_express).begin()
        assert begun.ended is None
        assert begun.types.count("PassStateEntered") < 250
        assert [(kind, due) for (_, kind), due in begun.frames.timers.items()] == [("continue", begun.now)]
        begun.ring()
        assert begun.types.count("PassStateEntered") >= 250

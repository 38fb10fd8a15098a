"""Retry and Catch, timeouts and heartbeats, tokens and jobs: how states fail, and what becomes of it."""

from typing import Any

import pytest

from serein.kernel import ids
from serein.services.stepfunctions.interpreter import interpreting
from serein.services.stepfunctions.interpreter.effects import Abandon, OfferActivity, Perform, Watch
from serein.services.stepfunctions.interpreter.failing import delay_seconds, matches
from serein.services.stepfunctions.interpreter.outcomes import Done, Failed, Submitted
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.interpreter.task_states import beat, begin_activity
from serein.services.stepfunctions.interpreter.tokens import find_place
from serein.services.stepfunctions.language import Retrier
from tests.unit.stepfunctions.executions import Answer, Execution, machine, run, task

START = "arn:aws:states:::states:startExecution.sync:2"
CALL_BACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:a"


def failing(times: int, error: str = "E") -> Any:
    """Answers with a failure so many times, then with success."""
    count = [0]

    def answer(_: Perform) -> Answer:
        count[0] += 1
        return Failed(error, f"no. {count[0]}") if count[0] <= times else Done(count[0])

    return answer


@pytest.mark.parametrize(
    ("names", "error", "is_for_it"),
    [
        (("E",), "E", True),
        (("E",), "F", False),
        (("States.ALL",), "E", True),
        (("States.ALL",), "States.Timeout", True),
        (("States.ALL",), None, True),
        (("States.ALL",), "States.Runtime", False),
        (("States.Runtime",), "States.Runtime", False),
        (("States.ALL",), "States.DataLimitExceeded", False),
        (("States.DataLimitExceeded",), "States.DataLimitExceeded", True),
        (("States.TaskFailed",), "E", True),
        (("States.TaskFailed",), "States.Timeout", False),
        (("States.TaskFailed",), "States.HeartbeatTimeout", False),
        (("States.Timeout",), "States.HeartbeatTimeout", True),
        (("States.HeartbeatTimeout",), "States.Timeout", False),
        (("States.TaskFailed",), "States.DataLimitExceeded", False),
    ],
)
def test_which_errors_a_retrier_is_for(names: tuple[str, ...], error: str | None, is_for_it: bool) -> None:
    assert matches(names, error) is is_for_it


def test_delays_grow_up_to_a_most() -> None:
    retrier = Retrier(error_equals=("E",), interval_seconds=3, backoff_rate=2.0, max_delay_seconds=10)
    assert [delay_seconds(retrier, used) for used in range(4)] == [3, 6, 10, 10]
    assert delay_seconds(Retrier(error_equals=("E",), backoff_rate=10.0, max_delay_seconds=7), 5000) == 7


def test_full_jitter_waits_for_any_part_of_the_delay() -> None:
    retrier = Retrier(error_equals=("E",), interval_seconds=8, jitter_strategy="FULL")
    with ids.drawing_from(lambda size: b"\x80" + b"\x00" * (size - 1)):
        assert delay_seconds(retrier, 0) == 4
        assert delay_seconds(retrier, 1) == 8


def test_a_task_is_tried_again_until_it_succeeds() -> None:
    retry = [{"ErrorEquals": ["E"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 3}]
    found = run(machine(T=task(Retry=retry, Parameters={"n.$": "$$.State.RetryCount"})), answers=failing(2))
    assert found.output == 3
    assert found.seconds == 2 + 6
    assert found.links[1:] == [
        (2, 0, "TaskStateEntered"),
        (3, 2, "LambdaFunctionScheduled"),
        (4, 3, "LambdaFunctionStarted"),
        (5, 4, "LambdaFunctionFailed"),
        (6, 5, "LambdaFunctionScheduled"),
        (7, 6, "LambdaFunctionStarted"),
        (8, 7, "LambdaFunctionFailed"),
        (9, 8, "LambdaFunctionScheduled"),
        (10, 9, "LambdaFunctionStarted"),
        (11, 10, "LambdaFunctionSucceeded"),
        (12, 11, "TaskStateExited"),
        (13, 12, "ExecutionSucceeded"),
    ]
    assert [each["input"] for each in found.details("LambdaFunctionScheduled")] == ['{"n":0}', '{"n":1}', '{"n":2}']


def test_each_retrier_counts_for_itself_and_the_first_that_matches_decides() -> None:
    retry = [
        {"ErrorEquals": ["A"], "IntervalSeconds": 1, "MaxAttempts": 1},
        {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 1},
    ]
    answers = iter([Failed("A"), Failed("B"), Failed("A", "last")])
    found = run(machine(T=task(Retry=retry)), answers=lambda _: next(answers))
    assert found.failure == ("A", "last")
    assert found.seconds == 6


def test_no_attempts_are_no_retries() -> None:
    retry = [{"ErrorEquals": ["E"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]
    assert run(machine(T=task(Retry=retry)), answers=failing(1)).failure == ("E", "no. 1")


def test_a_failure_is_caught_with_its_error_in_the_input() -> None:
    catch = [{"ErrorEquals": ["Other"], "Next": "B"}, {"ErrorEquals": ["E"], "ResultPath": "$.err", "Next": "B"}]
    found = run(machine(T=task(Catch=catch), B={"Type": "Pass", "End": True}), {"a": 1}, failing(9))
    assert found.output == {"a": 1, "err": {"Error": "E", "Cause": "no. 1"}}
    assert found.links[4:7] == [(5, 4, "LambdaFunctionFailed"), (6, 5, "TaskStateExited"), (7, 6, "PassStateEntered")]


def test_retries_come_before_catchers_and_begin_anew_when_the_state_is_entered_again() -> None:
    fields = {
        "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "T"}],
    }
    found = run(machine(T=task(**fields)), answers=failing(3))
    assert found.output == 4
    assert found.types.count("TaskStateEntered") == 2


def test_a_catcher_assigns_variables() -> None:
    catch = [{"ErrorEquals": ["E"], "Assign": {"why.$": "$.Cause"}, "Next": "B"}]
    last = {"Type": "Pass", "Parameters": {"why.$": "$why", "e.$": "$.Error"}, "End": True}
    assert run(machine(T=task(Catch=catch), B=last), answers=failing(1)).output == {"why": "no. 1", "e": "E"}


def test_a_catcher_in_jsonata_sees_the_error() -> None:
    catch = [
        {
            "ErrorEquals": ["E"],
            "Output": "{% $states.errorOutput.Error & $states.input.x %}",
            "Assign": {"why": "{% $states.errorOutput.Cause %}"},
            "Next": "B",
        }
    ]
    last = {"Type": "Pass", "Output": ["{% $states.input %}", "{% $why %}"], "End": True}
    found = run(machine(language="JSONata", T=task(Catch=catch), B=last), {"x": "y"}, failing(1))
    assert found.output == ["Ey", "no. 1"]


def test_a_task_in_jsonata_has_arguments_output_and_variables() -> None:
    fields = {
        "Arguments": {"n": "{% $states.input.n + 1 %}"},
        "Output": {"r": "{% $states.result.n %}", "was": "{% $states.input.n %}"},
        "Assign": {"v": "{% $states.result.n * 10 %}"},
    }
    last = {"Type": "Pass", "Output": "{% $merge([$states.input, {'v': $v}]) %}", "End": True}
    found = run(machine(language="JSONata", T=task(Next="Z", **fields), Z=last), {"n": 1})
    assert found.output == {"r": 2, "was": 1, "v": 20}


def test_a_failed_branch_fails_the_state_which_may_be_tried_again() -> None:
    answers = failing(1)
    branches = [machine(T=task()), machine(W={"Type": "Wait", "Seconds": 60, "End": True})]
    retry = [{"ErrorEquals": ["E"], "IntervalSeconds": 5}]
    found = run(machine(P={"Type": "Parallel", "Branches": branches, "Retry": retry, "End": True}), answers=answers)
    assert found.output == [2, {}]
    assert found.seconds == 65
    assert found.types[6:11] == [
        "WaitStateEntered",
        "LambdaFunctionFailed",
        "WaitStateAborted",
        "ParallelStateFailed",
        "ParallelStateStarted",
    ]


def test_a_failed_iteration_aborts_the_others_and_may_be_caught() -> None:
    each = machine(T=task(), start="T")
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "C"}]
    state = {"Type": "Map", "ItemProcessor": each, "MaxConcurrency": 3, "Catch": catch, "End": True}
    definition = machine(M=state, C={"Type": "Pass", "End": True})
    found = run(definition, [1, 2, 3, 4], lambda effect: Failed("E", "c") if effect.parameters == 2 else Done(0))
    assert found.output == {"Error": "E", "Cause": "c"}
    assert found.types.count("MapIterationStarted") == 4
    assert found.types.count("MapIterationSucceeded") == 1
    assert found.types.count("MapIterationAborted") == 2
    failed = found.types.index("MapIterationFailed")
    assert found.types[failed:] == [
        "MapIterationFailed",
        "TaskStateAborted",
        "MapIterationAborted",
        "TaskStateAborted",
        "MapIterationAborted",
        "MapStateFailed",
        "MapStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert found.details("MapIterationFailed") == [{"name": "M", "index": 1}]


def test_a_task_that_takes_too_long_fails() -> None:
    begun = Execution(machine(T=task(TimeoutSeconds=7))).begin()
    begun.ring()
    assert begun.seconds == 7
    assert begun.failure == ("States.Timeout", None)
    assert begun.types[-2:] == ["LambdaFunctionTimedOut", "ExecutionFailed"]
    assert begun.details("LambdaFunctionTimedOut") == [{"error": "States.Timeout"}]


def test_time_limits_may_come_from_the_input() -> None:
    begun = Execution(machine(T=task(TimeoutSecondsPath="$.t", HeartbeatSecondsPath="$.h")), {"t": 5, "h": 2}).begin()
    assert begun.details("LambdaFunctionScheduled")[0]["timeoutInSeconds"] == 5
    bad = run(machine(T=task(TimeoutSecondsPath="$.t")), {"t": "x"})
    assert bad.failure[0] == "States.Runtime"


def test_a_callback_waits_for_its_token() -> None:
    parameters = {"QueueUrl": "q", "MessageBody": {"t.$": "$$.Task.Token"}}
    begun = Execution(machine(T=task(CALL_BACK, Parameters=parameters))).begin()
    (effect,) = begun.effects
    assert isinstance(effect, Perform)
    found = find_place(effect.parameters["MessageBody"]["t"])
    assert found is not None
    place, secret = found
    assert place == (7, 1, 1)
    begun.answer(lambda _: Submitted({"MessageId": "1"}))
    frame = begun.frames.require(1)
    assert (frame.secret, frame.task, begun.ended) == (secret, 1, None)
    begun.settle(frame, Done({"ok": True}))
    assert begun.output == {"ok": True}
    assert begun.types[2:] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert begun.details("TaskScheduled")[0]["resource"] == "sendMessage.waitForTaskToken"


def test_a_callback_may_come_before_the_call_has_returned() -> None:
    begun = Execution(
        machine(T=task(CALL_BACK, Parameters={"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"}))
    ).begin()
    begun.settle(begun.frames.require(1), Done(1))
    assert begun.output == 1
    begun.answer(lambda _: Submitted({}))
    assert begun.types[-1] == "ExecutionSucceeded"


def test_a_message_that_cannot_be_sent_fails_the_submission() -> None:
    state = task(CALL_BACK, Parameters={"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"})
    found = run(machine(T=state), answers=lambda _: Failed("SQS.QueueDoesNotExistException", "c"))
    assert found.types[-2:] == ["TaskSubmitFailed", "ExecutionFailed"]
    assert found.details("TaskSubmitFailed") == [
        {
            "resourceType": "sqs",
            "resource": "sendMessage.waitForTaskToken",
            "error": "SQS.QueueDoesNotExistException",
            "cause": "c",
        }
    ]


def test_who_is_silent_for_too_long_fails_the_task() -> None:
    fields = {"Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"}, "HeartbeatSeconds": 10}
    retry = [{"ErrorEquals": ["States.HeartbeatTimeout"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    begun = Execution(machine(T=task(CALL_BACK, Retry=retry, TimeoutSeconds=100, **fields))).begin()
    begun.answer(lambda _: Submitted({}))
    begun.now += 8
    frame = begun.frames.require(1)
    begun.step(lambda run: beat(run, frame))
    begun.ring()
    assert begun.seconds == 18
    assert begun.details("TaskTimedOut")[0]["error"] == "States.HeartbeatTimeout"
    begun.effects.clear()
    begun.ring()
    begun.effects.clear()
    begun.ring()
    assert begun.failure == ("States.HeartbeatTimeout", None)


def test_an_activity_waits_for_a_worker_and_beats_from_then_on() -> None:
    begun = Execution(machine(T=task(ACTIVITY, HeartbeatSeconds=5, TimeoutSeconds=60)), {"n": 1}).begin()
    (offer,) = begun.effects
    assert isinstance(offer, OfferActivity)
    assert (offer.resource, offer.input, offer.timeout_seconds) == (ACTIVITY, '{"n": 1}'.replace(" ", ""), 60)
    assert not begun.frames.timers
    frame = begun.frames.require(1)
    begun.step(lambda run: begin_activity(run, frame, "worker"))
    assert {kind for _, kind in begun.frames.timers} == {"timeout", "heartbeat"}
    begun.ring()
    assert begun.seconds == 5
    assert begun.failure[0] == "States.HeartbeatTimeout"
    assert begun.types[2:] == ["ActivityScheduled", "ActivityStarted", "ActivityTimedOut", "ExecutionFailed"]


def test_a_job_is_looked_at_until_it_is_over() -> None:
    begun = Execution(machine(T=task(START, Parameters={"StateMachineArn": "m"}))).begin()
    begun.answer(lambda _: Submitted({"ExecutionArn": "x"}))
    (watch,) = begun.effects
    assert isinstance(watch, Watch)
    assert list(begun.frames.timers) == [(1, "poll")]
    begun.settle(begun.frames.require(1), Failed("States.TaskFailed", "{}"))
    assert begun.types[-3:] == ["TaskSubmitted", "TaskFailed", "ExecutionFailed"]


def test_a_job_that_takes_too_long_is_given_up() -> None:
    begun = Execution(machine(T=task(START, Parameters={"StateMachineArn": "m"}, TimeoutSeconds=9))).begin()
    begun.answer(lambda _: Submitted({"ExecutionArn": "x"}))
    begun.effects.clear()
    del begun.frames.timers[1, "poll"]
    begun.ring()
    (given_up,) = begun.effects
    assert isinstance(given_up, Abandon)
    assert given_up.submitted == {"ExecutionArn": "x"}


def test_a_redrive_goes_on_at_the_state_that_failed() -> None:
    retry = [{"ErrorEquals": ["E"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    definition = machine(
        A={"Type": "Pass", "Next": "T"}, T=task(Retry=retry, Next="Z"), Z={"Type": "Pass", "End": True}
    )
    found = run(definition, {"n": 1}, failing(3))
    assert found.failure == ("E", "no. 2")
    found.redrive_count = 1
    before = len(found.events)
    found.ended = None
    found.step(interpreting.redrive)
    found.go_on(failing(1))
    assert found.output == 2
    assert found.types[before : before + 3] == ["ExecutionRedriven", "LambdaFunctionScheduled", "LambdaFunctionStarted"]
    assert found.details("ExecutionRedriven") == [{"redriveCount": 1}]
    assert found.types.count("PassStateEntered") == 2
    assert [event["id"] for event in found.events] == list(range(1, len(found.events) + 1))


def test_a_redrive_runs_only_the_branches_and_iterations_that_did_not_succeed() -> None:
    state = {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": machine(T=task()), "End": True}
    found = run(machine(M=state), [1, 2, 3], lambda effect: Failed("E") if effect.parameters == 2 else Done("first"))
    assert found.failure == ("E", None)
    found.ended, found.effects = None, []
    asked = []

    def answer(effect: Perform) -> Answer:
        asked.append(effect.parameters)
        return Done("second")

    found.step(interpreting.redrive)
    found.go_on(answer)
    assert found.output == ["first", "second", "second"]
    assert sorted(asked) == [2, 3]


def test_an_item_that_cannot_be_prepared_fails_the_state_and_aborts_the_rest() -> None:
    state = {
        "Type": "Map",
        "MaxConcurrency": 2,
        "ItemSelector": {"n.$": "$$.Map.Item.Value.n"},
        "ItemProcessor": machine(T=task()),
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}],
        "End": True,
    }
    found = run(machine(M=state, C={"Type": "Pass", "End": True}), [{"n": 1}, {"n": 2}, {"m": 3}])
    assert found.failure[0] == "States.Runtime"
    assert found.types[-4:] == ["TaskStateAborted", "MapIterationAborted", "MapStateFailed", "ExecutionFailed"]


def test_errors_and_causes_are_shortened_to_what_the_api_can_tell() -> None:
    found = run(machine(T=task()), answers=lambda _: Failed("E" * 300, "c" * 40_000))
    assert found.failure == ("E" * 256, "c" * 32_768)


def test_a_task_that_is_aborted_as_it_is_scheduled_is_not_performed() -> None:
    branches = [machine(T=task()), machine(F={"Type": "Fail", "Error": "E"})]
    catch = [{"ErrorEquals": ["E"], "Next": "C"}]
    state = {"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True}
    begun = Execution(machine(P=state, C={"Type": "Wait", "Seconds": 1, "End": True}))
    wanted: list[bool] = []

    def begin(run: Run) -> None:
        interpreting.begin(run)
        wanted.extend(run.wants(effect) for effect in run.effects if isinstance(effect, Perform))

    begun.step(begin)
    assert wanted == [False]
    assert begun.ended is None


def test_a_redrive_begins_a_state_anew_when_nothing_within_it_failed() -> None:
    state = {
        "Type": "Map",
        "MaxConcurrency": 1,
        "ItemSelector": {"n.$": "$$.Map.Item.Value.n"},
        "ItemProcessor": machine(T=task()),
        "End": True,
    }
    found = run(machine(M=state), [{"n": 1}, {"m": 2}])
    assert found.failure[0] == "States.Runtime"
    found.ended, found.redrive_count = None, 1
    found.step(interpreting.redrive)
    found.go_on()
    assert found.types.count("MapIterationSucceeded") == 2
    assert len(found.frames.open_within(found.frames.require(1))) == 0

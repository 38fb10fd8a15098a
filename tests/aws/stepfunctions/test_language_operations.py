"""ValidateStateMachineDefinition and TestState."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.events.test_targets import Site
from tests.conftest import Aws

ROLE = "arn:aws:iam::123456789012:role/states"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
Tester = Callable[..., dict[str, Any]]


@pytest.fixture
def states(aws: Aws) -> Any:
    return aws.client("stepfunctions")


@pytest.fixture
def tried(states: Any) -> Tester:
    """Tests a state; documents are given and come back as values."""

    def test(state: Any, given: Any = None, **members: Any) -> dict[str, Any]:
        for name in ("variables", "context"):
            if name in members:
                members[name] = json.dumps(members[name])
        if "mock" not in members:
            members.setdefault("roleArn", ROLE)
        elif "result" in members["mock"]:
            members["mock"] = {**members["mock"], "result": json.dumps(members["mock"]["result"])}
        reply = states.test_state(
            definition=json.dumps(state), input=json.dumps(given if given is not None else {}), **members
        )
        del reply["ResponseMetadata"]
        if "output" in reply:
            reply["output"] = json.loads(reply["output"])
        shown = reply.get("inspectionData", {})
        reply["inspectionData"] = {
            name: json.loads(value) if isinstance(value, str) else value for name, value in shown.items()
        }
        return reply

    return test


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def task(resource: str = FUNCTION, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "Next": "Then", **fields}


def distributed_map(**fields: Any) -> dict[str, Any]:
    return {
        "Type": "Map",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "I",
            "States": {"I": {"Type": "Pass", "End": True}},
        },
        "Next": "Then",
        **fields,
    }


# ValidateStateMachineDefinition


def test_a_good_definition_has_no_diagnostics(states: Any) -> None:
    reply = states.validate_state_machine_definition(definition='{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}')
    assert (reply["result"], reply["diagnostics"], reply["truncated"]) == ("OK", [], False)


def test_a_bad_definition_has_all_its_diagnostics(states: Any) -> None:
    definition = '{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"}}}'
    reply = states.validate_state_machine_definition(definition=definition)
    assert (reply["result"], reply["truncated"]) == ("FAIL", False)
    assert reply["diagnostics"] == [
        {
            "severity": "ERROR",
            "code": "MISSING_TRANSITION_TARGET",
            "message": "Missing 'Next' target: B",
            "location": "/States/A/Next",
        },
        {"severity": "ERROR", "code": "MISSING_END_STATE", "message": "Workflow has no terminal state"},
    ]


def test_warnings_are_told_when_wanted(states: Any) -> None:
    state = {"Type": "Pass", "Result": {"a": "$.a"}, "End": True}
    definition = json.dumps({"StartAt": "A", "States": {"A": state}})
    quiet = states.validate_state_machine_definition(definition=definition)
    assert (quiet["result"], quiet["diagnostics"]) == ("OK", [])
    told = states.validate_state_machine_definition(definition=definition, severity="WARNING")
    assert told["result"] == "OK"
    assert [(item["severity"], item["code"]) for item in told["diagnostics"]] == [("WARNING", "PASS_RESULT_IS_STATIC")]


def test_diagnostics_are_cut_off(states: Any) -> None:
    machine = {f"S{index}": {"Type": "Dance"} for index in range(120)}
    definition = json.dumps({"StartAt": "S0", "States": machine})
    for asked, shown in [({}, 100), ({"maxResults": 0}, 100), ({"maxResults": 7}, 7)]:
        reply = states.validate_state_machine_definition(definition=definition, **asked)
        assert (len(reply["diagnostics"]), reply["truncated"], reply["result"]) == (shown, True, "FAIL")


def test_the_type_of_the_machine_matters(states: Any) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "End": True}
    definition = json.dumps({"StartAt": "A", "States": {"A": state}})
    results = {
        kind: states.validate_state_machine_definition(definition=definition, type=kind)["result"]
        for kind in ("STANDARD", "EXPRESS")
    }
    assert results == {"STANDARD": "OK", "EXPRESS": "FAIL"}


def test_a_definition_has_at_most_a_megabyte(states: Any) -> None:
    code, _ = refusal(lambda: states.validate_state_machine_definition(definition="x" * 1_048_577))
    assert code == "ValidationException"


def test_creating_a_machine_tells_the_same(states: Any) -> None:
    definition = '{"StartAt":"A","States":{"A":{"Type":"Map","TimeoutSeconds":1,"End":true}}}'
    assert refusal(lambda: states.create_state_machine(name="m", definition=definition, roleArn=ROLE)) == (
        "InvalidDefinition",
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: One of these fields is required: "
        "[ItemProcessor, Iterator] at /States/A, SCHEMA_VALIDATION_FAILED: Field 'TimeoutSeconds' is not supported at "
        "/States/A'",
    )


# TestState: states that perform nothing


def test_a_pass_shows_its_data_on_the_way(tried: Tester) -> None:
    state = {
        "Type": "Pass",
        "InputPath": "$.a",
        "Parameters": {"c.$": "$.b"},
        "ResultPath": "$.r",
        "OutputPath": "$.r",
        "Assign": {"v.$": "$.c"},
        "Next": "Then",
    }
    given = {"a": {"b": 1}}
    assert tried(state, given)["inspectionData"] == {}
    assert tried(state, given, inspectionLevel="DEBUG", variables={"w": 2}) == {
        "status": "SUCCEEDED",
        "nextState": "Then",
        "output": {"c": 1},
        "inspectionData": {
            "input": given,
            "afterInputPath": {"b": 1},
            "afterParameters": {"c": 1},
            "result": {"c": 1},
            "afterResultSelector": {"c": 1},
            "afterResultPath": {**given, "r": {"c": 1}},
            "variables": {"v": 1, "w": 2},
        },
    }


def test_a_pass_in_jsonata_sees_variables_and_context(tried: Tester) -> None:
    state = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": {"n": "{% $states.input.n + $w %}", "name": "{% $states.context.State.Name %}"},
        "Assign": {"v": "{% $w * 2 %}"},
        "End": True,
    }
    reply = tried(state, {"n": 1}, inspectionLevel="DEBUG", variables={"w": 2})
    assert (reply["status"], reply["output"]["n"], "nextState" in reply) == ("SUCCEEDED", 3, False)
    assert reply["inspectionData"]["variables"] == {"v": 4, "w": 2}


@pytest.mark.parametrize(
    ("given", "next_state", "assigned"), [({"n": 5}, "Large", {"x": 5}), ({"n": 1}, "Small", {"y": 1})]
)
def test_a_choice_tells_where_it_leads(
    tried: Tester, given: dict[str, Any], next_state: str, assigned: dict[str, Any]
) -> None:
    rule = {"Variable": "$.n", "NumericGreaterThan": 3, "Next": "Large", "Assign": {"x.$": "$.n"}}
    state = {"Type": "Choice", "Choices": [rule], "Default": "Small", "Assign": {"y": 1}}
    reply = tried(state, given, inspectionLevel="DEBUG")
    assert (reply["nextState"], reply["output"], reply["inspectionData"]["variables"]) == (next_state, given, assigned)


def test_a_choice_in_jsonata_tells_where_it_leads(tried: Tester) -> None:
    rules = [
        {"Condition": "{% $states.input.n > 3 %}", "Next": "Large"},
        {"Condition": "{% $states.input.n > 0 %}", "Next": "Small", "Output": "{% $states.input.n %}"},
    ]
    state = {"Type": "Choice", "QueryLanguage": "JSONata", "Choices": rules}
    assert tried(state, {"n": 1})["output"] == 1
    failed = tried(state, {"n": 0})
    assert (failed["status"], failed["error"]) == ("FAILED", "States.NoChoiceMatched")
    failed = tried(state, {"n": "x"})
    assert (failed["status"], failed["error"]) == ("FAILED", "States.QueryEvaluationError")


@pytest.mark.parametrize(
    ("fields", "given"),
    [
        ({"Seconds": 300}, {}),
        ({"SecondsPath": "$.s"}, {"s": 5}),
        ({"Timestamp": "2020-01-01T00:00:00Z"}, {}),
        ({"TimestampPath": "$.t"}, {"t": "2020-01-01T00:00:00Z"}),
        ({"Seconds": "{% $states.input.s %}", "QueryLanguage": "JSONata"}, {"s": 5}),
        ({"Timestamp": "{% $states.input.t %}", "QueryLanguage": "JSONata"}, {"t": "2020-01-01T00:00:00Z"}),
    ],
)
def test_a_wait_that_a_test_has_time_for_succeeds(tried: Tester, fields: dict[str, Any], given: Any) -> None:
    reply = tried({"Type": "Wait", "Next": "Then", **fields}, given)
    assert (reply["status"], reply["output"], reply["nextState"]) == ("SUCCEEDED", given, "Then")


@pytest.mark.parametrize(
    ("fields", "given", "error"),
    [
        ({"Seconds": 301}, {}, "States.Timeout"),
        ({"Timestamp": "2999-01-01T00:00:00Z"}, {}, "States.Timeout"),
        ({"SecondsPath": "$.s"}, {}, "States.Runtime"),
        ({"TimestampPath": "$.t"}, {"t": "soon"}, "States.Runtime"),
        ({"Seconds": "{% 'x' %}", "QueryLanguage": "JSONata"}, {}, "States.QueryEvaluationError"),
    ],
)
def test_a_wait_that_takes_too_long_or_is_none_fails(
    tried: Tester, fields: dict[str, Any], given: Any, error: str
) -> None:
    reply = tried({"Type": "Wait", "Next": "Then", **fields}, given)
    assert (reply["status"], reply["error"], "nextState" in reply) == ("FAILED", error, False)


def test_a_succeed_filters_its_input(tried: Tester) -> None:
    reply = tried({"Type": "Succeed", "OutputPath": "$.a"}, {"a": 1})
    assert (reply["status"], reply["output"]) == ("SUCCEEDED", 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"Error": "E", "Cause": "because"},
        {"ErrorPath": "$.e", "CausePath": "States.Format('be{}', 'cause')"},
        {"Error": "{% $states.input.e %}", "Cause": "{% 'be' & 'cause' %}", "QueryLanguage": "JSONata"},
    ],
)
def test_a_fail_tells_its_error_and_its_cause(tried: Tester, fields: dict[str, Any]) -> None:
    reply = tried({"Type": "Fail", **fields}, {"e": "E"})
    assert (reply["status"], reply["error"], reply["cause"]) == ("FAILED", "E", "because")


def test_a_path_that_finds_nothing_fails_the_state(tried: Tester) -> None:
    reply = tried({"Type": "Pass", "InputPath": "$.nothing", "End": True}, inspectionLevel="DEBUG")
    assert (reply["status"], reply["error"]) == ("FAILED", "States.Runtime")
    assert reply["inspectionData"] == {"input": {}}


# TestState: tasks


def test_a_task_is_performed_for_real(aws: Aws, tried: Tester) -> None:
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    state = task(
        "arn:aws:states:::sqs:sendMessage",
        Parameters={"QueueUrl": url, "MessageBody.$": "$.text"},
        ResultSelector={"id.$": "$.MessageId"},
        ResultPath="$.sent",
    )
    reply = tried(state, {"text": "hello"}, inspectionLevel="DEBUG")
    assert (reply["status"], reply["nextState"]) == ("SUCCEEDED", "Then")
    (message,) = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "hello"
    assert reply["output"] == {"text": "hello", "sent": {"id": message["MessageId"]}}
    shown = reply["inspectionData"]
    assert shown["afterParameters"] == {"QueueUrl": url, "MessageBody": "hello"}
    assert shown["result"]["MessageId"] == message["MessageId"]
    assert shown["afterResultSelector"] == {"id": message["MessageId"]}


def test_a_task_in_jsonata_is_performed_for_real(aws: Aws, tried: Tester) -> None:
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    state = task(
        "arn:aws:states:::aws-sdk:sqs:getQueueUrl",
        QueryLanguage="JSONata",
        Arguments={"QueueName": "{% $states.input.name %}"},
        Output="{% $states.result.QueueUrl %}",
        Assign={"url": "{% $states.result.QueueUrl %}"},
    )
    reply = tried(state, {"name": "q"}, inspectionLevel="DEBUG")
    assert (reply["status"], reply["output"]) == ("SUCCEEDED", url)
    assert reply["inspectionData"]["afterArguments"] == {"QueueName": "q"}
    assert reply["inspectionData"]["variables"] == {"url": url}
    assert "afterInputPath" not in reply["inspectionData"]


def test_a_task_that_fails_is_retried_caught_or_fails(tried: Tester) -> None:
    base = task("arn:aws:states:::dynamodb:getItem", Parameters={"TableName": "none", "Key": {"k": {"S": "1"}}})
    error = "DynamoDB.ResourceNotFoundException"
    failed = tried(base)
    assert (failed["status"], failed["error"]) == ("FAILED", error)
    retried = tried({**base, "Retry": [{"ErrorEquals": [error], "IntervalSeconds": 7}]}, inspectionLevel="DEBUG")
    assert (retried["status"], retried["error"], "nextState" in retried) == ("RETRIABLE", error, False)
    assert retried["inspectionData"]["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 7}
    catchers = [
        {"ErrorEquals": ["Other"], "Next": "No"},
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Yes"},
    ]
    caught = tried({**base, "Catch": catchers}, {"a": 1}, inspectionLevel="DEBUG")
    assert (caught["status"], caught["error"], caught["nextState"]) == ("CAUGHT_ERROR", error, "Yes")
    assert caught["output"] == {"a": 1, "e": {"Error": error, "Cause": caught["cause"]}}
    assert caught["inspectionData"]["errorDetails"] == {"catchIndex": 1}


def test_an_http_task_is_traced(aws: Aws, states: Any) -> None:
    site = Site()
    try:
        parameters = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}}
        arn = aws.client("events").create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=parameters)[
            "ConnectionArn"
        ]
        state = task(
            "arn:aws:states:::http:invoke",
            Parameters={
                "ApiEndpoint": f"{site.url}/in",
                "Method": "POST",
                "InvocationConfig": {"ConnectionArn": arn},
                "QueryParameters": {"a": "b"},
                "RequestBody": {"n": 1},
            },
        )
        traces = []
        for reveals in (False, True):
            site.answers = [(200, '{"id": 7}')]
            reply = states.test_state(
                definition=json.dumps(state), roleArn=ROLE, inspectionLevel="TRACE", revealSecrets=reveals
            )
            assert reply["status"] == "SUCCEEDED"
            traces.append(reply["inspectionData"])
        quiet = states.test_state(definition=json.dumps(state), roleArn=ROLE, inspectionLevel="DEBUG")
        assert "request" not in quiet["inspectionData"]
    finally:
        site.server.shutdown()
        site.server.server_close()
    hidden, revealed = traces
    assert hidden["request"]["url"] == f"{site.url}/in?a=b"
    assert (hidden["request"]["method"], hidden["request"]["protocol"], hidden["request"]["body"]) == (
        "POST",
        "http",
        '{"n":1}',
    )
    agent = f"User-Agent: Amazon|StepFunctions|HttpInvoke|{aws.region}"
    assert agent in hidden["request"]["headers"] and "secret" not in hidden["request"]["headers"]
    assert agent in revealed["request"]["headers"] and "x-key: secret" in revealed["request"]["headers"]
    assert (hidden["response"]["statusCode"], hidden["response"]["statusMessage"]) == ("200", "OK")
    assert hidden["response"]["body"] == '{"id": 7}'


# TestState: mocks


def test_a_mock_stands_for_what_is_performed(tried: Tester) -> None:
    state = task(
        "arn:aws:states:::lambda:invoke",
        Parameters={"FunctionName": "f", "Payload.$": "$"},
        ResultSelector={"p.$": "$.Payload"},
    )
    mock = {"result": {"Payload": {"a": 1}, "StatusCode": 200}}
    reply = tried(state, {"n": 1}, mock=mock, inspectionLevel="DEBUG")
    assert (reply["status"], reply["output"]) == ("SUCCEEDED", {"p": {"a": 1}})
    assert reply["inspectionData"]["afterParameters"] == {"FunctionName": "f", "Payload": {"n": 1}}


@pytest.mark.parametrize(
    ("resource", "parameters"),
    [
        ("arn:aws:states:us-east-1:123456789012:activity:a", {}),
        (
            "arn:aws:states:::states:startExecution.sync:2",
            {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"},
        ),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"}),
    ],
)
def test_what_takes_long_is_only_tested_with_a_mock(tried: Tester, resource: str, parameters: dict[str, Any]) -> None:
    state = task(resource, Parameters=parameters)
    code, _ = refusal(lambda: tried(state))
    assert code == "ValidationException"
    mock = {"result": {"any": "thing"}, "fieldValidationMode": "NONE"}
    reply = tried(state, mock=mock, context={"Task": {"Token": "T"}}, inspectionLevel="DEBUG")
    assert reply["output"] == {"any": "thing"}
    if "MessageBody.$" in parameters:
        assert reply["inspectionData"]["afterParameters"]["MessageBody"] == "T"


@pytest.mark.parametrize(
    ("resource", "parameters", "result", "faults"),
    [
        ("arn:aws:states:::lambda:invoke", {"FunctionName": "f"}, {"StatusCode": "fine"}, ["STRICT", "PRESENT"]),
        ("arn:aws:states:::lambda:invoke", {"FunctionName": "f"}, {"Unknown": 1}, ["STRICT", "PRESENT"]),
        (
            "arn:aws:states:::states:startExecution.sync",
            {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"},
            {"Output": "{}", "Status": "SUCCEEDED"},
            ["STRICT"],
        ),
        (
            "arn:aws:states:::aws-sdk:dynamodb:describeTable",
            {"TableName": "t"},
            {"Table": {"ItemCount": "many"}},
            ["STRICT", "PRESENT"],
        ),
        ("arn:aws:states:::aws-sdk:dynamodb:describeTable", {"TableName": "t"}, {"Table": {"ItemCount": 5}}, []),
        ("arn:aws:states:::sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "b"}, {"MessageId": "m"}, []),
    ],
)
def test_mocks_are_checked_against_the_model(
    tried: Tester, resource: str, parameters: dict[str, Any], result: Any, faults: list[str]
) -> None:
    found = []
    for mode in ("STRICT", "PRESENT", "NONE"):
        mock = {"result": result, "fieldValidationMode": mode}
        try:
            tried(task(resource, Parameters=parameters), mock=mock)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ValidationException"
            found.append(mode)
    assert found == faults


def test_a_mocked_error_is_retried_until_that_is_enough(tried: Tester) -> None:
    retry = [
        {"ErrorEquals": ["Other"]},
        {"ErrorEquals": ["E"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxAttempts": 2},
    ]
    state = task(Retry=retry, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}])
    mock = {"errorOutput": {"error": "E", "cause": "because"}}
    found = []
    for count in (0, 1, 2):
        reply = tried(state, mock=mock, inspectionLevel="DEBUG", stateConfiguration={"retrierRetryCount": count})
        assert (reply["error"], reply["cause"]) == ("E", "because")
        found.append((reply["status"], reply["inspectionData"]["errorDetails"]))
    assert found == [
        ("RETRIABLE", {"retryIndex": 1, "retryBackoffIntervalSeconds": 3}),
        ("RETRIABLE", {"retryIndex": 1, "retryBackoffIntervalSeconds": 6}),
        ("CAUGHT_ERROR", {"catchIndex": 0}),
    ]
    assert tried(task(), mock=mock)["status"] == "FAILED"


def test_a_caught_error_gives_an_output_in_jsonata(tried: Tester) -> None:
    catcher = {
        "ErrorEquals": ["E"],
        "Next": "Caught",
        "Output": "{% $states.errorOutput.Cause %}",
        "Assign": {"e": "{% $states.errorOutput.Error %}"},
    }
    reply = tried(
        task(QueryLanguage="JSONata", Catch=[catcher]),
        mock={"errorOutput": {"error": "E", "cause": "because"}},
        inspectionLevel="DEBUG",
    )
    assert (reply["status"], reply["output"], reply["nextState"]) == ("CAUGHT_ERROR", "because", "Caught")
    assert reply["inspectionData"]["variables"] == {"e": "E"}


def test_a_parallel_has_a_result_a_branch(tried: Tester) -> None:
    branches = [{"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}} for name in ("A", "B")]
    state = {"Type": "Parallel", "Branches": branches, "ResultPath": "$.r", "Next": "Then"}
    reply = tried(state, {"x": 1}, mock={"result": [1, 2]})
    assert reply["output"] == {"x": 1, "r": [1, 2]}
    for result in ([1], {"a": 1}):
        code, _ = refusal(lambda given=result: tried(state, mock={"result": given}))
        assert code == "ValidationException"
    mock = {"errorOutput": {"error": "E"}}
    assert tried(state, mock=mock, stateConfiguration={"errorCausedByState": "B"})["status"] == "FAILED"
    code, message = refusal(lambda: tried(state, mock=mock, stateConfiguration={"errorCausedByState": "C"}))
    assert (code, message) == ("ValidationException", "State not found in definition: C")


def test_a_map_shows_what_its_iterations_are_given(tried: Tester) -> None:
    state = {
        "Type": "Map",
        "InputPath": "$.in",
        "ItemsPath": "$.items",
        "ItemSelector": {"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"},
        "MaxConcurrency": 2,
        "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}},
        "Next": "Then",
    }
    given = {"in": {"items": ["a", "b"]}}
    reply = tried(state, given, mock={"result": [1, 2]}, inspectionLevel="DEBUG")
    assert reply["output"] == [1, 2]
    shown = reply["inspectionData"]
    assert (shown["afterInputPath"], shown["afterItemsPath"]) == ({"items": ["a", "b"]}, ["a", "b"])
    assert shown["afterItemSelector"] == [{"v": "a", "i": 0}, {"v": "b", "i": 1}]
    assert shown["maxConcurrency"] == 2
    code, _ = refusal(lambda: tried(state, given, mock={"result": {"a": 1}}))
    assert code == "ValidationException"


def test_a_distributed_map_shows_what_it_reads_and_batches(tried: Tester) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/data"},
        "Parameters": {"Bucket": "b", "Key": "k"},
    }
    state = distributed_map(
        ItemReader=reader,
        ItemBatcher={"MaxItemsPerBatch": 2},
        ToleratedFailureCount=1,
        ToleratedFailurePercentage=50,
    )
    configuration: dict[str, Any] = {"mapItemReaderData": '{"data": [1, 2, 3]}'}
    reply = tried(state, mock={"result": [7]}, inspectionLevel="DEBUG", stateConfiguration=configuration)
    shown = reply["inspectionData"]
    assert (reply["output"], shown["afterItemsPointer"]) == ([7], [1, 2, 3])
    assert shown["afterItemBatcher"] == [{"Items": [1, 2]}, {"Items": [3]}]
    assert (shown["toleratedFailureCount"], shown["toleratedFailurePercentage"]) == (1, 50)
    statuses = []
    for failed in (1, 2):
        reply = tried(
            state, mock={"result": [7]}, stateConfiguration={**configuration, "mapIterationFailureCount": failed}
        )
        statuses.append((reply["status"], reply.get("error")))
    assert statuses == [("SUCCEEDED", None), ("FAILED", "States.ExceedToleratedFailureThreshold")]
    code, _ = refusal(
        lambda: tried(state, mock={"result": []}, stateConfiguration={**configuration, "mapIterationFailureCount": 4})
    )
    assert code == "ValidationException"
    broken = tried(state, mock={"result": []}, stateConfiguration={"mapItemReaderData": "{"})
    assert (broken["status"], broken["error"]) == ("FAILED", "States.ItemReaderFailed")


# TestState: the request


def test_a_state_of_a_machine_is_tested_by_its_name(tried: Tester) -> None:
    inner = {"Type": "Pass", "Parameters": {"item.$": "$$.Map.Item.Value", "id.$": "$$.StateMachine.Name"}, "End": True}
    machine = {
        "StartAt": "M",
        "States": {
            "M": {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": inner}}, "Next": "T"},
            "T": {"Type": "Task", "Resource": FUNCTION, "End": True},
        },
    }
    assert tried(machine, {"a": 1}, stateName="I")["output"]["item"] == {"a": 1}
    reply = tried(machine, stateName="T", mock={"result": 5}, context={"Execution": {"Id": "e"}})
    assert (reply["status"], reply["output"]) == ("SUCCEEDED", 5)
    assert refusal(lambda: tried(machine, stateName="X")) == (
        "ValidationException",
        "State not found in definition: X",
    )


def test_a_bad_definition_is_refused(tried: Tester) -> None:
    code, message = refusal(lambda: tried({"Type": "Pass", "InputPath": "a", "End": True}))
    assert code == "InvalidDefinition"
    assert message.startswith("Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Value is not a Path")
    unknown = task("arn:aws:states:::aws-sdk:sqs:danceWithMe")
    branch = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}
    for definition in (
        {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}},
        {"Type": "Parallel", "Branches": [branch], "End": True},
        unknown,
    ):
        code, _ = refusal(lambda given=definition: tried(given))
        assert code == "InvalidDefinition"
    code, _ = refusal(
        lambda: tried({"StartAt": "A", "States": {"A": unknown, "Then": {"Type": "Succeed"}}}, stateName="A")
    )
    assert code == "InvalidDefinition"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"roleArn": "nobody"}, "InvalidArn"),
        ({"roleArn": "arn:aws:lambda:us-east-1:123456789012:function:f"}, "InvalidArn"),
        ({"input": "{"}, "InvalidExecutionInput"),
        ({"variables": "{"}, "ValidationException"),
        ({"variables": "[]"}, "ValidationException"),
        ({"context": "{}"}, "ValidationException"),
        ({"stateConfiguration": {"retrierRetryCount": 1}}, "ValidationException"),
        ({"inspectionLevel": "ALL"}, "ValidationException"),
        ({"mock": {"result": "{}"}}, "ValidationException"),
        (
            {"definition": json.dumps(task()), "mock": {"result": "{}"}, "context": '{"Execution": 5}'},
            "ValidationException",
        ),
    ],
)
def test_a_bad_request_is_refused(states: Any, members: dict[str, Any], code: str) -> None:
    whole = {"definition": '{"Type":"Succeed"}', "roleArn": ROLE, **members}
    assert refusal(lambda: states.test_state(**whole))[0] == code


@pytest.mark.parametrize(
    ("mock", "configuration"),
    [
        ({}, {}),
        ({"result": "1", "errorOutput": {"error": "E"}}, {}),
        ({"result": "{"}, {}),
        ({"errorOutput": {"cause": "c"}}, {}),
        ({"result": "1"}, {"retrierRetryCount": 1}),
        ({"result": "1"}, {"mapIterationFailureCount": 1}),
        ({"result": "1"}, {"mapItemReaderData": "[]"}),
        ({"errorOutput": {"error": "E"}}, {"errorCausedByState": "A"}),
    ],
)
def test_a_bad_mock_is_refused(states: Any, mock: dict[str, Any], configuration: dict[str, Any]) -> None:
    request = {"definition": json.dumps(task()), "mock": mock, "stateConfiguration": configuration}
    assert refusal(lambda: states.test_state(**request))[0] == "ValidationException"


def test_a_role_is_needed_without_a_mock(states: Any) -> None:
    assert refusal(lambda: states.test_state(definition='{"Type":"Succeed"}'))[0] == "ValidationException"


def test_a_map_and_a_parallel_need_a_mock(tried: Tester) -> None:
    assert refusal(lambda: tried(distributed_map()))[0] == "ValidationException"

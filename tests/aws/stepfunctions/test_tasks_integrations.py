"""Tasks that call other services through optimized integrations."""

import json
from typing import Any

import pytest

from queues import Queue
from rest_api import packed
from tests.aws.stepfunctions.workflows import ROLE, Workflows
from tests.conftest import Aws

ECHO = "def handler(event, context):\n    return event\n"
FAILING = "def handler(event, context):\n    raise ValueError('no ' + event['what'])\n"


@pytest.fixture
def flows(aws: Aws) -> Workflows:
    return Workflows(aws)


def function(aws: Aws, code: str = ECHO, name: str = "work") -> str:
    made = aws.client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=ROLE, Handler="app.handler", Code={"ZipFile": packed(code)}
    )
    arn: str = made["FunctionArn"]
    return arn


def test_a_function_is_a_resource_by_its_arn(aws: Aws, flows: Workflows) -> None:
    arn = function(aws)
    aws.client("lambda").publish_version(FunctionName="work")
    aws.client("lambda").create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    for resource in (arn, f"{arn}:live", f"{arn}:1"):
        ended = flows.run_task(resource, given={"a": [1, "ü"]})
        assert (ended.status, ended.output) == ("SUCCEEDED", {"a": [1, "ü"]})
        assert ended.event("LambdaFunctionScheduled")["resource"] == resource
        assert json.loads(ended.event("LambdaFunctionSucceeded")["output"]) == {"a": [1, "ü"]}


def test_what_a_function_raises_is_the_error_of_its_task(aws: Aws, flows: Workflows) -> None:
    arn = function(aws, FAILING)
    for ended, event in (
        (flows.run_task(arn, given={"what": "way"}), "LambdaFunctionFailed"),
        (
            flows.run_task(
                "arn:aws:states:::lambda:invoke", {"FunctionName": "work", "Payload.$": "$"}, {"what": "way"}
            ),
            "TaskFailed",
        ),
    ):
        assert (ended.status, ended.error) == ("FAILED", "ValueError")
        cause = json.loads(ended.cause)
        assert (cause["errorType"], cause["errorMessage"]) == ("ValueError", "no way")
        assert cause["stackTrace"]
        assert ended.event(event)["error"] == "ValueError"


def test_a_function_that_is_not_there_fails_the_task(aws: Aws, flows: Workflows) -> None:
    arn = f"arn:aws:lambda:{aws.region}:{aws.account}:function:nobody"
    ended = flows.run_task(arn)
    assert ended.error == "Lambda.ResourceNotFoundException"
    assert ended.cause.startswith(f"Function not found: {arn} (Service: AWSLambda; Status Code: 404; Error Code: Res")
    assert ended.cause.endswith("; Proxy: null)")


def test_a_function_that_has_no_room_fails_the_task(aws: Aws, flows: Workflows) -> None:
    arn = function(aws)
    aws.client("lambda").put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=0)
    for ended in (flows.run_task(arn), flows.run_task("arn:aws:states:::lambda:invoke", {"FunctionName": "work"})):
        assert ended.error == "Lambda.TooManyRequestsException"
        assert ended.cause.startswith("Rate Exceeded. (Service: AWSLambda; Status Code: 429; ")


def test_a_function_may_answer_later_with_the_token(aws: Aws, flows: Workflows) -> None:
    function(
        aws,
        "import boto3\ndef handler(event, context):\n"
        "    boto3.client('stepfunctions').send_task_success(taskToken=event['token'], output='{\"said\": 1}')\n",
    )
    parameters = {"FunctionName": "work", "Payload": {"token.$": "$$.Task.Token"}}
    ended = flows.run_task("arn:aws:states:::lambda:invoke.waitForTaskToken", parameters)
    assert ended.output == {"said": 1}


def test_invoking_a_function_tells_of_the_reply(aws: Aws, flows: Workflows) -> None:
    function(aws)
    parameters = {"FunctionName": "work", "Payload": {"in.$": "$.a"}}
    ended = flows.run_task("arn:aws:states:::lambda:invoke", parameters, {"a": 5})
    output = ended.output
    assert (output["Payload"], output["StatusCode"], output["ExecutedVersion"]) == ({"in": 5}, 200, "$LATEST")
    request_id = output["SdkResponseMetadata"]["RequestId"]
    assert output["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert output["SdkHttpMetadata"]["HttpHeaders"]["X-Amz-Executed-Version"] == "$LATEST"
    assert output["SdkHttpMetadata"]["AllHttpHeaders"]["x-amzn-RequestId"] == [request_id]
    scheduled = ended.event("TaskScheduled")
    assert (scheduled["resourceType"], scheduled["resource"]) == ("lambda", "invoke")
    assert json.loads(scheduled["parameters"]) == {"FunctionName": "work", "Payload": {"in": 5}}


def test_arguments_may_be_expressions(aws: Aws, flows: Workflows) -> None:
    function(aws)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "{% $states.input.name %}", "Payload": {"n": "{% $states.input.n + 1 %}"}},
        "Output": "{% $states.result.Payload.n %}",
        "End": True,
    }
    machine = flows.make({"QueryLanguage": "JSONata", "StartAt": "T", "States": {"T": task}})
    assert flows.run(machine, {"name": "work", "n": 1}).output == 2


def test_a_function_may_be_left_to_run(aws: Aws, flows: Workflows) -> None:
    queue = Queue(aws, "seen")
    function(
        aws,
        "import boto3\ndef handler(event, context):\n"
        f"    boto3.client('sqs').send_message(QueueUrl='{queue.url}', MessageBody=event)\n",
    )
    parameters = {"FunctionName": "work", "Payload": "text", "InvocationType": "Event"}
    ended = flows.run_task("arn:aws:states:::lambda:invoke", parameters)
    assert (ended.output["StatusCode"], ended.output["Payload"]) == (202, "")
    aws.idle()
    assert [each["Body"] for each in queue.messages()] == ["text"]


def test_items_are_put_read_changed_and_deleted(aws: Aws, flows: Workflows) -> None:
    aws.client("dynamodb").create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    key = {"id": {"S": "1"}}
    item = {**key, "n": {"N": "5"}, "b": {"BOOL": True}, "bin": {"B": "cmF3"}, "l": {"L": [{"NULL": True}]}}
    put = flows.run_task("arn:aws:states:::dynamodb:putItem", {"TableName": "items", "Item": item})
    assert put.output["SdkHttpMetadata"]["HttpStatusCode"] == 200
    got = flows.run_task("arn:aws:states:::dynamodb:getItem", {"TableName": "items", "Key": key})
    assert got.output["Item"] == item
    changed = flows.run_task(
        "arn:aws:states:::dynamodb:updateItem",
        {
            "TableName": "items",
            "Key": key,
            "UpdateExpression": "SET n = n + :one REMOVE bin, l, b",
            "ExpressionAttributeValues": {":one": {"N.$": "States.Format('{}', $.by)"}},
            "ReturnValues": "ALL_NEW",
        },
        {"by": 2},
    )
    assert changed.output["Attributes"] == {**key, "n": {"N": "7"}}
    refused = flows.run_task(
        "arn:aws:states:::dynamodb:putItem",
        {"TableName": "items", "Item": item, "ConditionExpression": "attribute_not_exists(id)"},
    )
    assert refused.error == "DynamoDB.ConditionalCheckFailedException"
    assert refused.cause.startswith(
        "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; "
        "Error Code: ConditionalCheckFailedException; Request ID: "
    )
    gone = flows.run_task(
        "arn:aws:states:::dynamodb:deleteItem", {"TableName": "items", "Key": key, "ReturnValues": "ALL_OLD"}
    )
    assert gone.output["Attributes"]["n"] == {"N": "7"}
    none = flows.run_task("arn:aws:states:::dynamodb:getItem", {"TableName": "items", "Key": key})
    assert "Item" not in none.output
    bad = flows.run_task("arn:aws:states:::dynamodb:getItem", {"TableName": "items", "Key": {"x": {"S": "1"}}})
    assert bad.error == "DynamoDB.AmazonDynamoDBException"
    missing = flows.run_task("arn:aws:states:::dynamodb:getItem", {"TableName": "nothing", "Key": key})
    assert missing.error == "DynamoDB.ResourceNotFoundException"


def test_parameters_that_can_not_be_used_fail_at_once(aws: Aws, flows: Workflows) -> None:
    parameters = {"TableName": "items", "Key": {"id": {"N.$": "$.n"}}}
    ended = flows.run_task("arn:aws:states:::dynamodb:getItem", parameters, {"n": 5})
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
    assert ended.cause == (
        "An error occurred while executing the state 'T' (entered at the event id #2). "
        """The Parameters '{"TableName":"items","Key":{"id":{"N":5}}}' could not be used to start the Task: """
        "[The value for the field 'N' must be a STRING]"
    )


def test_messages_are_sent_as_json(aws: Aws, flows: Workflows) -> None:
    queue = Queue(aws, "queue")
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    parameters = {"QueueUrl": queue.url, "MessageBody": {"in.$": "$"}, "MessageAttributes": attributes}
    ended = flows.run_task("arn:aws:states:::sqs:sendMessage", parameters, {"a": 1})
    (message,) = queue.messages()
    assert json.loads(message["Body"]) == {"in": {"a": 1}}
    assert message["MessageAttributes"]["kind"]["StringValue"] == "x"
    assert ended.output["MessageId"] == message["MessageId"]
    assert ended.output["MD5OfMessageBody"] == message["MD5OfBody"]
    missing = flows.run_task("arn:aws:states:::sqs:sendMessage", {"QueueUrl": queue.url + "x", "MessageBody": "b"})
    assert missing.error == "SQS.QueueDoesNotExistException"


def test_topics_are_published_to(aws: Aws, flows: Workflows) -> None:
    queue = Queue(aws, "queue")
    sns = aws.client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    ended = flows.run_task("arn:aws:states:::sns:publish", {"TopicArn": topic, "Message": {"a.$": "$.a"}}, {"a": 1})
    assert ended.output["MessageId"]
    aws.idle()
    assert [each["Body"] for each in queue.messages()] == ['{"a":1}']
    missing = flows.run_task("arn:aws:states:::sns:publish", {"TopicArn": topic + "x", "Message": "m"})
    assert missing.error == "SNS.NotFoundException"


def test_events_name_the_execution_and_the_machine(aws: Aws, flows: Workflows) -> None:
    queue, events = Queue(aws, "queue"), aws.client("events")
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["mine"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "q", "Arn": queue.arn}])
    entry = {"Source": "mine", "DetailType": "kind", "Detail": {"a.$": "$.a"}, "Resources": ["given"]}
    machine = flows.task("arn:aws:states:::events:putEvents", {"Entries": [entry]})
    ended = flows.run(machine, {"a": 1})
    assert (ended.output["FailedEntryCount"], len(ended.output["Entries"])) == (0, 1)
    aws.idle()
    (message,) = queue.messages()
    event = json.loads(message["Body"])
    assert event["detail"] == {"a": 1}
    assert event["resources"] == ["given", ended.arn, machine]


def test_an_event_that_is_not_taken_fails_the_task(flows: Workflows) -> None:
    good = {"Source": "mine", "DetailType": "kind", "Detail": {}}
    bad = {**good, "Source": "aws.mine"}
    ended = flows.run_task("arn:aws:states:::events:putEvents", {"Entries": [good, bad]})
    assert ended.error == "EventBridge.FailedEntry"
    told = json.loads(ended.cause)
    assert told["FailedEntryCount"] == 1
    assert told["Entries"][1]["ErrorCode"] == "NotAuthorizedForSourceException"


@pytest.mark.parametrize(
    ("resource", "parameters", "named"),
    [
        ("arn:aws:states:::batch:submitJob.sync", {"JobName": "x"}, "batch:submitJob.sync"),
        ("arn:aws:states:::aws-sdk:rekognition:detectLabels", {"Image": {}}, "rekognition"),
    ],
)
def test_what_is_not_here_fails_by_its_name(flows: Workflows, resource: str, parameters: Any, named: str) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "T"}]
    ended = flows.run_task(resource, parameters, Catch=catch)
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
    assert "Serein does not implement" in ended.cause
    assert named in ended.cause

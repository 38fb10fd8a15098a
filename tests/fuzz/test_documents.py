"""Documents within requests (templates, policies, filters, expressions) are read or refused, whatever is in them."""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from serein.testing import ServerProcess

EXAMPLES = int(os.environ.get("SEREIN_FUZZ_EXAMPLES", "40"))
ACCOUNT = "123456789012"
Send = Callable[[str], Any]

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "A",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::123456789012:root"]},
            "Action": ["sqs:SendMessage"],
            "Resource": "arn:aws:sqs:us-east-1:123456789012:name",
            "Condition": {"StringEquals": {"aws:SourceArn": ["a"]}},
        }
    ],
}
FILTER = {
    "a": ["b", {"prefix": "x"}, {"anything-but": ["y"]}, {"numeric": [">", 0, "<=", 5]}, {"exists": True}],
    "$or": [{"b": [{"suffix": "z"}]}, {"c": [{"equals-ignore-case": "q"}, {"cidr": "10.0.0.0/8"}]}],
    "d": {"e": [None, 1]},
}
TEMPLATE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {
        "P": {"Type": "String", "Default": "a", "AllowedValues": ["a"], "MinLength": 1, "AllowedPattern": "[a-z]*"},
        "N": {"Type": "Number", "Default": 1, "MinValue": 0, "MaxValue": "5", "NoEcho": True},
        "L": {"Type": "CommaDelimitedList", "Default": "a,b"},
    },
    "Mappings": {"M": {"us-east-1": {"k": "v", "l": ["a", "b"]}}},
    "Conditions": {
        "C": {"Fn::And": [{"Fn::Equals": [{"Ref": "P"}, "a"]}, {"Fn::Not": [{"Condition": "D"}]}]},
        "D": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "x"]}, {"Fn::Equals": ["a", "b"]}]},
    },
    "Rules": {"R": {"RuleCondition": {"Fn::Equals": ["a", "a"]}, "Assertions": [{"Assert": {"Fn::Equals": [1, 1]}}]}},
    "Resources": {
        "Q": {
            "Type": "AWS::SQS::Queue",
            "Condition": "C",
            "DependsOn": ["T"],
            "DeletionPolicy": "Retain",
            "Metadata": {"a": 1},
            "Properties": {
                "QueueName": {
                    "Fn::Sub": ["${P}-${x}-${AWS::Region}", {"x": {"Fn::FindInMap": ["M", "us-east-1", "k"]}}]
                },
                "VisibilityTimeout": {"Fn::If": ["C", 30, {"Ref": "AWS::NoValue"}]},
                "Tags": [{"Key": "a", "Value": {"Fn::Join": ["-", {"Ref": "L"}]}}],
            },
        },
        "T": {
            "Type": "AWS::SNS::Topic",
            "Properties": {
                "TopicName": {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]},
                "DisplayName": {"Fn::Base64": "a"},
            },
        },
    },
    "Outputs": {"O": {"Value": {"Fn::GetAtt": ["T", "TopicArn"]}, "Export": {"Name": {"Fn::Sub": "${P}"}}}},
}
SAM = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Globals": {"Function": {"Timeout": 3, "Environment": {"Variables": {"A": "b"}}}},
    "Resources": {
        "F": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Handler": "a.b",
                "Runtime": "python3.12",
                "InlineCode": "def b(e, c): pass",
                "Policies": ["AWSLambdaBasicExecutionRole", {"Statement": [{"Effect": "Allow", "Action": "*"}]}],
                "Events": {
                    "H": {"Type": "HttpApi", "Properties": {"Path": "/a/{b}", "Method": "get"}},
                    "S": {
                        "Type": "SQS",
                        "Properties": {"Queue": "arn:aws:sqs:us-east-1:123456789012:q", "BatchSize": 1},
                    },
                },
            },
        },
        "T": {"Type": "AWS::Serverless::SimpleTable", "Properties": {"PrimaryKey": {"Name": "a", "Type": "String"}}},
    },
}
OPENAPI = {
    "openapi": "3.0.1",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/a/{b}": {
            "get": {
                "operationId": "x",
                "x-amazon-apigateway-integration": {
                    "type": "AWS_PROXY",
                    "httpMethod": "POST",
                    "uri": "arn:aws:lambda:us-east-1:123456789012:function:name",
                    "payloadFormatVersion": "2.0",
                },
            }
        }
    },
    "x-amazon-apigateway-cors": {"allowOrigins": ["*"], "maxAge": 3},
    "tags": [{"name": "a", "x-amazon-apigateway-tag-value": "b"}],
}
MACHINE = {
    "Comment": "c",
    "StartAt": "A",
    "TimeoutSeconds": 60,
    "States": {
        "A": {
            "Type": "Pass",
            "InputPath": "$.a",
            "Parameters": {"b.$": "States.Format('{}', $[0])", "c": [{"d.$": "$$.Execution.Name"}]},
            "ResultPath": "$.r",
            "Assign": {"v.$": "$"},
            "Next": "B",
        },
        "B": {
            "Type": "Choice",
            "Choices": [
                {"And": [{"Variable": "$.r.b", "StringMatches": "*x"}, {"Not": {"Variable": "$v", "IsNull": True}}]}
                | {"Next": "C"},
                {"Variable": "$.n", "NumericLessThanPath": "$.a[0]", "Next": "C"},
            ],
            "Default": "C",
        },
        "C": {
            "Type": "Map",
            "ItemsPath": "$.a",
            "ItemSelector": {"i.$": "$$.Map.Item.Value"},
            "MaxConcurrency": 2,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "I",
                "States": {"I": {"Type": "Wait", "SecondsPath": "$.i", "OutputPath": "$.i", "End": True}},
            },
            "Retry": [{"ErrorEquals": ["X"], "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxDelaySeconds": 3}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "D"}],
            "ResultSelector": {"s.$": "$[*]"},
            "Next": "D",
        },
        "D": {
            "Type": "Parallel",
            "QueryLanguage": "JSONata",
            "Arguments": {"x": "{% $states.input %}"},
            "Branches": [
                {"StartAt": "P", "States": {"P": {"Type": "Fail", "ErrorPath": "$.x", "Cause": "c"}}},
                {
                    "StartAt": "Q",
                    "States": {
                        "Q": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues", "End": True}
                    },
                },
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Next": "E"}],
            "Output": "{% $states.result[0] %}",
            "End": True,
        },
        "E": {"Type": "Succeed"},
    },
}
BASES: dict[str, Any] = {
    "role": POLICY,
    "user": POLICY,
    "queue": POLICY,
    "redrive": {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:name", "maxReceiveCount": 3},
    "redrive allow": {"redrivePermission": "byQueue", "sourceQueueArns": ["arn:aws:sqs:us-east-1:123456789012:name"]},
    "topic": POLICY,
    "delivery": {"http": {"defaultHealthyRetryPolicy": {"numRetries": 3, "minDelayTarget": 1, "maxDelayTarget": 2}}},
    "filter": FILTER,
    "message": {"default": "a", "sqs": "b"},
    "bucket": POLICY,
    "pattern": {"body": FILTER},
    "event": {"a": [1]},
    "template": TEMPLATE,
    "sam": SAM,
    "stack policy": {"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]},
    "openapi": OPENAPI,
    "machine": MACHINE,
    "input": {"a": [1, {"b": None}]},
    "output": {"a": [1, {"b": None}]},
    "state": MACHINE["States"]["A"],
    "mock": {"Payload": {"a": 1}, "StatusCode": 200},
    "log events": {"$.a": '{ ($.a = 1) && ($.b[0] != "x*") }', "b": "[ip, user, status=4*, ...]"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("documents"), {"clock": "virtual"})
    yield server
    server.stop()


@pytest.fixture(scope="module")
def senders(server: ServerProcess) -> dict[str, Send]:
    """What sends a document of each kind."""
    session = boto3.session.Session(ACCOUNT, "test", region_name="us-east-1")
    quick = Config(retries={"max_attempts": 0}, read_timeout=10, parameter_validation=False, inject_host_prefix=False)

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=server.endpoint, config=quick)

    iam, sqs, sns, s3, lambda_ = (client(service) for service in ("iam", "sqs", "sns", "s3", "lambda"))
    stacks, apis, logs = (client(service) for service in ("cloudformation", "apigatewayv2", "logs"))
    states = client("stepfunctions")
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    succeed = '{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}'
    machine = states.create_state_machine(name="name", type="EXPRESS", roleArn=role, definition=succeed)
    activity = states.create_activity(name="name")["activityArn"]
    state = {"Type": "Task", "Resource": activity, "End": True}
    waiting = states.create_state_machine(
        name="waiting", roleArn=role, definition=json.dumps({"StartAt": "S", "States": {"S": state}})
    )
    task = json.dumps(
        {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "f"},
            "ResultSelector": {"a.$": "$.Payload"},
            "End": True,
        }
    )
    iam.create_user(UserName="name")
    queue = sqs.create_queue(QueueName="name")["QueueUrl"]
    topic = sns.create_topic(Name="name")["TopicArn"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:name"
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    s3.create_bucket(Bucket="fuzz-documents")
    logs.create_log_group(logGroupName="name")
    logs.create_log_stream(logGroupName="name", logStreamName="name")
    logs.put_log_events(
        logGroupName="name", logStreamName="name", logEvents=[{"timestamp": 1_790_000_000_000, "message": '{"a":1}'}]
    )
    stacks.create_stack(StackName="name", TemplateBody=json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}))

    def change_set(text: str) -> None:
        stacks.create_change_set(
            StackName="name", ChangeSetName="c", TemplateBody=text, Capabilities=["CAPABILITY_AUTO_EXPAND"]
        )

    def run_machine(text: str) -> None:
        arn = machine["stateMachineArn"]
        states.validate_state_machine_definition(definition=text or " ", severity="WARNING")
        states.update_state_machine(stateMachineArn=arn, definition=text)
        states.start_sync_execution(stateMachineArn=arn, input='{"a": [0], "n": 1}')

    def answer_task(text: str) -> None:
        states.start_execution(stateMachineArn=waiting["stateMachineArn"])
        token = states.get_activity_task(activityArn=activity)["taskToken"]
        states.send_task_success(taskToken=token, output=text)

    def queue_attribute(name: str) -> Send:
        return lambda text: sqs.set_queue_attributes(QueueUrl=queue, Attributes={name: text})

    return {
        "role": lambda text: iam.create_role(RoleName="r", AssumeRolePolicyDocument=text),
        "user": lambda text: iam.put_user_policy(UserName="name", PolicyName="p", PolicyDocument=text),
        "queue": queue_attribute("Policy"),
        "redrive": queue_attribute("RedrivePolicy"),
        "redrive allow": queue_attribute("RedriveAllowPolicy"),
        "topic": lambda text: sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text),
        "delivery": lambda text: sns.set_topic_attributes(
            TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=text
        ),
        "filter": lambda text: sns.set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=text
        ),
        "message": lambda text: sns.publish(TopicArn=topic, MessageStructure="json", Message=text),
        "bucket": lambda text: s3.put_bucket_policy(Bucket="fuzz-documents", Policy=text),
        "pattern": lambda text: lambda_.create_event_source_mapping(
            FunctionName="f", EventSourceArn=arn, FilterCriteria={"Filters": [{"Pattern": text}]}
        ),
        "event": lambda text: lambda_.invoke(FunctionName="f", Payload=text.encode()),
        "template": change_set,
        "sam": change_set,
        "stack policy": lambda text: stacks.set_stack_policy(StackName="name", StackPolicyBody=text),
        "openapi": lambda text: apis.import_api(Body=text),
        "machine": run_machine,
        "input": lambda text: states.start_execution(stateMachineArn=waiting["stateMachineArn"], input=text),
        "output": answer_task,
        "state": lambda text: states.test_state(definition=text, roleArn=role, inspectionLevel="DEBUG"),
        "mock": lambda text: states.test_state(definition=task, mock={"result": text}),
        "log events": lambda text: logs.filter_log_events(logGroupName="name", filterPattern=text[:900]),
    }


ODD_TEXTS = [
    *["", " ", "1", "null", "true", '"a"', "[]", "{}", "[1]", "{", "nul", "\ufeff{}", '{"a":1}}', "'a'"],
    *["[" * 100_000, '{"a":' * 50_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000],
    *[
        '{"\\ud800":"\\udc00"}',
        '{"a":"\\ud800"}',
        '{"a":NaN}',
        '{"a":1e999}',
        '{"a":' + "9" * 5000 + "}",
        '{"a":"\\u0000"}',
    ],
    *[
        "a: &a [*a]",
        "&a {b: *a}",
        "a: !Ref",
        "? [a]",
        "- - - a",
        "!!python/object:os.system x",
        "a: !!binary x",
        "%YAML 9",
    ],
    *[
        "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]",
        "!GetAtt a",
        "Resources: !Sub x",
        "2020-01-01: 1",
        "1: 2",
    ],
    *[
        "{ $.a = }",
        "[a, b",
        '"unclosed',
        "%(a%",
        "%(a+)+$%",
        "{ $.a[" + "9" * 30 + "] = 1 }",
        "(" * 400,
        "?a -b ...",
        "[...]",
    ],
]
ODD_VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [-1, 0, 1, 10**30, 1.5, -0.0, 1e308, "", "a", "\x00", "é\ud83d\ude00", "${", "${}", "${a.b}", "*", "arn:aws:"]
    ),
    st.sampled_from(
        [[], {}, [[]], [None], {"": 1}, {"a": {}}, [1, "a"], {"Ref": []}, {"Ref": "AWS::X"}, {"Fn::Sub": 1}]
    ),
    st.sampled_from([{"Fn::If": "C"}, {"Fn::GetAtt": "T"}, {"Fn::Join": []}, {"Fn::Select": [9, []]}, {"Fn::X": 1}]),
    st.sampled_from([{"Fn::Transform": {"Name": "AWS::Include"}}, {"Fn::ImportValue": 1}, {"Ref": "Q"}, {"Ref": "P"}]),
    st.text(max_size=5),
)


@pytest.mark.parametrize("kind", sorted(BASES))
def test_documents_are_read_or_refused(server: ServerProcess, senders: dict[str, Send], kind: str) -> None:
    log = server.data / "server.log"
    logged = log.stat().st_size
    wrong = [fault for text in ODD_TEXTS if (fault := find_fault(senders[kind], text))]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize="SEREIN_FUZZ_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate],
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        document = changed(data, BASES[kind])
        text = next(iter(document.values()), "") if kind == "log events" and isinstance(document, dict) else document
        if fault := find_fault(senders[kind], text if isinstance(text, str) else json.dumps(document)):
            wrong.append(fault)

    run()
    assert not wrong, "\n".join(wrong[:20])
    assert "ERROR serein" not in (text := log.read_text()[logged:]), text[:4000]


def find_fault(send: Send, text: str) -> str:
    """What is wrong with the answer; empty when it is a reply, or an error that blames the sender."""
    try:
        send(text)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return f"{status} to {text[:40]} … {text[-700:]}" if status >= 500 and status != 501 else ""
    except (UnicodeEncodeError, ResponseParserError):
        return ""  # what the client can't send; what it can't read: AWS's XML repeats control characters too
    return ""


def changed(data: st.DataObject, document: Any) -> Any:
    """The document with one thing in it replaced, added, removed or renamed."""
    if isinstance(document, dict) and document and data.draw(st.integers(0, 9)):
        name = data.draw(st.sampled_from(sorted(document)))
        rest = {key: value for key, value in document.items() if key != name}
        what = data.draw(st.integers(0, 11))
        if what == 0:
            return rest
        if what == 1:
            return {**rest, data.draw(st.sampled_from(["", "a", "Fn::Sub", "Ref", "$or", name + "x"])): document[name]}
        return {**document, name: changed(data, document[name])}
    if isinstance(document, list) and document and data.draw(st.integers(0, 9)):
        at = data.draw(st.integers(0, len(document) - 1))
        return [*document[:at], changed(data, document[at]), *document[at + 1 :]]
    return data.draw(ODD_VALUES)

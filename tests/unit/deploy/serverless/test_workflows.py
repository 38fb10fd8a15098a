"""`stepFunctions` of a service: machines, activities, and what starts and watches them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.compilation import Compiled

Compile = Callable[..., Compiled]

HEAD = "service: shop\nprovider: {name: aws, runtime: python3.12, timeout: 20}\nfunctions: {f: {handler: src/a.b}}\n"
TASK = "{StartAt: A, States: {A: {Type: Task, Resource: !GetAtt [f, Arn], End: true}}}"


def of(machine: str, more: str = "") -> str:
    """A service whose machine `m` has those settings."""
    return f"{HEAD}stepFunctions: {{stateMachines: {{m: {{{machine}}}}}{more}}}\n"


def resources(compiled: Compile, text: str) -> dict[str, Any]:
    found: dict[str, Any] = compiled(text).template["Resources"]
    return found


def test_schedules_and_rules_start_a_machine(compiled: Compile) -> None:
    made = resources(
        compiled,
        of(
            f"definition: {TASK}, events: [{{schedule: rate(1 hour)}}, {{schedule: {{rate: cron(0 9 * * ? *), method: "
            "scheduler, timezone: Europe/Berlin, input: {a: 1}, enabled: false}}, {cloudwatchEvent: {event: {source: "
            "[a]}, inputPath: $.detail}}, {eventBridge: {event: {source: [b]}, eventBusName: own, deadLetterConfig: "
            "'arn:q', retryPolicy: {maximumRetryAttempts: 3}, inputTransformer: {inputPathsMap: {x: $.y}, "
            "inputTemplate: '<x>'}}}]"
        ),
    )
    machine = {"Ref": "MStepFunctionsStateMachine"}
    rule = made["MStepFunctionsEventsRuleSchedule1"]["Properties"]
    assert (rule["ScheduleExpression"], rule["Targets"][0]["Arn"]) == ("rate(1 hour)", machine)
    assert rule["Targets"][0]["RoleArn"] == {"Fn::GetAtt": ["MScheduleToStepFunctionsRole", "Arn"]}
    schedule = made["MStepFunctionsSchedulerSchedule2"]["Properties"]
    assert (schedule["ScheduleExpressionTimezone"], schedule["State"]) == ("Europe/Berlin", "DISABLED")
    assert schedule["Target"]["Input"] == '{"a":1}'
    first = made["MEventsRuleCloudWatchEvent1"]["Properties"]
    assert (first["EventPattern"], first["Targets"][0]["InputPath"]) == ({"source": ["a"]}, "$.detail")
    second = made["MEventsRuleCloudWatchEvent2"]["Properties"]
    assert second["EventBusName"] == "own"
    target = second["Targets"][0]
    assert target["InputTransformer"] == {"InputPathsMap": {"x": "$.y"}, "InputTemplate": "<x>"}
    assert (target["DeadLetterConfig"], target["RetryPolicy"]) == ({"Arn": "arn:q"}, {"MaximumRetryAttempts": 3})
    assert "MEventToStepFunctionsRole" in made


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ("[{schedule: {name: x}}]", "needs a rate"),
        ("[{schedule: {rate: r, timezone: UTC}}]", "timezone is not for eventBus"),
        ("[{schedule: {rate: r, method: scheduler, inputPath: $}}]", "inputPath is not for scheduler"),
        ("[{eventBridge: {pattern: {}}}]", "needs an event"),
        ("[{eventBridge: {event: {a: [b]}, input: {}, inputPath: $, inputTransformer: {a: b}}}]", "more than one of"),
        ("[{http: x}]", "unknown method"),
        ("[{http: {path: x}}]", "without a path or a method"),
    ],
)
def test_events_that_cannot_be_are_refused(compiled: Compile, events: str, message: str) -> None:
    with pytest.raises(TemplateInvalid, match=message):
        compiled(of(f"definition: {TASK}, events: {events}"))


def test_http_events_are_methods_of_the_services_api(compiled: Compile) -> None:
    made = resources(
        compiled,
        of(
            f"definition: {TASK}, events: [{{http: post orders}}, {{http: {{path: sync, method: get, action: "
            "StartSyncExecution, cors: true, private: true}}, {http: {path: proxy, method: post, request: {template: "
            "lambda_proxy}, iamRole: 'arn:r', response: {headers: {X-A: \"'b'\"}, template: {application/json: t}}}}]"
        ),
    )
    method = made["ApiGatewayMethodOrdersPost"]["Properties"]
    integration = method["Integration"]
    assert integration["Uri"]["Fn::Join"][1][-1] == ":states:action/StartExecution"
    assert integration["Credentials"] == {"Fn::GetAtt": ["ApigatewayToStepFunctionsRole", "Arn"]}
    template, values = integration["RequestTemplates"]["application/json"]["Fn::Sub"]
    assert values == {"StateMachineArn": {"Ref": "MStepFunctionsStateMachine"}}
    assert """$util.escapeJavaScript($input.json('$')).replaceAll("\\\\'", "'")""" in template
    assert [each["StatusCode"] for each in method["MethodResponses"]] == ["200", "400"]
    sync = made["ApiGatewayMethodSyncGet"]["Properties"]
    assert (sync["ApiKeyRequired"], sync["Integration"]["RequestTemplates"]) == (True, {})
    assert sync["Integration"]["IntegrationResponses"][0]["ResponseParameters"] == {
        "method.response.header.Access-Control-Allow-Origin": "'*'"
    }
    assert "ApiGatewayMethodSyncOptions" in made
    statement = made["ApigatewayToStepFunctionsRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    assert statement["Action"] == ["states:StartExecution", "states:StartSyncExecution"]
    proxy = made["ApiGatewayMethodProxyPost"]["Properties"]["Integration"]
    assert proxy["Credentials"] == "arn:r"
    assert '"requestContext"' in proxy["RequestTemplates"]["application/json"]["Fn::Sub"][0]
    assert proxy["IntegrationResponses"][0]["ResponseParameters"] == {"method.response.header.X-A": "'b'"}


def test_definitions_name_functions_and_their_times(compiled: Compile) -> None:
    made = resources(
        compiled,
        of(
            "name: flow, configureTaskTimeouts: true, definition: {StartAt: A, States: {A: {Type: Task, Resource: "
            "!GetAtt [f, Arn], Next: B}, B: {Type: Wait, Seconds: !Ref Pause, Next: C}, C: {Type: Task, Resource: "
            "'arn:aws:states:::lambda:invoke', Parameters: {FunctionName: {Ref: f}}, TimeoutSeconds: 3, Next: D}, "
            "D: {Type: Task, Resource: 'arn:aws:states:::sqs:sendMessage', End: true}}}"
        ),
    )
    properties = made["Flow"]["Properties"]
    text, values = properties["DefinitionString"]["Fn::Sub"]
    assert '"TimeoutSeconds": 20' in text
    assert text.count("TimeoutSeconds") == 2
    assert {json.dumps(value) for value in values.values()} == {
        json.dumps({"Fn::GetAtt": ["FLambdaFunction", "Arn"]}),
        json.dumps({"Ref": "Pause"}),
    }
    pause = next(name for name, value in values.items() if value == {"Ref": "Pause"})
    assert f'"Seconds": ${{{pause}}}' in text


def test_a_machine_has_what_it_is_configured_with(compiled: Compile) -> None:
    template = compiled(
        of(
            f"id: own-id, definition: {TASK}, type: EXPRESS, loggingConfig: {{level: ERROR, "
            "includeExecutionData: true, destinations: ['arn:l']}, tracingConfig: {enabled: true}, "
            "encryptionConfig: {Type: CUSTOMER_MANAGED_KMS_KEY, KmsKeyId: k}, kmsKeyArns: ['arn:k'], "
            "iamRoleStatements: [{Effect: Allow, "
            "Action: 's3:*', Resource: '*'}], dependsOn: Other, retain: true, tags: {t: 1}",
            more=", activities: [do-it]",
        )
    ).template
    made = template["Resources"]["OwnDashid"]
    assert (made["DependsOn"], made["DeletionPolicy"]) == (["OwnDashidRole", "Other"], "Retain")
    properties = made["Properties"]
    assert properties["LoggingConfiguration"] == {
        "Level": "ERROR",
        "IncludeExecutionData": True,
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": "arn:l"}}],
    }
    assert properties["EncryptionConfiguration"]["KmsDataKeyReusePeriodSeconds"] == 900
    assert (properties["TracingConfiguration"], properties["Tags"]) == ({"Enabled": True}, [{"Key": "t", "Value": "1"}])
    statements = template["Resources"]["OwnDashidRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert statements[0]["Action"] == "s3:*"
    assert "logs:CreateLogDelivery" in statements[1]["Action"]
    assert statements[2]["Resource"] == ["arn:k"]
    assert template["Resources"]["DoDashitStepFunctionsActivity"]["Properties"] == {"Name": "do-it"}
    assert {"OwnDashidArn", "DoDashitStepFunctionsActivityArn"} <= template["Outputs"].keys()


def test_a_definition_is_validated_when_that_is_wanted(compiled: Compile) -> None:
    assert compiled(of(f"definition: {TASK}", more=", validate: true"))
    with pytest.raises(TemplateInvalid, match="the definition is not valid"):
        compiled(of("definition: {StartAt: A, States: {B: {Type: Pass, End: true}}}", more=", validate: true"))
    with pytest.raises(TemplateInvalid, match="needs a definition"):
        compiled(of("name: x"))


def test_alarms_and_notifications_watch_a_machine(compiled: Compile) -> None:
    made = resources(
        compiled,
        of(
            f"definition: {TASK}, alarms: {{topics: {{alarm: 'arn:t'}}, treatMissingData: notBreaching, nameTemplate: "
            "'$[stateMachineName]-$[metricName]', metrics: [executionsFailed, {metric: executionsTimedOut, period: "
            "300, alarmName: own}]}, notifications: {FAILED: [{sns: 'arn:sns'}, {lambda: {'Fn::GetAtt': [f, Arn]}}, "
            "{sqs: {arn: {'Fn::GetAtt': [Q, Arn]}, messageGroupId: g}}], SUCCEEDED: [{kinesis: {arn: 'arn:k', "
            "partitionKeyPath: $.id}}, {stepFunctions: 'arn:s', inputPath: $.detail}]}"
        ),
    )
    alarm = made["MStepFunctionsStateMachineExecutionsFailedAlarm"]["Properties"]
    assert (alarm["AlarmName"], alarm["AlarmActions"], alarm["Period"]) == ("m-executionsFailed", ["arn:t"], 60)
    own = made["MStepFunctionsStateMachineExecutionsTimedOutAlarm"]["Properties"]
    assert (own["AlarmName"], own["Period"], own["TreatMissingData"]) == ("own", 300, "notBreaching")
    rule = made["MStepFunctionsStateMachineNotificationsFAILEDEventRule"]["Properties"]
    assert rule["EventPattern"]["detail"]["status"] == ["FAILED"]
    topic, function, queue = rule["Targets"]
    assert (topic["Arn"], function["Arn"]) == ("arn:sns", {"Fn::GetAtt": ["FLambdaFunction", "Arn"]})
    assert queue["SqsParameters"] == {"MessageGroupId": "g"}
    kinds = {made[f"MStepFunctionsStateMachineResourcePolicyFAILED{number}"]["Type"] for number in (1, 2, 3)}
    assert kinds == {"AWS::SNS::TopicPolicy", "AWS::Lambda::Permission", "AWS::SQS::QueuePolicy"}
    stream, machine = made["MStepFunctionsStateMachineNotificationsSUCCEEDEDEventRule"]["Properties"]["Targets"]
    assert stream["KinesisParameters"] == {"PartitionKeyPath": "$.id"}
    assert (machine["InputPath"], "RoleArn" in machine) == ("$.detail", True)


@pytest.mark.parametrize(
    ("machine", "message"),
    [
        ("alarms: {metrics: [nothing]}", "no metric nothing"),
        ("notifications: {DONE: []}", "no status DONE"),
        ("notifications: {FAILED: [{mail: a}]}", "a target has to be one of"),
        ("type: EXPRESS, notifications: {FAILED: [{sns: a}]}", "Express workflows have none"),
    ],
)
def test_what_cannot_watch_a_machine_is_refused(compiled: Compile, machine: str, message: str) -> None:
    with pytest.raises(TemplateInvalid, match=message):
        compiled(of(f"definition: {TASK}, {machine}"))


def test_what_is_not_made_of_state_machines_is_told(compiled: Compile) -> None:
    made = compiled(of(f"definition: {TASK}, mine: 1, events: [{{sns: x}}]", more=", other: 1"))
    warnings = "\n".join(made.warnings)
    for text in ("m has what is not made here: mine.", "the event sns is left out", "not made here: other."):
        assert text in warnings


def test_exact_versions_are_those_that_a_deployment_publishes(compiled: Compile) -> None:
    made = compiled(of(f"definition: {TASK}, useExactVersion: true"))
    template = made.complete(made.template, {"FLambdaFunction": b"x" * 32})
    text, values = template["Resources"]["MStepFunctionsStateMachine"]["Properties"]["DefinitionString"]["Fn::Sub"]
    (version,) = values.values()
    assert template["Resources"][version["Ref"]]["Type"] == "AWS::Lambda::Version"
    assert text


def test_a_configuration_is_yaml_as_the_framework_reads_it(compiled: Compile) -> None:
    definition = "{StartAt: Yes, States: {Yes: {Type: Wait, Seconds: 010, Next: No}, No: {Type: Pass, End: true}}}"
    made = compiled(of(f"definition: {definition}", more=", validate: true"))
    text = made.template["Resources"]["MStepFunctionsStateMachine"]["Properties"]["DefinitionString"]
    states = json.loads(text)["States"]
    assert (states["Yes"]["Next"], states["Yes"]["Seconds"]) == ("No", 10)

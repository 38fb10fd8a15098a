"""Events of functions in serverless.yml, as the CloudFormation that the framework makes of them."""

from collections.abc import Callable
from typing import Any

import pytest

from serein.deploy.errors import TemplateInvalid

Of = Callable[..., dict[str, Any]]
ARN = {"Fn::GetAtt": ["WorkLambdaFunction", "Arn"]}
PARTITION, REGION, ACCOUNT = {"Ref": "AWS::Partition"}, {"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"}


@pytest.fixture
def made(resources: Of) -> Of:
    """What a function's events come to, beside the function; its role's own statements as `statements`."""

    def of(events: str, more: str = "") -> dict[str, Any]:
        found = resources(f"functions: {{work: {{handler: a.b, events: [{events}]}}}}\n{more}")
        role = found.pop("IamRoleLambdaExecution")["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        del found["WorkLambdaFunction"], found["WorkLogGroup"]
        return {**found, "statements": role[2:]}

    return of


def permission(principal: Any, source: Any = None, **more: Any) -> dict[str, Any]:
    properties = {"FunctionName": ARN, "Action": "lambda:InvokeFunction", "Principal": principal, **more}
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": properties if source is None else {**properties, "SourceArn": source},
    }


def mapping(source: Any, **more: Any) -> dict[str, Any]:
    properties = {"BatchSize": 10, "Enabled": True, "EventSourceArn": source, "FunctionName": ARN, **more}
    return {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": properties,
        "DependsOn": ["IamRoleLambdaExecution"],
    }


def test_queues_are_mapped(made: Of) -> None:
    queue = "arn:aws:sqs:eu-west-1:1:my-queue"
    found = made(
        f"{{sqs: '{queue}'}}, {{sqs: {{arn: !GetAtt Q.Arn, batchSize: 2, enabled: false, maximumBatchingWindow: 3, "
        "functionResponseType: ReportBatchItemFailures, filterPatterns: [{a: [b]}], maximumConcurrency: 5}}"
    )
    own = {"Fn::GetAtt": ["Q", "Arn"]}
    assert found == {
        "WorkEventSourceMappingSQSMyqueue": mapping(queue),
        "WorkEventSourceMappingSQSQ": mapping(
            own,
            BatchSize=2,
            Enabled=False,
            MaximumBatchingWindowInSeconds=3,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            FilterCriteria={"Filters": [{"Pattern": '{"a":["b"]}'}]},
            ScalingConfig={"MaximumConcurrency": 5},
        ),
        "statements": [
            {
                "Effect": "Allow",
                "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                "Resource": [queue, own],
            }
        ],
    }


def test_streams_are_mapped(made: Of) -> None:
    stream = "arn:aws:kinesis:eu-west-1:1:stream/foo"
    found = made(
        f"{{stream: '{stream}'}}, {{stream: {{arn: !GetAtt T.StreamArn, type: dynamodb, batchSize: 5, "
        "startingPosition: LATEST, batchWindow: 1, maximumRetryAttempts: 2, bisectBatchOnFunctionError: true, "
        "parallelizationFactor: 3, maximumRecordAgeInSeconds: 60, tumblingWindowInSeconds: 4, "
        "destinations: {onFailure: 'arn:aws:sqs:eu-west-1:1:dead'}}}"
    )
    table = {"Fn::GetAtt": ["T", "StreamArn"]}
    assert found["WorkEventSourceMappingKinesisFoo"] == mapping(stream, StartingPosition="TRIM_HORIZON")
    assert found["WorkEventSourceMappingDynamodbT"] == mapping(
        table,
        BatchSize=5,
        StartingPosition="LATEST",
        MaximumBatchingWindowInSeconds=1,
        MaximumRetryAttempts=2,
        BisectBatchOnFunctionError=True,
        ParallelizationFactor=3,
        MaximumRecordAgeInSeconds=60,
        TumblingWindowInSeconds=4,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:1:dead"}},
    )
    assert [(each["Action"][0], each["Resource"]) for each in found["statements"]] == [
        ("dynamodb:GetRecords", [table]),
        ("kinesis:GetRecords", [stream]),
        ("sqs:ListQueues", ["arn:aws:sqs:eu-west-1:1:dead"]),
    ]


def test_a_stream_s_consumer_is_made_or_named(made: Of) -> None:
    found = made("{stream: {arn: !GetAtt K.Arn, type: kinesis, consumer: true}}")
    assert found["WorkKConsumerStreamConsumer"] == {
        "Type": "AWS::Kinesis::StreamConsumer",
        "Properties": {"StreamARN": {"Fn::GetAtt": ["K", "Arn"]}, "ConsumerName": "workKConsumer"},
    }
    mapped = found["WorkEventSourceMappingKinesisK"]
    assert mapped["Properties"]["EventSourceArn"] == {"Ref": "WorkKConsumerStreamConsumer"}
    assert mapped["DependsOn"] == ["IamRoleLambdaExecution", "WorkKConsumerStreamConsumer"]
    found = made("{stream: {arn: !GetAtt K.Arn, type: kinesis, consumer: 'arn:c'}}")
    assert found["WorkEventSourceMappingKinesisK"]["Properties"]["EventSourceArn"] == "arn:c"


def test_schedules_are_rules(made: Of) -> None:
    found = made(
        "{schedule: rate(1 hour)}, {schedule: {rate: [rate(2 hours), 'cron(0 12 * * ? *)'], enabled: false, "
        "input: {a: 1}, description: d}}"
    )
    target = {"Arn": ARN, "Id": "workSchedule"}
    assert found["WorkEventsRuleSchedule1"] == {
        "Type": "AWS::Events::Rule",
        "Properties": {"ScheduleExpression": "rate(1 hour)", "State": "ENABLED", "Targets": [target]},
    }
    assert found["WorkEventsRuleSchedule3"]["Properties"] == {
        "ScheduleExpression": "cron(0 12 * * ? *)",
        "State": "DISABLED",
        "Description": "d",
        "Targets": [{**target, "Input": '{"a":1}'}],
    }
    assert found["WorkLambdaPermissionEventsRuleSchedule2"] == permission(
        "events.amazonaws.com", {"Fn::GetAtt": ["WorkEventsRuleSchedule2", "Arn"]}
    )


def test_the_scheduler_invokes_by_the_function_s_role(resources: Of) -> None:
    event = "{schedule: {method: scheduler, rate: rate(3 hours), timezone: Europe/Berlin, name: n, groupName: g}}"
    found = resources(f"functions: {{work: {{handler: a.b, events: [{event}]}}}}")
    assert found["WorkSchedulerSchedule1"] == {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "ScheduleExpression": "rate(3 hours)",
            "State": "ENABLED",
            "Target": {"Arn": ARN, "RoleArn": {"Fn::GetAtt": ["IamRoleLambdaExecution", "Arn"]}},
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Name": "n",
            "GroupName": "g",
            "ScheduleExpressionTimezone": "Europe/Berlin",
        },
    }
    trust = found["IamRoleLambdaExecution"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"Service": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]}


def test_rules_of_events_with_a_bus_of_their_own(made: Of) -> None:
    found = made(
        "{eventBridge: {eventBus: my-bus, pattern: {source: [x]}, retryPolicy: {maximumEventAge: 60, "
        "maximumRetryAttempts: 2}, deadLetterQueueArn: q, inputTransformer: {inputTemplate: t}}}, "
        "{eventBridge: {schedule: rate(5 minutes), input: {a: 1}, enabled: false}}"
    )
    bus = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "my-bus"}}
    assert found["MyDashbusEventBridgeEventBus"] == bus
    assert found["Shopdevworkrule1EventBridgeRule"] == {
        "Type": "AWS::Events::Rule",
        "DependsOn": "MyDashbusEventBridgeEventBus",
        "Properties": {
            "EventBusName": "my-bus",
            "EventPattern": {"source": ["x"]},
            "Name": "shop-dev-work-rule-1",
            "State": "ENABLED",
            "Targets": [
                {
                    "Arn": ARN,
                    "Id": "shop-dev-work-rule-1-target",
                    "InputTransformer": {"InputTemplate": "t"},
                    "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 2},
                    "DeadLetterConfig": {"Arn": "q"},
                }
            ],
        },
    }
    path = {"Fn::Join": ["/", ["rule", "my-bus", "shop-dev-work-rule-1"]]}
    source = {"Fn::Join": [":", ["arn", PARTITION, "events", REGION, ACCOUNT, path]]}
    assert found["WorkEventBridgeLambdaPermission1"] == permission("events.amazonaws.com", source)
    scheduled = found["Shopdevworkrule2EventBridgeRule"]["Properties"]
    assert (scheduled["ScheduleExpression"], scheduled["State"]) == ("rate(5 minutes)", "DISABLED")
    assert scheduled["Targets"][0]["Input"] == '{"a":1}'


def test_a_bus_that_is_there_is_not_made(made: Of) -> None:
    found = made("{eventBridge: {eventBus: 'arn:aws:events:r:1:event-bus/there', pattern: {source: [x]}, name: n}}")
    assert found["Shopdevworkrule1EventBridgeRule"]["Properties"]["EventBusName"] == "there"
    assert not [name for name in found if name.endswith("EventBridgeEventBus")]


def test_long_names_of_rules_are_shortened(resources: Of) -> None:
    key = "f" * 60
    found = resources(
        f"functions: {{{key}: {{handler: a.b, events: [{{eventBridge: {{pattern: {{source: [x]}}}}}}]}}}}"
    )
    rule = next(each for name, each in found.items() if name.endswith("EventBridgeRule"))["Properties"]
    assert len(rule["Name"]) <= 64 and rule["Name"].endswith("-rule-1")
    assert len(rule["Targets"][0]["Id"]) <= 64


def test_cloudwatch_events_are_rules(made: Of) -> None:
    found = made("{cloudwatchEvent: {event: {source: [aws.ec2]}, inputPath: $.a, name: n}}")
    assert found["WorkEventsRuleCloudWatchEvent1"]["Properties"] == {
        "EventPattern": {"source": ["aws.ec2"]},
        "State": "ENABLED",
        "Name": "n",
        "Targets": [{"Arn": ARN, "Id": "workCloudWatchEvent", "InputPath": "$.a"}],
    }
    assert found["WorkLambdaPermissionEventsRuleCloudWatchEvent1"]["Properties"]["Principal"] == "events.amazonaws.com"


def test_topics_are_made_once_and_subscribed_to(resources: Of) -> None:
    found = resources(
        "functions:\n  work: {handler: a.b, events: [{sns: {topicName: my-topic, displayName: D}}]}\n"
        "  other: {handler: a.c, events: [{sns: my-topic}, {sns: {topicName: my-topic, filterPolicy: {a: [b]}}}]}\n"
    )
    other = {"Fn::GetAtt": ["OtherLambdaFunction", "Arn"]}
    assert found["SNSTopicMytopic"] == {
        "Type": "AWS::SNS::Topic",
        "Properties": {
            "TopicName": "my-topic",
            "DisplayName": "D",
            "Subscription": [{"Endpoint": ARN, "Protocol": "lambda"}, {"Endpoint": other, "Protocol": "lambda"}],
        },
    }
    assert found["OtherSnsSubscriptionMytopic"]["Properties"] == {
        "TopicArn": {"Ref": "SNSTopicMytopic"},
        "Protocol": "lambda",
        "Endpoint": other,
        "FilterPolicy": {"a": ["b"]},
    }
    source = {"Fn::Join": ["", ["arn:", PARTITION, ":sns:", REGION, ":", ACCOUNT, ":", "my-topic"]]}
    assert found["WorkLambdaPermissionMytopicSNS"] == permission("sns.amazonaws.com", source)


def test_topics_that_are_there_are_subscribed_to(made: Of) -> None:
    topic = "arn:aws:sns:eu-west-1:1:there"
    found = made(
        f"{{sns: '{topic}'}}, {{sns: {{arn: !Ref T, topicName: t, redrivePolicy: {{deadLetterTargetRef: Q}}}}}}"
    )
    assert found["WorkSnsSubscriptionThere"]["Properties"]["TopicArn"] == topic
    assert found["WorkLambdaPermissionThereSNS"] == permission("sns.amazonaws.com", topic)
    dead = {"Fn::GetAtt": ["Q", "Arn"]}
    assert found["WorkSnsSubscriptionT"]["Properties"]["RedrivePolicy"] == {"deadLetterTargetArn": dead}
    policy = found["TToWorkDLQPolicy"]["Properties"]
    assert policy["Queues"] == [{"Ref": "Q"}]
    assert policy["PolicyDocument"]["Statement"][0]["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "T"}}}


def test_buckets_notify(made: Of) -> None:
    found = made(
        "{s3: photos}, {s3: {bucket: photos, event: 's3:ObjectRemoved:*', rules: [{prefix: a/}, {suffix: .b}]}}"
    )
    rules = [{"Name": "prefix", "Value": "a/"}, {"Name": "suffix", "Value": ".b"}]
    assert found["S3BucketPhotos"] == {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "BucketName": "photos",
            "NotificationConfiguration": {
                "LambdaConfigurations": [
                    {"Event": "s3:ObjectCreated:*", "Function": ARN},
                    {"Event": "s3:ObjectRemoved:*", "Function": ARN, "Filter": {"S3Key": {"Rules": rules}}},
                ]
            },
        },
        "DependsOn": ["WorkLambdaPermissionPhotosS3"],
    }
    source = {"Fn::Join": ["", ["arn:", PARTITION, ":s3:::photos"]]}
    assert found["WorkLambdaPermissionPhotosS3"] == permission("s3.amazonaws.com", source, SourceAccount=ACCOUNT)


def test_the_provider_configures_buckets(resources: Of) -> None:
    found = resources(
        "service: shop\nprovider: {name: aws, s3: {one: {name: real, versioningConfiguration: {Status: Enabled}}}}\n"
        "functions: {work: {handler: a.b, events: [{s3: one}]}}\n"
    )
    bucket = found["S3BucketOne"]["Properties"]
    assert (bucket["BucketName"], bucket["VersioningConfiguration"]) == ("real", {"Status": "Enabled"})


def test_buckets_of_others_are_configured_by_a_custom_resource(made: Of) -> None:
    found = made("{s3: {bucket: there, existing: true, rules: [{prefix: a/}]}}, {s3: {bucket: there, existing: true}}")
    assert found["WorkCustomS31"]["Type"] == "Custom::S3"
    assert found["WorkCustomS31"]["Properties"]["BucketConfigs"] == [
        {"Event": "s3:ObjectCreated:*", "Rules": [{"Prefix": "a/"}]},
        {"Event": "s3:ObjectCreated:*", "Rules": []},
    ]


def test_log_groups_are_subscribed_to(made: Of) -> None:
    found = made("{cloudwatchLog: /aws/one}, {cloudwatchLog: {logGroup: /aws/other, filter: '{$.a = 1}'}}")
    permission_id = "WorkLambdaPermissionLogsSubscriptionFilterCloudWatchLog"
    assert found["WorkLogsSubscriptionFilterCloudWatchLog2"] == {
        "Type": "AWS::Logs::SubscriptionFilter",
        "Properties": {"LogGroupName": "/aws/other", "FilterPattern": "{$.a = 1}", "DestinationArn": ARN},
        "DependsOn": [permission_id],
    }
    source = found[permission_id]["Properties"]["SourceArn"]
    assert source["Fn::Join"][1][-3:] == [":log-group:", "/aws/o*", ":*"]


def test_skills_may_invoke(made: Of) -> None:
    found = made("alexaSkill, {alexaSkill: {appId: a, enabled: false}}, {alexaSmartHome: b}")
    assert found["WorkLambdaPermissionAlexaSkill1"]["Properties"] == {
        "FunctionName": ARN,
        "Action": "lambda:DisableInvokeFunction",
        "Principal": "alexa-appkit.amazon.com",
        "EventSourceToken": "a",
    }
    assert "EventSourceToken" not in found["WorkLambdaPermissionAlexaSkill2"]["Properties"]
    home = found["WorkLambdaPermissionAlexaSmartHome1"]["Properties"]
    assert (home["Principal"], home["EventSourceToken"]) == ("alexa-connectedhome.amazon.com", "b")


def test_rules_of_things(made: Of) -> None:
    found = made('{iot: {sql: "SELECT 1", name: n, enabled: false, description: d, sqlVersion: beta}}')
    assert found["WorkIotTopicRule1"]["Properties"] == {
        "RuleName": "n",
        "TopicRulePayload": {
            "RuleDisabled": True,
            "Sql": "SELECT 1",
            "Actions": [{"Lambda": {"FunctionArn": ARN}}],
            "Description": "d",
            "AwsIotSqlVersion": "beta",
        },
    }
    assert found["WorkLambdaPermissionIotTopicRule1"]["Properties"]["Principal"] == "iot.amazonaws.com"


def test_pools_have_triggers(made: Of) -> None:
    found = made(
        "{cognitoUserPool: {pool: My-Pool, trigger: PreSignUp}}, "
        "{cognitoUserPool: {pool: My-Pool, trigger: CustomEmailSender, kmsKeyId: k}}"
    )
    assert found["CognitoUserPoolMyPool"] == {
        "Type": "AWS::Cognito::UserPool",
        "Properties": {
            "UserPoolName": "My-Pool",
            "LambdaConfig": {
                "PreSignUp": ARN,
                "CustomEmailSender": {"LambdaArn": ARN, "LambdaVersion": "V1_0"},
                "KMSKeyID": "k",
            },
        },
        "DependsOn": ["WorkLambdaFunction"],
    }
    assert found["WorkLambdaPermissionCognitoUserPoolMyPoolTriggerSourcePreSignUp"] == permission(
        "cognito-idp.amazonaws.com", {"Fn::GetAtt": ["CognitoUserPoolMyPool", "Arn"]}
    )


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("{alb: {listenerArn: a}}", "the event alb, which is not supported"),
        ("{kafka: {topic: t}}", "the event kafka, which is not supported"),
        ("{msk: {topic: t}}", "the event msk, which is not supported"),
        ("{activemq: {queue: t}}", "the event activemq, which is not supported"),
        ("{rabbitmq: {queue: t}}", "the event rabbitmq, which is not supported"),
        ("{cognitoUserPool: {pool: p, trigger: t, existing: true}}", "existing: true"),
        ("{schedule: {rate: [rate(1 hour)], timezone: x}}", "timezone is not for eventBus"),
        ("{schedule: {rate: [a, b], name: x}}", "one name for several rates"),
        ("{schedule: {rate: [a], method: scheduler, inputPath: x}}", "inputPath is not for scheduler"),
        ("{eventBridge: {pattern: {}, input: {a: 1}, inputPath: x}}", "more than one of input"),
        ("{stream: {arn: !GetAtt T.StreamArn}}", "needs `type: dynamodb` or `kinesis`"),
        ("{sns: {arn: !Ref T}}", "needs a topicName"),
        ("{s3: {bucket: a, existing: true}}, {s3: {bucket: b, existing: true}}", "more than one existing bucket"),
    ],
)
def test_what_cannot_be_had_is_refused(made: Of, event: str, message: str) -> None:
    with pytest.raises(TemplateInvalid, match=message):
        made(event)

"""`auth: on`: policies of queues, topics, buses, functions and buckets' destinations decide who gets in."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.policies.conftest import OWNER, REGION, STRANGER, Guarded, allow, document, from_source

USER = f"arn:aws:iam::{STRANGER}:user/tester"
ROOT = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
EVENT = {"Source": "shop", "DetailType": "sold", "Detail": "{}"}


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


# Queues


def test_a_queue_is_for_its_account_until_its_policy_says_more(guarded: Guarded) -> None:
    url, arn = guarded.queue("shared")
    stranger = guarded.client("sqs", STRANGER)
    assert refusal(stranger.send_message, QueueUrl=url, MessageBody="x") == (
        "AccessDenied",
        f"User: {USER} is not authorized to perform: sqs:sendmessage on resource: {arn} because no resource-based "
        "policy allows the sqs:sendmessage action",
    )
    guarded.queue("shared", allow(ROOT, "sqs:*", arn))
    stranger.send_message(QueueUrl=url, MessageBody="hello")
    assert guarded.received(url) == ["hello"]
    assert refusal(stranger.delete_queue, QueueUrl=url)[0] == "AccessDenied", "only the owner deletes it"


def test_the_address_of_a_request_and_the_tags_of_a_caller_are_conditions(guarded: Guarded) -> None:
    url, arn = guarded.queue("conditional")
    stranger = guarded.client("sqs", STRANGER)
    near = {"aws:SourceIp": "127.0.0.0/8"}
    guarded.queue("conditional", allow("*", "sqs:SendMessage", arn, IpAddress=near))
    stranger.send_message(QueueUrl=url, MessageBody="near")
    guarded.queue("conditional", allow("*", "sqs:SendMessage", arn, NotIpAddress=near))
    assert refusal(stranger.send_message, QueueUrl=url, MessageBody="far")[0] == "AccessDenied"
    tagged = {"aws:PrincipalTag/team": "blue"}
    guarded.queue("conditional", allow("*", "sqs:SendMessage", arn, StringEquals=tagged))
    assert refusal(stranger.send_message, QueueUrl=url, MessageBody="red")[0] == "AccessDenied"
    guarded.client("iam", STRANGER).tag_user(UserName="tester", Tags=[{"Key": "team", "Value": "blue"}])
    stranger.send_message(QueueUrl=url, MessageBody="blue")
    assert guarded.received(url) == ["near", "blue"]


def test_a_policy_that_demands_tls_is_in_nobodys_way(guarded: Guarded) -> None:
    deny = allow("*", "sqs:*", "*", Bool={"aws:SecureTransport": "false"}) | {"Effect": "Deny"}
    url, _ = guarded.queue("secure", deny)
    guarded.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    assert guarded.received(url) == ["x"]


# Topics


def test_a_topic_is_for_its_account_until_its_policy_says_more(guarded: Guarded) -> None:
    owner, stranger = guarded.client("sns"), guarded.client("sns", STRANGER)
    arn = owner.create_topic(Name="shared")["TopicArn"]
    for action, call in (
        ("Publish", lambda: stranger.publish(TopicArn=arn, Message="x")),
        ("Subscribe", lambda: stranger.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:1:q")),
        ("GetTopicAttributes", lambda: stranger.get_topic_attributes(TopicArn=arn)),
        ("DeleteTopic", lambda: stranger.delete_topic(TopicArn=arn)),
        ("TagResource", lambda: stranger.tag_resource(ResourceArn=arn, Tags=[])),
    ):
        assert refusal(call) == (
            "AuthorizationError",
            f"User: {USER} is not authorized to perform: SNS:{action} on resource: {arn} because no resource-based "
            f"policy allows the SNS:{action} action",
        )
    owner.add_permission(TopicArn=arn, Label="a", AWSAccountId=[STRANGER], ActionName=["Publish"])
    stranger.publish(TopicArn=arn, Message="x")
    stranger.publish_batch(TopicArn=arn, PublishBatchRequestEntries=[{"Id": "a", "Message": "x"}])
    assert refusal(stranger.get_topic_attributes, TopicArn=arn)[0] == "AuthorizationError"
    owner.get_topic_attributes(TopicArn=arn)


def test_a_topic_may_deny_its_own_account(guarded: Guarded) -> None:
    sns = guarded.client("sns")
    arn = sns.create_topic(Name="closed")["TopicArn"]
    deny = allow("*", "sns:Publish", arn) | {"Effect": "Deny"}
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document(deny))
    code, message = refusal(sns.publish, TopicArn=arn, Message="x")
    assert (code, message.partition(arn)[2]) == (
        "AuthorizationError",
        " with an explicit deny in a resource-based policy",
    )


def test_the_protocol_of_a_subscription_is_a_condition(guarded: Guarded) -> None:
    owner, stranger = guarded.client("sns"), guarded.client("sns", STRANGER)
    arn = owner.create_topic(Name="queues-only")["TopicArn"]
    statement = allow(ROOT, "sns:Subscribe", arn, StringEquals={"sns:Protocol": "sqs"})
    owner.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document(statement))
    _, queue = guarded.queue("theirs", account=STRANGER)
    stranger.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
    code, _ = refusal(stranger.subscribe, TopicArn=arn, Protocol="email", Endpoint="a@example.com")
    assert code == "AuthorizationError"


@pytest.mark.parametrize("is_fifo", [False, True], ids=["standard", "fifo"])
def test_a_queue_gets_what_a_topic_sends_when_its_policy_lets_the_topic(guarded: Guarded, is_fifo: bool) -> None:
    sns = guarded.client("sns")
    end = ".fifo" if is_fifo else ""
    settings = {"FifoQueue": "true"} if is_fifo else {}
    topic = sns.create_topic(Name=f"t{end}", Attributes={"FifoTopic": "true"} if is_fifo else {})["TopicArn"]
    sqs, urls = guarded.client("sqs"), {}
    for name in ("let", "other", "closed", "letters"):
        urls[name] = sqs.create_queue(QueueName=f"{name}{end}", Attributes=settings)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{OWNER}:{name}{end}"
        source = topic if name != "other" else topic + "x"
        if name != "closed":
            policy = document(from_source("sns", "sqs:SendMessage", arn, source))
            sqs.set_queue_attributes(QueueUrl=urls[name], Attributes={"Policy": policy})
        if name != "letters":
            redrive = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{OWNER}:letters{end}"}
            attributes = {"RedrivePolicy": json.dumps(redrive)} if name == "closed" else {}
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    more = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if is_fifo else {}
    sns.publish(TopicArn=topic, Message="news", **more)
    found = {name: [json.loads(body)["Message"] for body in guarded.received(url)] for name, url in urls.items()}
    assert found == {"let": ["news"], "other": [], "closed": [], "letters": ["news"]}


def test_a_policy_for_everybody_with_the_topic_as_a_condition_lets_the_topic(guarded: Guarded) -> None:
    """The form in which SDKs and older documentation write it."""
    sns = guarded.client("sns")
    topic = sns.create_topic(Name="old-style")["TopicArn"]
    url, arn = guarded.queue("old-style")
    guarded.queue("old-style", allow({"AWS": "*"}, "SQS:SendMessage", arn, StringLike={"aws:SourceArn": topic}))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="news")
    assert guarded.received(url) == ["news"]


# Functions


def test_a_topic_calls_a_function_that_permits_it(guarded: Guarded) -> None:
    sns, functions = guarded.client("sns"), guarded.client("lambda")
    topic = sns.create_topic(Name="caller")["TopicArn"]
    told, _ = guarded.queue("told-by-topic")
    letters, letters_arn = guarded.queue("letters-of-caller")
    guarded.queue("letters-of-caller", from_source("sns", "sqs:SendMessage", letters_arn, topic))
    function = guarded.function("called-by-topic", told)
    redrive = json.dumps({"deadLetterTargetArn": letters_arn})
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function, Attributes={"RedrivePolicy": redrive})
    sns.publish(TopicArn=topic, Message="one")
    assert (guarded.received(told), len(guarded.received(letters))) == ([], 1)
    permission = {"Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com", "SourceArn": topic}
    functions.add_permission(FunctionName="called-by-topic", StatementId="s", **permission)
    sns.publish(TopicArn=topic, Message="two")
    assert guarded.received(told) == ["called"]


def test_another_account_invokes_a_function_that_permits_it(guarded: Guarded) -> None:
    told, _ = guarded.queue("told-by-stranger")
    function = guarded.function("called-by-stranger", told)
    owner, stranger = guarded.client("lambda"), guarded.client("lambda", STRANGER)
    assert refusal(stranger.invoke, FunctionName=function) == (
        "AccessDeniedException",
        f"User: {USER} is not authorized to perform: lambda:InvokeFunction on resource: {function} because no "
        "resource-based policy allows the lambda:InvokeFunction action",
    )
    permission = {"Action": "lambda:InvokeFunction", "Principal": STRANGER}
    owner.add_permission(FunctionName=function, StatementId="s", **permission)
    assert stranger.invoke(FunctionName=function, InvocationType="DryRun")["StatusCode"] == 204
    deny = allow(f"arn:aws:iam::{OWNER}:user/tester", "lambda:InvokeFunction", function) | {"Effect": "Deny"}
    deny["Principal"] = {"AWS": deny["Principal"]}
    owner.put_resource_policy(ResourceArn=function, Policy=document(deny))
    code, message = refusal(owner.invoke, FunctionName=function)
    assert (code, message.endswith("with an explicit deny in a resource-based policy")) == (
        "AccessDeniedException",
        True,
    )


# Buses and rules


def rule_for(guarded: Guarded, name: str, arn: str, **target: Any) -> str:
    """The ARN of a rule that sends the events of a source of its name to a target."""
    events = guarded.client("events")
    made = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": arn, **target}])
    return str(made["RuleArn"])


def test_a_rule_reaches_targets_that_permit_it(guarded: Guarded) -> None:
    events, sns = guarded.client("events"), guarded.client("sns")
    url, arn = guarded.queue("target")
    letters, letters_arn = guarded.queue("letters-of-rules")
    topic = sns.create_topic(Name="target")["TopicArn"]
    told, _ = guarded.queue("told-by-rule")
    function = guarded.function("called-by-rule", told)
    dead = {"DeadLetterConfig": {"Arn": letters_arn}}
    rules = [rule_for(guarded, name, target, **dead) for name, target in (("q", arn), ("t", topic), ("f", function))]
    guarded.queue("letters-of-rules", *[from_source("events", "sqs:*", letters_arn, rule) for rule in rules])
    events.put_events(Entries=[{**EVENT, "Source": name} for name in "qtf"])
    guarded.idle()
    asked = guarded.client("sqs").receive_message(
        QueueUrl=letters, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    codes = [message["MessageAttributes"]["ERROR_CODE"]["StringValue"] for message in asked["Messages"]]
    assert codes == ["NO_PERMISSIONS"] * 3
    assert (guarded.received(url), guarded.received(told)) == ([], [])

    heard, heard_arn = guarded.queue("heard")
    guarded.queue("heard", from_source("sns", "sqs:SendMessage", heard_arn, topic))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=heard_arn)
    guarded.queue("target", from_source("events", "sqs:SendMessage", arn, rules[0]))
    publish = document(from_source("events", "sns:Publish", topic, rules[1]))
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=publish)
    permission = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": rules[2]}
    guarded.client("lambda").add_permission(FunctionName=function, StatementId="s", **permission)
    events.put_events(Entries=[{**EVENT, "Source": name} for name in "qtf"])
    guarded.idle()
    assert [len(guarded.received(each)) for each in (url, heard, told)] == [1, 1, 1]


def test_a_bus_takes_events_of_accounts_that_its_policy_names(guarded: Guarded) -> None:
    owner, stranger = guarded.client("events"), guarded.client("events", STRANGER)
    bus = owner.create_event_bus(Name="shared")["EventBusArn"]
    url, arn = guarded.queue("from-bus")
    rule = owner.put_rule(Name="all", EventBusName="shared", EventPattern='{"source": [{"prefix": ""}]}')["RuleArn"]
    owner.put_targets(Rule="all", EventBusName="shared", Targets=[{"Id": "t", "Arn": arn, "InputPath": "$.source"}])
    guarded.queue("from-bus", from_source("events", "sqs:SendMessage", arn, rule))
    entry = {**EVENT, "EventBusName": bus}
    assert refusal(stranger.put_events, Entries=[entry]) == (
        "AccessDeniedException",
        f"User: {USER} is not authorized to perform: events:PutEvents on resource: {bus} because no resource-based "
        "policy allows the events:PutEvents action",
    )
    only_shop = allow(ROOT, "events:PutEvents", bus, StringEquals={"events:source": "shop"})
    owner.put_permission(EventBusName="shared", Policy=document(only_shop))
    stranger.put_events(Entries=[entry])
    assert refusal(stranger.put_events, Entries=[{**entry, "Source": "bank"}])[0] == "AccessDeniedException"
    assert guarded.received(url) == ['"shop"']
    assert refusal(stranger.put_rule, Name="mine", EventBusName=bus, EventPattern="{}")[0] in (
        "AccessDeniedException",
        "InvalidEventPatternException",
    )
    assert refusal(stranger.describe_event_bus, Name=bus)[0] == "AccessDeniedException"
    assert refusal(stranger.list_targets_by_rule, Rule="all", EventBusName=bus)[0] == "AccessDeniedException"


def test_an_event_goes_on_to_the_bus_of_another_account_that_permits_it(guarded: Guarded) -> None:
    there = guarded.client("events", STRANGER)
    bus = there.create_event_bus(Name="theirs")["EventBusArn"]
    url, arn = guarded.queue("from-afar", account=STRANGER)
    rule = there.put_rule(Name="all", EventBusName="theirs", EventPattern='{"source": ["afar"]}')["RuleArn"]
    there.put_targets(Rule="all", EventBusName="theirs", Targets=[{"Id": "t", "Arn": arn, "InputPath": "$.source"}])
    statement = from_source("events", "sqs:SendMessage", arn, rule)
    guarded.queue("from-afar", statement, account=STRANGER)
    rule_for(guarded, "afar", bus, RoleArn=f"arn:aws:iam::{OWNER}:role/sender")
    guarded.client("events").put_events(Entries=[{**EVENT, "Source": "afar"}])
    assert guarded.received(url, STRANGER) == []
    there.put_permission(EventBusName="theirs", Action="events:PutEvents", Principal=OWNER, StatementId="s")
    guarded.client("events").put_events(Entries=[{**EVENT, "Source": "afar"}])
    assert guarded.received(url, STRANGER) == ['"afar"']


# Buckets


def test_a_bucket_tells_only_destinations_that_permit_it(guarded: Guarded) -> None:
    s3 = guarded.client("s3")
    s3.create_bucket(Bucket="guarded-teller")
    url, arn = guarded.queue("told-by-bucket")
    configuration = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    put = {"Bucket": "guarded-teller", "NotificationConfiguration": configuration}
    code, message = refusal(s3.put_bucket_notification_configuration, **put)
    assert (code, message) == ("InvalidArgument", "Unable to validate the following destination configurations")
    condition = {"aws:SourceAccount": OWNER}
    statement = allow({"Service": "s3.amazonaws.com"}, "sqs:SendMessage", arn, StringEquals=condition)
    guarded.queue("told-by-bucket", statement)
    s3.put_bucket_notification_configuration(**put)
    s3.put_object(Bucket="guarded-teller", Key="a", Body=b"x")
    told = [json.loads(body) for body in guarded.received(url)]
    assert [each.get("Event") or each["Records"][0]["eventName"] for each in told] == [
        "s3:TestEvent",
        "ObjectCreated:Put",
    ]


# Alarms and rotations


def test_an_alarm_reaches_a_topic_of_its_account_until_the_topic_has_a_policy_of_its_own(guarded: Guarded) -> None:
    sns, cloudwatch = guarded.client("sns"), guarded.client("cloudwatch")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    url, arn = guarded.queue("alarmed")
    guarded.queue("alarmed", from_source("sns", "sqs:SendMessage", arn, topic))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    cloudwatch.put_metric_alarm(
        AlarmName="loud",
        Namespace="app",
        MetricName="m",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )

    def alarm() -> int:
        cloudwatch.set_alarm_state(AlarmName="loud", StateValue="OK", StateReason="test")
        cloudwatch.set_alarm_state(AlarmName="loud", StateValue="ALARM", StateReason="test")
        return len(guarded.received(url))

    assert alarm() == 1
    others = document(from_source("s3", "sns:Publish", topic, "arn:aws:s3:::other"))
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=others)
    assert alarm() == 0
    mine = from_source("cloudwatch", "sns:Publish", topic, f"arn:aws:cloudwatch:{REGION}:{OWNER}:alarm:loud")
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document(mine))
    assert alarm() == 1


def test_secrets_are_rotated_by_functions_that_permit_it(guarded: Guarded) -> None:
    secrets = guarded.client("secretsmanager")
    arn = secrets.create_secret(Name="rotated", SecretString="x")["ARN"]
    told, _ = guarded.queue("told-by-secret")
    function = guarded.function("called-by-secret", told)
    ask = {"SecretId": arn, "RotationLambdaARN": function, "RotationRules": {"AutomaticallyAfterDays": 30}}
    code, message = refusal(secrets.rotate_secret, **ask)
    assert (code, "secretsmanager.amazonaws.com" in message) == ("AccessDeniedException", True)
    permission = {"Action": "lambda:InvokeFunction", "Principal": "secretsmanager.amazonaws.com"}
    guarded.client("lambda").add_permission(FunctionName=function, StatementId="s", **permission, SourceAccount=OWNER)
    secrets.rotate_secret(**ask)
    assert guarded.received(told) == ["called"] * 4


def test_documents_that_are_no_policies_are_refused(guarded: Guarded) -> None:
    url, arn = guarded.queue("undocumented")
    topic = guarded.client("sns").create_topic(Name="undocumented")["TopicArn"]
    wrong = document(allow("*", "sqs:*", arn, StringIs={"a:b": "c"}))
    set_queue, set_topic = guarded.client("sqs").set_queue_attributes, guarded.client("sns").set_topic_attributes
    assert refusal(set_queue, QueueUrl=url, Attributes={"Policy": wrong})[0] == "InvalidAttributeValue"
    ask = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": wrong}
    assert refusal(set_topic, **ask) == (
        "InvalidParameter",
        "Invalid parameter: Policy Error: Invalid Condition type : StringIs.",
    )
    events = guarded.client("events")
    assert refusal(events.put_permission, Policy=wrong) == (
        "ValidationException",
        "Invalid Condition type : StringIs.",
    )

"""Buses, rules, targets, tags and policies, with AWS's refusals."""

import json

import pytest
from botocore.exceptions import ClientError

PATTERN = json.dumps({"source": ["shop"]})


@pytest.fixture
def refused(events):
    def refused(operation, code, message="", **request):
        with pytest.raises(ClientError) as error:
            getattr(events, operation)(**request)
        told = error.value.response["Error"]
        assert told["Code"] == code
        assert message in told["Message"]

    return refused


def test_a_bus_is_made_shown_changed_and_deleted(aws, events, refused):
    arn = f"arn:aws:events:us-east-1:{aws.account}:event-bus/orders"
    tags = [{"Key": "team", "Value": "a"}]
    made = events.create_event_bus(Name="orders", Description="mine", Tags=tags)
    assert (made["EventBusArn"], made["Description"]) == (arn, "mine")
    refused("create_event_bus", "ResourceAlreadyExistsException", "Event bus orders already exists.", Name="orders")
    refused("create_event_bus", "ValidationException", "must not contain", Name="a/b")
    source = "aws.partner/shop.com/orders"
    refused("create_event_bus", "NotImplemented", Name=source, EventSourceName=source)
    assert events.update_event_bus(Name="orders", Description="yours")["Description"] == "yours"
    assert events.describe_event_bus(Name=arn)["Description"] == "yours"
    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["default", "orders"]
    first = events.list_event_buses(Limit=1)
    second = events.list_event_buses(NextToken=first["NextToken"])
    assert [bus["Name"] for bus in first["EventBuses"] + second["EventBuses"]] == ["default", "orders"]
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags
    events.put_rule(Name="r", EventBusName="orders", EventPattern=PATTERN)
    refused("delete_event_bus", "ValidationException", "can't be deleted since it has rules", Name="orders")
    events.delete_rule(Name="r", EventBusName="orders")
    events.delete_event_bus(Name="orders")
    events.delete_event_bus(Name="orders")
    missing = "Event bus orders does not exist."
    refused("describe_event_bus", "ResourceNotFoundException", missing, Name="orders")
    refused("put_rule", "ResourceNotFoundException", missing, Name="r", EventBusName="orders", EventPattern=PATTERN)
    refused("delete_event_bus", "ValidationException", "Cannot delete event bus default.", Name="default")


def test_a_rule_is_made_shown_changed_and_deleted(aws, events, refused):
    arn = f"arn:aws:events:us-east-1:{aws.account}:rule/r"
    assert events.put_rule(Name="r", EventPattern=PATTERN, Description="d", State="DISABLED")["RuleArn"] == arn
    shown = {"Name": "r", "Arn": arn, "EventPattern": PATTERN, "Description": "d", "State": "DISABLED"}
    shown["EventBusName"] = "default"
    assert events.list_rules(NamePrefix="r")["Rules"] == [shown]
    described = events.describe_rule(Name="r")
    del described["ResponseMetadata"]
    assert described == {**shown, "CreatedBy": aws.account}
    events.put_rule(Name="r", ScheduleExpression="rate(1 minute)")
    assert "EventPattern" not in events.describe_rule(Name="r")
    events.delete_rule(Name="r")
    events.delete_rule(Name="r")
    refused("describe_rule", "ResourceNotFoundException", "Rule r does not exist on EventBus default.", Name="r")
    refused("enable_rule", "ResourceNotFoundException", "Rule r does not exist on EventBus default.", Name="r")


def test_rules_that_are_wrong_are_refused(events, refused):
    both = "Parameter(s) EventPattern or ScheduleExpression must be specified."
    refused("put_rule", "ValidationException", both, Name="r")
    wrong = "Event pattern is not valid. Reason: Empty arrays are not allowed"
    refused("put_rule", "InvalidEventPatternException", wrong, Name="r", EventPattern='{"a": []}')
    for expression in ("rate(1 minutes)", "rate(5 minute)", "cron(0 12 * * * *)", "at(2030-01-01T00:00:00)", "soon"):
        wrong = "Parameter ScheduleExpression is not valid."
        refused("put_rule", "ValidationException", wrong, Name="r", ScheduleExpression=expression)
    events.create_event_bus(Name="b")
    only = "ScheduleExpression is supported only on the default event bus."
    refused("put_rule", "ValidationException", only, Name="r", EventBusName="b", ScheduleExpression="rate(1 day)")
    tags = [{"Key": "aws:x", "Value": "y"}]
    refused("put_rule", "ValidationException", "aws:", Name="r", EventPattern=PATTERN, Tags=tags)


def test_targets_are_put_listed_and_removed(events, queue, refused):
    arn, _ = queue()
    events.put_rule(Name="r", EventPattern=PATTERN)
    for number in range(5):
        reply = events.put_targets(Rule="r", Targets=[{"Id": f"t{number}", "Arn": arn}])
        assert (reply["FailedEntryCount"], reply["FailedEntries"]) == (0, [])
    sixth = [{"Id": "t6", "Arn": arn}]
    refused("put_targets", "LimitExceededException", "exceeds the maximum number", Rule="r", Targets=sixth)
    first = events.list_targets_by_rule(Rule="r", Limit=3)
    second = events.list_targets_by_rule(Rule="r", NextToken=first["NextToken"])
    assert [target["Id"] for target in first["Targets"] + second["Targets"]] == [f"t{number}" for number in range(5)]
    refused("delete_rule", "ValidationException", "Rule can't be deleted since it has targets.", Name="r")
    events.put_rule(Name="q", EventPattern=PATTERN)
    events.put_targets(Rule="q", Targets=[{"Id": "x", "Arn": arn}])
    assert events.list_rule_names_by_target(TargetArn=arn)["RuleNames"] == ["q", "r"]
    page = events.list_rule_names_by_target(TargetArn=arn, Limit=1)
    assert events.list_rule_names_by_target(TargetArn=arn, NextToken=page["NextToken"])["RuleNames"] == ["r"]
    assert events.list_rule_names_by_target(TargetArn="arn:aws:sqs:us-east-1:1:none")["RuleNames"] == []
    events.remove_targets(Rule="r", Ids=[f"t{number}" for number in range(5)])
    assert events.list_targets_by_rule(Rule="r")["Targets"] == []
    missing = "Rule none does not exist on EventBus default."
    refused("put_targets", "ResourceNotFoundException", missing, Rule="none", Targets=sixth)
    refused("remove_targets", "ResourceNotFoundException", missing, Rule="none", Ids=["a"])
    refused("list_targets_by_rule", "ResourceNotFoundException", missing, Rule="none")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"Arn": "queue"}, "Provided Arn is not in correct format"),
        (
            {"Input": "{}", "InputPath": "$.detail"},
            "Only one of Input, InputPath, or InputTransformer must be provided",
        ),
        ({"Arn": "arn:aws:sqs:us-east-1:000000000000:q.fifo"}, "Parameter(s) SqsParameters must be specified"),
        ({"Arn": "arn:aws:kinesis:us-east-1:000000000000:stream/s"}, "RoleArn is required for target"),
        ({"Input": "{"}, "JSON syntax error in input for target"),
        ({"InputPath": "detail"}, "Parameter InputPath is not valid"),
        ({"InputTransformer": {"InputTemplate": '"<gone>"'}}, "Placeholder <gone> is not in InputPathsMap"),
        (
            {"InputTransformer": {"InputPathsMap": {"aws.x": "$"}, "InputTemplate": '"x"'}},
            "failed to satisfy constraint",
        ),
        (
            {"DeadLetterConfig": {"Arn": "arn:aws:sns:us-east-1:000000000000:topic"}},
            "DeadLetterConfig.Arn is not valid",
        ),
        ({"Id": "!"}, "at 'targets.1.member.id' failed to satisfy constraint"),
    ],
)
def test_targets_that_are_wrong_are_refused(events, refused, target, message):
    events.put_rule(Name="r", EventPattern=PATTERN)
    complete = {"Id": "t", "Arn": "arn:aws:sqs:us-east-1:000000000000:q", **target}
    refused("put_targets", "ValidationException", message, Rule="r", Targets=[complete])


def test_rules_have_tags(events, refused):
    arn = events.put_rule(Name="r", EventPattern=PATTERN, Tags=[{"Key": "a", "Value": "1"}])["RuleArn"]
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    events.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    missing = "Rule rr does not exist on EventBus default."
    refused("list_tags_for_resource", "ResourceNotFoundException", missing, ResourceARN=arn + "r")
    many = [{"Key": str(number), "Value": ""} for number in range(51)]
    refused("tag_resource", "LimitExceededException", ResourceARN=arn, Tags=many)


def test_a_bus_has_a_policy(aws, events, refused):
    def policy():
        text = events.describe_event_bus().get("Policy")
        return text and [statement["Sid"] for statement in json.loads(text)["Statement"]]

    arn = events.describe_event_bus()["Arn"]
    permission = {"Action": "events:PutEvents", "Principal": "111122223333"}
    events.put_permission(StatementId="one", **permission)
    events.put_permission(StatementId="two", **permission | {"Principal": "*"})
    events.put_permission(StatementId="one", **permission)
    assert policy() == ["two", "one"]
    assert json.loads(events.describe_event_bus()["Policy"])["Statement"][1] == {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "events:PutEvents",
        "Resource": arn,
    }
    events.remove_permission(StatementId="two")
    assert policy() == ["one"]
    gone = "Statement with the provided id does not exist."
    refused("remove_permission", "ResourceNotFoundException", gone, StatementId="two")
    events.remove_permission(RemoveAllPermissions=True)
    assert policy() is None
    refused("put_permission", "ValidationException", Policy="{")
    refused("put_permission", "ResourceNotFoundException", EventBusName="none", StatementId="a", **permission)
    only = "Provided value in parameter 'action' is not supported."
    refused("put_permission", "ValidationException", only, StatementId="a", Principal="*", Action="events:PutRule")


def test_a_pattern_is_tried_on_an_event(events, refused):
    event = dict.fromkeys(("id", "account", "source", "time", "region", "detail-type"), "x")
    try_pattern = {"EventPattern": '{"source": ["x"]}', "Event": json.dumps(event)}
    assert events.test_event_pattern(**try_pattern)["Result"] is True
    assert events.test_event_pattern(**try_pattern | {"EventPattern": '{"source": ["y"]}'})["Result"] is False
    refused("test_event_pattern", "ValidationException", "Event is not valid", **try_pattern | {"Event": "{}"})
    refused("test_event_pattern", "ValidationException", "Event is not valid", **try_pattern | {"Event": "no"})
    broken = try_pattern | {"EventPattern": "[]"}
    refused("test_event_pattern", "InvalidEventPatternException", "Reason: Filter is not an object", **broken)

"""EventBridge's CloudFormation types, and the events of SAM's functions."""

import json

from tests.aws.events.conftest import entry

RESOURCES = {
    "Bus": {
        "Type": "AWS::Events::EventBus",
        "Properties": {"Name": "orders", "Description": "mine", "Tags": [{"Key": "a", "Value": "b"}]},
    },
    "Policy": {
        "Type": "AWS::Events::EventBusPolicy",
        "Properties": {
            "EventBusName": {"Ref": "Bus"},
            "StatementId": "open",
            "Statement": {"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents"},
        },
    },
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "seen"}},
    "Rule": {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventBusName": {"Ref": "Bus"},
            "EventPattern": {"source": ["shop"]},
            "Targets": [
                {
                    "Id": "queue",
                    "Arn": {"Fn::GetAtt": ["Queue", "Arn"]},
                    "InputPath": "$.detail",
                    "RetryPolicy": {"MaximumRetryAttempts": "4"},
                }
            ],
        },
    },
    "Archive": {
        "Type": "AWS::Events::Archive",
        "Properties": {"SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]}, "RetentionDays": "10"},
    },
    "Connection": {
        "Type": "AWS::Events::Connection",
        "Properties": {
            "AuthorizationType": "BASIC",
            "AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": "p"}},
        },
    },
    "Destination": {
        "Type": "AWS::Events::ApiDestination",
        "Properties": {
            "ConnectionArn": {"Fn::GetAtt": ["Connection", "Arn"]},
            "HttpMethod": "POST",
            "InvocationEndpoint": "https://example.com/in",
        },
    },
}


def deploy(aws, tmp_path, resources, **others):
    file = tmp_path / "template.json"
    outputs = {
        "Rule": {"Value": {"Ref": "Rule"}},
        "RuleArn": {"Value": {"Fn::GetAtt": ["Rule", "Arn"]}},
        "Archive": {"Value": {"Ref": "Archive"}},
        "Secret": {"Value": {"Fn::GetAtt": ["Connection", "SecretArn"]}},
        "Destination": {"Value": {"Ref": "Destination"}},
    }
    file.write_text(json.dumps({"Resources": resources, "Outputs": outputs, **others}))
    return aws.deploy(file).outputs


def test_a_stack_of_everything_is_made_changed_and_deleted(aws, events, taken, tmp_path):
    made = deploy(aws, tmp_path, RESOURCES)
    bus, name = made["Rule"].split("|")
    assert (bus, made["RuleArn"]) == ("orders", f"arn:aws:events:us-east-1:{aws.account}:rule/orders/{name}")
    (target,) = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 4}
    assert json.loads(events.describe_event_bus(Name=bus)["Policy"])["Statement"][0]["Sid"] == "open"
    assert events.describe_archive(ArchiveName=made["Archive"])["RetentionDays"] == 10
    assert events.describe_api_destination(Name=made["Destination"])["ApiDestinationState"] == "ACTIVE"
    assert ":secret:events!connection/" in made["Secret"]
    changed = json.loads(json.dumps(RESOURCES))
    changed["Rule"]["Properties"] |= {"EventPattern": {"source": ["mall"]}, "State": "ENABLED", "Description": "new"}
    changed["Bus"]["Properties"]["Description"] = "yours"
    changed["Archive"]["Properties"]["RetentionDays"] = 20
    assert deploy(aws, tmp_path, changed) == made
    assert events.describe_rule(Name=name, EventBusName=bus)["Description"] == "new"
    assert events.describe_event_bus(Name=bus)["Description"] == "yours"
    assert events.describe_archive(ArchiveName=made["Archive"])["RetentionDays"] == 20
    events.put_events(Entries=[entry({"x": 1}, source="mall", EventBusName=bus), entry(EventBusName=bus)])
    url = aws.client("sqs").get_queue_url(QueueName="seen")["QueueUrl"]
    assert [message["Body"] for message in taken(url)] == ['{"x":1}']
    aws.client("cloudformation").delete_stack(StackName="app")
    aws.idle()
    assert [each["Name"] for each in events.list_event_buses()["EventBuses"]] == ["default"]
    assert events.list_archives()["Archives"] == []
    assert events.list_connections()["Connections"] == []
    assert events.list_api_destinations()["ApiDestinations"] == []


def test_functions_of_sam_have_events_and_schedules(aws, events, taken, tmp_path):
    code = "import boto3\ndef handler(event, context):\n sqs = boto3.client('sqs')\n"
    code += " url = sqs.get_queue_url(QueueName='seen')['QueueUrl']\n"
    code += " sqs.send_message(QueueUrl=url, MessageBody=event.get('detail-type') or event['from'])\n"
    pattern = {"Pattern": {"source": ["shop"]}}
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "InlineCode": code,
            "Timeout": 30,
            "Events": {
                "Bridge": {
                    "Type": "EventBridgeRule",
                    "Properties": {**pattern, "InputPath": "$", "RetryPolicy": {"MaximumRetryAttempts": 3}},
                },
                "Watch": {"Type": "CloudWatchEvent", "Properties": pattern},
                "Clock": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 hour)", "Input": '{"from": "clock"}'}},
            },
        },
    }
    resources = {"Queue": RESOURCES["Queue"], "Function": function}
    file = tmp_path / "template.json"
    transform = "AWS::Serverless-2016-10-31"
    file.write_text(json.dumps({"Transform": transform, "Resources": resources}))
    aws.deploy(file)
    url = aws.client("sqs").get_queue_url(QueueName="seen")["QueueUrl"]
    events.put_events(Entries=[entry(kind="sale")])
    assert [message["Body"] for message in taken(url)] == ["sale", "sale"]
    aws.advance(3600)
    assert [message["Body"] for message in taken(url)] == ["clock"]

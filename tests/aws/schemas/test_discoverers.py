"""Discoverers: schemas inferred from the events of a bus."""

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def schemas(aws):
    return aws.client("schemas")


@pytest.fixture
def bus(aws):
    return aws.client("events").create_event_bus(Name="orders")["EventBusArn"]


def refusal(operation, **request):
    with pytest.raises(ClientError) as caught:
        operation(**request)
    return caught.value.response["Error"]["Code"]


def put(aws, detail, kind="Review Created", source="mystore", bus="orders"):
    entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail), "EventBusName": bus}
    assert aws.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
    aws.idle()


def discovered(schemas, name="mystore@ReviewCreated"):
    """The contents of a schema's versions, the oldest first."""
    asked = {"RegistryName": "discovered-schemas", "SchemaName": name}
    numbers = [each["SchemaVersion"] for each in schemas.list_schema_versions(**asked)["SchemaVersions"]]
    found = [schemas.describe_schema(**asked, SchemaVersion=number) for number in reversed(numbers)]
    return [json.loads(each["Content"]) for each in found]


def test_every_shape_of_an_event_becomes_a_version(aws, schemas, bus):
    schemas.create_discoverer(SourceArn=bus)
    assert schemas.describe_registry(RegistryName="discovered-schemas")
    put(aws, {"stars": 5})
    put(aws, {"stars": 4})
    put(aws, {"stars": 3, "text": "nice"})
    put(aws, {"stars": 5})
    first, second = discovered(schemas)
    assert first["info"]["title"] == "ReviewCreated"
    assert first["components"]["schemas"]["AWSEvent"]["x-amazon-events-source"] == "mystore"
    assert list(first["components"]["schemas"]["ReviewCreated"]["properties"]) == ["stars"]
    assert list(second["components"]["schemas"]["ReviewCreated"]["properties"]) == ["stars", "text"]


def test_a_bus_has_one_discoverer_with_a_rule_that_it_manages(aws, schemas, bus):
    made = schemas.create_discoverer(SourceArn=bus, Description="mine", Tags={"a": "b"})
    made.pop("ResponseMetadata")
    assert made == {
        "DiscovererArn": f"arn:aws:schemas:us-east-1:{aws.account}:discoverer/events-event-bus-orders",
        "DiscovererId": "events-event-bus-orders",
        "SourceArn": bus,
        "State": "STARTED",
        "CrossAccount": True,
        "Description": "mine",
        "Tags": {"a": "b"},
    }
    assert refusal(schemas.create_discoverer, SourceArn=bus) == "ConflictException"
    events = aws.client("events")
    (rule,) = events.list_rules(EventBusName="orders")["Rules"]
    assert (rule["Name"], rule["ManagedBy"]) == ("Schemas-events-event-bus-orders", "schemas.amazonaws.com")
    assert refusal(events.disable_rule, Name=rule["Name"], EventBusName="orders") == "ManagedRuleException"
    schemas.delete_discoverer(DiscovererId=made["DiscovererId"])
    assert events.list_rules(EventBusName="orders")["Rules"] == []
    assert schemas.list_discoverers()["Discoverers"] == []
    assert refusal(schemas.describe_discoverer, DiscovererId=made["DiscovererId"]) == "NotFoundException"


def test_a_stopped_discoverer_learns_nothing(aws, schemas, bus):
    one = {"DiscovererId": schemas.create_discoverer(SourceArn=bus)["DiscovererId"]}
    assert schemas.stop_discoverer(**one)["State"] == "STOPPED"
    put(aws, {"a": 1})
    assert schemas.list_schemas(RegistryName="discovered-schemas")["Schemas"] == []
    assert schemas.start_discoverer(**one)["State"] == "STARTED"
    put(aws, {"b": 1})
    (only,) = discovered(schemas)
    assert list(only["components"]["schemas"]["ReviewCreated"]["properties"]) == ["b"]


def test_events_of_other_accounts_can_be_left_out(aws, schemas, bus):
    one = {"DiscovererId": schemas.create_discoverer(SourceArn=bus, CrossAccount=False)["DiscovererId"]}
    (rule,) = aws.client("events").list_rules(EventBusName="orders")["Rules"]
    assert json.loads(rule["EventPattern"]) == {"account": [aws.account]}
    put(aws, {"a": 1})
    assert len(discovered(schemas)) == 1
    changed = schemas.update_discoverer(**one, CrossAccount=True, Description="all")
    assert (changed["CrossAccount"], changed["Description"], changed["State"]) == (True, "all", "STARTED")
    (rule,) = aws.client("events").list_rules(EventBusName="orders")["Rules"]
    assert json.loads(rule["EventPattern"]) == {"account": [{"exists": True}]}


def test_new_schemas_are_told_to_the_default_bus(aws, schemas, bus):
    url = aws.client("sqs").create_queue(QueueName="seen")["QueueUrl"]
    events = aws.client("events")
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["aws.schemas"]}))
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{aws.account}:seen"}])
    schemas.create_discoverer(SourceArn=bus)
    put(aws, {"stars": 5})
    received = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    told = sorted((json.loads(message["Body"]) for message in received), key=lambda event: event["detail-type"])
    assert [event["detail-type"] for event in told] == ["Schema Created", "Schema Version Created"]
    for event in told:
        assert event["resources"] == [
            f"arn:aws:schemas:us-east-1:{aws.account}:schema/discovered-schemas/mystore@ReviewCreated"
        ]
        assert event["detail"].pop("CreationDate").endswith("Z")
        assert event["detail"] == {
            "SchemaName": "mystore@ReviewCreated",
            "SchemaType": "OpenApi3",
            "RegistryName": "discovered-schemas",
            "Version": "1",
        }


def test_the_default_bus_is_discovered_without_end(aws, schemas):
    source = f"arn:aws:events:us-east-1:{aws.account}:event-bus/default"
    schemas.create_discoverer(SourceArn=source)
    put(aws, {"a": 1}, bus="default")
    names = [each["SchemaName"] for each in schemas.list_schemas(RegistryName="discovered-schemas")["Schemas"]]
    assert names == ["aws.schemas@SchemaCreated", "aws.schemas@SchemaVersionCreated", "mystore@ReviewCreated"]


def test_discoverers_are_listed_by_prefix_in_pages(aws, schemas):
    events = aws.client("events")
    for name in ("a", "b", "c"):
        schemas.create_discoverer(SourceArn=events.create_event_bus(Name=name)["EventBusArn"])
    pages = list(schemas.get_paginator("list_discoverers").paginate(Limit=2))
    listed = [[each["DiscovererId"][-1] for each in page["Discoverers"]] for page in pages]
    assert listed == [["a", "b"], ["c"]]
    (one,) = schemas.list_discoverers(DiscovererIdPrefix="events-event-bus-b")["Discoverers"]
    assert one["SourceArn"].endswith("/b")
    arn = one["SourceArn"]
    assert [each["SourceArn"] for each in schemas.list_discoverers(SourceArnPrefix=arn)["Discoverers"]] == [arn]
    schemas.tag_resource(ResourceArn=one["DiscovererArn"], Tags={"x": "y"})
    assert schemas.describe_discoverer(DiscovererId=one["DiscovererId"])["Tags"] == {"x": "y"}


def test_what_discoverers_refuse(aws, schemas):
    create = schemas.create_discoverer
    missing = f"arn:aws:events:us-east-1:{aws.account}:event-bus/none"
    assert refusal(create, SourceArn="arn:aws:sqs:us-east-1:1:queue") == "BadRequestException"
    assert refusal(create, SourceArn="arn:aws:events:us-east-1:999999999999:event-bus/a") == "BadRequestException"
    assert refusal(create, SourceArn=missing) == "NotFoundException"
    for name in ("describe", "update", "delete", "start", "stop"):
        assert refusal(getattr(schemas, f"{name}_discoverer"), DiscovererId="none") == "NotFoundException"


def test_a_stack_has_registries_schemas_policies_and_discoverers(aws, schemas, tmp_path):
    content = {"openapi": "3.0.0", "info": {"version": "1", "title": "T"}, "paths": {}}
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "schemas:*"}]}
    resources = {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "orders"}},
        "Registry": {"Type": "AWS::EventSchemas::Registry", "Properties": {"RegistryName": "shop"}},
        "Policy": {
            "Type": "AWS::EventSchemas::RegistryPolicy",
            "Properties": {"RegistryName": {"Fn::GetAtt": ["Registry", "RegistryName"]}, "Policy": policy},
        },
        "Schema": {
            "Type": "AWS::EventSchemas::Schema",
            "Properties": {
                "RegistryName": {"Fn::GetAtt": ["Registry", "RegistryName"]},
                "SchemaName": "T",
                "Type": "OpenApi3",
                "Content": json.dumps(content),
                "Tags": [{"Key": "a", "Value": "b"}],
            },
        },
        "Discoverer": {
            "Type": "AWS::EventSchemas::Discoverer",
            "Properties": {"SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]}, "CrossAccount": "false"},
        },
    }
    outputs = {name: {"Value": {"Ref": name}} for name in ("Registry", "Schema", "Discoverer", "Policy")}
    outputs["Version"] = {"Value": {"Fn::GetAtt": ["Schema", "SchemaVersion"]}}

    def deploy():
        file = tmp_path / "template.json"
        file.write_text(json.dumps({"Resources": resources, "Outputs": outputs}))
        return aws.deploy(file).outputs

    made = deploy()
    prefix = f"arn:aws:schemas:us-east-1:{aws.account}"
    assert made["Registry"] == f"{prefix}:registry/shop"
    assert (made["Schema"], made["Version"]) == (f"{prefix}:schema/shop/T", "1")
    assert made["Discoverer"] == f"{prefix}:discoverer/events-event-bus-orders"
    assert json.loads(schemas.get_resource_policy(RegistryName=made["Policy"])["Policy"]) == policy
    resources["Schema"]["Properties"] |= {
        "Content": json.dumps(content | {"x": 1}),
        "Tags": [{"Key": "c", "Value": "d"}],
    }
    resources["Discoverer"]["Properties"] |= {"CrossAccount": True, "Description": "all"}
    resources["Registry"]["Properties"] |= {"Description": "new"}
    assert deploy()["Version"] == "2"
    tags = schemas.list_tags_for_resource(ResourceArn=made["Schema"])["Tags"]
    assert {key: value for key, value in tags.items() if ":" not in key} == {"c": "d"}
    assert schemas.describe_registry(RegistryName="shop")["Description"] == "new"
    assert schemas.describe_discoverer(DiscovererId="events-event-bus-orders")["CrossAccount"] is True
    aws.client("cloudformation").delete_stack(StackName="app")
    aws.idle()
    assert [each["RegistryName"] for each in schemas.list_registries()["Registries"]] == ["discovered-schemas"]
    assert schemas.list_discoverers()["Discoverers"] == []

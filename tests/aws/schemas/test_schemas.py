"""Registries and schemas of EventBridge."""

import json

import pytest
from botocore.exceptions import ClientError

OPENAPI = {
    "openapi": "3.0.0",
    "info": {"version": "1.0.0", "title": "Order"},
    "paths": {},
    "components": {"schemas": {"Order": {"type": "object", "properties": {"price": {"type": "number"}}}}},
}
CONTENT = json.dumps(OPENAPI)
DRAFT4 = json.dumps({"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"})


@pytest.fixture
def schemas(aws):
    return aws.client("schemas")


@pytest.fixture
def registry(schemas):
    schemas.create_registry(RegistryName="shop", Description="all of it", Tags={"team": "a"})
    return "shop"


def refusal(operation, **request):
    with pytest.raises(ClientError) as caught:
        operation(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def make(schemas, name="Order", content=CONTENT, kind="OpenApi3", **members):
    return schemas.create_schema(RegistryName="shop", SchemaName=name, Content=content, Type=kind, **members)


def test_a_registry_is_made_shown_changed_and_deleted(aws, schemas):
    made = schemas.create_registry(RegistryName="shop", Description="one", Tags={"a": "b"})
    made.pop("ResponseMetadata")
    assert made == {
        "RegistryArn": f"arn:aws:schemas:us-east-1:{aws.account}:registry/shop",
        "RegistryName": "shop",
        "Description": "one",
        "Tags": {"a": "b"},
    }
    schemas.update_registry(RegistryName="shop", Description="two")
    shown = schemas.describe_registry(RegistryName="shop")
    assert (shown["Description"], shown["Tags"]) == ("two", {"a": "b"})
    (listed,) = schemas.list_registries()["Registries"]
    assert listed == {"RegistryArn": made["RegistryArn"], "RegistryName": "shop", "Tags": {"a": "b"}}
    schemas.delete_registry(RegistryName="shop")
    assert schemas.list_registries()["Registries"] == []


def test_registries_are_listed_by_prefix_and_scope_in_pages(schemas):
    for name in ("b1", "a1", "b2", "b3"):
        schemas.create_registry(RegistryName=name)
    pages = list(schemas.get_paginator("list_registries").paginate(RegistryNamePrefix="b", Limit=2))
    assert [[each["RegistryName"] for each in page["Registries"]] for page in pages] == [["b1", "b2"], ["b3"]]
    assert len(schemas.list_registries(Scope="Local")["Registries"]) == 4
    assert schemas.list_registries(Scope="AWS")["Registries"] == []


def test_what_registries_refuse(schemas, registry):
    assert refusal(schemas.create_registry, RegistryName="shop") == (
        "ConflictException",
        "Registry with name shop already exists.",
    )
    assert refusal(schemas.create_registry, RegistryName="aws.mine")[0] == "ForbiddenException"
    assert refusal(schemas.create_registry, RegistryName="a b")[0] == "BadRequestException"
    assert refusal(schemas.create_registry, RegistryName="x" * 65)[0] == "BadRequestException"
    missing = ("NotFoundException", "Registry with name none does not exist.")
    for operation in (schemas.describe_registry, schemas.update_registry, schemas.delete_registry):
        assert refusal(operation, RegistryName="none") == missing
    assert refusal(schemas.list_registries, Scope="Mine")[0] == "BadRequestException"
    assert refusal(schemas.list_registries, Limit=101)[0] == "BadRequestException"
    assert refusal(schemas.list_registries, NextToken="x")[0] == "BadRequestException"
    make(schemas)
    assert refusal(schemas.delete_registry, RegistryName="shop")[0] == "BadRequestException"


def test_the_registry_of_awss_events_is_refused_by_name(schemas):
    code, message = refusal(schemas.list_schemas, RegistryName="aws.events")
    assert code == "NotImplemented"
    assert "aws.events" in message


def test_a_schema_has_versions(aws, schemas, registry):
    made = make(schemas, Description="an order", Tags={"a": "b"})
    arn = f"arn:aws:schemas:us-east-1:{aws.account}:schema/shop/Order"
    assert (made["SchemaArn"], made["SchemaVersion"], made["Type"]) == (arn, "1", "OpenApi3")
    assert (made["Description"], made["Tags"]) == ("an order", {"a": "b"})
    changed = schemas.update_schema(RegistryName="shop", SchemaName="Order", Content=DRAFT4, Type="JSONSchemaDraft4")
    assert (changed["SchemaVersion"], changed["Type"], changed["Description"]) == ("2", "JSONSchemaDraft4", "an order")
    assert schemas.update_schema(RegistryName="shop", SchemaName="Order", Description="x")["SchemaVersion"] == "2"
    latest = schemas.describe_schema(RegistryName="shop", SchemaName="Order")
    assert (latest["SchemaVersion"], latest["Content"], latest["Description"]) == ("2", DRAFT4, "x")
    first = schemas.describe_schema(RegistryName="shop", SchemaName="Order", SchemaVersion="1")
    assert (first["SchemaVersion"], first["Content"], first["Type"]) == ("1", CONTENT, "OpenApi3")
    (listed,) = schemas.list_schemas(RegistryName="shop")["Schemas"]
    assert (listed["SchemaName"], listed["VersionCount"], listed["SchemaArn"]) == ("Order", 2, arn)
    pages = list(
        schemas.get_paginator("list_schema_versions").paginate(RegistryName="shop", SchemaName="Order", Limit=1)
    )
    assert [[each["SchemaVersion"] for each in page["SchemaVersions"]] for page in pages] == [["2"], ["1"]]
    schemas.delete_schema_version(RegistryName="shop", SchemaName="Order", SchemaVersion="2")
    again = schemas.update_schema(RegistryName="shop", SchemaName="Order", Content=DRAFT4, Type="JSONSchemaDraft4")
    assert again["SchemaVersion"] == "3"
    schemas.delete_schema(RegistryName="shop", SchemaName="Order")
    assert schemas.list_schemas(RegistryName="shop")["Schemas"] == []


def test_a_client_token_is_good_for_one_change(schemas, registry):
    make(schemas)
    change = {"RegistryName": "shop", "SchemaName": "Order", "Type": "JSONSchemaDraft4", "ClientTokenId": "t"}
    assert schemas.update_schema(Content=DRAFT4, **change)["SchemaVersion"] == "2"
    assert schemas.update_schema(Content="{}", **change)["SchemaVersion"] == "2"


def test_a_schema_goes_with_its_last_version(schemas, registry):
    make(schemas)
    schemas.delete_schema_version(RegistryName="shop", SchemaName="Order", SchemaVersion="1")
    assert refusal(schemas.describe_schema, RegistryName="shop", SchemaName="Order")[0] == "NotFoundException"


def test_what_schemas_refuse(schemas, registry):
    make(schemas)
    assert refusal(make, schemas=schemas) == ("ConflictException", "Schema with name Order already exists.")
    assert refusal(make, schemas=schemas, name="a b")[0] == "BadRequestException"
    assert refusal(make, schemas=schemas, name="X", content="{}")[0] == "BadRequestException"
    assert refusal(make, schemas=schemas, name="X", kind="Avro")[0] == "BadRequestException"
    one = {"RegistryName": "shop", "SchemaName": "Order"}
    assert refusal(schemas.update_schema, **one, Content="no")[0] == "BadRequestException"
    assert refusal(schemas.describe_schema, **one, SchemaVersion="7")[0] == "NotFoundException"
    assert refusal(schemas.describe_schema, **one, SchemaVersion="x")[0] == "BadRequestException"
    assert refusal(schemas.delete_schema_version, **one, SchemaVersion="7")[0] == "NotFoundException"
    none = {"RegistryName": "shop", "SchemaName": "none"}
    operations = (schemas.describe_schema, schemas.update_schema, schemas.delete_schema, schemas.list_schema_versions)
    for operation in operations:
        assert refusal(operation, **none) == ("NotFoundException", "Schema with name none does not exist.")
    assert refusal(schemas.list_schemas, RegistryName="none")[0] == "NotFoundException"


def test_schemas_are_found_by_any_of_some_words(schemas, registry):
    make(schemas, name="first-schema")
    make(schemas, name="second-schema", content=DRAFT4, kind="JSONSchemaDraft4")
    schemas.update_schema(RegistryName="shop", SchemaName="second-schema", Content=CONTENT, Type="OpenApi3")
    names = [each["SchemaName"] for each in search(schemas, "FIRST second")]
    assert names == ["first-schema", "second-schema"]
    (first, second) = search(schemas, "price")
    assert [each["SchemaVersion"] for each in first["SchemaVersions"]] == ["1"]
    assert [each["SchemaVersion"] for each in second["SchemaVersions"]] == ["2"]
    assert search(schemas, "nowhere") == []
    page = schemas.search_schemas(RegistryName="shop", Keywords="schema", Limit=1)
    rest = schemas.search_schemas(RegistryName="shop", Keywords="schema", Limit=1, NextToken=page["NextToken"])
    assert [each["SchemaName"] for each in rest["Schemas"]] == ["second-schema"]
    assert refusal(schemas.search_schemas, RegistryName="shop", Keywords=" ")[0] == "BadRequestException"


def search(schemas, words):
    return schemas.search_schemas(RegistryName="shop", Keywords=words)["Schemas"]


def test_a_schema_is_exported_as_json_schema(schemas, registry):
    make(schemas)
    asked = {"RegistryName": "shop", "SchemaName": "Order"}
    exported = schemas.export_schema(**asked, Type="JSONSchemaDraft4", SchemaVersion="1")
    assert (exported["SchemaVersion"], exported["Type"]) == ("1", "JSONSchemaDraft4")
    assert json.loads(exported["Content"]) == {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "Order",
        "type": "object",
        "properties": {"price": {"type": "number"}},
    }
    assert refusal(schemas.export_schema, **asked, Type="OpenApi3")[0] == "BadRequestException"


def test_code_bindings_are_refused_by_name(schemas, registry):
    make(schemas)
    asked = {"RegistryName": "shop", "SchemaName": "Order", "Language": "Java8"}
    for operation in (schemas.put_code_binding, schemas.describe_code_binding, schemas.get_code_binding_source):
        code, message = refusal(operation, **asked)
        assert code == "NotImplemented"
        assert "code bindings" in message
    assert refusal(schemas.put_code_binding, **{**asked, "SchemaName": "none"})[0] == "NotFoundException"


def test_a_registry_keeps_a_policy(schemas, registry):
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "schemas:*"}]}
    assert refusal(schemas.get_resource_policy, RegistryName="shop")[0] == "NotFoundException"
    assert refusal(schemas.put_resource_policy, RegistryName="shop", Policy="no")[0] == "BadRequestException"
    put = schemas.put_resource_policy(RegistryName="shop", Policy=json.dumps(policy))
    shown = schemas.get_resource_policy(RegistryName="shop")
    assert json.loads(shown["Policy"]) == policy
    assert shown["RevisionId"] == put["RevisionId"]
    stale = {"RegistryName": "shop", "Policy": json.dumps(policy), "RevisionId": "other"}
    assert refusal(schemas.put_resource_policy, **stale)[0] == "PreconditionFailedException"
    schemas.put_resource_policy(**{**stale, "RevisionId": put["RevisionId"]})
    schemas.delete_resource_policy(RegistryName="shop")
    assert refusal(schemas.delete_resource_policy, RegistryName="shop")[0] == "NotFoundException"
    assert refusal(schemas.get_resource_policy)[0] == "BadRequestException"


def test_registries_and_schemas_have_tags(schemas, registry):
    arns = [
        schemas.describe_registry(RegistryName="shop")["RegistryArn"],
        make(schemas, Tags={"team": "a"})["SchemaArn"],
    ]
    for arn in arns:
        schemas.tag_resource(ResourceArn=arn, Tags={"x": "y"})
        assert schemas.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "a", "x": "y"}
        schemas.untag_resource(ResourceArn=arn, TagKeys=["team", "other"])
        assert schemas.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"x": "y"}
    assert refusal(schemas.list_tags_for_resource, ResourceArn=f"{arns[0]}x")[0] == "NotFoundException"
    assert refusal(schemas.list_tags_for_resource, ResourceArn="arn:aws:sqs:::x")[0] == "BadRequestException"
    many = {str(number): "" for number in range(51)}
    assert refusal(schemas.tag_resource, ResourceArn=arns[0], Tags=many)[0] == "BadRequestException"


def test_the_schema_of_events_is_told_without_being_stored(schemas):
    event = {"Source": "a", "Detail": "{}", "Resources": ["r"]}
    content = schemas.get_discovered_schema(Type="OpenApi3", Events=[json.dumps(event)])["Content"]
    assert json.loads(content)["components"]["schemas"]["Event"]["required"] == ["Detail", "Resources", "Source"]
    draft = schemas.get_discovered_schema(Type="JSONSchemaDraft4", Events=[json.dumps(event), "{}"])["Content"]
    assert set(json.loads(draft)) == {"$schema", "title", "type", "properties"}
    for text in ("no", "[]"):
        refused = refusal(schemas.get_discovered_schema, Type="OpenApi3", Events=[text])
        assert refused[0] == "BadRequestException"

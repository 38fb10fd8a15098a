"""Inference of schemas from events, and their export as JSON Schema."""

import pytest

from serein.services.schemas.documents import draft4_of, require_content
from serein.services.schemas.errors import BadRequestException
from serein.services.schemas.inference import TooDeep, infer_document
from serein.services.schemas.names import discovered_name, title_of

ENVELOPE = {
    "version": "0",
    "id": "315c1398-40ff-a850-213b-158f73e60175",
    "detail-type": "Step Functions Execution Status Change",
    "source": "aws.states",
    "account": "012345678912",
    "time": "2019-02-26T19:42:21Z",
    "region": "us-east-1",
    "resources": ["arn:aws:states:us-east-1:012345678912:execution:state-machine-name:execution-name"],
}


def detail_of(*details):
    document = infer_document([{**ENVELOPE, "detail": detail} for detail in details])
    return document["components"]["schemas"]


def test_an_event_of_aws_becomes_the_document_of_the_user_guide():
    document = infer_document([{**ENVELOPE, "detail": {"input": "{}", "output": None, "startDate": 1551225146847}}])
    assert document["openapi"] == "3.0.0"
    assert document["info"] == {"version": "1.0.0", "title": "StepFunctionsExecutionStatusChange"}
    assert document["paths"] == {}
    event = document["components"]["schemas"]["AWSEvent"]
    assert event["x-amazon-events-detail-type"] == "Step Functions Execution Status Change"
    assert event["x-amazon-events-source"] == "aws.states"
    assert set(event["required"]) == {*ENVELOPE, "detail"}
    assert event["properties"]["detail"] == {"$ref": "#/components/schemas/StepFunctionsExecutionStatusChange"}
    assert event["properties"]["time"] == {"type": "string", "format": "date-time"}
    assert event["properties"]["resources"] == {"type": "array", "items": {"type": "string"}}
    assert document["components"]["schemas"]["StepFunctionsExecutionStatusChange"] == {
        "type": "object",
        "required": ["input", "output", "startDate"],
        "properties": {
            "input": {"type": "string"},
            "output": {},
            "startDate": {"type": "integer", "format": "int64"},
        },
    }


def test_json_without_the_envelope_is_an_event():
    given = {"Source": "a", "Detail": "{}", "Resources": ["r"], "DetailType": "t", "EventBusName": "default"}
    document = infer_document([given])
    assert document["info"]["title"] == "Event"
    assert list(document["components"]["schemas"]) == ["Event"]
    event = document["components"]["schemas"]["Event"]
    assert list(event["properties"]) == ["Detail", "DetailType", "EventBusName", "Resources", "Source"]


def test_objects_within_become_components_of_their_own():
    schemas = detail_of({"customer": {"name": "x"}, "lines": [{"price": 1.5}, {"price": 2, "gift": True}]})
    detail = schemas["StepFunctionsExecutionStatusChange"]["properties"]
    assert detail["customer"] == {"$ref": "#/components/schemas/Customer"}
    assert detail["lines"] == {"type": "array", "items": {"$ref": "#/components/schemas/LinesItem"}}
    assert schemas["LinesItem"]["required"] == ["price"]
    assert schemas["LinesItem"]["properties"]["price"] == {"type": "number", "format": "double"}
    assert schemas["LinesItem"]["properties"]["gift"] == {"type": "boolean"}


def test_components_of_one_name_are_kept_apart():
    schemas = detail_of({"a": {"x": {"p": 1}}, "b": {"x": {"q": 1}}})
    assert schemas["X"]["properties"] == {"p": {"type": "integer", "format": "int64"}}
    assert schemas["X_2"]["properties"] == {"q": {"type": "integer", "format": "int64"}}


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ([], {"type": "array", "items": {"type": "object"}}),
        ([[1]], {"type": "array", "items": {"type": "array", "items": {"type": "integer", "format": "int64"}}}),
        ([1, "a"], {"type": "array", "items": {}}),
        ([1, {}], {"type": "array", "items": {}}),
        (["2024-01-01T00:00:00.5+01:00"], {"type": "array", "items": {"type": "string", "format": "date-time"}}),
        (["2024-01-01T00:00:00Z", "x"], {"type": "array", "items": {"type": "string"}}),
    ],
)
def test_arrays(value, schema):
    assert detail_of({"f": value})["StepFunctionsExecutionStatusChange"]["properties"]["f"] == schema


def test_several_events_require_what_all_of_them_have():
    detail = detail_of({"a": 1, "b": None}, {"b": "x"})["StepFunctionsExecutionStatusChange"]
    assert detail["required"] == ["b"]
    assert detail["properties"] == {"a": {"type": "integer", "format": "int64"}, "b": {"type": "string"}}


def test_an_event_may_be_too_deep():
    deep = {}
    for _ in range(300):
        deep = {"a": deep}
    with pytest.raises(TooDeep):
        infer_document([deep])


def test_an_export_has_the_event_as_its_root():
    document = infer_document([{**ENVELOPE, "detail": {"state": "running"}}])
    document["components"]["schemas"]["AWSEvent"]["properties"]["inner"] = {"$ref": "#/components/schemas/AWSEvent"}
    document["components"]["schemas"]["AWSEvent"]["properties"]["nullable"] = {"type": "string", "nullable": True}
    exported = draft4_of(document)
    assert list(exported)[:3] == ["$schema", "title", "definitions"]
    assert exported["$schema"] == "http://json-schema.org/draft-04/schema#"
    assert exported["properties"]["detail"] == {"$ref": "#/definitions/StepFunctionsExecutionStatusChange"}
    assert exported["properties"]["inner"] == {"$ref": "#"}
    assert exported["properties"]["nullable"] == {"type": ["string", "null"]}
    assert exported["x-amazon-events-source"] == "aws.states"
    assert list(exported["definitions"]) == ["StepFunctionsExecutionStatusChange"]


def test_nothing_is_exported_of_a_document_without_components():
    with pytest.raises(BadRequestException):
        draft4_of({"openapi": "3.0.0", "info": {"title": "x", "version": "1"}, "paths": {}})


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("OpenApi3", "{"),
        ("OpenApi3", "[]"),
        ("OpenApi3", '{"openapi": "2.0"}'),
        ("OpenApi3", '{"openapi": "3.0.0", "paths": {}}'),
        ("OpenApi3", '{"openapi": "3.0.0", "info": {"title": "a", "version": "1"}}'),
        ("OpenApi3", '{"openapi": "3.0.0", "info": {"title": "a", "version": "1"}, "paths": {}, "components": []}'),
        ("JSONSchemaDraft4", '{"$schema": "http://json-schema.org/draft-07/schema#"}'),
    ],
)
def test_a_content_must_be_of_its_type(kind, content):
    with pytest.raises(BadRequestException):
        require_content(kind, content)


def test_names():
    assert title_of("EC2 Instance State-change Notification") == "EC2InstanceStateChangeNotification"
    assert discovered_name("mystore", "Review Created") == "mystore@ReviewCreated"
    assert discovered_name("aws.partner/example.com", "a") == "aws.partner-example.com@A"

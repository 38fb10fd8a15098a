"""Constraints of the model are reported in AWS's words."""

from typing import Any

import msgspec
import pytest

from serein.kernel.errors import ValidationFailed
from serein.kernel.operation import Catalog, Encoded, Service
from serein.wire.models import Description, Models, ServiceModel
from serein.wire.patterns import find_pattern
from serein.wire.typed import Parsed
from serein.wire.validation import constraint_errors, message_of

MODELS = Models(Catalog("serein.services"))


def findings(service: str, operation: str, request: dict[str, Any]) -> list[str]:
    return MODELS.check(service, operation, request)


def test_a_missing_member_must_not_be_null() -> None:
    assert findings("dynamodb", "DescribeTable", {}) == [
        "Value null at 'tableName' failed to satisfy constraint: Member must not be null"
    ]


def test_an_index_in_a_list_counts_from_one() -> None:
    request = {
        "TableName": "orders",
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}, {"AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    }
    assert findings("dynamodb", "CreateTable", request) == [
        "Value null at 'attributeDefinitions.2.member.attributeName' failed to satisfy constraint: "
        "Member must not be null"
    ]


def test_an_enum_lists_its_values() -> None:
    request = {
        "TableName": "orders",
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "X"}],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    }
    assert findings("dynamodb", "CreateTable", request) == [
        "Value 'X' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [B, N, S]"
    ]


def test_lengths_patterns_and_ranges() -> None:
    found = findings(
        "lambda",
        "CreateFunction",
        {"FunctionName": "a b", "Role": "r", "Code": {}, "MemorySize": 1, "Timeout": 0, "Description": "d" * 257},
    )
    text = message_of(found)
    assert text.startswith("5 validation errors detected: Value 'a b' at 'functionName' failed to satisfy constraint: ")
    assert (
        "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1" in text
    )
    assert "at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128" in text
    assert "at 'description' failed to satisfy constraint: Member must have length less than or equal to 256" in text


def test_lists_of_plain_values_report_the_list() -> None:
    assert findings("logs", "DescribeLogGroups", {"accountIdentifiers": ["1", "123456789012"]}) == [
        "Value '[1, 123456789012]' at 'accountIdentifiers' failed to satisfy constraint: Member must satisfy "
        "constraint: [Member must have length less than or equal to 12, Member must have length greater than or "
        "equal to 12, Member must satisfy regular expression pattern: ^\\d{12}$, Member must not be null]"
    ]


def test_maps_report_their_keys_and_values() -> None:
    [keys] = findings("logs", "TagLogGroup", {"logGroupName": "g", "tags": {"": "x"}})
    assert keys.startswith(
        "Value '{=x}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have"
    )
    [values] = findings("logs", "TagLogGroup", {"logGroupName": "g", "tags": {"k": "x" * 300}})
    assert "at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [" in values


def test_several_findings_are_in_the_order_of_the_model() -> None:
    one = findings("lambda", "CreateFunction", {"Timeout": 0, "FunctionName": " ", "Role": "", "Code": {}})
    other = findings("lambda", "CreateFunction", {"Role": "", "FunctionName": " ", "Code": {}, "Timeout": 0})
    assert one == other
    assert len(one) == 3


def test_one_finding_is_an_error_in_the_singular() -> None:
    with pytest.raises(ValidationFailed) as failure:
        MODELS.validate("iam", "GetRole", {})
    assert failure.value.message == (
        "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null"
    )


def test_a_wrong_type_is_refused_even_where_the_service_checks_constraints_itself() -> None:
    with pytest.raises(ValidationFailed, match="Expected `str`, got `int`"):
        MODELS.validate("dynamodb", "DescribeTable", {"TableName": 5})
    with pytest.raises(ValidationFailed):
        MODELS.validate("dynamodb", "PutItem", {"TableName": "t", "Item": {"a": {"B": 5}}})


def test_what_a_protocol_has_read_is_not_checked_for_types_again() -> None:
    MODELS.validate("dynamodb", "DescribeTable", Parsed(TableName=5))


def test_each_service_names_the_error_its_own_way() -> None:
    class OneService(Catalog):
        def find_service(self, name: str) -> Service | None:
            return Service(name, validation_code="InvalidParameterValueException")

    with pytest.raises(ValidationFailed) as failure:
        Models(OneService("serein.services")).validate("iam", "GetRole", {})
    assert failure.value.code == "InvalidParameterValueException"
    assert ValidationFailed.code == "ValidationException"


def test_sensitive_values_are_not_repeated() -> None:
    shapes = {
        "In": {"type": "structure", "members": {"Password": {"shape": "Secret"}}},
        "Secret": {"type": "string", "min": 6, "sensitive": True},
    }
    described = {"metadata": {"protocol": "json"}, "operations": {}, "shapes": shapes}
    model = ServiceModel("x", msgspec.convert(described, Description))
    assert constraint_errors(model.shapes["In"], {"Password": "hi"}) == [
        "Value at 'password' failed to satisfy constraint: Member must have length greater than or equal to 6"
    ]


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "Größe 5/a", "a!"),
        (r"[\P{C}\r\n\t]{1,250}", "text\n", "\x00"),
        (r"[\w-_]*", "a-b_c", "a b"),
        (r"\p{Alnum}+", "aZ9", "ä"),
        (r"\A[a-z]+\z", "abc", "abc1"),
        ("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*", "a😀\t", "\x01"),
    ],
)
def test_javas_patterns_mean_the_same_here(pattern: str, good: str, bad: str) -> None:
    compiled = find_pattern(pattern)
    assert compiled is not None
    assert compiled.fullmatch(good)
    assert not compiled.fullmatch(bad)


def test_encoded_values_are_decoded_for_callers_inside() -> None:
    reply = {
        "Items": [Encoded(b'{"a":{"B":"aGk="}}'), {"b": {"S": "x"}}],
        "Count": 2,
        "LastEvaluatedKey": Encoded(b'{"a":{"S":"k"}}'),
    }
    assert MODELS.decode("dynamodb", "Query", reply) == {
        "Items": [{"a": {"B": b"hi"}}, {"b": {"S": "x"}}],
        "Count": 2,
        "LastEvaluatedKey": {"a": {"S": "k"}},
    }
    assert MODELS.decode("dynamodb", "BatchGetItem", {"Responses": {"t": [Encoded(b'{"a":{"N":"1"}}')]}}) == {
        "Responses": {"t": [{"a": {"N": "1"}}]}
    }


def test_the_models_know_what_aws_has() -> None:
    assert MODELS.knows("sqs", "SendMessage")
    assert not MODELS.knows("sqs", "SendMassage")
    assert not MODELS.knows("../sqs", "SendMessage")

"""No operation of DynamoDB and its streams goes untested, and none is missing."""

import ast
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import Session

from serein.kernel.operation import Catalog

TESTS = Path(__file__).parent
SERVICES = ("dynamodb", "dynamodbstreams")
NOT_HERE: set[str] = set()
"""Those that the docs' list of operations names as missing."""


def known_to_aws(service: str) -> set[str]:
    return set(Session().get_service_model(service).operation_names)


def implemented(service: str) -> set[str]:
    return {found.name for found in Catalog("serein.services").operations_of(service) if not found.internal}


def attributes_named_in_tests() -> set[str]:
    """What the tests call, or pass on to be called, of whatever object: `client.put_item`."""
    trees = [ast.parse(path.read_text(), str(path)) for path in sorted(TESTS.glob("**/test_*.py"))]
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_that_is_there_is_called_by_a_test(service: str) -> None:
    called = attributes_named_in_tests()
    operations = implemented(service) & known_to_aws(service)
    assert operations
    assert sorted(name for name in operations if xform_name(name) not in called) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_of_aws_is_there_but_for_those_that_are_named(service: str) -> None:
    assert sorted(known_to_aws(service) - implemented(service) - NOT_HERE) == []

"""Each operation that there is of DynamoDB and its streams is called by a test of this folder."""

import re
from pathlib import Path

import pytest
from botocore import xform_name

from serein.kernel.operation import Catalog

CATALOG = Catalog("serein.services")
OPERATIONS = [
    found.name
    for service in ("dynamodb", "dynamodbstreams")
    for found in CATALOG.operations_of(service)
    if not found.internal
]


@pytest.fixture(scope="module")
def called() -> set[str]:
    """The names of everything that the tests call or hand on as `client.some_operation`."""
    texts = (path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"\.([a-z_]+)\b|\"([a-z_]+)\"", text) for name in name}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_is_called_by_a_test(called: set[str], operation: str) -> None:
    assert xform_name(operation) in called

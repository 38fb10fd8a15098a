"""The handlers of resource types against what AWS publishes of the types."""

import pytest

from serein.kernel.operation import Catalog
from serein.services.cloudformation import types

HANDLERS = types.handlers(Catalog("serein.services"))
OPEN = frozenset({"AWS::CloudFormation::CustomResource"})
"""Types whose properties are anything."""
ALSO_REPLACED = {
    # A change that AWS calls conditional or refuses: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference
    "AWS::CloudFormation::StackSet": {"CallAs"},
    "AWS::DynamoDB::GlobalTable": {"GlobalTableSourceArn", "KeySchema", "LocalSecondaryIndexes"},
    "AWS::DynamoDB::Table": {"KeySchema", "LocalSecondaryIndexes"},
    "AWS::EventSchemas::RegistryPolicy": {"RegistryName"},
    "AWS::Events::EventBus": {"EventSourceName"},
    "AWS::Events::Rule": {"EventBusName"},
    "AWS::SecretsManager::Secret": {"Type"},
}


@pytest.mark.parametrize("type_name", sorted(HANDLERS.keys() - OPEN))
def test_a_handler_has_the_properties_of_its_type(type_name):
    found, handler = types.find_description(type_name), HANDLERS[type_name]
    assert handler.properties == found.properties
    assert handler.stored <= handler.properties


@pytest.mark.parametrize("type_name", sorted(HANDLERS))
def test_a_handler_replaces_where_its_type_is_replaced(type_name):
    found, handler = types.find_description(type_name), HANDLERS[type_name]
    assert handler.replaced_by == found.replaced_by | ALSO_REPLACED.get(type_name, set())

"""DynamoDB's CloudFormation types."""

from serein.services.dynamodb.resources.global_table import GlobalTable
from serein.services.dynamodb.resources.table import TableResource

__all__ = ["GlobalTable", "TableResource"]

"""Tags are asked for by ARN."""

from serein.kernel.arn import find_arn
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import ResourceNotFoundException, ValidationException
from serein.services.dynamodb.store.tables import find_table
from serein.services.dynamodb.tables import TableDefinition


def require_tagged_table(tx: Transaction, scope: Scope, resource_arn: str) -> TableDefinition:
    """The definition of the table with an ARN. Raises ValidationException or ResourceNotFoundException."""
    arn = find_arn(resource_arn)
    if arn is None or arn.service != "dynamodb" or not arn.resource.startswith("table/"):
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {resource_arn}")
    table = find_table(tx, scope, arn.resource.removeprefix("table/")) if arn.scope == scope else None
    if table is None:
        # AWS: the message says "ResourcArn".
        raise ResourceNotFoundException(f"Requested resource not found: ResourcArn: {resource_arn} not found")
    return table.definition

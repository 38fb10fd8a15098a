"""Tags: which are allowed, and the tables that they are asked for by ARN."""

import re

from serein.kernel.arn import find_arn
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.constraints import broken
from serein.services.dynamodb.errors import (
    AccessDeniedException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from serein.services.dynamodb.store.tables import find_table
from serein.services.dynamodb.tables import TableDefinition

_MOST_TAGS = 50
_PATTERN = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"
_TEXT = re.compile(r"[\w\s.:/=+\-@]*")


def merged_tags(old: dict[str, str], given: list[dict[str, str]]) -> dict[str, str]:
    """A table's tags with those that a request adds. Raises ValidationException for what can't be a tag."""
    findings = [
        f"Value '{tag[member]}' at 'tags.{at}.member.{member.lower()}' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: {_PATTERN}"
        for at, tag in enumerate(given, 1)
        for member in ("Key", "Value")
        if _TEXT.fullmatch(tag[member]) is None
    ]
    if findings:
        raise broken(*findings)
    if any(tag["Key"].lower().startswith("aws:") for tag in given):
        raise _invalid("Tag keys starting with 'aws:' are reserved for system use")
    if len({tag["Key"] for tag in given}) != len(given):
        raise _invalid("Duplicate tag keys")
    tags = {**old, **{tag["Key"]: tag["Value"] for tag in given}}
    if len(tags) > _MOST_TAGS:
        raise _invalid(f"Too many tags: the limit is {_MOST_TAGS}")
    return tags


def require_tagged_table(tx: Transaction, scope: Scope, resource_arn: str, operation: str) -> TableDefinition:
    """The definition of the table with an ARN. Raises AWS's errors for another ARN, or one of another account."""
    if not resource_arn.startswith("arn:"):
        raise ValidationException("Invalid TableArn: ARNs must start with 'arn:'")
    arn = find_arn(resource_arn)
    if arn is None or arn.service != "dynamodb" or not arn.resource.startswith("table/"):
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {resource_arn}")
    name = arn.resource.removeprefix("table/")
    if "/" in name:
        raise _invalid(
            f"Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {resource_arn}"
        )
    if arn.account != scope.account:
        raise AccessDeniedException(
            f"User: arn:{scope.partition}:iam::{scope.account}:root is not authorized to perform: "
            f"dynamodb:{operation} on resource: {resource_arn}"
        )
    table = find_table(tx, scope, name) if arn.scope == scope else None
    if table is None:
        # AWS: the message says "ResourcArn".
        raise ResourceNotFoundException(f"Requested resource not found: ResourcArn: {resource_arn} not found")
    return table.definition


def require_taggable(definition: TableDefinition) -> None:
    """Check that a table's tags can be changed. Raises ResourceInUseException while it comes or goes."""
    doing = {"CREATING": "created", "DELETING": "deleted"}.get(definition.status)
    if doing:
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being {doing}: {definition.name}"
        )


def _invalid(reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {reason}")

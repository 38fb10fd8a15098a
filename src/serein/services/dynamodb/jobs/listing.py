"""Pages of exports and imports."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.store.jobs import Job, jobs_of

_LEAST_BYTES = 56
_BLOCK_BYTES = 8


def read_page(
    tx: Transaction, scope: Scope, kind: str, table_arn: str, after: str, limit: int
) -> tuple[list[Job], str]:
    """Up to `limit` jobs after an ARN, against the order of ARNs, and the token of the next page, if there is one."""
    if table_arn and (arn := find_arn(table_arn)) is not None and arn.scope != scope:
        return [], ""
    found: list[Job] = []
    prefix = f"{table_arn}/{kind}/" if table_arn else ""
    for job in jobs_of(tx, scope, kind, prefix, after, is_forward=False):
        if len(found) == limit:
            return found, _token(found[-1].arn)
        found.append(job)
    return found, ""


def require_position(request: dict[str, Any]) -> str:
    """The ARN after which a page begins; empty for the first. Raises ValidationException for a wrong token."""
    token = request.get("NextToken", "")
    try:
        return bytes.fromhex(token).decode().rstrip("\0")
    except ValueError:
        raise ValidationException("Invalid NextToken") from None


def _token(arn: str) -> str:
    """AWS: tokens of imports are at least 112 hexadecimal digits, in groups of 16."""
    content = arn.encode()
    size = max(_LEAST_BYTES, -(-len(content) // _BLOCK_BYTES) * _BLOCK_BYTES)
    return content.ljust(size, b"\0").hex()

"""The ARNs of streams."""

import re
from functools import lru_cache

from serein.kernel.scope import Scope
from serein.services.dynamodbstreams.errors import ResourceNotFoundException, ValidationException

_ARN = re.compile(r"arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255}/stream/[^/]+")


def require_stream_arn(arn: str, scope: Scope) -> str:
    """Check that an ARN is that of a stream in the region. Raises ValidationException and ResourceNotFoundException."""
    region = _find_region(arn)
    if region is None:
        raise ValidationException(f"Invalid StreamArn: {arn}")
    if region != scope.region:
        raise ResourceNotFoundException(f"Requested resource not found: Stream: {arn} not found")
    return arn


@lru_cache(maxsize=1024)
def _find_region(arn: str) -> str | None:
    found = _ARN.fullmatch(arn)
    return found[1] if found else None

"""EventBridge Schemas' errors. AWS: each has its code as a member of its body, too."""

from typing import Any

from serein.kernel.errors import AwsError


class _SchemasError(AwsError):
    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message, **{"Code": type(self).code, **fields})


class BadRequestException(_SchemasError):
    """The request can't be taken as it is."""


class ForbiddenException(_SchemasError):
    """The request is not allowed, whoever makes it."""

    status = 403


class NotFoundException(_SchemasError):
    """There is no such thing."""

    status = 404


class ConflictException(_SchemasError):
    """There is such a thing already."""

    status = 409


class PreconditionFailedException(_SchemasError):
    """The policy has another revision."""

    status = 412


def not_found(kind: str, name: str) -> NotFoundException:
    return NotFoundException(f"{kind} with name {name} does not exist.")


def already_exists(kind: str, name: str) -> ConflictException:
    """AWS: `Schema with name orders already exists.`"""
    return ConflictException(f"{kind} with name {name} already exists.")

"""EventBridge Pipes' errors."""

import json

from serein.kernel.errors import AwsError


class ValidationException(AwsError):
    """Indicates that an error has occurred while performing a validate operation."""


class ConflictException(AwsError):
    """An action you attempted resulted in an exception."""

    status = 409


class NotFoundException(AwsError):
    """An entity that you specified does not exist."""

    status = 404


class RunFailed(Exception):
    """An enrichment or a target is at fault for a batch that failed: the attempt counts."""

    def __init__(self, message: str, *, service: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.service = service
        self.status = status


class TransformationFailed(RunFailed):
    """What a template or a path makes of an event is nothing that a target can be given."""


def invalid(*fields: tuple[str, str]) -> ValidationException:
    """AWS: the message is JSON, with the name of each member that is wrong and what is wrong with it."""
    listed = [{"Name": name, "Message": message} for name, message in fields]
    shown = [{"name": name, "message": message} for name, message in fields]
    return ValidationException(json.dumps({"ValidationErrorFields": listed}, separators=(",", ":")), fieldList=shown)


def pipe_not_found(name: str) -> NotFoundException:
    return NotFoundException(f"Pipe {name} does not exist.")

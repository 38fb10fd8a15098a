"""Calls of moto's services from inside the platform: requests and replies in botocore's own serializers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, create_request_object, prepare_request_dict
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.session import Session

from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request
from serein.kernel.scope import Scope

Answer = tuple[Any, Any, Any]
"""What moto gives: a status, headers, and the body."""
_MULTIPLE = 300


class AnsweredByMoto(AwsError):
    """An error of a service that moto answers for."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        # Why: the errors of all those services are one class here.
        self.code = code  # type: ignore[misc]
        self.status = status  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class MotoCall:
    """One operation of a service, for an account and a region."""

    operation: OperationModel
    protocol: str
    scope: Scope

    def request_of(self, request: Request, host: str) -> AWSPreparedRequest:
        """The HTTP request that the SDK would send. Raises botocore's ParamValidationError."""
        parts = create_serializer(self.protocol).serialize_to_request(request, self.operation)
        prepare_request_dict(parts, f"https://{host}")
        prepared = create_request_object(parts).prepare()
        name = self.operation.service_model.signing_name
        credential = f"{self.scope.account}/20240101/{self.scope.region}/{name}/aws4_request"
        prepared.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=none"
        )
        prepared.headers["host"] = host
        prepared.headers["x-moto-account-id"] = self.scope.account
        return prepared

    def reply_of(self, answer: Answer) -> Reply:
        """What the SDK would make of an answer. Raises AnsweredByMoto."""
        status, headers, content = answer
        body = content.encode() if isinstance(content, str) else bytes(content or b"")
        shape = self.operation.output_shape
        told = {"status_code": int(status), "headers": dict(headers), "body": body}
        parsed: dict[str, Any] = create_parser(self.protocol).parse(told, shape)
        if int(status) >= _MULTIPLE:
            error = parsed.get("Error", {})
            raise AnsweredByMoto(str(error.get("Code", "")), str(error.get("Message", "")), int(status))
        parsed.pop("ResponseMetadata", None)
        reply: Reply = _plain(parsed)
        return reply


def _plain(value: Any) -> Any:
    """Times as seconds since the epoch."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def find_call(session: Session, service: str, operation: str, scope: Scope) -> MotoCall | None:
    """The call, when botocore knows such an operation."""
    model = session.get_service_model(service)
    if operation not in model.operation_names:
        return None
    return MotoCall(model.operation_model(operation), model.resolved_protocol, scope)

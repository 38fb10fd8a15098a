"""Requests as botocore sends them, and what functions are made of."""

import io
import zipfile
from typing import Any
from urllib.parse import quote, urlsplit

import botocore.session
from botocore.awsrequest import prepare_request_dict
from botocore.serialize import create_serializer

from serein.kernel.http import ByteStream, HttpRequest
from serein.wire.models import OperationModel

_SESSION = botocore.session.Session()


def sent_by_botocore(operation: OperationModel, params: dict[str, Any], protocol: str) -> tuple[HttpRequest, bytes]:
    """The request that botocore makes of parameters, unsigned and unchecked."""
    model = _SESSION.get_service_model(operation.service.name)
    serializer = create_serializer(protocol, include_validation=False)
    described = serializer.serialize_to_request(params, model.operation_model(operation.name))
    prepare_request_dict(described, "http://localhost:4566")
    body = described["body"]
    if isinstance(body, dict):
        body = "&".join(f"{quote(key)}={quote(str(value))}" for key, value in body.items()).encode()
    parts = urlsplit(described["url"])
    headers = {name.lower(): str(value) for name, value in described["headers"].items()}
    content = body or b""
    return HttpRequest(
        described["method"], parts.path, parts.query, headers, ByteStream.of(content), "localhost"
    ), content


def _zip(source: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", source)
    return packed.getvalue()


CODE_ZIP = _zip("def handler(event, context):\n    return event\n")

"""Binary media types, and the conversions of bodies between bytes and text.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
"""

import base64
import binascii

from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.templates import media_type

TO_BINARY, TO_TEXT = "CONVERT_TO_BINARY", "CONVERT_TO_TEXT"


class BinaryTypes:
    """An API's binaryMediaTypes."""

    __slots__ = ("_exact", "_prefixes", "has_all")

    def __init__(self, types: list[str]) -> None:
        lowered = [each.lower() for each in types]
        self.has_all = "*/*" in lowered
        self._exact = frozenset(lowered)
        self._prefixes = tuple(each[:-1] for each in lowered if each.endswith("/*") and each != "*/*")

    def __bool__(self) -> bool:
        return bool(self._exact)

    def has(self, content_type: str | None) -> bool:
        """Whether a body of that content type is binary."""
        if not self._exact:
            return False
        kind = media_type(content_type)
        return self.has_all or kind in self._exact or (bool(self._prefixes) and kind.startswith(self._prefixes))

    def is_accepted(self, accept: str | None) -> bool:
        """Whether a client wants bytes. AWS: the first media type of `Accept` decides."""
        return bool(self._exact) and self.has((accept or "*/*").partition(",")[0])


def request_payload(body: bytes, content_type: str | None, types: BinaryTypes, handling: str) -> tuple[bytes, bool]:
    """A request's body as the integration gets it, and whether it is binary. Raises Refused."""
    is_binary = types.has(content_type)
    if handling == TO_TEXT and is_binary:
        return base64.b64encode(body), False
    if handling == TO_BINARY and not is_binary:
        return decoded(body), True
    return (body, True) if is_binary else (as_text(body), False)


def reply_payload(
    body: bytes, content_type: str | None, accept: str | None, types: BinaryTypes, handling: str
) -> tuple[bytes, bool]:
    """An integration's body as its mapping gets it, and whether it is binary. Raises Refused."""
    is_binary = types.has(content_type)
    if handling == TO_TEXT:
        return (base64.b64encode(body), False) if is_binary else (as_text(body), False)
    if handling == TO_BINARY:
        return (body, True) if is_binary else (decoded(body), True)
    is_wanted = types.is_accepted(accept)
    if is_binary:
        return (body, True) if is_wanted else (base64.b64encode(body), False)
    return (decoded(body), True) if is_wanted and not types.has_all else (as_text(body), False)


def as_text(body: bytes) -> bytes:
    """AWS: what isn't binary is UTF-8, and bytes that aren't are lost."""
    if body.isascii():
        return body
    return body.decode("utf-8", "replace").encode()


def decoded(body: bytes) -> bytes:
    """What base64 stands for. Raises Refused."""
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(refusals.API_CONFIGURATION_ERROR, reason="Unable to base64 decode the body.") from error

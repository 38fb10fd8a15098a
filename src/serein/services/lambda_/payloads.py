"""What is sent along with an invocation: the event and the client context, and their limits."""

import base64
import binascii

import msgspec

from serein.services.lambda_.errors import InvalidRequestContentException, RequestTooLargeException

MAXIMUM_BYTES = 6_291_456
MAXIMUM_EVENT_BYTES = 1_048_576
_MAXIMUM_CONTEXT_BYTES = 3583
_decode = msgspec.json.Decoder(msgspec.Raw).decode


def check_payload(payload: bytes, kind: str = "RequestResponse") -> None:
    """Raise RequestTooLargeException, or InvalidRequestContentException when a payload isn't JSON."""
    limit = MAXIMUM_EVENT_BYTES if kind == "Event" else MAXIMUM_BYTES
    if len(payload) > limit:
        raise RequestTooLargeException(
            f"{len(payload)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)",
            Type="User",
        )
    if not payload:
        return
    try:
        _decode(payload)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRequestContentException(
            f"Could not parse request body into json: Could not parse payload into json: {error}", Type="User"
        ) from None


def client_context_of(text: str) -> str:
    """The JSON text of a client context. Raises InvalidRequestContentException.

    AWS: at most 3,583 bytes of base64 (API reference, Invoke).
    """
    try:
        if len(text) > _MAXIMUM_CONTEXT_BYTES:
            raise ValueError
        context = base64.b64decode(text, validate=True)
        msgspec.json.decode(context, type=dict)
        return context.decode()
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        raise InvalidRequestContentException(
            "Client context must be a valid Base64-encoded JSON object.", Type="User"
        ) from None

"""What a request whose signature is refused is told: the same faults have other names in each family of protocols.

AWS: Common Errors of each service's API reference; a client of a Query service waits for `InvalidClientTokenId` where
one of a JSON service waits for `UnrecognizedClientException`.
"""

from collections.abc import Mapping

from serein.kernel.errors import AwsError
from serein.wire.sigv4 import SignatureError

_Names = Mapping[str, tuple[str, int]]
_QUERY: _Names = {
    "UnrecognizedClientException": ("InvalidClientTokenId", 403),
    "InvalidSignatureException": ("SignatureDoesNotMatch", 403),
    "IncompleteSignatureException": ("IncompleteSignature", 400),
    "ExpiredToken": ("ExpiredToken", 403),
}
_JSON: _Names = {
    "MissingAuthenticationToken": ("MissingAuthenticationTokenException", 400),
    "ExpiredToken": ("ExpiredTokenException", 400),
}
_REST_JSON: _Names = {
    "MissingAuthenticationToken": ("MissingAuthenticationTokenException", 403),
    "UnrecognizedClientException": ("UnrecognizedClientException", 403),
    "InvalidSignatureException": ("InvalidSignatureException", 403),
    "IncompleteSignatureException": ("IncompleteSignatureException", 403),
    "ExpiredToken": ("ExpiredTokenException", 403),
}
_S3: _Names = {"ExpiredToken": ("ExpiredToken", 400)}
_FAMILIES: Mapping[str, _Names] = {"query": _QUERY, "ec2": _QUERY, "rest-xml": _QUERY, "rest-json": _REST_JSON}


def refusal(error: AwsError, protocol: str, *, is_s3: bool) -> AwsError:
    """The error as clients of a protocol know it."""
    if is_s3 and error.code == "MissingAuthenticationToken":
        return SignatureError("AccessDenied", "Access Denied")
    names = _S3 if is_s3 else _FAMILIES.get(protocol, _JSON)
    code, status = names.get(error.code, (error.code, error.status))
    return SignatureError(code, error.message, status, **error.fields)

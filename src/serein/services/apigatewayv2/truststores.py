"""Trust stores of domain names: the certificates that those of clients must come from.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html. They are read when
mutual TLS is turned on or changed: what becomes of the object afterwards doesn't matter until then.
"""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.services.apigatewayv2.errors import BadRequestException

_MOST_CERTIFICATES = 1000
_MOST_BYTES = 4 * 1024 * 1024


async def read_truststore(call: Call, given: dict[str, Any]) -> str:
    """The certificates that `MutualTlsAuthentication` names, in PEM; empty when it names none.

    Raises BadRequestException.
    """
    uri: str = given.get("TruststoreUri", "")
    if not uri:
        return ""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket or not key:
        raise BadRequestException("The truststore URI must be an S3 URL: s3://bucket/key")
    request = {"Bucket": bucket, "Key": key}
    if given.get("TruststoreVersion"):
        request["VersionId"] = given["TruststoreVersion"]
    try:
        body = (await call.to("s3", "GetObject", request))["Body"]
    except AwsError as error:
        raise BadRequestException(f"The truststore {uri} can't be read: {error.message}") from error
    content = body if isinstance(body, bytes) else b"".join([chunk async for chunk in body])
    _check(uri, content)
    return str(content.decode("ascii"))


def _check(uri: str, content: bytes) -> None:
    from cryptography import x509  # why here: few APIs have trust stores, and loading it takes 40 ms

    try:
        if len(content) > _MOST_BYTES or not content.isascii():
            raise ValueError
        count = len(x509.load_pem_x509_certificates(content))
    except ValueError:
        raise BadRequestException(f"The truststore {uri} is not a list of certificates in PEM") from None
    if count > _MOST_CERTIFICATES:
        raise BadRequestException(f"The truststore {uri} has more than {_MOST_CERTIFICATES} certificates")

"""What APIs tell of the certificate that a client has proved to be its own.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from serein.kernel.http import HttpRequest

_DATE = "%b %e %H:%M:%S %Y GMT"


@lru_cache(maxsize=256)
def described_certificate(content: bytes) -> dict[str, Any]:
    """`clientCert` of an event, from a certificate in DER. Not to be changed."""
    from cryptography import x509  # why here: few APIs ask for certificates, and loading it takes 40 ms
    from cryptography.hazmat.primitives.serialization import Encoding  # as above

    certificate = x509.load_der_x509_certificate(content)
    digits = f"{certificate.serial_number:x}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    return {
        "clientCertPem": certificate.public_bytes(Encoding.PEM).decode(),
        "subjectDN": certificate.subject.rfc4514_string(),
        "issuerDN": certificate.issuer.rfc4514_string(),
        "serialNumber": ":".join(digits[place : place + 2] for place in range(0, len(digits), 2)),
        "validity": {
            "notBefore": _shown(certificate.not_valid_before_utc),
            "notAfter": _shown(certificate.not_valid_after_utc),
        },
    }


def identity_of(http: HttpRequest) -> dict[str, Any]:
    """What a request's certificate adds to `$context.identity`."""
    return {"clientCert": described_certificate(http.client_certificate)} if http.client_certificate else {}


def _shown(moment: datetime) -> str:
    return moment.strftime(_DATE)

"""AWS Signature Version 4: who a request says it is from, and whether it is.

`find_credential` is used on every request and only reads; `verify` recomputes the signature. S3 signs the path as it
was sent; every other service signs it normalised and encoded once more.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import calendar
import functools
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from serein.kernel.errors import AwsError
from serein.kernel.http import HttpRequest
from serein.wire.canonical import canonical_request, query_map

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()
_SKEW_SECONDS = 900
_LONGEST_EXPIRY_SECONDS = 604_800
_HEX_HASH = re.compile(r"[0-9a-f]{64}\Z")


class SignatureError(AwsError):
    """A signature that is refused. S3 and the other services have different codes for the same thing."""

    status = 403

    def __init__(self, code: str, message: str, status: int = 403, **fields: object) -> None:
        super().__init__(message, **fields)
        # Why: one error, named by the family of the service that was called.
        self.code = code  # type: ignore[misc]
        self.status = status  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request says of its signer; nothing of it is verified."""

    access_key: str
    date: str
    region: str
    service: str
    scope: str
    """`date/region/service/aws4_request`."""
    signed_headers: str
    is_presigned: bool = False

    @property
    def is_s3(self) -> bool:
        """Whether the signature follows S3's rules: the path as sent, the body's hash in a header."""
        return self.service in {"s3", "s3-object-lambda", "s3-outposts", "s3express"}


@dataclass(frozen=True, slots=True)
class ChunkKey:
    """What signed chunks are verified with: the key, and the signature that the first chunk continues."""

    key: bytes
    date: str
    scope: str
    seed: str


def find_credential(http: HttpRequest) -> Credential | None:
    """The credential of a request's `Authorization` header or presigned query, or None when it has none.

    Text that isn't a complete credential counts as none; `verify` says what is wrong with it.
    """
    header = http.headers.get("authorization")
    if header is not None:
        return _from_header(header)
    if "X-Amz-Credential=" in http.query:
        return _from_query(http.query)
    return None


def _from_header(header: str) -> Credential | None:
    if not header.startswith("AWS4-"):
        return None
    # Why: all but the signature is the same in every request of a client on one day.
    head = header.rpartition("Signature=")[0]
    return _of_header_without_signature(head if "SignedHeaders=" in head and "Credential=" in head else header)


@functools.lru_cache(maxsize=1024)
def _of_header_without_signature(header: str) -> Credential | None:
    parts = _header_map(header)
    return _credential(parts.get("Credential", ""), parts.get("SignedHeaders", ""), is_presigned=False)


def _header_map(header: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in header.partition(" ")[2].split(","):
        name, _, value = part.strip().partition("=")
        parts[name] = value
    return parts


def _from_query(query: str) -> Credential | None:
    parts = query_map(query)
    return _credential(parts.get("X-Amz-Credential", ""), parts.get("X-Amz-SignedHeaders", ""), is_presigned=True)


def _credential(credential: str, signed_headers: str, *, is_presigned: bool) -> Credential | None:
    # Why from the right: an access key id may contain slashes.
    fields = credential.rsplit("/", 4)
    if len(fields) != 5:
        return None
    access_key, date, region, service, _ = fields
    scope = credential[len(access_key) + 1 :]
    return Credential(access_key, date, region, service, scope, signed_headers, is_presigned)


def _signature_of(http: HttpRequest, credential: Credential) -> str:
    if credential.is_presigned:
        return query_map(http.query).get("X-Amz-Signature", "")
    return _header_map(http.headers.get("authorization", "")).get("Signature", "")


def verify(
    http: HttpRequest, body: bytes | None, credential: Credential | None, secret: str | None, token: str, now: float
) -> ChunkKey:
    """Verify a request's signature; `body` is None when it is streamed, and then what its header says of it is signed.

    `secret` is None when the access key is unknown; `token` is the session token that belongs to it, or empty.
    Returns what signed chunks are verified with. Raises SignatureError.
    """
    if credential is None:
        raise _missing(http)
    is_s3 = credential.is_s3
    _check_form(http, credential)
    if secret is None:
        raise _unknown_key(is_s3, credential.access_key)
    amz_date = _amz_date(http, credential)
    _check_time(http, credential, amz_date, now)
    _check_token(http, credential, token)
    canonical = canonical_request(
        http, credential.signed_headers, _payload_hash(http, body, credential), is_path_raw=credential.is_s3
    )
    to_sign = f"{ALGORITHM}\n{amz_date}\n{credential.scope}\n{hashlib.sha256(_as_sent(canonical)).hexdigest()}"
    key = signing_key(secret, credential)
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    signature = _signature_of(http, credential)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise _mismatch(credential, signature, to_sign, canonical)
    return ChunkKey(key, amz_date, credential.scope, expected)


def _as_sent(text: str) -> bytes:
    """Header values come as Latin-1, whatever bytes they had: those are what was signed."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode(errors="replace")


def signing_key(secret: str, credential: Credential) -> bytes:
    """The key of one day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in (credential.date, credential.region, credential.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _payload_hash(http: HttpRequest, body: bytes | None, credential: Credential) -> str:
    stated = http.headers.get("x-amz-content-sha256", "")
    if credential.is_presigned and credential.is_s3:
        return stated or UNSIGNED
    if body is None or not stated:
        return stated or (hashlib.sha256(body).hexdigest() if body else _EMPTY_HASH)
    if _HEX_HASH.match(stated) and stated != hashlib.sha256(body).hexdigest():
        if credential.is_s3:
            raise SignatureError(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
                400,
                ClientComputedContentSHA256=stated,
                S3ComputedContentSHA256=hashlib.sha256(body).hexdigest(),
            )
        return hashlib.sha256(body).hexdigest()
    return stated


def _amz_date(http: HttpRequest, credential: Credential) -> str:
    if credential.is_presigned:
        return query_map(http.query).get("X-Amz-Date", "")
    stated = http.headers.get("x-amz-date", "")
    if stated:
        return stated
    return _basic_date(http.headers.get("date", ""))


def _basic_date(text: str) -> str:
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC).strftime("%Y%m%dT%H%M%SZ")
    except ValueError:
        return text


def _seconds(amz_date: str) -> float | None:
    try:
        return calendar.timegm(datetime.strptime(amz_date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timetuple())
    except ValueError:
        return None


def _shown(seconds: float, form: str) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(form)


def _check_time(http: HttpRequest, credential: Credential, amz_date: str, now: float) -> None:
    signed_at = _seconds(amz_date)
    if signed_at is None:
        raise _incomplete(
            credential.is_s3, "Date in the request must be in ISO8601 'basic format' (YYYYMMDD'T'HHMMSS'Z')."
        )
    if not amz_date.startswith(credential.date):
        raise _incomplete(
            credential.is_s3, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date."
        )
    if credential.is_presigned:
        _check_expiry(http, credential, signed_at, now)
    elif abs(now - signed_at) > _SKEW_SECONDS:
        if credential.is_s3:
            raise SignatureError(
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
                RequestTime=amz_date,
                ServerTime=_shown(now, "%Y-%m-%dT%H:%M:%SZ"),
                MaxAllowedSkewMilliseconds=_SKEW_SECONDS * 1000,
            )
        is_early = signed_at < now
        edge = _shown(now - _SKEW_SECONDS if is_early else now + _SKEW_SECONDS, "%Y%m%dT%H%M%SZ")
        current = _shown(now, "%Y%m%dT%H%M%SZ")
        verdict = "expired" if is_early else "not yet current"
        comparison, sign = ("earlier", "-") if is_early else ("later", "+")
        raise SignatureError(
            "InvalidSignatureException",
            f"Signature {verdict}: {amz_date} is now {comparison} than {edge} ({current} {sign} 15 min.)",
            400,
        )


def _check_expiry(http: HttpRequest, credential: Credential, signed_at: float, now: float) -> None:
    text = query_map(http.query).get("X-Amz-Expires", "")
    if not text.isdecimal() or len(text) > 12:
        raise SignatureError("AuthorizationQueryParametersError", "X-Amz-Expires should be a number", 400)
    expires = int(text)
    if expires > _LONGEST_EXPIRY_SECONDS:
        raise SignatureError(
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            "604800 seconds",
            400,
        )
    if now - signed_at > expires:
        raise SignatureError(
            "AccessDenied" if credential.is_s3 else "RequestExpired",
            "Request has expired",
            **{"X-Amz-Expires": text},  # type: ignore[arg-type]
            Expires=_shown(signed_at + expires, "%Y-%m-%dT%H:%M:%SZ"),
            ServerTime=_shown(now, "%Y-%m-%dT%H:%M:%SZ"),
        )
    if signed_at - now > _SKEW_SECONDS:
        raise SignatureError("AccessDenied" if credential.is_s3 else "RequestExpired", "Request is not yet valid")


def _check_token(http: HttpRequest, credential: Credential, token: str) -> None:
    stated = http.headers.get("x-amz-security-token", "")
    if not stated and credential.is_presigned:
        stated = query_map(http.query).get("X-Amz-Security-Token", "")
    if not hmac.compare_digest(stated.encode(), token.encode()):
        if credential.is_s3:
            raise SignatureError("InvalidToken", "The provided token is malformed or otherwise invalid.", 400)
        raise SignatureError(
            "UnrecognizedClientException", "The security token included in the request is invalid.", 400
        )


def _check_form(http: HttpRequest, credential: Credential) -> None:
    """Refuse what isn't a whole SigV4 credential."""
    is_s3 = credential.is_s3
    header = http.headers.get("authorization", "")
    if not credential.is_presigned and not header.startswith(f"{ALGORITHM} "):
        raise _incomplete(is_s3, f"Unsupported AWS 'algorithm': '{header.partition(' ')[0]}'.")
    if credential.is_presigned and query_map(http.query).get("X-Amz-Algorithm") != ALGORITHM:
        raise SignatureError(
            "AuthorizationQueryParametersError",
            'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"',
            400,
        )
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name, value in (
            ("Signature", _signature_of(http, credential)),
            ("SignedHeaders", credential.signed_headers),
        )
        if not value
    ]
    if missing or not credential.scope.endswith("/aws4_request"):
        raise _incomplete(
            is_s3, " ".join(missing) or "Credential should be scoped with a valid terminator: 'aws4_request'."
        )
    if "host" not in credential.signed_headers.split(";"):
        raise _incomplete(is_s3, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")


def _incomplete(is_s3: bool, message: str) -> SignatureError:
    code = "AuthorizationHeaderMalformed" if is_s3 else "IncompleteSignatureException"
    return SignatureError(code, message, 400)


def _missing(http: HttpRequest) -> SignatureError:
    header = http.headers.get("authorization", "")
    if header.startswith("AWS4-"):
        return _incomplete(
            False, f"Authorization header requires 'Credential' parameter. Authorization={header.partition(' ')[0]}"
        )
    query = http.query
    if header.startswith("AWS ") or ("AWSAccessKeyId=" in query and "Signature=" in query):
        return SignatureError(
            "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            400,
        )
    return SignatureError("MissingAuthenticationToken", "Missing Authentication Token")


def _unknown_key(is_s3: bool, access_key: str) -> SignatureError:
    if is_s3:
        return SignatureError(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            AWSAccessKeyId=access_key,
        )
    return SignatureError("UnrecognizedClientException", "The security token included in the request is invalid.", 400)


def _mismatch(credential: Credential, signature: str, to_sign: str, canonical: str) -> SignatureError:
    if credential.is_s3:
        return SignatureError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
            AWSAccessKeyId=credential.access_key,
            StringToSign=to_sign,
            SignatureProvided=signature,
            CanonicalRequest=canonical,
        )
    return SignatureError(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details.",
        400 if credential.service != "execute-api" else 403,
    )

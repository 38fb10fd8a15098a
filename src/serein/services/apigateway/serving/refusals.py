"""What API Gateway itself answers instead of an integration: the types of gateway responses, and what they say.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of gateway response."""

    name: str
    status: int
    error_type: str
    """The header `x-amzn-ErrorType`."""
    message: str | None

    @property
    def fallback(self) -> str:
        return "DEFAULT_4XX" if self.status < 500 else "DEFAULT_5XX"


class Refused(Exception):
    """The request goes no further: the client gets a gateway response."""

    def __init__(
        self,
        kind: Kind,
        message: str | None = None,
        *,
        status: int | None = None,
        error_type: str = "",
        validation: str = "",
        reason: str = "",
    ) -> None:
        """`reason` is for execution logs; `validation` is `$context.error.validationErrorString`."""
        super().__init__(reason or message or kind.message)
        self.kind = kind
        self.message = kind.message if message is None else message
        self.status = status or kind.status
        self.error_type = error_type or kind.error_type
        self.validation = validation
        self.reason = reason


_INTERNAL = "Internal server error"
_SERVER_ERROR = "InternalServerErrorException"

ACCESS_DENIED = Kind("ACCESS_DENIED", 403, "AccessDeniedException", "User is not authorized to access this resource")
API_CONFIGURATION_ERROR = Kind("API_CONFIGURATION_ERROR", 500, _SERVER_ERROR, _INTERNAL)
# AWS: both say nothing but null.
AUTHORIZER_CONFIGURATION_ERROR = Kind("AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException", None)
AUTHORIZER_FAILURE = Kind("AUTHORIZER_FAILURE", 500, "AuthorizerFailureException", None)
BAD_REQUEST_PARAMETERS = Kind("BAD_REQUEST_PARAMETERS", 400, "BadRequestException", "Bad Request")
BAD_REQUEST_BODY = Kind("BAD_REQUEST_BODY", 400, "BadRequestException", "Invalid request body")
BAD_REQUEST = Kind("DEFAULT_4XX", 400, "BadRequestException", "Bad Request")
EXPIRED_TOKEN = Kind(
    "EXPIRED_TOKEN", 403, "ExpiredTokenException", "The security token included in the request is expired"
)
FORBIDDEN = Kind("DEFAULT_4XX", 403, "ForbiddenException", "Forbidden")
INTEGRATION_FAILURE = Kind("INTEGRATION_FAILURE", 504, _SERVER_ERROR, "Network error communicating with endpoint")
INTEGRATION_TIMEOUT = Kind("INTEGRATION_TIMEOUT", 504, _SERVER_ERROR, "Endpoint request timed out")
INTERNAL = Kind("DEFAULT_5XX", 500, _SERVER_ERROR, _INTERNAL)
INVALID_API_KEY = Kind("INVALID_API_KEY", 403, "ForbiddenException", "Forbidden")
INVALID_SIGNATURE = Kind("INVALID_SIGNATURE", 403, "InvalidSignatureException", "Forbidden")
MALFORMED_REPLY = Kind("DEFAULT_5XX", 502, _SERVER_ERROR, _INTERNAL)
MISSING_AUTHENTICATION_TOKEN = Kind(
    "MISSING_AUTHENTICATION_TOKEN", 403, "MissingAuthenticationTokenException", "Missing Authentication Token"
)
QUOTA_EXCEEDED = Kind("QUOTA_EXCEEDED", 429, "LimitExceededException", "Limit Exceeded")
REQUEST_TOO_LARGE = Kind("REQUEST_TOO_LARGE", 413, "RequestTooLargeException", "Request Too Long")
THROTTLED = Kind("THROTTLED", 429, "TooManyRequestsException", "Too Many Requests")
UNAUTHORIZED = Kind("UNAUTHORIZED", 401, "UnauthorizedException", "Unauthorized")
UNSUPPORTED_MEDIA_TYPE = Kind("UNSUPPORTED_MEDIA_TYPE", 415, "BadRequestException", "Unsupported Media Type")

"""What the wire itself refuses, in AWS's terms: bodies that cannot be read."""

from serein.kernel.errors import AwsError


class SerializationException(AwsError):
    """The request could not be read."""

    def __init__(self, message: str = "", **fields: object) -> None:
        super().__init__(message, **fields)


class MalformedXML(AwsError):
    """The XML you provided was not well-formed or did not validate against our published schema"""


class MalformedQueryString(AwsError):
    """The query string contains a syntax error."""


class MalformedInput(AwsError):
    """A parameter could not be converted to its type."""


class InvalidRequest(AwsError):
    """The request's headers could not be read."""

    code = "InvalidRequest"

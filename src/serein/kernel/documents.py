"""The port by which users' JSON documents become requests of operations, and replies become documents.

Step Functions' integrations take and give documents whose members are named as AWS's SDKs for Java name them.
"""

from enum import Enum
from typing import Any, NamedTuple, Protocol

from serein.kernel.operation import Reply, Request


class Spelling(Enum):
    """How a document names members and writes plain values."""

    MODEL = "model"
    """As the API's model: `SSEKMSKeyId`; blobs in base64, timestamps as seconds."""
    SDK = "sdk"
    """As the SDK for Java 2 with a capital: `SsekmsKeyId`; blobs as text, timestamps as `2024-01-01T00:00:00Z`."""


class ErrorNames(NamedTuple):
    """How the SDK for Java calls an error: `DynamoDb` and `ConditionalCheckFailedException`."""

    service: str
    exception: str
    is_modelled: bool
    """False when the exception is the service's general one: `DynamoDbException`."""


class Documents(Protocol):
    """Documents of every operation that AWS's models know (`wire/documents.py`)."""

    def find_operation(self, service: str, action: str) -> tuple[str, str] | None:
        """The service and the operation that an SDK's `eventbridge` and `putEvents` mean; spelled exactly so."""

    def is_streaming(self, service: str, operation: str) -> bool:
        """Whether its request or its reply is a stream of events."""

    def faults(self, service: str, operation: str, document: Any, *, is_template: bool) -> list[str]:
        """What is wrong with a document in the SDK's spelling, in Step Functions' words.

        Of a template only names are looked at, and not those that end in `.$`: their values come later.
        """

    def request(self, service: str, operation: str, document: Any, spelling: Spelling) -> tuple[Request, list[str]]:
        """The request that a document is, and what is wrong with it, in Step Functions' words."""

    def reply_faults(
        self, service: str, operation: str, document: Any, spelling: Spelling, *, is_strict: bool
    ) -> list[str]:
        """Why a document can't be an operation's reply; what is required and missing only when strict."""

    def reply(self, service: str, operation: str, reply: Reply, spelling: Spelling) -> dict[str, Any]:
        """A reply as a document. Streamed bodies must have been read."""

    def error(self, service: str, operation: str, code: str) -> ErrorNames:
        """What the SDK for Java calls an error with that code."""

"""Kinesis streaming destinations: the data streams that are told of a table's changes."""

from typing import Any

import msgspec

from serein.kernel.arn import find_arn
from serein.kernel.scope import Scope
from serein.services.dynamodb.errors import LimitExceededException, ValidationException

MILLISECOND, MICROSECOND = "MILLISECOND", "MICROSECOND"
_MOST = 2
_GRADUAL_SECONDS = 5.0
"""How long a change takes where resources change as slowly as on AWS."""
_SHOWN_SECONDS = 24 * 3600
_SETTLED = {"ENABLING": "ACTIVE", "UPDATING": "ACTIVE", "DISABLING": "DISABLED"}


class Destination(msgspec.Struct, omit_defaults=True):
    """A data stream; `change` is what was last done: `ENABLING`, `UPDATING` or `DISABLING`."""

    arn: str
    change: str
    changed_at: float
    precision: str = MILLISECOND

    @property
    def is_enabled(self) -> bool:
        return self.change != "DISABLING"

    @property
    def scope(self) -> Scope:
        arn = find_arn(self.arn)
        return arn.scope if arn is not None else Scope()

    def status(self, now: float, *, is_gradual: bool) -> str:
        """AWS's DestinationStatus."""
        if is_gradual and now < self.changed_at + _GRADUAL_SECONDS:
            return self.change
        return _SETTLED[self.change]


def require_stream_arn(text: str, scope: Scope) -> None:
    """Check the ARN of a data stream for tables of an account and region. Raises ValidationException."""
    arn = find_arn(text)
    if arn is None or arn.service != "kinesis" or not arn.resource.startswith("stream/"):
        raise ValidationException(f"Invalid StreamArn: {text}")
    if arn.scope != scope:
        raise ValidationException(
            f"Kinesis data stream {text} must be in the account and the region of the table that it follows"
        )


def enabled(found: list[Destination], arn: str, precision: str, now: float, *, is_gradual: bool) -> list[Destination]:
    """A table's destinations once one is enabled. Raises ValidationException and LimitExceededException."""
    before = find_destination(found, arn)
    if before is not None and before.status(now, is_gradual=is_gradual) != "DISABLED":
        raise ValidationException(
            "Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination "
            "must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
        )
    others = [one for one in found if one is not before]
    if sum(one.is_enabled for one in others) >= _MOST:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Number of Kinesis streaming destinations exceeds per-table limit of {_MOST}"
        )
    return [*others, Destination(arn, "ENABLING", now, precision)]


def disabled(found: list[Destination], arn: str, now: float, *, is_gradual: bool) -> list[Destination]:
    """A table's destinations once one is disabled. Raises ValidationException."""
    before = find_destination(found, arn)
    if before is None or before.status(now, is_gradual=is_gradual) != "ACTIVE":
        # AWS: the message says "enable" (https://github.com/aws/aws-cdk/issues/16393).
        raise ValidationException(
            "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must "
            "be ACTIVE to perform DISABLE operation."
        )
    after = Destination(arn, "DISABLING", now, before.precision)
    return [after if one is before else one for one in found]


def updated(
    found: list[Destination], arn: str, precision: str, table_name: str, table_id: str, now: float, *, is_gradual: bool
) -> list[Destination]:
    """A table's destinations once the precision of one is another. Raises ValidationException."""
    before = find_destination(found, arn)
    if before is None:
        raise ValidationException(
            "Table is not in a valid state to enable Kinesis Streaming Destination: No streaming destination with "
            f"streamArn: {arn} found for table with tableName: {table_name}"
        )
    if before.status(now, is_gradual=is_gradual) != "ACTIVE":
        raise ValidationException(
            "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must "
            "be ACTIVE to perform UPDATE operation."
        )
    if before.precision == precision:
        raise ValidationException(
            f"Invalid Request: Precision is already set to the desired value of {precision} for tableId: {table_id}, "
            f"kdsArn: {arn}"
        )
    after = Destination(arn, "UPDATING", now, precision)
    return [after if one is before else one for one in found]


def find_destination(found: list[Destination], arn: str) -> Destination | None:
    return next((one for one in found if one.arn == arn), None)


def described(found: list[Destination], now: float, *, is_gradual: bool) -> list[dict[str, Any]]:
    """Destinations in AWS's form; one that was disabled is shown for a day."""
    return [
        {
            "StreamArn": one.arn,
            "DestinationStatus": one.status(now, is_gradual=is_gradual),
            "ApproximateCreationDateTimePrecision": one.precision,
        }
        for one in found
        if one.is_enabled or now < one.changed_at + _SHOWN_SECONDS
    ]

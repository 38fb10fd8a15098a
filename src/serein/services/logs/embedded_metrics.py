"""Metrics in log lines (the embedded metric format): handed to CloudWatch with the transaction that keeps the lines."""

from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.scope import Scope
from serein.services.logs.events import NewEvent

_MARK = b'"_aws"'


def send_metrics(tx: Transaction, scope: Scope, events: list[NewEvent]) -> None:
    """Owe CloudWatch the lines that may carry metrics."""
    lines = [event.message.decode("utf-8", "replace") for event in events if _MARK in event.message]
    if lines:
        tx.send(Delivery(Target("cloudwatch", "AppendEmbeddedMetrics", scope), {"Lines": lines}))

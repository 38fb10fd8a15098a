"""Functions that tell a queue of every event they get, and how tests read that."""

import json
from collections.abc import Callable
from typing import Any

TELL = """
import base64, json, os, boto3
sqs = boto3.client('sqs')
def tell(event):
    text = json.dumps(event)
    sqs.send_message(QueueUrl=os.environ['EVENTS'], MessageBody=text)
def data_of(record):
    return base64.b64decode(record['kinesis']['data']).decode()
"""
TELLER = TELL + "def handler(event, context):\n    tell(event)\n"


class Told:
    """The queue that a function tells of its events."""

    def __init__(self, aws: Any, create: Callable[..., Any]) -> None:
        self._aws = aws
        self._create = create
        self._url = aws.client("sqs").create_queue(QueueName="events")["QueueUrl"]

    def function(self, handler: str = "", name: str = "f", **settings: Any) -> None:
        """Create a function; `handler` is its code after `tell`."""
        settings.setdefault("Timeout", 20)
        settings["Environment"] = {"Variables": {"EVENTS": self._url}}
        self._create(TELL + handler if handler else TELLER, name, **settings)

    def events(self) -> list[Any]:
        """The events since the last call, once the platform is idle, oldest first."""
        self._aws.idle()
        sqs, events = self._aws.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", []):
            events += [json.loads(message["Body"]) for message in messages]
            entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(messages)]
            sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
        return events

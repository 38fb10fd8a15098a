"""The server is killed with SIGKILL while records go through delivery streams: every acknowledged one is delivered.

`SEREIN_CRASH_KILLS` sets how many times the server is killed (default 3).
"""

import io
import os
import random
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from serein.testing import Serein, ServerProcess

KILLS = int(os.environ.get("SEREIN_CRASH_KILLS", "3"))
pytestmark = [pytest.mark.crash, pytest.mark.timeout(200 + 20 * KILLS), pytest.mark.xdist_group("crash")]
ACCOUNT, SETTINGS = "123456789012", {"clock": "system"}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/firehose"
CODE = """
def handler(event, context):
    return {"records": [{"recordId": record["recordId"], "result": "Ok", "data": record["data"]}
                        for record in event["records"]]}
"""
PLAIN, THROUGH = "plain", "through"


def make(session: Serein) -> None:
    """A delivery stream of its own, and one with a function; objects of both are small."""
    session.client("s3").create_bucket(Bucket="bucket")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", CODE)
    function = session.client("lambda").create_function(
        FunctionName="f", Runtime="python3.12", Role=ROLE, Handler="index.handler", Code={"ZipFile": package.getvalue()}
    )["FunctionArn"]
    delimiter = {"Type": "AppendDelimiterToRecord", "Parameters": []}
    settings = {"LambdaArn": function, "BufferIntervalInSeconds": "0"}
    parameters = [{"ParameterName": name, "ParameterValue": value} for name, value in settings.items()]
    for name, processors in (
        (PLAIN, [delimiter]),
        (THROUGH, [{"Type": "Lambda", "Parameters": parameters}, delimiter]),
    ):
        session.client("firehose").create_delivery_stream(
            DeliveryStreamName=name,
            ExtendedS3DestinationConfiguration={
                "RoleARN": ROLE,
                "BucketARN": "arn:aws:s3:::bucket",
                "Prefix": f"{name}/",
                "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1},
                "ProcessingConfiguration": {"Enabled": True, "Processors": processors},
            },
        )


class Writer:
    """Puts numbers into both delivery streams until its server is gone; keeps those that were acknowledged."""

    def __init__(self, session: Serein, first: int, taken: dict[str, set[str]]) -> None:
        self._firehose, self._number, self._taken = session.client("firehose"), first, taken
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            while True:
                for name in (PLAIN, THROUGH):
                    numbers = [str(self._number + place) for place in range(10)]
                    records = [{"Data": number.encode()} for number in numbers]
                    self._firehose.put_record_batch(DeliveryStreamName=name, Records=records)
                    self._taken[name].update(numbers)
                self._number += 10
        except (BotoCoreError, ClientError):
            return


def delivered(session: Serein, name: str) -> list[str]:
    s3: Any = session.client("s3")
    found: list[str] = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="bucket", Prefix=f"{name}/"):
        for each in page.get("Contents", ()):
            found += s3.get_object(Bucket="bucket", Key=each["Key"])["Body"].read().decode().split()
    return found


def test_every_acknowledged_record_is_delivered(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, SETTINGS)
    make(Serein(server.endpoint, ACCOUNT))
    taken: dict[str, set[str]] = {PLAIN: set(), THROUGH: set()}
    pause = threading.Event()
    for kill in range(KILLS):
        writer = Writer(Serein(server.endpoint, ACCOUNT), kill * 1_000_000, taken)
        pause.wait(random.uniform(0.3, 2.0))
        server.kill()
        writer.thread.join(60)
        server = ServerProcess(tmp_path, SETTINGS)
    session = Serein(server.endpoint, ACCOUNT)
    for _ in range(600):
        session.wait_until_idle(100)
        if all(taken[name] <= set(delivered(session, name)) for name in taken):
            break
        pause.wait(0.1)
    for name, numbers in taken.items():
        found = delivered(session, name)
        assert numbers <= set(found), f"{name}: {len(numbers - set(found))} of {len(numbers)} are lost"
    assert len(delivered(session, PLAIN)) == len(set(delivered(session, PLAIN))), "an object was written twice"
    server.stop()

"""Schedules under SIGKILL: each time that falls due is met, and by about one invocation."""

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from serein.testing import Serein, ServerProcess

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
KILLS, SCHEDULES = 5, 120
pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]


def make_schedules(session: Serein, queue: str) -> None:
    """Schedules that are due one after the other, twenty a second; each says its name into the queue, and goes."""
    scheduler = session.client("scheduler")
    begin = datetime.fromtimestamp(time.time() + 2, UTC)
    for number in range(SCHEDULES):
        scheduler.create_schedule(
            Name=f"s{number}",
            ScheduleExpression=f"at({begin + timedelta(seconds=number // 20):%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target={
                "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
                "RoleArn": ROLE,
                "Input": json.dumps({"QueueUrl": queue, "MessageBody": f"s{number}"}),
            },
        )


def drain(session: Serein, queue: str) -> Counter[str]:
    """How often each schedule spoke."""
    sqs: Any = session.client("sqs")
    heard: Counter[str] = Counter()
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        heard.update(message["Body"] for message in messages)
        entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
        sqs.delete_message_batch(QueueUrl=queue, Entries=entries)
    return heard


def test_no_schedule_is_missed_and_none_fires_often_when_the_server_is_killed(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", {})
    session = Serein(server.endpoint, ACCOUNT)
    session.client("sqs").create_queue(QueueName="q")
    path = f"/{ACCOUNT}/q"
    make_schedules(session, server.endpoint + path)
    seen: Counter[str] = Counter()
    for _ in range(KILLS):
        already = sum(seen.values())
        while sum(seen.values()) < min(already + SCHEDULES // (KILLS + 2), SCHEDULES):
            seen += drain(session, server.endpoint + path)
        server.kill()
        server = ServerProcess(tmp_path / "data", {})
        session = Serein(server.endpoint, ACCOUNT)
    scheduler = session.client("scheduler")
    while scheduler.list_schedules(MaxResults=1)["Schedules"]:
        seen += drain(session, server.endpoint + path)
    session.wait_until_idle(60)
    seen += drain(session, server.endpoint + path)
    server.stop()
    assert set(seen) == {f"s{number}" for number in range(SCHEDULES)}, "none is missed"
    assert sum(seen.values()) <= SCHEDULES + KILLS * 64, "only what was being made when it was killed is made again"
    print(f"{KILLS} kills, {SCHEDULES} schedules, {sum(seen.values()) - SCHEDULES} invocations made again")

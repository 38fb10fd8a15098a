"""The admin API and the test kit, as tests in any language use them."""

from pathlib import Path

import pytest

from serein.testing import Busy, Serein, ServerProcess


def test_a_server_says_that_it_is_healthy_and_what_it_is(aws: Serein) -> None:
    assert aws.admin("GET", "health")["status"] == "ok"
    state = aws.admin("GET", "state")
    assert (state["clock"], state["database"], state["endpoint"]) == ("virtual", "sqlite", aws.endpoint)


def test_a_page_that_is_not_there_and_a_body_that_is_no_json_are_refused(aws: Serein) -> None:
    with pytest.raises(AssertionError, match="No such page"):
        aws.admin("GET", "nothing")
    with pytest.raises(AssertionError, match="wants POST"):
        aws.admin("GET", "idle")
    with pytest.raises(AssertionError, match="must not be negative"):
        aws.clock.advance(-1)


def test_the_system_clock_can_not_be_advanced(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"clock": "system"})
    with pytest.raises(AssertionError, match="--clock virtual"):
        Serein(server.endpoint).clock.advance(1)
    server.stop()


def test_waiting_for_idle_says_what_is_still_running(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"clock": "virtual"})
    session = Serein(server.endpoint)
    code = "import time\ndef handler(event, context):\n    time.sleep(30)\n"
    make_function(session, "slow", code)
    session.client("lambda").invoke(FunctionName="slow", InvocationType="Event", Payload=b"{}")
    with pytest.raises(Busy, match="invocation of slow"):
        session.wait_until_idle(0.3)
    server.kill()


def test_a_reset_forgets_everything(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"clock": "virtual"})
    session = Serein(server.endpoint)
    session.client("sqs").create_queue(QueueName="forgotten")
    session.client("s3").create_bucket(Bucket="forgotten")
    make_function(session, "forgotten", "def handler(event, context):\n    return 1\n")
    session.reset()
    assert "QueueUrls" not in session.client("sqs").list_queues()
    assert session.client("s3").list_buckets()["Buckets"] == []
    assert session.client("lambda").list_functions()["Functions"] == []
    make_function(session, "forgotten", "def handler(event, context):\n    return 2\n")
    assert session.client("lambda").invoke(FunctionName="forgotten")["Payload"].read() == b"2"
    server.stop()


def test_what_was_stored_is_there_after_a_clean_stop(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    session = Serein(server.endpoint)
    session.client("sqs").create_queue(QueueName="kept")
    server.stop()
    again = ServerProcess(tmp_path)
    session = Serein(again.endpoint, session.account)
    assert session.client("sqs").list_queues()["QueueUrls"] == [f"{again.endpoint}/{session.account}/kept"]
    again.stop()


def make_function(session: Serein, name: str, code: str) -> None:
    import io
    import zipfile

    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", code)
    session.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=f"arn:aws:iam::{session.account}:role/test",
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=60,
    )

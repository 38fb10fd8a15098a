"""The servers of the test kit: how they come to be, how they end, and who gets which."""

import json
import os
import select
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from runner_functions import processes_mentioning
from serein.testing import Serein, ServerProcess
from serein.testing.fleet import Fleet
from serein.testing.serving import ServerDidNotStart

PROGRAM = """
import sys
from pathlib import Path
from serein.testing import ServerProcess
server = ServerProcess(Path(sys.argv[1]))
print(server.process.pid, server.endpoint, flush=True)
sys.stdin.read()
"""


def state_of(endpoint: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{endpoint}/_serein/state", timeout=30) as reply:
        state: dict[str, object] = json.load(reply)
    return state


def test_a_server_has_the_settings_and_the_environment_that_it_is_given(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", {"clock": "virtual"}, {"SEREIN_AUTH": "on"})
    state = state_of(server.endpoint)
    assert (state["clock"], state["auth"], state["pid"]) == ("virtual", "on", server.process.pid)
    assert state["data"] == str(tmp_path / "data")
    server.stop()
    assert server.process.returncode == 0


def test_two_servers_draw_different_ids(tmp_path: Path) -> None:
    servers = [ServerProcess(tmp_path / name, {"clock": "virtual"}) for name in ("one", "two")]
    ids = {Serein(server.endpoint).client("sqs").list_queues()["ResponseMetadata"]["RequestId"] for server in servers}
    assert len(ids) == 2
    for server in servers:
        server.stop()


def test_a_killed_server_is_gone_and_its_data_serve_the_next(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    Serein(server.endpoint, "123456789012").client("sqs").create_queue(QueueName="kept")
    server.kill()
    assert server.process.returncode == -signal.SIGKILL
    server = ServerProcess(tmp_path)
    assert len(Serein(server.endpoint, "123456789012").client("sqs").list_queues()["QueueUrls"]) == 1
    server.stop()


def test_a_server_that_cannot_start_tells_why(tmp_path: Path) -> None:
    with pytest.raises(ServerDidNotStart, match="clock must be one of system, virtual"):
        ServerProcess(tmp_path, {"clock": "cuckoo"})


def test_a_server_does_not_outlive_who_started_it(tmp_path: Path) -> None:
    session = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert session.stdin is not None and session.stdout is not None
    pid = int(session.stdout.readline().split()[0])
    server = os.pidfd_open(pid)
    session.kill()
    session.wait()
    session.stdin.close()
    session.stdout.close()
    assert select.select([server], [], [], 60)[0], "the server is still there"
    os.close(server)
    assert processes_mentioning(tmp_path) == []


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    numbers = count()
    fleet = Fleet(lambda: ServerProcess(tmp_path / str(next(numbers)), {"clock": "virtual"}))
    yield fleet
    fleet.close()


def test_tests_of_a_module_share_a_server_and_other_modules_have_another(fleet: Fleet) -> None:
    first = fleet.lend("one")
    assert fleet.lend("one") is first
    other = fleet.lend("two")
    assert other is not first
    assert state_of(first.endpoint)["pid"] != state_of(other.endpoint)["pid"]
    fleet.give_back(first)
    assert state_of(first.endpoint), "somebody still has it"
    fleet.give_back(first)
    assert first.server.process.wait(60) == 0


def test_a_server_whose_clock_was_moved_is_lent_no_more(fleet: Fleet) -> None:
    lease = fleet.lend("one")
    lease.is_spent = True
    assert fleet.lend("one") is not lease
    fleet.give_back(lease)
    assert lease.server.process.wait(60) == 0

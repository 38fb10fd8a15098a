"""start, status and stop, and a server in the foreground."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from cli_runs import Run


def test_a_server_is_started_shown_found_again_and_stopped(cli: Run, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    started = cli("start", "--port", "0", "--data", data)
    assert started.returncode == 0, started.stderr
    note = json.loads((tmp_path / "data" / "server.json").read_text())
    try:
        shown = cli("status", "--json", AWS_ENDPOINT_URL=note["endpoint"])
        assert json.loads(shown.stdout)["pid"] == note["pid"]
        assert "Busy      no" in cli("status", AWS_ENDPOINT_URL=note["endpoint"]).stdout
        again = cli("start", "--port", "0", "--data", data)
        assert again.returncode == 0
        assert f"runs already at {note['endpoint']}" in again.stdout
        taken = cli("serve", "--port", note["endpoint"].rpartition(":")[2], "--data", str(tmp_path / "other"))
        assert taken.returncode == 1
        assert "--port" in taken.stderr
    finally:
        stopped = cli("stop", "--data", data)
    assert stopped.returncode == 0
    assert "Everything is kept" in stopped.stdout
    assert cli("status", AWS_ENDPOINT_URL=note["endpoint"]).returncode == 3
    assert not (tmp_path / "data" / "server.json").exists()
    assert "No server runs" in cli("stop", "--data", data).stdout


def test_a_server_that_can_not_start_says_why(cli: Run, tmp_path: Path) -> None:
    failed = cli("start", "--host", "192.0.2.1", "--port", "0", "--data", str(tmp_path / "data"))
    assert failed.returncode == 1
    assert "192.0.2.1" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_foreground_server_ends_with_a_signal_and_cleans_up(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-u", "-m", "serein", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert "Serein listens on http://127.0.0.1:" in server.stdout.readline()
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
    assert not (tmp_path / "data" / "server.json").exists()


def test_a_server_that_goes_away_is_told_without_a_traceback(
    cli: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    assert cli("start", "--port", "0", "--data", str(data)).returncode == 0
    note = json.loads((data / "server.json").read_text())
    command = [sys.executable, "-u", "-m", "serein", "logs", "--follow"]
    variables = {**environment, "AWS_ENDPOINT_URL": note["endpoint"]}
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as follower:
        cli("stop", "--data", str(data))
        _, said = follower.communicate(timeout=60)
    assert follower.returncode in (1, 3)
    assert said.startswith("Error: ")
    assert "Traceback" not in said

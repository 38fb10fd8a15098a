"""What the command line says when there is nothing to do, or no way to do it."""

from pathlib import Path

import pytest

from cli_runs import Run
from serein import __version__
from serein.cli.main import COMMANDS


def test_help_lists_every_command_and_the_exit_codes(cli: Run) -> None:
    shown = cli("--help")
    assert shown.returncode == 0
    for name in COMMANDS:
        assert f"  {name} " in shown.stdout
    assert "Exit codes" in shown.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(cli: Run, name: str) -> None:
    shown = cli(name, "--help")
    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) > 4


def test_the_version_is_told(cli: Run) -> None:
    assert cli("version").stdout == cli("--version").stdout == f"serein {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["serve", "--port", "99999"], ["serve", "--clock", "moon"], ["invoke"]]
)
def test_wrong_usage_is_exit_code_2(cli: Run, arguments: list[str]) -> None:
    assert cli(*arguments).returncode == 2


@pytest.mark.parametrize("arguments", [["status"], ["deploy", "."], ["delete", "."], ["invoke", "f"], ["logs"]])
def test_without_a_server_the_error_says_how_to_start_one(cli: Run, arguments: list[str]) -> None:
    failed = cli(*arguments)
    assert failed.returncode == 3
    assert "serein start" in failed.stderr
    assert "http://127.0.0.1:9" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_env_prints_shell_lines_even_without_a_server(cli: Run) -> None:
    shown = cli("env", "--account", "123456789012")
    assert shown.returncode == 0
    assert shown.stdout.splitlines() == [
        "export AWS_ENDPOINT_URL=http://127.0.0.1:9",
        "export AWS_DISABLE_HOST_PREFIX_INJECTION=true",
        "export AWS_REGION=us-east-1",
        "export AWS_DEFAULT_REGION=us-east-1",
        "export AWS_ACCESS_KEY_ID=123456789012",
        "export AWS_SECRET_ACCESS_KEY=test",
    ]
    assert "no server answers" in shown.stderr
    assert "sdk_2.cjs" in cli("env", "--old-sdk").stdout.splitlines()[-1]


def test_a_bad_setting_in_the_environment_is_named(cli: Run) -> None:
    failed = cli("serve", SEREIN_CLOCK="moon")
    assert failed.returncode == 2
    assert "clock must be one of" in failed.stderr


@pytest.mark.parametrize("command", ["up", "delete"])
def test_a_folder_without_a_template_is_named(cli: Run, tmp_path: Path, command: str) -> None:
    failed = cli(command, str(tmp_path))
    assert failed.returncode in (1, 3)
    assert "Traceback" not in failed.stderr


def test_up_without_a_template_says_what_it_looked_for(cli: Run, tmp_path: Path) -> None:
    failed = cli("up", str(tmp_path))
    assert failed.returncode == 1
    assert "template.yaml" in failed.stderr
    assert not (tmp_path / ".serein").exists()

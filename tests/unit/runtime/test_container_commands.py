"""The command lines of container engines."""

from pathlib import Path
from typing import Any

from serein.kernel.runner import ContainerImage, FunctionSpec
from serein.kernel.scope import Scope
from serein.runtime.container_commands import (
    Container,
    ImageFacts,
    exit_status,
    image_facts,
    image_variables,
    is_passed_by_name,
    program_of,
    run_arguments,
)
from serein.runtime.variables import Place

FACTS = ImageFacts("ab" * 32, ("/lambda-entrypoint.sh",), ("app.handler",))
PLACE = Place("127.0.0.1:9001", "2026/01/01/[$LATEST]0", Path("/scratch"), "/runtime")


def spec(**image: Any) -> FunctionSpec:
    return FunctionSpec(
        arn="arn:aws:lambda:eu-west-1:123456789012:function:f",
        name="f",
        version="$LATEST",
        scope=Scope("123456789012", "eu-west-1"),
        runtime="image",
        handler="",
        code=Path("/var/task"),
        layers=(),
        memory_mb=1769,
        timeout_seconds=3,
        ephemeral_storage_mb=512,
        environment=(("LANG", "own"), ("SECRET", "s")),
        log_group="/aws/lambda/f",
        revision="1",
        image=ContainerImage("repository:tag", **image),
    )


def arguments(function: FunctionSpec, **container: Any) -> list[str]:
    return run_arguments(function, FACTS, Container("name", "server", {"A": "1"}, **container))


def test_an_image_runs_by_its_identity_with_its_own_program() -> None:
    found = arguments(spec())
    assert found[:7] == ["run", "--rm", "--stop-timeout", "0", "--name", "name", "--label"]
    assert found[-4:] == ["--entrypoint", "/lambda-entrypoint.sh", "ab" * 32, "app.handler"]


def test_image_config_replaces_the_entry_point_the_command_or_both() -> None:
    image = spec().image
    assert image is not None
    assert program_of(image, FACTS) == ("/lambda-entrypoint.sh", "app.handler")
    assert arguments(spec(command=("a", "b")))[-3:] == ["ab" * 32, "a", "b"]
    found = arguments(spec(entry_point=("python", "-m", "client"), working_directory="/work"))
    assert found[-8:] == ["--workdir", "/work", "--entrypoint", "python", "ab" * 32, "-m", "client", "app.handler"]


def test_an_image_without_a_program_is_left_to_the_engine_to_refuse() -> None:
    empty = ImageFacts("ab" * 32, (), ())
    found = run_arguments(spec(), empty, Container("name", "server", {}))
    assert "--entrypoint" not in found
    assert found[-1] == "ab" * 32


def test_limits_follow_memory_and_storage() -> None:
    found = arguments(spec())
    assert found[found.index("--memory") + 1] == found[found.index("--memory-swap") + 1] == "2297m"
    assert found[found.index("--cpu-shares") + 1] == "1024"
    assert "/tmp:rw,exec,nosuid,nodev,mode=1777,size=512m" in found
    assert "nofile=1024:1024" in found
    assert "--cpus" not in found
    limited = arguments(spec(), is_cpu_limited=True)
    assert limited[limited.index("--cpus") + 1] == "1.00"


def test_files_are_mounted_read_only() -> None:
    found = arguments(spec(), mounts=(("/host/ca.pem", "/etc/serein/ca.pem"),))
    assert found[found.index("--volume") + 1] == "/host/ca.pem:/etc/serein/ca.pem:ro"


def test_variables_are_not_told_on_the_command_line_unless_the_engine_would_heed_them() -> None:
    variables = {"SECRET": "s", "PATH": "/own", "DOCKER_HOST": "tcp://x", "LD_PRELOAD": "x.so", "DATE": "1"}
    found = run_arguments(spec(), FACTS, Container("name", "server", variables))
    told = [found[index + 1] for index, each in enumerate(found) if each == "--env"]
    assert told == ["SECRET", "PATH=/own", "DOCKER_HOST=tcp://x", "LD_PRELOAD=x.so", "DATE"]
    assert is_passed_by_name("AWS_SECRET_ACCESS_KEY")


def test_what_base_images_set_is_left_to_them_unless_the_function_sets_it() -> None:
    found = image_variables(spec(), PLACE)
    assert found["LANG"] == "own"
    assert found["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9001"
    assert found["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "1769"
    assert not {"PATH", "HOME", "TZ", "LAMBDA_TASK_ROOT", "_HANDLER", "AWS_EXECUTION_ENV"} & found.keys()


def test_descriptions_of_images_are_read_whichever_engine_wrote_them() -> None:
    docker = {"Id": "sha256:" + "ab" * 32, "Config": {"Entrypoint": None, "Cmd": ["a"]}}
    podman = {"Id": "ab" * 32, "Config": {"Cmd": ["a"]}}
    assert image_facts(docker) == image_facts(podman) == ImageFacts("ab" * 32, (), ("a",))


def test_signals_are_told_from_exit_codes() -> None:
    assert [exit_status(code) for code in (0, 1, 125, 128, 137, 139, 255)] == [0, 1, 125, 128, -9, -11, 255]

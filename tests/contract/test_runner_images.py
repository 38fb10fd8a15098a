"""Functions in container images, run by a real engine; where none runs containers, the tests say so."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from container_images import build_image, containers, remove_image, require_engine
from runner_functions import Functions, with_functions
from serein.kernel.errors import AwsError
from serein.kernel.runner import ContainerImage
from serein.runtime.container_commands import SERVER_LABEL
from serein.runtime.containers import ContainerEngine
from serein.runtime.machine import Machine

TAG = f"localhost/serein-tests/contract:{os.getpid()}"
HANDLER = """
import os, sys, json, time
calls = []
def handler(event, context):
    calls.append(1)
    if "run" in event:
        found = {}
        exec(event["run"], {"os": os, "sys": sys, "time": time, "found": found, "calls": calls, "context": context})
        return found
    return {"event": event, "calls": len(calls)}
def other(event, context):
    return {"other": os.getcwd(), "arguments": sys.argv[1:]}
"""
VARIABLES = {**os.environ, "NOT_FOR_FUNCTIONS": "1"}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerImage]:
    require_engine()
    identity = build_image(TAG, tmp_path_factory.mktemp("image"), {"app.py": HANDLER})
    yield ContainerImage(TAG, identity)
    remove_image(TAG)


def machine(folder: Path, setting: str = "") -> Machine:
    return Machine(folder / "cache", VARIABLES, container_engine=setting or " ".join(require_engine()))


def label_of(folder: Path) -> str:
    """The label of the containers of a runner in this folder."""
    return f"{SERVER_LABEL}={ContainerEngine('off', {}, folder.resolve() / 'data' / 'runtime').label}"


def with_images(folder: Path, case: Callable[[Functions], Awaitable[Any]], **options: Any) -> None:
    """Run a test's body around a runner; no container may be left of it."""
    with_functions(folder, case, machine=machine(folder), **options)
    assert containers(label_of(folder)) == []


def spec(functions: Functions, image: ContainerImage, **members: Any) -> Any:
    given = {"runtime": "image", "handler": "", "image": image, "timeout_seconds": 30}
    return functions.spec("", **{**given, **members})


async def run(functions: Functions, function: Any, code: str) -> Any:
    """What a function finds when it runs this code."""
    outcome = await functions.invoke(function, json.dumps({"run": textwrap.dedent(code)}).encode())
    assert not outcome.function_error, (outcome.payload, functions.log)
    return json.loads(outcome.payload)


def test_an_image_answers_invocations_and_is_frozen_between_them(tmp_path: Path, image: ContainerImage) -> None:
    async def case(functions: Functions) -> None:
        function = spec(functions, image)
        first = await functions.invoke(function, b'{"a": 1}')
        assert json.loads(first.payload) == {"event": {"a": 1}, "calls": 1}, functions.log
        assert first.init_ms is not None
        second = await functions.invoke(function, b"{}")
        assert json.loads(second.payload)["calls"] == 2
        assert second.init_ms is None
        if sys.platform == "linux" and os.geteuid() == 0:
            await functions.until(lambda: functions.states() == ["frozen"])
            third = await functions.invoke(function, b"{}")
            assert json.loads(third.payload)["calls"] == 3
        assert "REPORT RequestId" in functions.log

    with_images(tmp_path, case)


def test_an_image_sees_what_lambda_gives_it(tmp_path: Path, image: ContainerImage) -> None:
    secret = (("MULTIPLE_LINES", "one\ntwo"), ("PATH", "/usr/bin:/own"), ("TZ", "Europe/Berlin"))

    async def case(functions: Functions) -> None:
        function = spec(functions, image, environment=tuple(sorted(secret)), memory_mb=512)
        found = await run(
            functions,
            function,
            """
            import shutil
            found["variables"] = dict(os.environ)
            found["user"] = os.getuid(), os.getgid()
            found["tmp"] = shutil.disk_usage("/tmp").total
            found["arn"] = context.invoked_function_arn
            for name in ("/var/task/new", "/tmp/new"):
                try:
                    open(name, "w").close()
                    found[name] = "written"
                except OSError as error:
                    found[name] = error.strerror
            """,
        )
        variables = found["variables"]
        assert {name: variables[name] for name, _ in secret} == dict(secret)
        assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "example"
        assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
        assert variables["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
        assert variables["AWS_REGION"] == "eu-west-1"
        assert variables["AWS_LAMBDA_RUNTIME_API"].startswith("127.0.0.1:")
        assert "LAMBDA_TASK_ROOT" not in variables, "what base images set is left to them"
        assert "NOT_FOR_FUNCTIONS" not in variables
        assert found["user"] == [993, 990]
        assert found["tmp"] == 512 * 1024 * 1024
        assert found["/tmp/new"] == "written"
        assert found["/var/task/new"] == "Read-only file system"

    with_images(tmp_path, case)


def test_image_config_replaces_command_entry_point_and_folder(tmp_path: Path, image: ContainerImage) -> None:
    async def case(functions: Functions) -> None:
        other = replace(image, command=("app.other",), working_directory="/tmp")
        outcome = await functions.invoke(spec(functions, other))
        assert json.loads(outcome.payload) == {"other": "/tmp", "arguments": ["app.other"]}, functions.log
        entry = replace(image, entry_point=("/usr/bin/python3", "-X", "utf8", "-m", "awslambdaric"))
        outcome = await functions.invoke(spec(functions, entry))
        assert json.loads(outcome.payload)["calls"] == 1, "the image's own command stays"

    with_images(tmp_path, case)


def test_a_container_that_takes_too_long_or_ends_is_replaced(tmp_path: Path, image: ContainerImage) -> None:
    async def case(functions: Functions) -> None:
        function = spec(functions, image, timeout_seconds=5)
        assert (await run(functions, function, "found['n'] = len(calls)")) == {"n": 1}
        outcome = await functions.invoke(function, b'{"run": "time.sleep(60)"}')
        assert b"Sandbox.Timedout" in outcome.payload or b"timed out after 5.00 seconds" in outcome.payload
        slow = spec(functions, image)
        outcome = await functions.invoke(slow, b'{"run": "os._exit(3)"}')
        assert json.loads(outcome.payload)["errorType"] == "Runtime.ExitError", functions.log
        assert b"exit status 3" in outcome.payload
        assert (await run(functions, slow, "found['n'] = len(calls)")) == {"n": 1}

    with_images(tmp_path, case)


def test_a_container_that_takes_too_much_memory_is_ended(tmp_path: Path, image: ContainerImage) -> None:
    async def case(functions: Functions) -> None:
        function = spec(functions, image, memory_mb=128)
        outcome = await functions.invoke(function, b'{"run": "a = b\'x\' * (10 << 30)"}')
        assert json.loads(outcome.payload)["errorType"] in ("Runtime.OutOfMemory", "Runtime.ExitError", "MemoryError")
        hungry = "parts = []\nwhile True: parts.append(os.urandom(1 << 20))"
        outcome = await functions.invoke(function, json.dumps({"run": hungry}).encode())
        assert json.loads(outcome.payload)["errorType"] == "Runtime.OutOfMemory", (outcome, functions.log)
        assert "Max Memory Used: 128 MB" in functions.log

    with_images(tmp_path, case)


def test_a_full_tmp_and_a_fork_bomb_stay_in_the_container(tmp_path: Path, image: ContainerImage) -> None:
    async def case(functions: Functions) -> None:
        function = spec(functions, image)
        filled = """
            try:
                with open("/tmp/full", "wb") as file:
                    while True: file.write(b"x" * (1 << 20))
            except OSError as error:
                found["problem"] = error.strerror
            os.unlink("/tmp/full")
            """
        found = await run(functions, function, filled)
        assert found == {"problem": "No space left on device"}
        bomb = """
            children = 0
            try:
                while children < 3000:
                    if os.fork() == 0:
                        time.sleep(600)
                    children += 1
            except OSError as error:
                found["problem"] = error.strerror
            found["children"] = children
            """
        found = await run(functions, spec(functions, image, memory_mb=2048), bomb)
        assert found["problem"] == "Resource temporarily unavailable"
        assert found["children"] < 1024

    with_images(tmp_path, case)


def test_an_image_that_is_nowhere_fails_the_invocation(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        nowhere = ContainerImage("127.0.0.1:1/nobody/nothing:1")
        outcome = await functions.invoke(spec(functions, nowhere))
        document = json.loads(outcome.payload)
        assert document["errorType"] == "InvalidImage"
        assert "127.0.0.1:1/nobody/nothing:1 can't be pulled" in document["errorMessage"]
        gone = ContainerImage("localhost/serein-tests/gone:1", "0" * 64)
        document = json.loads((await functions.invoke(spec(functions, gone))).payload)
        assert "not on this machine any more" in document["errorMessage"]

    require_engine()
    with_images(tmp_path, case)


@pytest.mark.parametrize("setting", ["off", "/nowhere/engine --option"])
def test_without_an_engine_the_error_says_what_to_install(tmp_path: Path, setting: str) -> None:
    async def case(functions: Functions) -> None:
        assert await functions.runner.find_image("anything") == ""
        with pytest.raises(AwsError) as refused:
            await functions.invoke(spec(functions, ContainerImage("example:1")))
        assert "Install and start Docker or Podman" in refused.value.message
        assert "SEREIN_CONTAINER_ENGINE" in refused.value.message

    with_functions(tmp_path, case, machine=machine(tmp_path, setting))


_SERVER = """
import asyncio, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from runner_functions import Functions
from serein.kernel.runner import ContainerImage
from serein.runtime.machine import Machine

async def main():
    machine = Machine(Path({folder!r}), {variables!r}, container_engine={engine!r})
    functions = Functions(Path({folder!r}), machine=machine)
    function = functions.spec("", runtime="image", handler="", timeout_seconds=60, image=ContainerImage({image!r}))
    await functions.invoke(function)
    print("warm", flush=True)
    await functions.invoke(function, b'{{"run": "time.sleep(50)"}}')

asyncio.run(main())
"""


def test_containers_end_when_the_server_is_killed(tmp_path: Path, image: ContainerImage) -> None:
    engine = " ".join(require_engine())
    tests = str(Path(__file__).parent.parent)
    program = _SERVER.format(
        tests=tests, folder=str(tmp_path), engine=engine, image=image.uri, variables=dict(os.environ)
    )
    server = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert server.stdout is not None
    assert server.stdout.readline() == b"warm\n"
    assert len(containers(label_of(tmp_path))) == 1
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stdout.close()

    async def case(functions: Functions) -> None:
        await functions.until(lambda: containers(label_of(tmp_path)) == [])

    with_functions(tmp_path / "other", case)


def test_what_an_earlier_server_has_left_is_removed_first(tmp_path: Path, image: ContainerImage) -> None:
    engine, label = require_engine(), label_of(tmp_path)
    limits = ["--stop-timeout", "0", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=8192:8192"]
    left = [*engine, "run", "--detach", "--label", label, *limits, "--entrypoint", "/usr/bin/python3", image.identity]
    subprocess.run([*left, "-c", "import time; time.sleep(600)"], check=True, capture_output=True)
    assert len(containers(label)) == 1

    async def case(functions: Functions) -> None:
        await functions.invoke(spec(functions, image))
        assert len(containers(label)) == 1, "its own"

    with_images(tmp_path, case)

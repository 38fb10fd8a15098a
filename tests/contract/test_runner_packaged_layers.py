"""Layers that only AWS has: made of packages here, when a function first needs them."""

import json
import os
import zipfile
from pathlib import Path

from runner_functions import Functions, with_functions
from serein.kernel.runner import PackagedLayer
from serein.runtime.machine import Machine

SHOW = "import greeting, boto3\ndef handler(e, c): return [greeting.TEXT, greeting.__file__.split('/')[-3:-1]]"


def write_wheel(folder: Path, name: str, files: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    information = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{information}/RECORD", "")


def machine(folder: Path) -> Machine:
    variables = {
        **os.environ,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder / "wheels"),
        "UV_OFFLINE": "1",
        "npm_config_offline": "true",
    }
    return Machine(folder / "cache", variables)


def test_a_public_layer_of_python_packages_is_installed_once(tmp_path: Path) -> None:
    write_wheel(
        tmp_path / "wheels", "greeting", {"greeting/__init__.py": "TEXT = 'hello'", "six.py": "raise SystemExit"}
    )

    async def case(functions: Functions) -> None:
        layer = PackagedLayer("AWSLambdaGreeting", "pip", ("greeting",))
        spec = functions.spec(SHOW, packaged_layers=((0, layer),), timeout_seconds=20)
        assert json.loads((await functions.invoke(spec)).payload) == ["hello", ["python", "greeting"]]
        (tmp_path / "wheels" / "greeting-1.0-py3-none-any.whl").unlink()
        again = functions.spec(SHOW, packaged_layers=((0, layer),))
        assert json.loads((await functions.invoke(again)).payload)[0] == "hello"

    with_functions(tmp_path, case, machine=machine(tmp_path))


def test_packaged_layers_keep_their_place_among_the_others(tmp_path: Path) -> None:
    write_wheel(tmp_path / "wheels", "greeting", {"greeting/__init__.py": "TEXT = 'packaged'"})

    async def case(functions: Functions) -> None:
        layer = PackagedLayer("AWSLambdaGreeting", "pip", ("greeting",))
        own = tmp_path / "own"
        (own / "python" / "greeting").mkdir(parents=True)
        (own / "python" / "greeting" / "__init__.py").write_text("TEXT = 'own'")
        for index, expected in ((0, "own"), (1, "packaged")):
            spec = functions.spec(SHOW, layers=(own,), packaged_layers=((index, layer),))
            assert json.loads((await functions.invoke(spec)).payload)[0] == expected, "later layers win"

    with_functions(tmp_path, case, machine=machine(tmp_path))


def test_a_public_layer_of_node_packages_is_installed(tmp_path: Path) -> None:
    package = tmp_path / "greeting"
    package.mkdir()
    (package / "package.json").write_text('{"name":"greeting","version":"1.0.0","main":"index.js"}')
    (package / "index.js").write_text("exports.text = 'hello';")

    async def case(functions: Functions) -> None:
        layer = PackagedLayer("AWSLambdaGreeting", "npm", (f"file:{package}",))
        files = {"index.js": "exports.handler = async () => require('greeting').text;"}
        spec = functions.spec(files, "index.handler", runtime="nodejs20.x", packaged_layers=((0, layer),))
        assert (await functions.invoke(spec)).payload == b'"hello"'

    with_functions(tmp_path, case, machine=machine(tmp_path))


def test_packages_that_cannot_be_had_are_the_functions_error(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        for installer, runtime in (("pip", "python3.11"), ("npm", "nodejs20.x")):
            layer = PackagedLayer("AWSLambdaNonesuch", installer, ("nonesuch-of-nobody",))
            spec = functions.spec({"index.js": "", "app.py": ""}, runtime=runtime, packaged_layers=((0, layer),))
            outcome = await functions.invoke(spec)
            error = json.loads(outcome.payload)
            assert (outcome.function_error, error["errorType"]) == ("Unhandled", "Runtime.ImportModuleError")
            assert "AWSLambdaNonesuch" in error["errorMessage"] and "nonesuch-of-nobody" in error["errorMessage"]

    with_functions(tmp_path, case, machine=machine(tmp_path))


def test_functions_run_without_agents_and_their_wrapper_scripts(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        agents = (
            (0, PackagedLayer("LambdaInsightsExtension", "", ())),
            (1, PackagedLayer("aws-otel-python", "", ("otel-instrument",))),
        )
        spec = functions.spec(
            "def handler(e, c): return e",
            packaged_layers=agents,
            environment=(("AWS_LAMBDA_EXEC_WRAPPER", "/opt/otel-instrument"),),
        )
        assert (await functions.invoke(spec, b"7")).payload == b"7"

    with_functions(tmp_path, case, machine=machine(tmp_path))


def test_the_web_adapter_is_named_as_missing(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        layer = PackagedLayer("LambdaAdapterLayerX86", "web-adapter", ())
        outcome = await functions.invoke(functions.spec("", packaged_layers=((0, layer),)))
        assert "Lambda Web Adapter" in json.loads(outcome.payload)["errorMessage"]

    with_functions(tmp_path, case, machine=machine(tmp_path))

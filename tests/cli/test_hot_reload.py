"""What `serein up` does when files are saved: as much as is needed, and no more."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from running_up import Up

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Handler: app.handler, Timeout: 30}}
Resources:
  First:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: first, Runtime: python3.12, FunctionName: first, Layers: [!Ref Shared]}
  Second:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: second, Runtime: python3.12, FunctionName: second}
  Third:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: third, Runtime: nodejs20.x, FunctionName: third}
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer}
"""
FIRST = "import little_lib, shared\ndef handler(event, context):\n    return [little_lib.value, shared.value, 'old']\n"
SECOND = "import little_lib\ndef handler(event, context):\n    return [little_lib.value, 'old']\n"
THIRD = "exports.handler = async () => [require('little'), 'old'];\n"
BACKEND = """
import pathlib, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    value = pathlib.Path("value").read_text()
    name = "little_lib-1.0-py3-none-any.whl"
    with zipfile.ZipFile(directory + "/" + name, "w") as wheel:
        wheel.writestr("little_lib.py", "value = " + value)
        about = "little_lib-1.0.dist-info/"
        wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: little-lib\\nVersion: 1.0\\n")
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(about + "RECORD", "")
    return name
"""
PROJECT = (
    '[project]\nname = "little-lib"\nversion = "1.0"\n'
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Three functions with dependencies, which are folders beside the project: no registry is asked."""
    for number in (1, 2):
        library = tmp_path / f"python-{number}"
        library.mkdir()
        (library / "pyproject.toml").write_text(PROJECT)
        (library / "backend.py").write_text(BACKEND)
        (library / "value").write_text(str(number))
        module = tmp_path / f"node-{number}"
        module.mkdir()
        (module / "package.json").write_text('{"name": "little", "version": "1.0.0", "main": "index.js"}')
        (module / "index.js").write_text(f"module.exports = {number}")
    folder = tmp_path / "shop"
    for name, file, code in (("first", "app.py", FIRST), ("second", "app.py", SECOND), ("third", "app.js", THIRD)):
        (folder / name).mkdir(parents=True)
        (folder / name / file).write_text(code)
    for name in ("first", "second"):
        (folder / name / "requirements.txt").write_text(f"{tmp_path}/python-1\n")
    (folder / "third" / "package.json").write_text(json.dumps({"dependencies": {"little": f"file:{tmp_path}/node-1"}}))
    (folder / "layer" / "python").mkdir(parents=True)
    (folder / "layer" / "python" / "shared.py").write_text("value = 'layer'\n")
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder


def test_what_is_saved_takes_effect_and_only_that_is_made_anew(
    begin_up: Callable[[Path], Up], shop: Path, tmp_path: Path
) -> None:
    up = begin_up(shop)
    up.wait_for("Logs follow")
    functions = up.client("lambda")

    def answers(name: str) -> object:
        return json.loads(functions.invoke(FunctionName=name)["Payload"].read())

    assert [answers(name) for name in ("first", "second", "third")] == [[1, "layer", "old"], [1, "old"], [1, "old"]]
    installed = up.count("Installing dependencies")
    # Those of the first and the second are the same, and made once.
    assert installed == 2

    (shop / "first" / "app.py").write_text(FIRST.replace("old", "new"))
    up.wait_for("app.py: First updated in")
    (shop / "third" / "app.js").write_text(THIRD.replace("old", "new"))
    up.wait_for("app.js: Third updated in")
    assert [answers(name) for name in ("first", "second", "third")] == [[1, "layer", "new"], [1, "old"], [1, "new"]]
    assert up.count("Installing dependencies") == installed

    (shop / "second" / "requirements.txt").write_text(f"{tmp_path}/python-2\n")
    up.wait_for("requirements.txt: Second updated in")
    assert [answers("first"), answers("second")] == [[1, "layer", "new"], [2, "old"]]
    assert up.count("Installing dependencies") == installed + 1
    assert up.count("Installing dependencies of Second") == 1

    (shop / "third" / "package.json").write_text(json.dumps({"dependencies": {"little": f"file:{tmp_path}/node-2"}}))
    up.wait_for("package.json: Third updated in")
    assert answers("third") == [2, "new"]
    assert up.count("Installing dependencies") == installed + 2

    packaged = up.count("Packaging")
    (shop / "layer" / "python" / "shared.py").write_text("value = 'other'\n")
    up.wait_for("shared.py: shop updated in")
    assert answers("first") == [1, "other", "new"]
    assert up.count("Installing dependencies") == installed + 2
    assert up.count("Packaging") == packaged + 1


def test_errors_are_shown_with_the_developers_files_also_after_a_save(
    begin_up: Callable[[Path], Up], shop: Path
) -> None:
    broken = "def handler(event, context):\n    return event['missing']\n"
    (shop / "second" / "app.py").write_text(broken)
    up = begin_up(shop)
    up.wait_for("Logs follow")
    functions = up.client("lambda")
    functions.invoke(FunctionName="second")
    up.wait_for(f'Second |   File "{shop}/second/app.py", line 2, in handler')
    (shop / "second" / "app.py").write_text("\n\n" + broken)
    up.wait_for("app.py: Second updated in")
    functions.invoke(FunctionName="second")
    up.wait_for(f'Second |   File "{shop}/second/app.py", line 4, in handler')
    (shop / "third" / "app.js").write_text("exports.handler = async () => {\n  null.x();\n};\n")
    up.wait_for("app.js: Third updated in")
    functions.invoke(FunctionName="third")
    up.wait_for(f"at exports.handler ({shop}/third/app.js:2:8)")
    assert up.count("/var/runtime") == 0

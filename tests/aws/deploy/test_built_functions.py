"""Functions whose packages have to be built: requirements, node modules, TypeScript, layers."""

import json
import shutil
from pathlib import Path

import pytest

from serein.deploy.errors import BuildFailed
from serein.testing import Serein

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def invoke(serein: Serein, name: str, event: object = None) -> object:
    reply = serein.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return json.load(reply["Payload"])


def test_python_requirements_are_installed_beside_the_code_and_the_users_folder_stays_as_it_was(
    serein: Serein, tmp_path: Path
) -> None:
    project = write(
        tmp_path,
        {
            "template.yaml": HEAD + "  Shout:\n    Type: AWS::Serverless::Function\n"
            "    Properties: {FunctionName: shout, CodeUri: code/, Handler: app.handler, Runtime: python3.11}\n",
            "code/app.py": "import loud\ndef handler(event, context):\n    return loud.shout(event)\n",
            "code/requirements.txt": "../loud\n",
            "loud/pyproject.toml": PROJECT,
            "loud/backend.py": BACKEND,
        },
    )
    before = {path for path in project.rglob("*") if ".serein" not in path.parts}
    serein.deploy(project)
    assert invoke(serein, "shout", "hello") == "HELLO"
    assert {path for path in project.rglob("*") if ".serein" not in path.parts} == before


def test_python_requirements_are_installed_for_the_python_that_runs_the_function(
    serein: Serein, tmp_path: Path
) -> None:
    code = "import loud, sys\ndef handler(event, context):\n    return [loud.MINOR, sys.version_info[1]]\n"
    backend = BACKEND.replace("import pathlib", "import sys, pathlib").replace(
        '"def shout(text):\\n    return text.upper()\\n"', "f'MINOR = {sys.version_info[1]}'"
    )
    files = {"template.yaml": HEAD}
    for minor in (9, 12, 13):
        files["template.yaml"] += (
            f"  F{minor}:\n    Type: AWS::Serverless::Function\n    Properties: {{FunctionName: f{minor}, "
            f"CodeUri: code{minor}/, Handler: app.handler, Runtime: python3.{minor}}}\n"
        )
        files |= {f"code{minor}/app.py": code, f"code{minor}/requirements.txt": f"../loud{minor}\n"}
        files |= {f"loud{minor}/pyproject.toml": PROJECT, f"loud{minor}/backend.py": backend}
    serein.deploy(write(tmp_path, files))
    for minor in (9, 12, 13):
        built, runs = invoke(serein, f"f{minor}")  # type: ignore[misc]
        assert built == runs


PROJECT = (
    "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
    "[project]\nname = 'loud'\nversion = '1.0'\n"
)
BACKEND = '''
"""A build backend without dependencies, so that the test needs no package index."""
import pathlib, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "loud-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w") as wheel:
        wheel.writestr("loud.py", "def shout(text):\\n    return text.upper()\\n")
        wheel.writestr("loud-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: loud\\nVersion: 1.0\\n")
        wheel.writestr("loud-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("loud-1.0.dist-info/RECORD", "")
    return name
'''


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_node_modules_are_installed_beside_the_code(serein: Serein, tmp_path: Path) -> None:
    dependency = {"private": True, "dependencies": {"loud": "file:./loud"}}
    project = write(
        tmp_path,
        {
            "template.yaml": HEAD + "  Shout:\n    Type: AWS::Serverless::Function\n"
            "    Properties: {FunctionName: node-shout, CodeUri: code/, Handler: index.handler, Runtime: nodejs20.x}\n",
            "code/index.js": "const loud = require('loud');\nexports.handler = async (event) => loud(event);\n",
            "code/package.json": json.dumps(dependency),
            "code/loud/package.json": '{"name": "loud", "version": "1.0.0", "main": "index.js"}',
            "code/loud/index.js": "module.exports = (text) => text.toUpperCase();\n",
        },
    )
    serein.deploy(project)
    assert invoke(serein, "node-shout", "hello") == "HELLO"
    assert not (project / "code" / "node_modules").exists()


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_typescript_is_bundled_by_esbuild_when_the_template_asks_for_it(serein: Serein, tmp_path: Path) -> None:
    project = write(
        tmp_path,
        {
            "template.yaml": HEAD + "  Shout:\n    Type: AWS::Serverless::Function\n"
            "    Metadata:\n      BuildMethod: esbuild\n"
            "      BuildProperties: {Minify: true, Target: es2020, Sourcemap: true, EntryPoints: [app.ts]}\n"
            "    Properties: {FunctionName: ts-shout, CodeUri: code/, Handler: app.handler, Runtime: nodejs20.x}\n",
            "code/app.ts": "import { shout } from './loud';\n"
            "export const handler = async (event: string): Promise<string> => shout(event);\n",
            "code/loud.ts": "export function shout(text: string): string { return text.toUpperCase(); }\n",
            "code/package.json": '{"private": true}',
        },
    )
    try:
        serein.deploy(project)
    except BuildFailed as failed:
        if "installing esbuild" in str(failed):
            pytest.skip("esbuild can't be installed here: no package registry answers")
        raise
    assert invoke(serein, "ts-shout", "hello") == "HELLO"


def test_a_layer_is_found_by_the_functions_that_name_it(serein: Serein, tmp_path: Path) -> None:
    project = write(
        tmp_path,
        {
            "template.yaml": HEAD + "  Loud:\n    Type: AWS::Serverless::LayerVersion\n"
            "    Properties: {ContentUri: layer/, CompatibleRuntimes: [python3.11]}\n"
            "  With:\n    Type: AWS::Serverless::Function\n"
            "    Properties: {FunctionName: with-layer, CodeUri: code/, Handler: app.handler, Runtime: python3.11,"
            " Layers: [!Ref Loud]}\n"
            "  Without:\n    Type: AWS::Serverless::Function\n"
            "    Properties: {FunctionName: no-layer, CodeUri: code/, Handler: app.handler, Runtime: python3.11}\n",
            "layer/python/loud.py": "def shout(text):\n    return text.upper()\n",
            "code/app.py": "import loud\ndef handler(event, context):\n    return loud.shout(event)\n",
        },
    )
    serein.deploy(project)
    assert invoke(serein, "with-layer", "hello") == "HELLO"
    without = invoke(serein, "no-layer", "hello")
    assert isinstance(without, dict)
    assert without["errorType"] == "Runtime.ImportModuleError"

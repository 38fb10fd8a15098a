"""Files of a project: YAML and JSON read here, JavaScript and TypeScript by Node.js when there is one."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from serein.deploy.build.esbuild import require_esbuild
from serein.deploy.errors import TemplateInvalid
from serein.deploy.templates import CloudFormationLoader

_PATIENCE_SECONDS = 60
_MODULE = Path(__file__).with_name("load_module.mjs")


class _Loader(CloudFormationLoader):
    """YAML 1.2, as the framework reads it: `Yes` and `off` are texts, `010` is ten, and `1:30` no number."""


_TAG = "tag:yaml.org,2002:"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (f"{_TAG}bool", f"{_TAG}int")]
    for first, resolvers in CloudFormationLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile("(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(
    f"{_TAG}int", re.compile(r"[-+]?(?:[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+)$"), list("-+0123456789")
)
_Loader.add_constructor(f"{_TAG}int", lambda loader, node: _whole_number(loader.construct_scalar(node)))


def _whole_number(text: str) -> int:
    digits = text.lstrip("+-")
    number = int(digits, 0) if digits[1:2] in ("x", "o") else int(digits)
    return -number if text.startswith("-") else number


def read_document(path: Path) -> Any:
    """A YAML or JSON file. Raises TemplateInvalid with the place of the mistake."""
    try:
        text = path.read_text()
        return json.loads(text) if path.suffix == ".json" else yaml.load(text, _Loader)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise TemplateInvalid(f"{path} can't be read: {error}") from error


def run_module(path: Path, export: str, options: dict[str, str], find: Callable[[str], Any]) -> Any:
    """What a module exports, by name or as a whole; a function is called as the framework calls it.

    A function may ask for variables (`self:custom.x`): it is run again with what it asked for. Raises TemplateInvalid.
    """
    node = shutil.which("node")
    if node is None:
        raise TemplateInvalid(f"{path} is JavaScript, which takes Node.js to read. Install it from https://nodejs.org.")
    language = {"esbuild": require_esbuild(str(path)), "folder": _root(path)} if path.suffix == ".ts" else {}
    known: dict[str, Any] = {}
    while True:
        order = json.dumps({"path": str(path), "export": export, "options": options, "known": known, **language})
        try:
            ran = subprocess.run(
                [node, str(_MODULE)],
                input=order,
                cwd=path.parent,
                capture_output=True,
                text=True,
                timeout=_PATIENCE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TemplateInvalid(f"{path} did not come to an end within {_PATIENCE_SECONDS} s.") from error
        answer = ran.stdout.rpartition("\0")[2]
        if ran.returncode or not answer:
            raise TemplateInvalid(f"{path} failed:\n{(ran.stderr or ran.stdout)[-2000:].strip()}")
        result = json.loads(answer)
        asked = result.get("asks")
        if asked is None:
            return result.get("value")
        known[asked] = find(asked)


def _root(path: Path) -> str:
    """The nearest folder above a module that has tsconfig.json, which says what the names of its imports mean."""
    return str(next((folder for folder in path.parents if (folder / "tsconfig.json").is_file()), path.parent))

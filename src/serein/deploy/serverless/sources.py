"""Where variables get their values: the document itself, options, the environment, files, AWS.

https://www.serverless.com/framework/docs/guides/variables
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.documents import read_document, run_module
from serein.deploy.serverless.plugins.lift import reference
from serein.deploy.serverless.revision import revision_of
from serein.deploy.serverless.variables import Source, Variables, member

_MODULES = (".js", ".cjs", ".mjs", ".ts")
_DOCUMENTS = (".yml", ".yaml", ".json", ".tfstate")


class Cloud(Protocol):
    """What is asked of AWS; an empty region is the service's own. None: there is no such thing."""

    region: str

    def account(self) -> str:
        """The account id."""

    def output(self, stack: str, output: str, region: str) -> str | None:
        """An output of a stack."""

    def parameter(self, name: str, region: str, *, decrypts: bool) -> tuple[str, str] | None:
        """A parameter's type and value."""

    def object(self, bucket: str, key: str) -> str | None:
        """An object's text."""

    def is_domain_of_others(self, name: str, stack: str) -> bool:
        """Whether there is a custom domain name that this stack didn't make."""


@dataclass(slots=True)
class Options:
    """What the caller gives besides the document."""

    folder: Path
    cloud: Cloud
    stage: str = ""
    """Empty: the document's, else `dev`."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Command-line options by name: what `${opt:…}` finds."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What `${param:…}` finds first."""
    environment: Mapping[str, str] = field(default_factory=dict)


class Sources:
    """The sources of one document."""

    def __init__(self, document: Any, options: Options) -> None:
        self._options = options
        self._variables = Variables(document, self._all())
        self._files: dict[tuple[Path, str], Any] = {}

    @property
    def variables(self) -> Variables:
        return self._variables

    def stage(self) -> str:
        """The stage: the option, else the document's, else `dev`."""
        return self._options.stage or str(self._variables.find("provider.stage") or "dev")

    def _all(self) -> dict[str, Source]:
        return {
            "self": lambda _, address: self._variables.find(address),
            "opt": self._option,
            "env": lambda _, address: self._options.environment.get(address),
            "file": self._file,
            "sls": self._core,
            "param": self._parameter,
            "aws": self._aws,
            "cf": self._output,
            "ssm": self._ssm,
            "s3": self._object,
            "strToBool": _truth,
            "git": lambda _, address: revision_of(self._options.folder, address),
            "construct": self._construct,
        }

    def _option(self, _parameters: Sequence[str], address: str) -> Any:
        if not address:
            return dict(self._options.options)
        return self._options.options.get(address) or (self._options.stage or None if address == "stage" else None)

    def _core(self, _parameters: Sequence[str], address: str) -> Any:
        if address == "stage":
            return self.stage()
        if address == "instanceId":
            return hashlib.sha256(str(self._options.folder).encode()).hexdigest()[:21]
        raise TemplateInvalid(f"${{sls:{address}}} is not known: there are sls:stage and sls:instanceId.")

    def _parameter(self, _parameters: Sequence[str], address: str) -> Any:
        """AWS has no part in it: the command line, then the stage's parameters, then those of every stage."""
        if address in self._options.parameters:
            return self._options.parameters[address]
        stage = self.stage()
        for place in (f"stages.{stage}.params", f"params.{stage}", "stages.default.params", "params.default"):
            found = self._variables.find(f"{place}.{address}")
            if found is not None:
                return found
        return None

    def _file(self, parameters: Sequence[str], address: str) -> Any:
        if len(parameters) != 1 or not parameters[0]:
            raise TemplateInvalid("${file(…)} wants the path of a file in its parentheses.")
        path = (self._options.folder / Path(parameters[0]).expanduser()).resolve()
        is_module = path.suffix in _MODULES
        # A module's export is chosen by the first name of the address, and may be a function to be called.
        export = address.partition(".")[0] if is_module else ""
        if (path, export) not in self._files:
            self._files[path, export] = self._read(path, export)
        value = self._files[path, export]
        names = address.split(".") if address else []
        for name in names[1:] if is_module else names:
            value = member(self._variables.resolve(value, str(path)) if isinstance(value, str) else value, name)
        return value

    def _read(self, path: Path, export: str) -> Any:
        if not path.is_file():
            return None
        if path.suffix in _MODULES:
            return run_module(path, export, dict(self._options.options), self._asked)
        if path.suffix in _DOCUMENTS:
            return read_document(path)
        return path.read_text()

    def _asked(self, variable: str) -> Any:
        """What a module wants to know: `self:custom.x`, or another source's address."""
        if variable.startswith("self:"):
            return self._variables.find(variable.removeprefix("self:"))
        return self._variables.resolve("${%s}" % variable, variable)  # noqa: UP031

    def _aws(self, _parameters: Sequence[str], address: str) -> Any:
        if address == "accountId":
            return self._options.cloud.account()
        if address == "region":
            return self._options.cloud.region
        raise TemplateInvalid(f"${{aws:{address}}} is not known: there are aws:accountId and aws:region.")

    def _output(self, parameters: Sequence[str], address: str) -> Any:
        stack, dot, output = address.rpartition(".")
        if not dot:
            raise TemplateInvalid(f"${{cf:{address}}} wants a stack and an output: cf:stack.Output.")
        return self._options.cloud.output(stack, output, parameters[0] if parameters else "")

    def _ssm(self, parameters: Sequence[str], address: str) -> Any:
        # Version 2 wrote `~true` behind the name for what is decrypted anyway since.
        name, _, _ = address.partition("~")
        ways = {"raw", "noDecrypt"}
        region = next((each for each in parameters if each not in ways), "")
        found = self._options.cloud.parameter(name, region, decrypts="noDecrypt" not in parameters)
        if found is None:
            return None
        kind, value = found
        if "raw" in parameters:
            return value
        if kind == "StringList":
            return value.split(",")
        if kind == "SecureString" and value.startswith("{"):
            try:
                return json.loads(value)
            except ValueError:
                return value
        return value

    def _object(self, _parameters: Sequence[str], address: str) -> Any:
        bucket, _, key = address.partition("/")
        return self._options.cloud.object(bucket, key)

    def _construct(self, _parameters: Sequence[str], address: str) -> Any:
        name, _, asked = address.partition(".")
        return reference(str(self._variables.find(f"constructs.{name}.type")), name, asked)


def _truth(parameters: Sequence[str], _address: str) -> Any:
    text = parameters[0].strip().lower() if parameters else ""
    if text in ("true", "1"):
        return True
    if text in ("false", "0"):
        return False
    raise TemplateInvalid(f"${{strToBool({text})}} wants true, false, 1 or 0.")


def with_env_files(folder: Path, stage: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with the variables of the project's .env files; those that are set already stay.

    https://www.serverless.com/framework/docs/environment-variables
    """
    # Why here: few projects have such files.
    from dotenv import dotenv_values

    found: dict[str, str] = {}
    for name in (f".env.{stage}.local", f".env.{stage}", ".env.local", ".env"):
        if (folder / name).is_file():
            values = dotenv_values(folder / name)
            found = {**{key: value for key, value in values.items() if value is not None}, **found}
    return {**found, **environment}

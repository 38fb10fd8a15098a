"""Ruby functions, on AWS's own runtime interface client: the gem `aws_lambda_ric`, which is installed once.

AWS's Ruby runtimes carry the whole AWS SDK; here the gems of it that a function requires are installed with it.
"""

import asyncio
import hashlib
import logging
import re
from pathlib import Path

from serein.kernel.runner import FunctionSpec
from serein.runtime.installations import find_rubies, nearest
from serein.runtime.installing import InstallFailed, install_once, run_installer
from serein.runtime.languages import Equipment
from serein.runtime.sandbox_plan import mounts_for_program
from serein.runtime.surroundings import StartRefused
from serein.runtime.variables import Place, lambda_variables
from serein.runtime.wrappers import find_wrapper
from serein.runtime.zygote import VIEWED_RUNTIME, ForkServer, Launch, Process

log = logging.getLogger("serein.runtime")
_CLIENT = "aws_lambda_ric"
_START = "require 'aws_lambda_ric'; AwsLambdaRIC::Bootstrap.new.start"
_OLDEST = 30
"""The oldest Ruby that the client runs on."""
_SDK_GEM = re.compile(r"""^\s*require\s*\(?\s*["'](aws-sdk(?:-[a-z0-9]+)?)["']""", re.MULTILINE)
_MAXIMUM_SCANNED_BYTES = 1_048_576


class RubyProcesses:
    """Starts Ruby functions."""

    presumed_mb = 40

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        self._found: dict[int, str] = {}
        self._ruby_of: dict[str, tuple[int, str]] = {}
        self._gems_of: dict[tuple[str, Path], Path] = {}

    async def prepare(self, spec: FunctionSpec) -> None:
        """Have Ruby, the runtime client, and what the function requires of the SDK. Raises StartRefused."""
        version, executable = await self._require_ruby(spec.runtime)
        if (spec.runtime, spec.code) in self._gems_of:
            return
        gems = (_CLIENT, *await asyncio.to_thread(required_sdk_gems, spec.code))
        digest = hashlib.sha256(" ".join(gems).encode()).hexdigest()[:12]
        folder = self._equipment.machine.cache / "ruby-runtime" / f"{version}-{digest}"

        async def fill(work: Path) -> None:
            log.info("installing AWS's runtime client for Ruby (once): %s", folder)
            gem = str(Path(executable).with_name("gem"))
            options = ["install", "--no-document", "--install-dir", str(work), *gems]
            variables = dict(self._equipment.machine.variables) or None
            await run_installer([executable, gem, *options], work, variables)

        try:
            await install_once(folder, fill)
        except InstallFailed as error:
            raise StartRefused(
                "Runtime.InvalidEntrypoint",
                f"Ruby functions need AWS's runtime client (the gem {_CLIENT}), and it could not be installed: "
                f"{error}. Go online once.",
            ) from None
        self._gems_of[spec.runtime, spec.code] = folder

    async def start(self, spec: FunctionSpec, place: Place) -> Process:
        """Start the interpreter. Raises LaunchFailed and StartRefused."""
        version, executable = await self._require_ruby(spec.runtime)
        gems = self._gems_of[spec.runtime, spec.code]
        variables = lambda_variables(spec, place)
        variables["_LAMBDA_TELEMETRY_LOG_FD"] = "3"
        self._equipment.hosts.add_to(variables)
        # Why both: what was built for another version of Ruby than the one it runs on is mostly Ruby alone.
        versions = dict.fromkeys((f"{version // 10}.{version % 10}.0", f"{spec.runtime.removeprefix('ruby')}.0"))
        places = [f"{spec.code}/vendor/bundle/ruby", *(f"{layer}/ruby/gems" for layer in reversed(spec.layers))]
        folders = [f"{place}/{each}" for place in places for each in versions]
        variables.setdefault("GEM_HOME", str(gems))
        # Why a colon at the end: the gems that Ruby itself comes with are found after these.
        variables.setdefault("GEM_PATH", ":".join([*folders, str(gems), ""]))
        libraries = [str(spec.code), *(f"{layer}/ruby/lib" for layer in reversed(spec.layers))]
        variables.setdefault("RUBYLIB", ":".join(libraries))
        wrapper = find_wrapper(spec)
        options = [word for folder in _libraries(gems) for word in ("-I", str(folder))]
        launch = Launch(
            env=variables,
            cwd=str(spec.code),
            scratch=place.scratch,
            argv=(*([wrapper] if wrapper else []), executable, *options, "-e", _START, spec.handler),
            mounts=self.mounts(spec),
            keeps_scratch=True,
        )
        return await self._equipment.programs.start(self._equipment.sandbox.confine(launch, spec))

    async def server(self, runtime: str) -> ForkServer:
        return self._equipment.programs

    def mounts(self, spec: FunctionSpec) -> tuple[tuple[str, str], ...]:
        folder = self._gems_of[spec.runtime, spec.code]
        client = [(str(each), f"{VIEWED_RUNTIME}/lib") for each in _libraries(folder)]
        gems = (str(folder), f"{VIEWED_RUNTIME}/gems")
        executable = self._ruby_of[spec.runtime][1]
        return (*client, gems, *self._equipment.hosts.mounts, *mounts_for_program(executable))

    async def warm(self, runtime: str) -> None:
        await self._equipment.programs.warm()

    async def close(self) -> None:
        """Nothing is kept ready."""

    async def _require_ruby(self, runtime: str) -> tuple[int, str]:
        if (known := self._ruby_of.get(runtime)) is not None:
            return known
        if not self._found:
            self._found = await asyncio.to_thread(find_rubies, self._equipment.machine)
        wanted = int(runtime.removeprefix("ruby").replace(".", ""))
        version = nearest(wanted, (each for each in self._found if each >= _OLDEST))
        if version is None or (version != wanted and self._equipment.machine.is_strict):
            raise StartRefused(
                "Runtime.InvalidEntrypoint",
                f"Ruby {wanted // 10}.{wanted % 10} is needed to run this function, and is not on PATH nor where "
                "version managers keep it (rbenv, asdf, mise, rvm). Install it.",
            )
        if version != wanted:
            shown = f"{version // 10}.{version % 10}"
            log.warning("functions with the runtime %s run on Ruby %s, which this machine has", runtime, shown)
        self._ruby_of[runtime] = (version, self._found[version])
        return self._ruby_of[runtime]


def _libraries(gems: Path) -> list[Path]:
    """The client's own files. AWS: errors' traces end where they come from /var/runtime/lib."""
    return sorted(gems.glob(f"gems/{_CLIENT}-*/lib"))


def required_sdk_gems(code: Path) -> tuple[str, ...]:
    """The SDK's gems that the function's own files require, and that it doesn't bring along."""
    if (code / "vendor" / "bundle").is_dir():
        return ()
    found: set[str] = set()
    for file in code.rglob("*.rb"):
        if file.is_file() and file.stat().st_size <= _MAXIMUM_SCANNED_BYTES:
            found.update(_SDK_GEM.findall(file.read_text("utf-8", "replace")))
    return tuple(sorted(found))

"""Java functions, on AWS's own runtime interface client: jars of Maven Central that are downloaded once.

What Maven has in its local repository already is taken from there.
"""

import asyncio
import logging
import platform
import sys
from pathlib import Path

from serein.kernel.runner import FunctionSpec
from serein.runtime.installations import find_javas, nearest_above
from serein.runtime.installing import InstallFailed, install_once
from serein.runtime.languages import Equipment
from serein.runtime.sandbox_plan import mounts_for_program
from serein.runtime.surroundings import StartRefused
from serein.runtime.variables import Place, lambda_variables
from serein.runtime.wrappers import find_wrapper
from serein.runtime.zygote import VIEWED_RUNTIME, ForkServer, Launch, Process

log = logging.getLogger("serein.runtime")
_MAIN = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
_VERSION = "2.10.1"
JARS = (
    ("com/amazonaws", "aws-lambda-java-runtime-interface-client", _VERSION),
    ("com/amazonaws", "aws-lambda-java-core", "1.4.0"),
    ("com/amazonaws", "aws-lambda-java-serialization", "1.2.0"),
    ("software/amazon/awssdk", "utils-lite", "2.34.0"),
)
_NATIVE = "libaws-lambda-jni.so"
_NATIVE_PROPERTY = "com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI"
_CENTRAL = "https://repo.maven.apache.org/maven2"
_HEAP_SHARE = 0.85
_FIRST_WITH_MODULES = 9


class JavaProcesses:
    """Starts Java functions."""

    presumed_mb = 90

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        self._found: dict[int, str] = {}
        self._java_of: dict[str, tuple[int, str]] = {}
        self._jars = equipment.machine.cache / "java-runtime" / _VERSION

    async def prepare(self, spec: FunctionSpec) -> None:
        """Have Java and the runtime client. Raises StartRefused."""
        await self._require_java(spec.runtime)
        if sys.platform != "linux":
            raise StartRefused("Runtime.InvalidEntrypoint", "AWS's runtime client for Java runs on Linux alone")
        try:
            await install_once(self._jars, self._fill)
        except InstallFailed as error:
            raise StartRefused(
                "Runtime.InvalidEntrypoint",
                f"Java functions need AWS's runtime client (com.amazonaws:{JARS[0][1]}:{_VERSION}), and it could not "
                f"be downloaded: {error}. Go online once, or have Maven fetch it (mvn dependency:get).",
            ) from None

    async def start(self, spec: FunctionSpec, place: Place) -> Process:
        """Start the Java virtual machine. Raises LaunchFailed and StartRefused."""
        version, executable = await self._require_java(spec.runtime)
        sandbox = self._equipment.sandbox
        variables = lambda_variables(spec, place)
        variables["_LAMBDA_TELEMETRY_LOG_FD"] = "3"
        self._equipment.hosts.add_to(variables)
        path = [f"{self._jars}/*"]
        own = []
        if sandbox.shown_runtime(self._jars) == self._jars:
            # Without a sandbox there is no /opt, where the client looks for layers' jars, and /tmp is everybody's.
            path += [f"{layer}/java/lib/*" for layer in reversed(spec.layers)]
            own.append(f"-Djava.io.tmpdir={place.scratch}/tmp")
            if (native := self._jars / _NATIVE).is_file():
                own.append(f"-D{_NATIVE_PROPERTY}={native}")
        options = [
            f"-XX:MaxHeapSize={int(spec.memory_mb * _HEAP_SHARE)}m",
            *("-XX:+UseSerialGC", "-Xshare:auto", "-XX:+TieredCompilation", "-XX:TieredStopAtLevel=1"),
            *own,
        ]
        if version >= _FIRST_WITH_MODULES:
            options.append("--add-opens=java.base/java.io=ALL-UNNAMED")
        wrapper = find_wrapper(spec)
        launch = Launch(
            env=variables,
            cwd=str(spec.code),
            scratch=place.scratch,
            argv=(*([wrapper] if wrapper else []), executable, *options, "-cp", ":".join(path), _MAIN, spec.handler),
            mounts=self.mounts(spec),
            keeps_scratch=True,
        )
        return await self._equipment.programs.start(sandbox.confine(launch, spec))

    async def server(self, runtime: str) -> ForkServer:
        return self._equipment.programs

    def mounts(self, spec: FunctionSpec) -> tuple[tuple[str, str], ...]:
        executable = self._java_of[spec.runtime][1]
        # Why /etc: distributions keep what belongs to the installation there.
        configuration = [(str(folder), str(folder)) for folder in Path("/etc").glob("java*") if folder.is_dir()]
        jars = (str(self._jars), f"{VIEWED_RUNTIME}/lib")
        return (jars, *configuration, *self._equipment.hosts.mounts, *mounts_for_program(executable))

    async def warm(self, runtime: str) -> None:
        await self._equipment.programs.warm()

    async def close(self) -> None:
        """Nothing is kept ready."""

    async def _require_java(self, runtime: str) -> tuple[int, str]:
        if (known := self._java_of.get(runtime)) is not None:
            return known
        if not self._found:
            self._found = await asyncio.to_thread(find_javas, self._equipment.machine)
        wanted = int(runtime.removeprefix("java").partition(".")[0])
        version = nearest_above(wanted, self._found)
        if version is None or (version != wanted and self._equipment.machine.is_strict):
            raise StartRefused(
                "Runtime.InvalidEntrypoint",
                f"Java {wanted} is needed to run this function, and is not in JAVA_HOME, on PATH, in /usr/lib/jvm nor "
                "where version managers keep it (SDKMAN, asdf, mise). Install it.",
            )
        if version != wanted:
            log.warning("functions with the runtime %s run on Java %s, which this machine has", runtime, version)
        self._java_of[runtime] = (version, self._found[version])
        return self._java_of[runtime]

    async def _fill(self, work: Path) -> None:
        from serein.runtime import maven  # start-up cost: few functions are in Java, and its HTTP client is large

        repository = self._equipment.machine.maven_repository or _CENTRAL
        local = self._equipment.machine.home / ".m2" / "repository"
        log.info("downloading AWS's runtime client for Java (once) to %s", self._jars)
        for group, name, version in JARS:
            file = f"{group}/{name}/{version}/{name}-{version}.jar"
            if (local / file).is_file():
                content = await asyncio.to_thread((local / file).read_bytes)
            else:
                content = await asyncio.to_thread(maven.download, f"{repository.rstrip('/')}/{file}")
            (work / f"{name}-{version}.jar").write_bytes(content)
            if platform.libc_ver()[0] == "glibc":
                maven.extract_native(content, work / _NATIVE)

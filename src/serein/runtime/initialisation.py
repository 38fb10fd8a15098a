"""Lambda's init and restore phases: extensions start and register, the runtime starts, all say that they are ready.

It happens ahead of invocations, or, after a failure, within one. SnapStart's hooks run as they do on AWS, but there is
no snapshot: each environment initialises, runs the hooks before a snapshot and then those after a restore.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Protocol

from serein.kernel.clock import monotonic
from serein.kernel.errors import AwsError
from serein.kernel.runner import FunctionSpec
from serein.runtime.environment_log import EnvironmentLog
from serein.runtime.extensions import MAXIMUM_EXTENSIONS, Extensions
from serein.runtime.platform_log import PlatformLog
from serein.runtime.processes import Guest, Processes, discard_unstarted
from serein.runtime.reports import Failure
from serein.runtime.runtime_api import Connection, Refused
from serein.runtime.shutdown import shut_down
from serein.runtime.snap_start import SnapStartException, SnapStartTimeoutException
from serein.runtime.surroundings import StartRefused, State, Surroundings
from serein.runtime.telemetry import Subscription, Telemetry
from serein.runtime.variables import Place

INIT_SECONDS = 10.0
"""AWS: the initialisation phase's limit; it is not configurable."""
_LONG_INIT_SECONDS = 130.0
"""AWS: for provisioned concurrency and SnapStart, or the function's time limit if that is more."""
_RESTORE_SECONDS = 10.0
_RESTORED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Environment(Protocol):
    """What the initialisation tells, and asks, the environment that it is a part of."""

    spec: FunctionSpec
    state: State

    def launched(self) -> None:
        """Processes are being started."""

    def proceed(self) -> None:
        """An extension has gone on."""

    def initialised(self) -> None:
        """The initialisation ahead of invocations is over, well or not."""

    def initialisation_failed(self, failure: Failure, document: bytes = b"") -> None:
        """The one within an invocation has failed."""

    def restore_failed_with(self, error: AwsError) -> None:
        """A restore within an invocation has failed."""

    def runtime_exited(self, guest: Guest, status: int) -> None: ...

    def extension_exited(self, guest: Guest, status: int, error_type: str) -> None: ...


class Initialisation:
    """The phases of one environment. `extensions` and `telemetry` are those of the processes there are now."""

    def __init__(
        self,
        environment: Environment,
        surroundings: Surroundings,
        platform: PlatformLog,
        log: EnvironmentLog,
        processes: Processes,
    ) -> None:
        self.extensions: Extensions | None = None
        self.is_complete = False
        self.error_type = ""
        self._telemetry: Telemetry | None = None
        self._environment = environment
        self._spec = environment.spec
        self._surroundings = surroundings
        self._platform = platform
        self._log = log
        self._processes = processes
        self._phase = "init"
        self._generation = 0
        """Changes when the processes that are being started are not wanted any more."""
        self._is_runtime_ready = False
        self._refused: StartRefused | None = None
        self._started = 0.0
        self._restore_started: float | None = None
        self._init_ms: float | None = None
        self._restore_ms: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._registered: asyncio.Future[None] = self._loop.create_future()

    async def run_ahead(self, place: Place) -> None:
        """Initialise; a failure shows in the first invocation.

        Raises LaunchFailed when nothing can be started, and an AwsError when the restore of a snapshot fails.
        """
        starter, spec = self._surroundings.starter, self._spec
        if starter.extensions(spec):
            self._add_extensions(starter.extensions(spec))
        self._log.write(self._platform.init_start(self._now(), starter.runtime_version(spec.runtime)))
        try:
            self._started = monotonic()
            await starter.prepare(spec)
            is_long = place.initialization_type != "on-demand" or spec.debug_port > 0
            seconds = max(_LONG_INIT_SECONDS, spec.timeout_seconds) if is_long else INIT_SECONDS
            self._timer = self._loop.call_later(seconds, self.failed, "timeout", "")
            if not self._ready.cancelled():
                await self._launch(place)
            await self._ready
        except StartRefused as refused:
            self._refused = refused
            self.failed("error", refused.error_type)

    async def run_again(self, place: Place) -> None:
        """Initialise within an invocation. Raises StartRefused and LaunchFailed."""
        self._phase = "invoke"
        if self._refused is not None:
            refused, self._refused = self._refused, None
            raise refused
        starter, generation = self._surroundings.starter, self._generation
        # Why again: what was missing for the last invocation may be there now.
        await starter.prepare(self._spec)
        if generation != self._generation:
            return
        self.extensions = None
        if extensions := starter.extensions(self._spec):
            self._add_extensions(extensions)
        # AWS: it is not reported in the log, only to those who listen.
        self._platform.init_start(self._now(), starter.runtime_version(self._spec.runtime), self._phase)
        await self._launch(place)

    async def _launch(self, place: Place) -> None:
        self._generation += 1
        generation = self._generation
        self.is_complete = self._is_runtime_ready = False
        self._restore_started = None
        self._started = monotonic()
        self._environment.launched()
        starter = self._surroundings.starter
        extensions = starter.extensions(self._spec)
        if extensions:
            place = replace(place, has_extensions=True)
            await self._start_extensions(place, extensions, generation)
        if generation != self._generation:
            return
        process = await starter.start(self._spec, place)
        if generation != self._generation:
            discard_unstarted(process)
            return
        self._processes.add_runtime(process, partial(self._line, "function"), self._environment.runtime_exited)

    # --- extensions

    def _add_extensions(self, paths: dict[str, str]) -> None:
        self.extensions = Extensions(self._spec, paths, self._extension_progressed)
        self.extensions.subscribed = self._subscribed
        if self._telemetry is None:
            self._telemetry = Telemetry(self._platform.is_json)
            self._platform.listen(self._telemetry.platform)
        else:
            self._telemetry.begin_again()

    def require_extensions(self) -> Extensions:
        """For a request of their API; internal ones are known from their first."""
        if self.extensions is None:
            self._add_extensions({})
            assert self.extensions is not None
            if self.is_complete:
                self.extensions.end_registering()
        return self.extensions

    async def _start_extensions(self, place: Place, paths: dict[str, str], generation: int) -> None:
        """Start them, and wait until they have registered: the runtime starts after that."""
        assert self.extensions is not None
        self._registered = self._loop.create_future()
        for count, (name, path) in enumerate(paths.items(), 1):
            if count > MAXIMUM_EXTENSIONS:
                raise self._not_launched(name, "TooManyExtensions", f"extension limit ({MAXIMUM_EXTENSIONS}) reached")
            try:
                process = await self._surroundings.starter.start_extension(self._spec, place, path)
            except PermissionError:
                reason = f"fork/exec /opt/extensions/{name}: permission denied"
                raise self._not_launched(name, "PermissionDenied", reason) from None
            if generation != self._generation:
                discard_unstarted(process)
                return
            exited = partial(self._extension_exited, name)
            self._processes.add_extension(name, process, partial(self._line, "extension"), exited)
        await self._registered

    def _not_launched(self, name: str, kind: str, message: str) -> StartRefused:
        if self.extensions is not None:
            self.extensions.launch_failed(name, kind)
        return StartRefused("Extension.LaunchError", message)

    def _extension_exited(self, name: str, guest: Guest, status: int) -> None:
        error_type = self.extensions.exited(name) if self.extensions is not None else "Extension.Crash"
        self._environment.extension_exited(guest, status, error_type)

    def _extension_progressed(self) -> None:
        if self.extensions is not None and self.extensions.are_registered and not self._registered.done():
            self._registered.set_result(None)
        self._environment.proceed()

    def _subscribed(self, api: str, name: str, subscription: Subscription, types: list[str]) -> bool:
        if self._telemetry is None or not self._telemetry.is_open:
            return False
        self._telemetry.subscribe(name, subscription)
        self._log.write(self._platform.subscription(self._now(), api, name, types))
        return True

    def _log_extensions(self) -> None:
        for extension in self.extensions or ():
            told = (extension.name, extension.state, extension.events, extension.error_type)
            self._log.write(self._platform.extension(self._now(), *told))

    # --- how it goes

    def runtime_ready(self) -> None:
        """The runtime has asked for its first event."""
        if self._is_runtime_ready:
            return
        self._is_runtime_ready = True
        now = self._now()
        if self.extensions is not None:
            self.extensions.end_registering()
        if self._restore_started is None:
            self._log.write(self._platform.init_runtime_done(now, self._phase, "success", ""))
        else:
            self._restore_ms = (monotonic() - self._restore_started) * 1000
            self._log.write(self._platform.restore_runtime_done(now, "success", ""))
            self._log.write(self._platform.restore_report(now, self._restore_ms, "success", ""))
            self._stop_timer()

    def completed(self) -> None:
        """All wait for the next event."""
        if self.is_complete:
            return
        self.is_complete = True
        self._stop_timer()
        if self.extensions is not None:
            self._log_extensions()
        if self._telemetry is not None:
            self._telemetry.end_subscribing()
        if self._phase == "init":
            if self._restore_started is None:
                self._report_success()
            self._settle()

    def _report_success(self) -> None:
        init_ms = (monotonic() - self._started) * 1000
        self._log.write(self._platform.init_report(self._now(), init_ms, self._phase, "success", ""))
        self._init_ms = init_ms if self._platform.is_on_demand else None

    def failed(self, status: str, error_type: str) -> None:
        """The phase ahead of invocations ended badly: nothing runs until the first invocation."""
        if self._ready.done():
            return
        self.error_type = error_type or f"Sandbox.{status.capitalize()}"
        self.interrupt()
        self._processes.drop()
        now = self._now()
        self._log.write(self._platform.init_runtime_done(now, self._phase, status, error_type))
        self._log_extensions()
        init_ms = (monotonic() - self._started) * 1000
        self._log.write(self._platform.init_report(now, init_ms, self._phase, status, error_type))
        self._settle()

    def report(self, status: str, error_type: str) -> None:
        """The phase within an invocation ended badly."""
        init_ms = (monotonic() - self._started) * 1000
        self._processes.drain()
        now = self._now()
        self._log.write(self._platform.init_runtime_done(now, self._phase, status, error_type))
        self._log_extensions()
        self._log.write(self._platform.init_report(now, init_ms, "invoke", status, error_type))

    def error_reported(self, document: bytes, error_type: str) -> None:
        """The runtime says that it can't initialise. Raises Refused."""
        error_type = error_type or "Runtime.Unknown"
        if self._environment.state is State.STARTING and not self.is_complete:
            self.failed("error", error_type)
        elif self._environment.state is State.BUSY and not self.is_complete:
            self.report("error", error_type)
            self._environment.initialisation_failed(Failure("error", error_type, ""), document)
        else:
            raise Refused("403 Forbidden", "InvalidStateTransition", "The initialisation is over")

    def _settle(self) -> None:
        self._environment.initialised()
        if not self._ready.done():
            self._ready.set_result(None)

    def take_durations(self) -> tuple[float | None, float | None]:
        """What the initialisation and the restore took, in milliseconds; told once, for the first REPORT."""
        durations = self._init_ms, self._restore_ms
        self._init_ms = self._restore_ms = None
        return durations

    # --- snapshots

    def restore_wanted(self, connection: Connection) -> None:
        """The runtime has run its hooks before a snapshot: it is as if it had been restored. Raises Refused."""
        if not self._spec.snap_start:
            raise Refused("404 Not Found", "ResourceNotFound", "No such resource: /runtime/restore/next")
        if self.is_complete or self._restore_started is not None:
            raise Refused("403 Forbidden", "InvalidStateTransition", "The initialisation is over")
        if self.extensions is not None:
            self.extensions.end_registering()
        now = self._now()
        self._log.write(self._platform.init_runtime_done(now, self._phase, "success", ""))
        self._report_success()
        version = self._surroundings.starter.runtime_version(self._spec.runtime)
        self._log.write(self._platform.restore_start(now, version))
        self._restore_started = monotonic()
        self._stop_timer()
        self._timer = self._loop.call_later(_RESTORE_SECONDS, self._restore_timed_out)
        connection.reply(_RESTORED)

    def restore_failed(self, document: bytes, error_type: str) -> None:
        """A hook after the restore failed. Raises Refused."""
        if self._restore_started is None or self.is_complete:
            raise Refused("403 Forbidden", "InvalidStateTransition", "No restore is running")
        self._end_restore("error", error_type or "Runtime.AfterRestoreError", SnapStartException())

    def _restore_timed_out(self) -> None:
        self._end_restore("timeout", "", SnapStartTimeoutException())

    def _end_restore(self, status: str, error_type: str, error: AwsError) -> None:
        assert self._restore_started is not None
        self._processes.drain()
        now = self._now()
        self._log.write(self._platform.restore_runtime_done(now, status, error_type))
        restore_ms = (monotonic() - self._restore_started) * 1000
        self._log.write(self._platform.restore_report(now, restore_ms, status, error_type))
        if self._ready.done():
            self._environment.restore_failed_with(error)
        else:
            self._ready.set_exception(error)

    # --- the end of it

    async def shut_down(self, reason: str) -> None:
        """Lambda's shutdown phase, for processes with extensions."""
        if self.extensions is not None and self.has_extensions:
            await shut_down(self._processes, self.extensions, self._telemetry, reason)

    def interrupt(self) -> None:
        """What is being started is not wanted any more."""
        self._generation += 1
        self._stop_timer()
        if not self._registered.done():
            self._registered.set_result(None)

    def abandon(self) -> None:
        """The environment ends."""
        self.interrupt()
        if not self._ready.done():
            self._ready.cancel()

    def close(self) -> None:
        if self._telemetry is not None:
            self._telemetry.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- what it logs and tells

    @property
    def has_extensions(self) -> bool:
        return self.extensions is not None and not self.extensions.is_empty

    @property
    def is_sending(self) -> bool:
        """Whether telemetry is on its way."""
        return self._telemetry is not None and self._telemetry.is_sending

    def pause_telemetry(self) -> None:
        if self._telemetry is not None:
            self._telemetry.pause()

    def resume_telemetry(self) -> None:
        if self._telemetry is not None:
            self._telemetry.resume()

    def _line(self, kind: str, text: str) -> None:
        self._log.write(text)
        if self._telemetry is not None:
            self._telemetry.line(self._now(), kind, text)

    def _now(self) -> float:
        return self._surroundings.clock.now()

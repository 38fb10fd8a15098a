"""One execution environment: processes, their APIs and a log stream, serving one invocation at a time.

Its life is Lambda's. It initialises within 10 s; when that fails, the first invocation initialises again within the
function's own time limit, and reports what goes wrong then. After a time-out, an exit or a memory breach its processes
end, and the next invocation starts them anew, which is not reported apart. Between invocations it is frozen.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import asyncio
from dataclasses import replace

from serein.kernel.clock import monotonic, wall_seconds
from serein.kernel.errors import AwsError
from serein.kernel.ids import random_hex
from serein.kernel.runner import FunctionSpec, Invocation, Outcome
from serein.runtime import reports, shutdown
from serein.runtime.course import Course, Parts
from serein.runtime.environment_log import EnvironmentLog
from serein.runtime.events import event_head
from serein.runtime.initialisation import Initialisation
from serein.runtime.platform_log import PlatformLog
from serein.runtime.processes import Guest, Processes
from serein.runtime.reports import Failure
from serein.runtime.responses import ResponseStream
from serein.runtime.runtime_api import Connection
from serein.runtime.runtime_side import RuntimeSide
from serein.runtime.surroundings import Owner, StartRefused, State, Surroundings
from serein.runtime.variables import Place
from serein.runtime.zygote import LaunchFailed

ON_DEMAND, PROVISIONED, SNAP_START = "on-demand", "provisioned-concurrency", "snap-start"
_RETURN_SECONDS = 30.0
_FREEZE_SECONDS = 0.05
"""How long it is idle before it is frozen: a caller that comes back at once pays nothing."""
_FIRST_CHECK_SECONDS = 0.02
_SLOWEST_CHECK_SECONDS = 0.1


class Environment:
    """Use: `await start()`, then `begin(invocation)` whenever the owner was told that it is free."""

    def __init__(
        self,
        spec: FunctionSpec,
        surroundings: Surroundings,
        owner: "Owner[Environment]",
        initialization_type: str = ON_DEMAND,
    ) -> None:
        self.spec = spec
        self.state = State.STARTING
        self.is_provisioned = initialization_type == PROVISIONED
        self.is_unwanted = False
        """Whether it ends when it is free."""
        self.idle_since = self._busy_since = monotonic()
        self.invocations = 0
        self._log = EnvironmentLog(spec, surroundings.log_sink, surroundings.clock)
        self._surroundings = surroundings
        self._owner = owner
        kind = SNAP_START if spec.snap_start else initialization_type
        self._platform = PlatformLog(spec, kind)
        self._place = Place("", self._log.stream, surroundings.scratch / random_hex(16), surroundings.runtime_dir, kind)
        self._api: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._side = RuntimeSide(self)
        self._processes = Processes(spec.memory_mb, surroundings.starter.presumed_mb(spec.runtime))
        self.init = Initialisation(self, surroundings, self._platform, self._log, self._processes)
        self._background: asyncio.Task[None] | None = None
        """Starts processes, or ends them."""
        self._parts = Parts(spec, surroundings.clock, self._log, self._platform, self._processes, self.init)
        self.course: Course | None = None
        """The invocation that it is running."""
        self._timer: asyncio.TimerHandle | None = None
        self._next_check = 0.0
        self._loop = asyncio.get_running_loop()

    async def start(self) -> None:
        """Initialise; a failure shows in the first invocation.

        Raises LaunchFailed when nothing can be started, and an AwsError when a snapshot can't be restored.
        """
        self._api = await self._loop.create_server(self._connect, "127.0.0.1", 0)
        port = self._api.sockets[0].getsockname()[1]
        self._place = replace(self._place, api=f"127.0.0.1:{port}")
        try:
            await self.init.run_ahead(self._place)
        except BaseException:
            self.close()
            raise

    def _connect(self) -> Connection:
        self._connections = {connection for connection in self._connections if connection.is_open}
        connection = Connection(self._side)
        self._connections.add(connection)
        return connection

    # --- what the initialisation tells

    def launched(self) -> None:
        """Processes are being started: memory is looked at soon."""
        self._next_check = monotonic() + _FIRST_CHECK_SECONDS
        if self.state is State.STARTING:
            self._busy_since = monotonic()

    def initialised(self) -> None:
        """The initialisation ahead of invocations is over, well or not."""
        self._log.flush()
        if self.state is State.STARTING:
            self.state = State.IDLE

    def initialisation_failed(self, failure: Failure, document: bytes = b"") -> None:
        """The one within an invocation did not go well."""
        assert self.course is not None
        self.fail(self.course, failure, document)

    def restore_failed_with(self, error: AwsError) -> None:
        """The same of a restore: the caller gets an error of the API's."""
        if self.course is not None:
            self.course.refuse(error)
        self.close()

    # --- what the runtime's side tells

    def freed(self) -> None:
        """The runtime waits for another invocation."""
        self.state = State.IDLE
        self._owner.freed(self)

    def proceed(self) -> None:
        """Go on if the runtime and all extensions wait for the next event."""
        extensions, course = self.init.extensions, self.course
        if self._side.waiting is None or (extensions is not None and not extensions.are_ready):
            return
        if self.state is State.STARTING:
            self.init.completed()
        elif course is not None and course.is_event_due:
            self.init.completed()
            self._send_event(course)
        elif self.state is State.RETURNING and course is not None:
            course.report(None)
            self._settle(course, None)
            self.freed()

    def finish(self, course: Course, payload: bytes, function_error: str, failure: Failure | None = None) -> None:
        """The runtime is done with the invocation, or Lambda with the runtime."""
        self.state = State.RETURNING
        if course.finish(payload, function_error, failure):
            self._settle(course, failure)

    def fail(self, course: Course, failure: Failure, document: bytes = b"") -> None:
        """End the invocation in Lambda's own words, or the document's; the processes do not survive it."""
        if course is not self.course:
            return
        if course.is_runtime_done:
            course.fail(failure)
            self._settle(course, failure)
        else:
            if not self.init.has_extensions:
                self._drop_processes()
            self.finish(course, document or failure.document, "Unhandled", failure)

    # --- an invocation

    def begin(self, invocation: Invocation, stream: ResponseStream | None = None) -> "asyncio.Future[Outcome]":
        """Give it an invocation; the future has the outcome. Cancelling it does not stop the function."""
        self.state = State.BUSY
        self.invocations += 1
        course = self.course = Course(self._parts, invocation, stream, self._loop.create_future())
        self._busy_since = course.began
        self._next_check = course.began + _FIRST_CHECK_SECONDS
        self._timer = self._loop.call_later(self.spec.timeout_seconds, self._timed_out, course)
        if self._processes.is_frozen:
            self._processes.thaw()
            self.init.resume_telemetry()
        if self._processes.runtime is None:
            self._background = self._loop.create_task(self._launch_again(course))
        else:
            self._send_event(course)
        return course.outcome

    async def _launch_again(self, course: Course) -> None:
        """Initialise within the invocation's own time: after a failure, of the initialisation or of an invocation."""
        try:
            await self.init.run_again(self._place)
        except StartRefused as error:
            self.fail(course, reports.refused(course.request_id, error.error_type, error.message))
        except LaunchFailed:
            self.fail(course, reports.exited(course.request_id, -9))

    def _send_event(self, course: Course) -> None:
        connection = self._side.waiting
        if connection is None or not connection.is_open:
            # The runtime hung up. It asks again, or its exit ends the invocation, or the time limit does.
            return
        self._side.waiting = None
        course.is_event_due = False
        left_seconds, now = course.left_seconds(), wall_seconds()
        connection.reply(event_head(self.spec, course.invocation, now, left_seconds), course.invocation.event)
        if self.init.extensions is not None:
            self.init.extensions.invoke(course.invocation, int((now + left_seconds) * 1000))

    def _timed_out(self, course: Course) -> None:
        if not self.init.is_complete:
            self.init.report("timeout", "")
        self.fail(
            course, reports.timed_out(course.request_id, self.spec.timeout_seconds, self._surroundings.clock.now())
        )

    def _settle(self, course: Course, failure: Failure | None) -> None:
        """The invocation is over."""
        self.course = None
        self._cancel_timer()
        self._owner.answered(self, course.duration_ms)
        if failure is not None:
            self._begin_reset(failure)

    # --- ends

    def runtime_exited(self, guest: Guest, status: int) -> None:
        """The runtime's process has ended by itself."""
        if guest is not self._processes.runtime:
            return
        was_exceeded = self._processes.memory.was_exceeded
        self._processes.forget(guest)
        self._side.waiting = None
        course = self.course
        if self.state is State.STARTING:
            self.init.failed("error", "Runtime.OutOfMemory" if was_exceeded else "Runtime.ExitError")
        elif course is not None:
            request_id = course.request_id
            self._ended_within(
                course, reports.out_of_memory(request_id) if was_exceeded else reports.exited(request_id, status)
            )
        elif self.state in (State.IDLE, State.RETURNING):
            self.close()

    def extension_exited(self, guest: Guest, status: int, error_type: str) -> None:
        """An extension's process has ended by itself: the environment goes with it."""
        if not self._processes.has_extension(guest):
            return
        self._processes.forget(guest)
        course = self.course
        if self.state is State.STARTING:
            self.init.failed("error", error_type)
        elif course is not None:
            self._ended_within(course, reports.extension_ended(course.request_id, error_type, status))
        elif self.state in (State.IDLE, State.RETURNING):
            self.close(shutdown.FAILURE)

    def _ended_within(self, course: Course, failure: Failure) -> None:
        if not self.init.is_complete:
            self.init.report("error", failure.error_type)
        self.fail(course, failure)

    def _begin_reset(self, failure: Failure) -> None:
        """After a failure the processes end, and the environment is there for another invocation.

        AWS: its folder /tmp and its log stream stay. Snapshots and provisioned environments are started anew.
        """
        if self.spec.snap_start or self.is_provisioned:
            self.close(shutdown.FAILURE)
            return
        reason = shutdown.TIMEOUT if failure.status == "timeout" else shutdown.FAILURE
        if self._processes.any_alive:
            self.state = State.RESETTING
            self._background = self._loop.create_task(self._reset(reason))
            self._owner.ending(self._background)
        else:
            self.freed()

    async def _reset(self, reason: str) -> None:
        await self.init.shut_down(reason)
        self._drop_processes()
        self._log.flush()
        if self.state is State.RESETTING:
            self.freed()
        else:
            self._release()

    def close(self, reason: str = shutdown.SPINDOWN) -> None:
        """End it: at once without extensions, else after they have been told.

        An invocation that it is running is cancelled, not failed.
        """
        if self.state is State.DEAD:
            return
        is_resetting = self.state is State.RESETTING
        self.state = State.DEAD
        self._cancel_timer()
        self._give_up_course()
        self.init.abandon()
        self._owner.died(self)
        if is_resetting:
            return
        if self._background is not None:
            self._background.cancel()
        if self._processes.any_alive and self.init.has_extensions:
            self._background = self._loop.create_task(self._spin_down(reason))
            self._owner.ending(self._background)
        else:
            self._release()

    def _give_up_course(self) -> None:
        course, self.course = self.course, None
        if course is not None:
            course.give_up()
            self._owner.answered(self, course.duration_ms)

    async def _spin_down(self, reason: str) -> None:
        try:
            await self.init.shut_down(reason)
        finally:
            self._release()

    def _release(self) -> None:
        """Give back everything it has."""
        if self._processes.any_alive:
            self._drop_processes(discards=True)
        else:
            self._surroundings.starter.discard(self._place.scratch)
        self._log.flush()
        self.init.close()
        if self._api is not None:
            self._api.close()
        for connection in self._connections:
            connection.close()

    def _drop_processes(self, *, discards: bool = False) -> None:
        """Kill what runs and read the last of its output."""
        self._side.waiting = None
        self.init.interrupt()
        self._processes.drop(discards=discards)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def is_stuck(self, now: float) -> bool:
        """Whether its runtime answered an invocation and then never asked for another."""
        return self.state is State.RETURNING and now - self._busy_since > self.spec.timeout_seconds + _RETURN_SECONDS

    # --- meanwhile

    @property
    def has_process(self) -> bool:
        """False when its processes have ended, or failed to initialise: the next invocation starts them."""
        return self._processes.runtime is not None

    @property
    def init_error(self) -> str:
        """Why its initialisation failed, or nothing."""
        return self.init.error_type

    @property
    def memory_mb(self) -> int:
        """Its own memory when last looked at."""
        if self.state is State.STARTING and self._processes.runtime is None:
            return self._surroundings.starter.presumed_mb(self.spec.runtime)
        return self._processes.used_mb()

    @property
    def is_frozen(self) -> bool:
        return self._processes.is_frozen

    @property
    def is_measured(self) -> bool:
        return self._processes.runtime is None or self._processes.memory.is_measured

    def measure(self) -> None:
        """Tell its own pages from shared ones, once (about a millisecond)."""
        self._processes.memory.measure()

    def rest(self, now: float) -> bool:
        """Freeze it when it has been idle for a moment; true while that is still to come."""
        if self.state is not State.IDLE:
            return self.state is not State.DEAD
        if self._processes.is_frozen or self._processes.runtime is None:
            return False
        if now - self.idle_since < _FREEZE_SECONDS or self.init.is_sending:
            return True
        self.init.pause_telemetry()
        self._processes.freeze()
        return False

    def check(self, now: float) -> None:
        """While it works: hold it to its memory and pass on what it logged."""
        if now < self._next_check or self.state not in (State.BUSY, State.STARTING):
            return
        elapsed = now - self._busy_since
        self._next_check = now + min(_SLOWEST_CHECK_SECONDS, _FIRST_CHECK_SECONDS + elapsed / 10)
        self._log.flush()
        self._processes.follow_memory()
        runtime = self._processes.runtime
        if runtime is not None and self._processes.is_memory_exceeded():
            runtime.process.kill()

    @property
    def log_stream(self) -> str:
        return self._log.stream

"""One execution environment: a process, its Runtime API and its log stream, serving one invocation at a time.

Its life is Lambda's. It initialises within 10 s; when that fails, the first invocation initialises again within the
function's own time limit, and reports what goes wrong then. After a time-out, an exit or a memory breach it is over.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import asyncio
import os

from serein.kernel.clock import monotonic, wall_seconds
from serein.kernel.ids import random_hex
from serein.kernel.runner import FunctionSpec, Invocation, Outcome
from serein.runtime import reports
from serein.runtime.environment_log import EnvironmentLog, Output
from serein.runtime.events import event_reply
from serein.runtime.log_lines import LogLines
from serein.runtime.memory import MemoryWatch
from serein.runtime.platform_log import PlatformLog, Usage
from serein.runtime.reports import Failure
from serein.runtime.responses import Response, ResponseStream
from serein.runtime.runtime_api import Connection, Refused
from serein.runtime.surroundings import Owner, StartRefused, State, Surroundings
from serein.runtime.variables import Place
from serein.runtime.zygote import LaunchFailed, Process

INIT_SECONDS = 10.0
"""AWS: the initialisation phase's limit; it is not configurable."""
_RETURN_SECONDS = 30.0
_FIRST_CHECK_SECONDS = 0.02
_SLOWEST_CHECK_SECONDS = 0.1


class Environment:
    """Use: `await start()`, then `begin(invocation)` whenever the owner was told that it is free."""

    def __init__(self, spec: FunctionSpec, surroundings: Surroundings, owner: "Owner[Environment]") -> None:
        self.spec = spec
        self.state = State.STARTING
        self.idle_since = self._busy_since = monotonic()
        self.invocations = 0
        self._log = EnvironmentLog(spec, surroundings.log_sink, surroundings.clock)
        self._surroundings = surroundings
        self._platform = PlatformLog(spec)
        self._owner = owner
        self._api: asyncio.Server | None = None
        self._api_address = ""
        self._connections: set[Connection] = set()
        self._waiting: Connection | None = None
        self._process: Process | None = None
        self._output: Output | None = None
        self._memory = MemoryWatch(spec.memory_mb, surroundings.starter.presumed_mb(spec.runtime))
        self._launching: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[None] | None = None
        self._init_started = 0.0
        self._init_ms: float | None = None
        self._reported_init_ms: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._invocation: Invocation | None = None
        self._outcome: asyncio.Future[Outcome] | None = None
        self._stream: ResponseStream | None = None
        self._is_event_due = False
        self._refused: StartRefused | None = None
        self._next_check = 0.0
        self._loop = asyncio.get_running_loop()

    # --- initialisation

    async def start(self) -> None:
        """Initialise; a failure shows in the first invocation. Raises LaunchFailed when nothing can be started."""
        self._api = await self._loop.create_server(self._connect, "127.0.0.1", 0)
        port = self._api.sockets[0].getsockname()[1]
        self._api_address = f"127.0.0.1:{port}"
        version = self._surroundings.starter.runtime_version(self.spec.runtime)
        self._log.write(self._platform.init_start(self._now(), version))
        self._ready = self._loop.create_future()
        self._init_started = monotonic()
        try:
            await self._surroundings.starter.prepare(self.spec)
            self._timer = self._loop.call_later(INIT_SECONDS, self._init_timed_out)
            await self._launch()
            await self._ready
        except StartRefused as refused:
            self._refused = refused
            self._init_failed("error", refused.error_type)
        except BaseException:
            self.close()
            raise

    async def _launch(self) -> None:
        self._init_started = self._busy_since = monotonic()
        self._next_check = self._init_started + _FIRST_CHECK_SECONDS
        place = Place(
            self._api_address,
            self._log.stream,
            self._surroundings.scratch / random_hex(16),
            self._surroundings.runtime_dir,
        )
        process = await self._surroundings.starter.start(self.spec, place)
        if self.state is State.DEAD:
            process.kill()
            os.close(process.output)
            return
        self._process = process
        self._output = Output(process.output, LogLines(self._log.write), self._loop)
        process.on_exit = lambda status: self._exited(process, status)
        if process.exit_status is not None:
            self._exited(process, process.exit_status)

    def _connect(self) -> Connection:
        self._connections = {connection for connection in self._connections if connection.is_open}
        connection = Connection(self)
        self._connections.add(connection)
        return connection

    def _init_timed_out(self) -> None:
        self._init_failed("timeout", "")

    def _init_failed(self, status: str, error_type: str) -> None:
        """The initialisation phase ended badly: nothing runs until the first invocation."""
        init_ms = (monotonic() - self._init_started) * 1000
        self._drop_process()
        self._log.write(self._platform.init_report(self._now(), init_ms, "init", status, error_type))
        self._settle_init()

    def _settle_init(self) -> None:
        self._cancel_timer()
        self._log.flush()
        self.state = State.IDLE
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)

    # --- the Runtime API's side

    def next_wanted(self, connection: Connection) -> None:
        """The runtime asks for an event."""
        if self.state is State.BUSY and self._is_event_due:
            self._waiting = connection
            if self._init_ms is None:
                self._init_ms = (monotonic() - self._init_started) * 1000
            self._send_event()
        elif self.state is State.STARTING:
            self._waiting = connection
            self._init_ms = self._reported_init_ms = (monotonic() - self._init_started) * 1000
            self._settle_init()
        elif self.state is State.RETURNING:
            self._waiting = connection
            self.state = State.IDLE
            self._owner.freed(self)
        elif self.state is State.IDLE and (self._waiting is None or not self._waiting.is_open):
            self._waiting = connection
        else:
            raise Refused("403 Forbidden", "InvalidStateTransition", "Transition from Running to Ready is not allowed")

    def response_started(self, request_id: str, content_type: str, streaming: bool) -> Response:
        self._require_invocation(request_id)
        if self._stream is not None:
            self._stream.begin(content_type, streaming)
        return Response(self._response_ended, request_id, self._stream)

    def error_reported(self, request_id: str, document: bytes, error_type: str) -> None:
        if not request_id:
            self._init_error_reported(document, error_type)
            return
        self._require_invocation(request_id)
        self._finish(document or b"{}", "Unhandled")

    def _init_error_reported(self, document: bytes, error_type: str) -> None:
        if self.state is State.STARTING:
            self._init_failed("error", error_type or "Runtime.Unknown")
        elif self.state is State.BUSY and self._init_ms is None:
            self._report_init("error", error_type or "Runtime.Unknown")
            failure = Failure("error", error_type or "Runtime.Unknown", "")
            self._drop_process()
            self._finish(document, "Unhandled", failure)
        else:
            raise Refused("403 Forbidden", "InvalidStateTransition", "The initialisation is over")

    def _require_invocation(self, request_id: str) -> None:
        if self._invocation is None or self.state is not State.BUSY:
            raise Refused("403 Forbidden", "InvalidStateTransition", "No invocation is running")
        if self._invocation.request_id != request_id:
            raise Refused("400 Bad Request", "InvalidRequestID", "Invalid request ID")

    def _response_ended(self, request_id: str, payload: bytes | None, error: bytes | None) -> None:
        """All of a response is here. No payload: it was larger than Lambda takes."""
        self._require_invocation(request_id)
        if payload is None:
            self._finish(reports.RESPONSE_TOO_LARGE, "Unhandled")
            raise Refused("413 Request Entity Too Large", "RequestEntityTooLarge", "Exceeded maximum allowed payload")
        self._finish(payload if error is None else error, "" if error is None else "Unhandled")

    # --- an invocation

    def begin(self, invocation: Invocation, stream: ResponseStream | None = None) -> "asyncio.Future[Outcome]":
        """Give it an invocation; the future has the outcome. Cancelling it does not stop the function."""
        self.state = State.BUSY
        self.invocations += 1
        self._is_event_due = True
        self._invocation = invocation
        self._stream = stream
        self._outcome = self._loop.create_future()
        self._busy_since = monotonic()
        self._next_check = self._busy_since + _FIRST_CHECK_SECONDS
        self._timer = self._loop.call_later(self.spec.timeout_seconds, self._timed_out)
        self._log.begin_tail()
        self._log.write(self._platform.start(self._now(), invocation.request_id))
        if self._process is None:
            self._init_ms = None
            self._launching = self._loop.create_task(self._launch_again())
        else:
            self._send_event()
        return self._outcome

    async def _launch_again(self) -> None:
        """The first invocation after a failed initialisation repeats it, within its own time."""
        since = self._busy_since
        assert self._invocation is not None
        request_id = self._invocation.request_id
        try:
            if self._refused is not None:
                raise self._refused
            await self._launch()
            self._busy_since = since
        except StartRefused as refused:
            self._fail(reports.refused(request_id, refused.error_type, refused.message))
        except LaunchFailed:
            self._fail(reports.exited(request_id, -9))

    def _send_event(self) -> None:
        invocation, connection = self._invocation, self._waiting
        assert invocation is not None
        if connection is None or not connection.is_open:
            # The runtime hung up. It asks again, or its exit ends the invocation, or the time limit does.
            return
        self._waiting = None
        self._is_event_due = False
        left_seconds = self.spec.timeout_seconds - (monotonic() - self._busy_since)
        connection.reply(event_reply(self.spec, invocation, wall_seconds(), left_seconds))

    def _timed_out(self) -> None:
        assert self._invocation is not None
        if self._init_ms is None:
            self._report_init("timeout", "")
        now = self._surroundings.clock.now()
        self._fail(reports.timed_out(self._invocation.request_id, self.spec.timeout_seconds, now))

    def _fail(self, failure: Failure) -> None:
        """End the invocation in Lambda's own words; the environment does not survive it."""
        self._drop_process()
        self._finish(failure.document, "Unhandled", failure)

    def _finish(self, payload: bytes, function_error: str, failure: Failure | None = None) -> None:
        invocation, outcome = self._invocation, self._outcome
        assert invocation is not None and outcome is not None
        self._cancel_timer()
        elapsed_ms = (monotonic() - self._busy_since) * 1000
        if failure is not None and failure.status == "timeout":
            elapsed_ms = self.spec.timeout_seconds * 1000.0
        if self._output is not None:
            self._output.drain()
            self._output.lines.flush()
        if failure is not None and failure.log_text:
            self._log.write(failure.log_text)
        # AWS: an initialisation repeated by the invocation counts into its duration and is not reported apart.
        init_ms, self._reported_init_ms = self._reported_init_ms, None
        self._follow_memory()
        usage = Usage(elapsed_ms, self.spec.memory_mb, self._memory.peak_mb(), init_ms)
        now = self._now()
        self._log.write(self._platform.end(now, invocation.request_id, usage, failure))
        self._log.write(self._platform.report(now, invocation.request_id, usage, failure, invocation.trace_id))
        tail = self._log.take_tail()
        self._log.flush()
        self._invocation, self._outcome = None, None
        result = Outcome(payload, function_error, tail, elapsed_ms, init_ms)
        if not outcome.done():
            outcome.set_result(result)
        if self._stream is not None:
            self._stream.finish(result)
            self._stream = None
        self.state = State.RETURNING
        self._owner.answered(self, elapsed_ms)
        if self._process is None:
            self.close()

    def _report_init(self, status: str, error_type: str) -> None:
        init_ms = (monotonic() - self._init_started) * 1000
        if self._output is not None:
            self._output.drain()
        self._log.write(self._platform.init_report(self._now(), init_ms, "invoke", status, error_type))

    # --- ends

    def _exited(self, process: Process, status: int) -> None:
        if process is not self._process:
            return
        state = self.state
        self._drop_process()
        if state is State.STARTING:
            self._init_failed("error", "Runtime.OutOfMemory" if self._memory.was_exceeded else "Runtime.ExitError")
        elif state is State.BUSY and self._invocation is not None:
            request_id = self._invocation.request_id
            failure = (
                reports.out_of_memory(request_id) if self._memory.was_exceeded else reports.exited(request_id, status)
            )
            if self._init_ms is None:
                self._report_init("error", failure.error_type)
            self._fail(failure)
        else:
            self.close()

    def close(self) -> None:
        """End it now. An invocation that it is running is cancelled, not failed."""
        if self.state is State.DEAD:
            return
        self.state = State.DEAD
        self._cancel_timer()
        if self._launching is not None:
            self._launching.cancel()
        self._drop_process()
        self._log.flush()
        if self._api is not None:
            self._api.close()
        for connection in self._connections:
            connection.close()
        if self._outcome is not None:
            self._outcome.cancel()
            self._owner.answered(self, 0.0)
        if self._ready is not None and not self._ready.done():
            self._ready.cancel()
        self._owner.died(self)

    def _drop_process(self) -> None:
        """Kill what runs and read the last of its output."""
        process, self._process = self._process, None
        self._waiting = None
        if process is not None:
            process.kill()
        if self._output is not None:
            self._output.close()
            self._output = None
        self._memory.leave()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def is_stuck(self, now: float) -> bool:
        """Whether its runtime answered an invocation and then never asked for another."""
        return self.state is State.RETURNING and now - self._busy_since > self.spec.timeout_seconds + _RETURN_SECONDS

    # --- meanwhile

    @property
    def memory_mb(self) -> int:
        """Its own memory when last looked at."""
        return self._memory.used_mb()

    @property
    def is_measured(self) -> bool:
        return self._memory.is_measured

    def measure(self) -> None:
        """Tell its own pages from shared ones, once (about a millisecond)."""
        self._memory.measure()

    def check(self, now: float) -> None:
        """While it works: hold it to its memory and pass on what it logged."""
        if now < self._next_check or self.state not in (State.BUSY, State.STARTING):
            return
        elapsed = now - self._busy_since
        self._next_check = now + min(_SLOWEST_CHECK_SECONDS, _FIRST_CHECK_SECONDS + elapsed / 10)
        self._log.flush()
        self._follow_memory()
        if self._process is not None and self._memory.is_exceeded():
            self._process.kill()

    def _follow_memory(self) -> None:
        if self._process is not None and self._process.pid is not None:
            self._memory.follow(self._process.pid)

    @property
    def log_stream(self) -> str:
        return self._log.stream

    def _now(self) -> float:
        return self._surroundings.clock.now()

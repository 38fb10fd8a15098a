"""One invocation on its way through an environment: what is logged of it, and what its caller gets."""

import asyncio
from dataclasses import dataclass, replace

from serein.kernel.clock import Clock, monotonic
from serein.kernel.runner import FunctionSpec, Invocation, Outcome
from serein.runtime.environment_log import EnvironmentLog
from serein.runtime.initialisation import Initialisation
from serein.runtime.platform_log import PlatformLog, Usage
from serein.runtime.processes import Processes
from serein.runtime.reports import Failure
from serein.runtime.responses import ResponseStream


@dataclass(frozen=True, slots=True)
class Parts:
    """What of its environment an invocation uses."""

    spec: FunctionSpec
    clock: Clock
    log: EnvironmentLog
    platform: PlatformLog
    processes: Processes
    init: Initialisation


class Course:
    """From START to REPORT. `outcome` is the caller's."""

    __slots__ = ("_parts", "_result", "_usage", "began", "invocation", "is_event_due", "outcome", "stream")

    def __init__(
        self,
        parts: Parts,
        invocation: Invocation,
        stream: ResponseStream | None,
        outcome: "asyncio.Future[Outcome]",
    ) -> None:
        self._parts = parts
        self.invocation = invocation
        self.stream = stream
        self.outcome = outcome
        self.began = monotonic()
        self.is_event_due = True
        """Whether the runtime has not been given the event yet."""
        self._usage: Usage | None = None
        self._result: Outcome | None = None
        parts.log.begin_tail()
        parts.log.write(parts.platform.start(parts.clock.now(), invocation.request_id, invocation.trace_id))

    @property
    def request_id(self) -> str:
        return self.invocation.request_id

    @property
    def is_runtime_done(self) -> bool:
        """Whether only extensions are still at work."""
        return self._usage is not None

    @property
    def duration_ms(self) -> float:
        return 0.0 if self._usage is None else self._usage.duration_ms

    def left_seconds(self) -> float:
        return self._parts.spec.timeout_seconds - (monotonic() - self.began)

    def _elapsed_ms(self, failure: Failure | None) -> float:
        if failure is not None and failure.status == "timeout":
            return self._parts.spec.timeout_seconds * 1000.0
        return (monotonic() - self.began) * 1000

    def finish(self, payload: bytes, function_error: str, failure: Failure | None) -> bool:
        """The runtime is done with it, or Lambda with the runtime. False: extensions are still at work.

        The caller has its answer then, unless it wants the whole log.
        """
        parts, invocation = self._parts, self.invocation
        elapsed_ms = self._elapsed_ms(failure)
        parts.processes.drain()
        now = parts.clock.now()
        if failure is not None:
            parts.log.write(parts.platform.fault(now, failure))
        # AWS: an initialisation repeated by the invocation counts into its duration and is not reported apart.
        init_ms, restore_ms = parts.init.take_durations()
        parts.processes.follow_memory()
        peak_mb = parts.processes.peak_mb()
        usage = Usage(elapsed_ms, parts.spec.memory_mb, peak_mb, init_ms, restore_ms, len(payload))
        parts.log.write(parts.platform.runtime_done(now, invocation.request_id, usage, failure, invocation.trace_id))
        self._usage = usage
        self._result = Outcome(payload, function_error, b"", elapsed_ms, init_ms)
        if failure is not None or not parts.init.has_extensions:
            self.report(failure)
            return True
        if not invocation.needs_report:
            self._answer()
        return False

    def fail(self, failure: Failure) -> None:
        """It ends badly although the runtime is done."""
        self._parts.log.write(self._parts.platform.fault(self._parts.clock.now(), failure))
        self.report(failure)

    def report(self, failure: Failure | None) -> None:
        """It is over."""
        parts, invocation, usage = self._parts, self.invocation, self._usage
        assert usage is not None
        if parts.init.has_extensions:
            parts.processes.drain()
            usage = replace(usage, duration_ms=self._elapsed_ms(failure))
        now = parts.clock.now()
        parts.log.write(parts.platform.end(now, invocation.request_id))
        parts.log.write(parts.platform.report(now, invocation.request_id, usage, failure, invocation.trace_id))
        self._answer()
        parts.log.flush()

    def give_up(self) -> None:
        """The environment ends in the middle of it."""
        if self.is_runtime_done:
            self.report(None)
            return
        self.outcome.cancel()
        if self.stream is not None:
            self.stream.abandon()
            self.stream = None

    def refuse(self, error: Exception) -> None:
        """Its caller gets an error of the API's."""
        if not self.outcome.done():
            self.outcome.set_exception(error)
        if self.stream is not None:
            self.stream.abandon(error)
            self.stream = None

    def _answer(self) -> None:
        """Give the caller the outcome, with the log so far."""
        result = self._result
        if result is None:
            return
        self._result = None
        tail = self._parts.log.take_tail()
        result = Outcome(result.payload, result.function_error, tail, result.duration_ms, result.init_ms)
        if not self.outcome.done():
            self.outcome.set_result(result)
        if self.stream is not None:
            self.stream.finish(result)
            self.stream = None

"""What the processes of an environment ask and tell it over their APIs, and what that means in its present state."""

import asyncio
from typing import Protocol

from serein.runtime import reports
from serein.runtime.course import Course
from serein.runtime.initialisation import Initialisation
from serein.runtime.reports import Failure
from serein.runtime.responses import Response
from serein.runtime.runtime_api import Body, Connection, Refused
from serein.runtime.surroundings import State

_BROKEN_OFF_SECONDS = 0.25


class Environment(Protocol):
    """What is told to the environment."""

    state: State
    course: Course | None
    init: Initialisation

    def freed(self) -> None:
        """The runtime waits for another invocation."""

    def proceed(self) -> None:
        """The runtime has gone on."""

    def finish(self, course: Course, payload: bytes, function_error: str) -> None:
        """The runtime is done with the invocation."""

    def fail(self, course: Course, failure: Failure) -> None:
        """The invocation has failed, and the runtime with it."""


class RuntimeSide:
    """The APIs' side of one environment. Methods raise Refused."""

    def __init__(self, environment: Environment) -> None:
        self.waiting: Connection | None = None
        """Where the runtime waits for an event."""
        self._environment = environment

    def next_wanted(self, connection: Connection) -> None:
        """The runtime asks for an event."""
        environment = self._environment
        state, course = environment.state, environment.course
        if state is State.RETURNING and course is None:
            self.waiting = connection
            environment.freed()
        elif state is State.STARTING or (course is not None and course.is_event_due):
            self.waiting = connection
            environment.init.runtime_ready()
            environment.proceed()
        elif state is State.RETURNING:
            self.waiting = connection
            environment.proceed()
        elif state is State.IDLE and (self.waiting is None or not self.waiting.is_open):
            self.waiting = connection
        else:
            raise Refused("403 Forbidden", "InvalidStateTransition", "Transition from Running to Ready is not allowed")

    def restore_wanted(self, connection: Connection) -> None:
        self._environment.init.restore_wanted(connection)

    def restore_failed(self, document: bytes, error_type: str) -> None:
        self._environment.init.restore_failed(document, error_type)

    def extension_asks(
        self, method: bytes, target: str, headers: dict[bytes, bytes], connection: Connection
    ) -> Body | None:
        return self._environment.init.require_extensions().route(method, target, headers, connection)

    def response_started(self, request_id: str, content_type: str, streaming: bool) -> Response:
        course = self._require_course(request_id)
        if course.stream is not None:
            course.stream.begin(content_type, streaming)
        return Response(self._response_ended, self._response_broke_off, request_id, course.stream)

    def error_reported(self, request_id: str, document: bytes, error_type: str) -> None:
        if not request_id:
            self._environment.init.error_reported(document, error_type)
            return
        self._environment.finish(self._require_course(request_id), document or b"{}", "Unhandled")

    def _require_course(self, request_id: str) -> Course:
        course = self._environment.course
        if course is None or self._environment.state is not State.BUSY:
            raise Refused("403 Forbidden", "InvalidStateTransition", "No invocation is running")
        if course.request_id != request_id:
            raise Refused("400 Bad Request", "InvalidRequestID", "Invalid request ID")
        return course

    def _response_ended(self, request_id: str, payload: bytes | None, error: bytes | None) -> None:
        """All of a response is here. No payload: it was larger than Lambda takes."""
        course = self._require_course(request_id)
        if payload is None:
            too_large = reports.RESPONSE_TOO_LARGE if course.stream is None else reports.STREAM_TOO_LARGE
            self._environment.finish(course, too_large, "Unhandled")
            raise Refused("413 Request Entity Too Large", "RequestEntityTooLarge", "Exceeded maximum allowed payload")
        self._environment.finish(course, payload if error is None else error, "" if error is None else "Unhandled")

    def _response_broke_off(self, request_id: str) -> None:
        """The connection ended inside a response. Why later: mostly because the process ends, which says more."""
        asyncio.get_running_loop().call_later(_BROKEN_OFF_SECONDS, self._fail_truncated, request_id)

    def _fail_truncated(self, request_id: str) -> None:
        course = self._environment.course
        if course is not None and course.request_id == request_id and not course.is_runtime_done:
            self._environment.fail(course, reports.truncated(request_id))

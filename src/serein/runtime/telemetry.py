"""What an environment tells the extensions that subscribed to its telemetry, by the Telemetry API or the Logs API.

Events are gathered until a subscription's buffer is full or its time is up, and sent to a listener on this machine.
Like the processes, sending rests while the environment is frozen. A listener that does not keep up loses events and
is told how many. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

_MAXIMUM_WAITING_BYTES = 8 * 1_048_576
_MAXIMUM_BACKLOG = 10_000
_ATTEMPTS = 3
_ATTEMPT_SECONDS = 2.0
_PAUSE_SECONDS = 0.05
_FELL_BEHIND = "Consumer seems to have fallen behind as it has not acknowledged receipt of logs."
_SENDING_FAILED = "Some logs were dropped because the destination could not be reached."
_LOGS_API_TYPES = frozenset({"start", "end", "report", "fault", "extension", "logsSubscription", "logsDropped"})


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `platform.start`, `function`, `extension`, …"""

    time: str
    type: str
    record: Any


@dataclass(frozen=True, slots=True)
class Destination:
    """Where events go, on this machine."""

    protocol: str
    """`HTTP`, or `TCP`: a line of JSON for each event."""
    port: int
    target: str = "/"
    host: str = "127.0.0.1"
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Buffering:
    """When what was gathered is sent."""

    max_items: int = 10_000
    max_bytes: int = 262_144
    timeout_seconds: float = 1.0


class Subscription:
    """One extension's subscription."""

    def __init__(
        self, types: frozenset[str], destination: Destination, buffering: Buffering, *, is_logs_api: bool, schema: str
    ) -> None:
        self._types = types
        self._destination = destination
        self._buffering = buffering
        self._is_logs_api = is_logs_api
        self._has_runtime_done = schema >= "2021-03-18"
        self._items: list[bytes] = []
        self._bytes = 0
        self._batches: deque[list[bytes]] = deque()
        self._batched_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._sender: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._is_paused = False
        self._loop = asyncio.get_running_loop()

    @property
    def is_sending(self) -> bool:
        return self._sender is not None

    def add(self, event: Event) -> None:
        """Take an event, if it is of a kind that was subscribed to."""
        if event.type.partition(".")[0] not in self._types or not self._knows(event.type):
            return
        record = event.record
        if self._is_logs_api and event.type in ("platform.start", "platform.end", "platform.report"):
            record = {key: record[key] for key in ("requestId", "metrics") if key in record}
        elif event.type == "platform.fault":
            record = record["message"]
        data = msgspec.json.encode({"time": event.time, "type": event.type, "record": record})
        self._items.append(data)
        self._bytes += len(data)
        if len(self._items) >= self._buffering.max_items or self._bytes >= self._buffering.max_bytes:
            self.flush()
        elif self._timer is None and not self._is_paused:
            self._timer = self._loop.call_later(self._buffering.timeout_seconds, self.flush)

    def _knows(self, kind: str) -> bool:
        family, _, name = kind.partition(".")
        if family != "platform":
            return True
        if self._is_logs_api:
            return name in _LOGS_API_TYPES or (name == "runtimeDone" and self._has_runtime_done)
        return name not in ("end", "fault", "logsSubscription")

    def pause(self) -> None:
        """The environment freezes."""
        self._is_paused = True
        self._stop_timer()

    def resume(self) -> None:
        self._is_paused = False
        if self._batches:
            self._send()
        if self._items and self._timer is None:
            self._timer = self._loop.call_later(self._buffering.timeout_seconds, self.flush)

    def flush(self) -> None:
        """Send what there is."""
        self._stop_timer()
        if self._items:
            self._batches.append(self._items)
            self._batched_bytes += self._bytes
            self._items, self._bytes = [], 0
        while self._batched_bytes > _MAXIMUM_WAITING_BYTES and len(self._batches) > 1:
            self._drop(self._batches.popleft(), _FELL_BEHIND)
        self._send()

    def close(self) -> None:
        self._stop_timer()
        if self._sender is not None:
            self._sender.cancel()
        if self._writer is not None:
            self._writer.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _send(self) -> None:
        if self._batches and self._sender is None and not self._is_paused:
            self._sender = self._loop.create_task(self._send_batches())

    async def _send_batches(self) -> None:
        try:
            while self._batches and not self._is_paused:
                batch = self._batches.popleft()
                self._batched_bytes -= sum(map(len, batch))
                if not await self._deliver(batch):
                    self._batched_bytes += sum(map(len, batch))
                    self._drop(batch, _SENDING_FAILED)
        finally:
            self._sender = None

    async def _deliver(self, batch: list[bytes]) -> bool:
        send = self._post if self._destination.protocol == "HTTP" else self._write
        for attempt in range(_ATTEMPTS):
            try:
                async with asyncio.timeout(_ATTEMPT_SECONDS):
                    if await send(batch):
                        return True
            except (OSError, TimeoutError, ValueError):
                self._forget_writer()
            if attempt + 1 < _ATTEMPTS:
                await asyncio.sleep(_PAUSE_SECONDS)
        return False

    async def _post(self, batch: list[bytes]) -> bool:
        """Whether the listener took it: its answer is a 2xx."""
        to = self._destination
        reader, writer = await asyncio.open_connection(to.host, to.port)
        try:
            body = b"[" + b",".join(batch) + b"]"
            head = (
                f"{to.method} {to.target} HTTP/1.1\r\nHost: sandbox.localdomain:{to.port}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + body)
            status = await reader.readline()
            return status[9:10] == b"2"
        finally:
            writer.close()

    async def _write(self, batch: list[bytes]) -> bool:
        if self._writer is None or self._writer.is_closing():
            _, self._writer = await asyncio.open_connection(self._destination.host, self._destination.port)
        self._writer.write(b"\n".join(batch) + b"\n")
        await self._writer.drain()
        return True

    def _forget_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _drop(self, batch: list[bytes], reason: str) -> None:
        size = sum(map(len, batch))
        self._batched_bytes -= size
        record = {"reason": reason, "droppedRecords": len(batch), "droppedBytes": size}
        data = msgspec.json.encode({"time": _last_time(batch), "type": "platform.logsDropped", "record": record})
        self._items.append(data)
        self._bytes += len(data)


class Telemetry:
    """All subscriptions of one environment."""

    def __init__(self, is_json: bool) -> None:
        """`is_json`: the function logs JSON, so its lines are objects."""
        self._is_json = is_json
        self._subscriptions: dict[str, Subscription] = {}
        self._backlog: list[Event] | None = []
        """What happened before extensions could subscribe; None once they no longer can."""

    @property
    def is_open(self) -> bool:
        return self._backlog is not None

    @property
    def is_sending(self) -> bool:
        return any(subscription.is_sending for subscription in self._subscriptions.values())

    def subscribe(self, name: str, subscription: Subscription) -> None:
        """An extension's subscription, instead of any earlier one. It gets what has happened so far."""
        if (earlier := self._subscriptions.get(name)) is not None:
            earlier.close()
        self._subscriptions[name] = subscription
        for event in self._backlog or ():
            subscription.add(event)

    def end_subscribing(self) -> None:
        """The initialisation is over."""
        self._backlog = None

    def begin_again(self) -> None:
        """The processes start anew, and subscribe anew."""
        self.close()
        self._subscriptions.clear()
        self._backlog = []

    def platform(self, now: float, kind: str, record: dict[str, Any]) -> None:
        self._add(Event(wire_time(now), kind, record))

    def line(self, now: float, kind: str, text: str) -> None:
        """A line of the function's or of an extension's."""
        record: Any = text
        if self._is_json and kind == "function" and text[:1] == "{":
            try:
                record = msgspec.json.decode(text)
            except msgspec.DecodeError:
                record = text
        self._add(Event(wire_time(now), kind, record))

    def pause(self) -> None:
        for subscription in self._subscriptions.values():
            subscription.pause()

    def resume(self) -> None:
        for subscription in self._subscriptions.values():
            subscription.resume()

    def flush(self) -> None:
        for subscription in self._subscriptions.values():
            subscription.flush()

    def close(self) -> None:
        for subscription in self._subscriptions.values():
            subscription.close()

    def _add(self, event: Event) -> None:
        if self._backlog is not None and len(self._backlog) < _MAXIMUM_BACKLOG:
            self._backlog.append(event)
        for subscription in self._subscriptions.values():
            subscription.add(event)


Listener = Callable[[float, str, dict[str, Any]], None]
"""Gets a platform event: the time, `platform.…` and its record."""


def wire_time(now: float) -> str:
    """`2026-03-31T12:00:00.000Z`."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _last_time(batch: list[bytes]) -> str:
    found: dict[str, str] = msgspec.json.decode(batch[-1])
    return found["time"]

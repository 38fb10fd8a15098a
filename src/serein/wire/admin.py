"""The admin API under `/_serein/`: health, idle, the virtual clock, reset, state. JSON in, JSON out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from serein.kernel.call import Platform
from serein.kernel.clock import VirtualClock
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.worker import wait_until_idle

_DEFAULT_IDLE_SECONDS = 30.0
_LONGEST_ADVANCE_SECONDS = 3653 * 86_400


@dataclass(frozen=True, slots=True)
class Administration:
    """What the admin API needs besides the platform; the composition root provides it."""

    platform: Platform
    version: str
    busy: Callable[[], list[str]]
    reset: Callable[[], Awaitable[None]]
    describe: Callable[[], Awaitable[dict[str, Any]]]
    page: Callable[[Platform, HttpRequest], Awaitable[HttpReply | None]]
    """Answers with a page for people, or says None."""


class Refused(Exception):
    """The request makes no sense; the message says why. Answered with the status given."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


async def answer(administration: Administration, http: HttpRequest) -> HttpReply:
    """Answer a request below `/_serein/`."""
    name = http.path.removeprefix("/_serein/").rstrip("/")
    route = _ROUTES.get(name)
    if route is None:
        if http.method in ("GET", "HEAD") and (shown := await administration.page(administration.platform, http)):
            return shown
        return _json({"message": f"No such page. There are: {', '.join(sorted(_ROUTES))}."}, 404)
    method, function = route
    if http.method != method and not (method == "GET" and http.method == "HEAD"):
        return _json({"message": f"/_serein/{name} wants {method}."}, 405)
    try:
        return await function(administration, _parse(await http.body.read()))
    except Refused as refusal:
        return _json({"message": str(refusal)}, refusal.status)


async def _health(administration: Administration, _request: dict[str, Any]) -> HttpReply:
    return _json({"status": "ok", "version": administration.version})


async def _idle(administration: Administration, request: dict[str, Any]) -> HttpReply:
    """Answer once nothing is left to do now; 504 with what is, when `timeout_seconds` are up."""
    left = await wait_until_idle(administration.busy, _number(request, "timeout_seconds", _DEFAULT_IDLE_SECONDS))
    return _json({"idle": not left, "busy": left}, 504 if left else 200)


async def _clock(administration: Administration, request: dict[str, Any]) -> HttpReply:
    """Advance the virtual clock, and answer when all that fell due has been done."""
    clock = administration.platform.clock
    if not isinstance(clock, VirtualClock):
        raise Refused("The clock is the system's. Start the server with --clock virtual to advance it.", 409)
    seconds = _number(request, "advance_seconds", 0.0)
    if seconds < 0:
        raise Refused("advance_seconds must not be negative: time does not go back.")
    if seconds > _LONGEST_ADVANCE_SECONDS:
        raise Refused("advance_seconds must be at most ten years: whatever falls due meanwhile is done.")
    timeout = _number(request, "timeout_seconds", _DEFAULT_IDLE_SECONDS)

    async def settle() -> None:
        if left := await wait_until_idle(administration.busy, timeout):
            raise Refused(f"Still busy after {timeout:g} s: {', '.join(left)}", 504)

    await clock.advance(seconds, settle)
    return _json({"now": clock.now()})


async def _reset(administration: Administration, _request: dict[str, Any]) -> HttpReply:
    """Forget everything: as a new server, but without a restart."""
    await administration.reset()
    return _json({})


async def _state(administration: Administration, _request: dict[str, Any]) -> HttpReply:
    """What the server is, holds and is doing."""
    return _json(await administration.describe())


_Route = Callable[[Administration, dict[str, Any]], Awaitable[HttpReply]]
_ROUTES: dict[str, tuple[str, _Route]] = {
    "health": ("GET", _health),
    "idle": ("POST", _idle),
    "clock": ("POST", _clock),
    "reset": ("POST", _reset),
    "state": ("GET", _state),
}


def _parse(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        request = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(f"The body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise Refused("The body must be a JSON object.")
    return request


def _number(request: dict[str, Any], name: str, default: float) -> float:
    value = request.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e10:
        raise Refused(f"{name} must be a number.")
    return float(value)


def _json(content: dict[str, Any], status: int = 200) -> HttpReply:
    return HttpReply(status, [("content-type", "application/json")], msgspec.json.encode(content))

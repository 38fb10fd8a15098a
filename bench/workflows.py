"""What is measured of Step Functions: Standard and Express executions of one function, Maps, and ones that wait."""

import asyncio
import functools
import itertools
import json
import statistics
import time
from typing import Any

from bench.calls import SECONDS, Load, Result, call
from bench.functions import prepare
from bench.http_client import Connection, json_head, latencies, rate, rest_head
from bench.peers import Running

_TARGET = "AWSStepFunctions"
_ROLE = "arn:aws:iam::000000000000:role/bench"
_WARM = "arn:aws:lambda:us-east-1:000000000000:function:warm"
_STATES = 20
_ITEMS = 10_000
_WAITING = 10_000
_PATIENCE_SECONDS = 120


def _make(port: int, name: str, definition: dict[str, Any], type: str = "STANDARD") -> str:
    request = {"name": name, "definition": json.dumps(definition), "roleArn": _ROLE, "type": type}
    return str(call(port, "states", f"{_TARGET}.CreateStateMachine", request)["stateMachineArn"])


def _one(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "S", "States": {"S": {**state, "End": True}}}


async def _send(target: str, bodies: "itertools.cycle[bytes]", connection: Connection, _number: int) -> int:
    status, reply = await connection.send(json_head("127.0.0.1", "states", f"{_TARGET}.{target}"), next(bodies))
    if status != 200 or b'"FAILED"' in reply[:2000]:
        raise RuntimeError(f"{target}: {status} {reply[:300]!r}")
    return 1


def _sending(target: str, machine: str, given: str = "{}") -> "functools.partial[Any]":
    body = json.dumps({"stateMachineArn": machine, "input": given}).encode()
    return functools.partial(_send, target, itertools.cycle([body]))


def _wait_for_all(port: int, machine: str) -> None:
    """Until no execution of a machine runs. Raises RuntimeError when that takes too long or one failed."""
    listing = {"stateMachineArn": machine, "maxResults": 1}
    deadline = time.perf_counter() + _PATIENCE_SECONDS
    while call(port, "states", f"{_TARGET}.ListExecutions", {**listing, "statusFilter": "RUNNING"})["executions"]:
        if time.perf_counter() > deadline:
            raise RuntimeError(f"executions of {machine} don't end")
        time.sleep(0.02)
    if call(port, "states", f"{_TARGET}.ListExecutions", {**listing, "statusFilter": "FAILED"})["executions"]:
        raise RuntimeError(f"an execution of {machine} failed")


def _per_second(port: int, machine: str) -> float:
    """Executions that are started by 16 clients, and have ended, in a second."""
    begun = time.perf_counter()
    started = asyncio.run(rate(16, SECONDS, port, _sending("StartExecution", machine))) * SECONDS
    _wait_for_all(port, machine)
    return started / (time.perf_counter() - begun)


def standard(running: Running) -> list[Result]:
    """Standard executions from start to end: of one function, and of twenty states that do nothing."""
    prepare(running, "warm")
    port, name = running.port, running.name
    of_function = _make(port, "standard-function", _one({"Type": "Task", "Resource": _WARM}))
    chain: dict[str, Any] = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(_STATES - 1)}
    chain[f"S{_STATES - 1}"] = {"Type": "Pass", "End": True}
    of_states = _make(port, "standard-states", {"StartAt": "S0", "States": chain})
    asyncio.run(rate(16, SECONDS, port, _sending("StartExecution", of_function)))
    _wait_for_all(port, of_function)
    return [
        Result("Standard executions of a function", name, _per_second(port, of_function), "/s"),
        Result("state transitions, 20 to an execution", name, _per_second(port, of_states) * _STATES, "/s"),
    ]


async def _invoke(head: bytes, connection: Connection, _number: int) -> int:
    await connection.send(head, b"{}")
    return 1


def express(running: Running) -> list[Result]:
    """Synchronous Express executions of one function beside the function alone, and a Map of many items."""
    invoke_port, path = prepare(running, "warm")
    port, name = running.port, running.name
    machine = _make(port, "express-function", _one({"Type": "Task", "Resource": _WARM}), "EXPRESS")
    start = _sending("StartSyncExecution", machine)
    invoke = functools.partial(_invoke, rest_head("127.0.0.1", "POST", path, "lambda"))
    for work, place in ((invoke, invoke_port), (start, port)):
        asyncio.run(latencies(30, place, work))
    alone = statistics.median(asyncio.run(latencies(300, invoke_port, invoke)))
    within = statistics.median(asyncio.run(latencies(300, port, start)))
    # Why first unmeasured: environments for so many at once come by and by.
    asyncio.run(rate(16, SECONDS, port, start))
    many = asyncio.run(rate(16, SECONDS, port, start))
    each = {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}}
    of_items = _make(port, "express-map", _one(each), "EXPRESS")
    given = json.dumps(list(range(_ITEMS)))
    large = asyncio.run(latencies(5, port, _sending("StartSyncExecution", of_items, given)))
    return [
        Result("Express execution of a function, median", name, within, "ms"),
        Result("what it takes more than the function", name, within - alone, "ms"),
        Result("Express executions of a function, 16 at once", name, many, "/s"),
        Result(f"Express Map of {_ITEMS:,} items", name, min(large), "ms"),
    ]


def waiting(running: Running) -> list[Result]:
    """Many Standard executions that wait."""
    port, name = running.port, running.name
    machine = _make(port, "waiting", _one({"Type": "Wait", "Seconds": 86_400}))
    before, begun, left = running.memory_mb(), time.perf_counter(), itertools.count(1)
    start = _sending("StartExecution", machine)

    async def fill() -> None:
        async def one() -> None:
            connection = await Connection("127.0.0.1", port).open()
            while next(left) <= _WAITING:
                await start(connection, 0)
            connection.close()

        await asyncio.gather(*[one() for _ in range(16)])

    asyncio.run(fill())
    return [
        Result(f"{_WAITING:,} executions begin to wait", name, _WAITING / (time.perf_counter() - begun), "/s"),
        Result(f"memory of {_WAITING:,} that wait", name, running.memory_mb() - before, "MB"),
    ]


LOADS: dict[str, tuple[str, Load]] = {
    "workflows": ("states", standard),
    "express": ("states", express),
    "waiting": ("states", waiting),
}

"""The composition root: settings in, a running platform out. The only file that names adapters."""

import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import uvloop

from serein import __version__
from serein.kernel.blobs import Blobs
from serein.kernel.call import Limits, Platform, Realism
from serein.kernel.clock import Clock, SystemClock, VirtualClock
from serein.kernel.database import Database, Transaction
from serein.kernel.deliveries import DeliveryWorker
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.ids import random_hex
from serein.kernel.operation import Catalog
from serein.kernel.runner import AwsHosts, FunctionSpec, LogLine
from serein.kernel.standin import StandIn
from serein.kernel.worker import Workers
from serein.runtime import sandbox
from serein.runtime.local import LocalRunner
from serein.runtime.machine import Machine
from serein.settings import InvalidSetting, Settings, inherited, user_cache
from serein.storage.deliveries import DeliveryRows
from serein.storage.files import FileBlobs
from serein.storage.local_bus import LocalBus
from serein.storage.migrations import migrate
from serein.storage.sqlite import SqliteDatabase
from serein.storage.sweeper import BlobSweeper
from serein.wire.admin import Administration
from serein.wire.gateway import Gateway
from serein.wire.guard import Guard
from serein.wire.listener import Listener, bind
from serein.wire.loopback import LoopbackListener
from serein.wire.models import Models
from serein.wire.tls import TlsListener

log = logging.getLogger("serein")
_SWITCH_INTERVAL_SECONDS = 0.0001
"""How long a thread that has committed or signed waits for a busy event loop: it wants a few microseconds of it."""
_OPEN_FILES = 65_536
_GARBAGE = (5_000, 20, 20)
"""After how many new objects the collector looks for cycles, and after how many looks among older ones. Requests leave
none, and with Python's own (700, 10, 10) the looks took a twentieth of a busy server's time."""


class DataFolderInUse(Exception):
    """Another server uses the data folder; the message says which."""


class Engine(Database, Protocol):
    """A database adapter, as the composition root needs it."""

    async def erase(self) -> None:
        """Delete every row of every service."""

    @staticmethod
    def dialect(statement: str) -> str:
        """A schema statement in the engine's own words."""


@dataclass(slots=True)
class Server:
    """A platform, its HTTP door and what belongs to their lives."""

    platform: Platform
    engine: Engine
    settings: Settings
    listener: Listener
    tls: TlsListener
    loopback: LoopbackListener
    _lock: Any
    starting: asyncio.Task[None] | None = None
    """Adds the workers; a failure of it surfaces when the server is closed."""

    @property
    def endpoint(self) -> str:
        return self.platform.limits.endpoint

    def busy(self) -> list[str]:
        """What is left to do now, by name."""
        left = self.platform.workers.busy()
        if self.starting is not None and not self.starting.done():
            left.append("starting")
        if not self.engine.is_idle:
            left.append("database writes")
        if running := self.platform.runner.in_flight:
            left.append(f"{running} function invocations")
        if (stand_in := self.platform.catalog.stand_in) is not None and stand_in.in_flight:
            left.append("calls of services that are answered elsewhere")
        return left

    async def reset(self) -> None:
        """Forget everything and start anew."""
        if self.starting is not None:
            await self.starting
        self.listener.end_sockets()
        self.tls.end_sockets()
        await self.platform.workers.close()
        assert isinstance(self.platform.runner, LocalRunner)
        await self.platform.runner.reset()
        await self.engine.erase()
        self.platform.memory.clear()
        if self.platform.catalog.stand_in is not None:
            await self.platform.catalog.stand_in.reset()
        await _add_workers(self.platform, self.engine)

    async def describe(self) -> dict[str, Any]:
        platform = self.platform
        assert isinstance(platform.runner, LocalRunner)
        return {
            "version": __version__,
            "endpoint": self.endpoint,
            "data": str(self.settings.data.resolve()),
            "database": "postgresql" if self.settings.database else "sqlite",
            "clock": "virtual" if platform.clock.is_virtual else "system",
            "now": platform.clock.now(),
            "auth": self.settings.auth,
            "functions": await platform.runner.describe_isolation(),
            "pid": os.getpid(),
            "busy": self.busy(),
            "services": list(platform.catalog.folders),
        }

    async def close(self) -> None:
        """Stop taking requests, end functions and workers, and leave everything durable."""
        await self.listener.close()
        await self.tls.close()
        await self.loopback.close()
        if self.starting is not None:
            await self.starting
        await self.platform.workers.close()
        await self.platform.runner.close()
        await self.engine.close()
        self._lock.close()


async def start(settings: Settings) -> Server:
    """Build and start a server; it answers requests when this returns.

    Raises DataFolderInUse, or OSError when the address can't be listened on.
    """
    sys.setswitchinterval(_SWITCH_INTERVAL_SECONDS)
    _allow_open_files()
    settings.data.mkdir(parents=True, exist_ok=True)
    lock = _lock(settings.data)
    listening = bind(settings.host, settings.port)
    clock: Clock = VirtualClock() if settings.clock == "virtual" else SystemClock()
    bus = LocalBus(clock)
    catalog = Catalog("serein.services")
    catalog.stand_in = _stand_in(settings)
    engine = await _open_engine(settings, clock, bus, catalog)
    tls = TlsListener(settings.data.resolve() / "tls")
    platform = _assemble(settings, _endpoint(settings, listening), catalog, engine, bus, clock, tls.open)
    platform.domains.expect()
    listener = Listener(listening)
    loopback = LoopbackListener("the Parameters and Secrets extension of functions")
    assert isinstance(platform.runner, LocalRunner)
    platform.runner.lead_parameters(loopback.open)
    server = Server(platform, engine, settings, listener, tls, loopback, lock)
    administration = Administration(platform, __version__, server.busy, server.reset, server.describe, _page)
    guard = Guard((*settings.allowed_hosts, settings.host), settings.allowed_origins)
    root = (settings.root_access_key_id, settings.root_secret_access_key)
    gateway = Gateway(platform, guard, administration, is_authenticating=settings.auth == "on", root=root)
    await listener.start(gateway, tls.take)
    tls.start(gateway, platform.domains)
    loopback.start(gateway.through(lambda: catalog.require_module("lambda_", "parameters_and_secrets").door))
    # Why after the door is open: importing what the workers need takes longer than all of the above.
    server.starting = asyncio.get_running_loop().create_task(_add_workers(platform, engine), name="start workers")
    server.starting.add_done_callback(lambda _: gc.freeze())
    gc.set_threshold(*_GARBAGE)
    return server


def serve(settings: Settings, on_ready: Callable[[Server], Awaitable[None] | None] | None = None) -> None:
    """Run a server in the foreground until SIGINT or SIGTERM."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        server = await start(settings)
        try:
            if on_ready is not None and (pending := on_ready(server)) is not None:
                await pending
            if server.starting is not None:
                server.starting.add_done_callback(lambda done: stop.set() if done.exception() else None)
            await stop.wait()
        finally:
            await server.close()

    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(main())


def _assemble(
    settings: Settings,
    endpoint: str,
    catalog: Catalog,
    engine: Engine,
    bus: LocalBus,
    clock: Clock,
    aws_hosts: Callable[[], Awaitable[AwsHosts]],
) -> Platform:
    blobs: Blobs = FileBlobs(settings.data / "blobs")
    limits = Limits(endpoint, settings.data.resolve(), settings.memory_limit_mb, settings.smtp)
    is_strict = settings.strict_runtimes == "on"

    def log_lines(spec: FunctionSpec, stream: str, lines: list[LogLine]) -> None:
        for sink in platform.log_sinks:
            sink(spec, stream, lines)

    runner = LocalRunner(
        settings.data / "functions",
        limits.memory_mb,
        log_lines,
        clock,
        sandbox=sandbox.choose(settings.sandbox, limits.data / "functions" / "sandbox", cpu=settings.cpu),
        machine=Machine(
            user_cache(),
            inherited(),
            settings.maven_repository,
            is_strict=is_strict,
            container_engine=settings.container_engine,
            is_cpu_limited=settings.cpu == "limited",
        ),
    )
    runner.lead_aws_hosts(aws_hosts)
    realism = Realism(settings.throttling == "on", settings.lifecycle == "realistic", is_strict)
    workers = Workers(bus, clock)
    platform = Platform(catalog, Models(catalog), engine, bus, clock, blobs, runner, workers, limits, realism)
    return platform


async def _open_engine(settings: Settings, clock: Clock, bus: LocalBus, catalog: Catalog) -> Engine:
    engine: Engine
    if settings.database:
        # Why here: the driver takes 100 ms to import, and most servers don't need it.
        from serein.storage.postgres import PostgresDatabase

        engine = await PostgresDatabase.open(settings.database, clock, bus)
    else:
        engine = SqliteDatabase(settings.data / "serein.db", clock, bus)
    own = Path(__file__).parent / "storage" / "schema"
    files = [("storage", path) for path in sorted(own.glob("*.sql"))] + list(catalog.schema_files())

    def bring_up_to_date(tx: Transaction) -> None:
        migrate(tx, files, engine.dialect)

    await engine.write(bring_up_to_date)
    return engine


def _stand_in(settings: Settings) -> StandIn | None:
    """Raises InvalidSetting when the setting asks for a package that isn't installed."""
    if settings.moto == "off":
        return None
    # Why here: few servers have it.
    from serein.extra.moto_backends import MotoBackends, MotoMissing

    try:
        return MotoBackends()
    except MotoMissing as missing:
        raise InvalidSetting(str(missing)) from None


async def _page(platform: Platform, http: HttpRequest) -> HttpReply | None:
    # Why here: most servers never show a page.
    from serein.console import apis, effects, portals

    found = await effects.answer(platform, http) or await apis.answer(platform, http)
    return found or await portals.answer(platform, http)


async def _add_workers(platform: Platform, engine: Engine) -> None:
    rows = DeliveryRows(random_hex(16), getattr(engine, "claim_suffix", ""))
    if isinstance(engine, SqliteDatabase):
        await engine.write(rows.release_all)
    platform.workers.add(DeliveryWorker(platform, rows))
    assert isinstance(platform.blobs, FileBlobs)
    platform.workers.add(BlobSweeper(platform, platform.blobs))
    platform.log_sinks.clear()
    for folder in platform.catalog.folders:
        await asyncio.sleep(0)
        module = platform.catalog.find_module(folder, "workers")
        for worker in module.workers(platform) if module else ():
            platform.workers.add(worker)


def _endpoint(settings: Settings, listening: socket.socket) -> str:
    host = settings.host if settings.host not in ("0.0.0.0", "::") else "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"


def _allow_open_files() -> None:
    """Raise the soft limit of open files to the hard one: connections and function environments need many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else _OPEN_FILES
    if soft < min(wanted, _OPEN_FILES):
        with contextlib.suppress(ValueError, OSError):  # macOS refuses more than its own limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, _OPEN_FILES), hard))


def _lock(data: Path) -> Any:
    """Hold the data folder: two servers on one embedded database would each believe that they are alone."""
    handle = (data / "lock").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise DataFolderInUse(f"Another server uses the folder {data}; stop it first, or choose another.") from error
    return handle

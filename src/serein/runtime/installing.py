"""Downloads that are made once, when a function first needs them, by the package managers of the machine."""

import asyncio
import fcntl
import logging
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

log = logging.getLogger("serein.runtime")
_INSTALL_SECONDS = 300.0
_LONGEST_REASON = 500


class InstallFailed(Exception):
    """It could not be downloaded; the message says why."""


async def install_once(folder: Path, fill: Callable[[Path], Awaitable[None]]) -> None:
    """Have `folder`: made by `fill`, which gets an empty folder, unless it is there. Raises InstallFailed.

    It appears whole or not at all, and is made by one server at a time.
    """
    if folder.is_dir():
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_name(f"{folder.name}.lock").open("w") as lock:
            # Why a thread: another server may hold the lock for as long as an installation takes.
            await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
            if folder.is_dir():
                return
            work = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
            try:
                await fill(work)
                work.chmod(0o755)
                work.rename(folder)
            finally:
                await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)
    except OSError as error:
        raise InstallFailed(str(error)) from error


async def run_installer(arguments: list[str], folder: Path, variables: dict[str, str] | None = None) -> None:
    """Run a package manager in `folder`. Raises InstallFailed with the end of what it wrote."""
    process = await asyncio.create_subprocess_exec(
        *arguments,
        cwd=folder,
        env=variables,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await asyncio.wait_for(process.communicate(), _INSTALL_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise InstallFailed(f"{Path(arguments[0]).name} took too long") from None
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise InstallFailed(errors.decode("utf-8", "replace").strip()[-_LONGEST_REASON:] or "no reason was given")

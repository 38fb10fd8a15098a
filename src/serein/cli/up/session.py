"""What runs while an application is up: log lines appear, saved files take effect."""

import threading
from pathlib import Path

import click
from botocore.exceptions import BotoCoreError, ClientError
from watchfiles import Change, watch

from serein.cli.finding import Inventory
from serein.cli.tail import Tail
from serein.cli.terminal import shown_failure
from serein.cli.up.child import ChildServer
from serein.deploy import Application, Deployed, DeployFailed
from serein.deploy.sources import is_skipped
from serein.kernel.clock import monotonic

_DEBOUNCE_MS, _STEP_MS, _GLANCE_MS = 150, 25, 100
_IGNORED_SUFFIXES = (".swp", ".swx", "~", ".tmp", ".pyc", ".partial")


class Session:
    """An application that is up. What is saved after it was made is noticed, also while it is being deployed."""

    def __init__(
        self, application: Application, server: ChildServer, tail: Tail, inventory: Inventory, stop: threading.Event
    ) -> None:
        self._application = application
        self._server = server
        self._tail = tail
        self._inventory = inventory
        self._stop = stop
        self._watch()

    def run(self) -> None:
        """Show logs and follow changes until stopped. Raises CommandFailed when the server ends by itself."""
        shower = threading.Thread(target=self._show_logs, daemon=True)
        shower.start()
        if self._watched() != self._watching:
            self._watch()
        while not self._stop.is_set():
            self._server.require_alive()
            changed = next(self._changes, set())
            if changed:
                self._redeploy({Path(path) for _, path in changed})
                if self._watched() != self._watching:
                    self._watch()
        shower.join()

    def follow(self, deployed: Deployed | None) -> None:
        """Show the logs of the functions that a deployment made."""
        if deployed is not None:
            functions = [
                (logical_id, deployed.resources[logical_id])
                for logical_id, kind in deployed.types.items()
                if kind == "AWS::Lambda::Function"
            ]
            self._tail.watch(self._inventory.log_groups(functions))

    def _watched(self) -> set[Path]:
        """The project, and folders of code outside of it."""
        folder = self._application.project.folder
        outside = {source for source in self._application.sources.values() if not source.is_relative_to(folder)}
        return {folder, *(source if source.is_dir() else source.parent for source in outside if source.exists())}

    def _watch(self) -> None:
        self._watching = self._watched()
        self._changes = watch(
            *self._watching,
            watch_filter=_matters,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            stop_event=self._stop,
            rust_timeout=_GLANCE_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        # A watch begins with the first look.
        next(self._changes, None)

    def _redeploy(self, changed: set[Path]) -> None:
        began = monotonic()
        try:
            names = self._application.redeploy()
        except DeployFailed as error:
            shown_failure(f"{error}\nThe application runs on as it was; save again to try again.")
            return
        except (ClientError, BotoCoreError) as error:
            shown_failure(f"{error}\nThe application runs on as it was; save again to try again.")
            return
        if names:
            self.follow(self._application.deployed)
            seconds = monotonic() - began
            files = ", ".join(sorted(path.name for path in changed)[:3])
            click.secho(f"{files}: {', '.join(names)} updated in {seconds:.2f} s.", fg="green", err=True)

    def _show_logs(self) -> None:
        while not self._stop.wait(self._tail.pause_seconds):
            try:
                lines = self._tail.read()
            except (ClientError, BotoCoreError):
                # The main loop tells when the server is gone; a read that fails is tried again.
                continue
            for line in lines:
                click.echo(line)


def _matters(_change: Change, path: str) -> bool:
    parts = Path(path).parts
    if path.endswith(_IGNORED_SUFFIXES) or "node_modules" in parts or "site-packages" in parts:
        return False
    return not any(is_skipped(part) for part in parts)

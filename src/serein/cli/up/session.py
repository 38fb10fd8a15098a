"""What runs while applications are up: log lines appear, saved files take effect."""

import threading
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from watchfiles import Change, watch

from serein.cli.deployments.reports import Report
from serein.cli.deployments.results import plan_lines
from serein.cli.finding import Inventory
from serein.cli.tail import Tail
from serein.cli.up.child import ChildServer
from serein.deploy import DeployFailed
from serein.deploy.opening import AnyApplication
from serein.deploy.plans import Plan
from serein.deploy.sources import is_skipped
from serein.kernel.clock import monotonic

_DEBOUNCE_MS, _STEP_MS, _GLANCE_MS = 150, 25, 100
_IGNORED_SUFFIXES = (".swp", ".swx", "~", ".tmp", ".pyc", ".partial")


class Session:
    """Applications that are up. What is saved after it was made is noticed, also while they are being deployed."""

    def __init__(
        self,
        applications: Sequence[AnyApplication],
        server: ChildServer,
        tail: Tail,
        inventory: Inventory,
        stop: threading.Event,
        report: Report,
    ) -> None:
        self.applications = applications
        self._server = server
        self._tail = tail
        self._inventory = inventory
        self._stop = stop
        self._report = report
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

    def follow(self) -> None:
        """Show the logs of the functions that deployments made."""
        functions = [
            (logical_id, application.deployed.resources[logical_id])
            for application in self.applications
            if application.deployed is not None
            for logical_id, kind in application.deployed.types.items()
            if kind == "AWS::Lambda::Function"
        ]
        self._tail.watch(self._inventory.log_groups(functions))

    def _watched(self) -> set[Path]:
        return {folder for application in self.applications for folder in _folders(application)}

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
        for application in self.applications:
            own = {path for path in changed if any(path.is_relative_to(folder) for folder in _folders(application))}
            if own:
                self._redeploy_one(application, own)

    def _redeploy_one(self, application: AnyApplication, changed: set[Path]) -> None:
        began = monotonic()
        note = "The application runs on as it was; save again to try again."
        try:
            names = application.redeploy(changed, self._show)
        except DeployFailed as error:
            self._report.fail(error, note)
            return
        except (ClientError, BotoCoreError) as error:
            self._report.fail(DeployFailed(str(error)), note)
            return
        self._report.settle()
        if names:
            self.follow()
            seconds = monotonic() - began
            files = ", ".join(sorted(path.name for path in changed)[:3])
            self._report.note(f"{files}: {', '.join(names)} updated in {seconds:.2f} s.", "green")

    def _show(self, plan: Plan) -> None:
        for line in plan_lines(plan):
            self._report.note(line)

    def _show_logs(self) -> None:
        while not self._stop.wait(self._tail.pause_seconds):
            try:
                lines = self._tail.read()
            except (ClientError, BotoCoreError):
                # The main loop tells when the server is gone; a read that fails is tried again.
                continue
            for line in lines:
                self._report.log(line)


def _folders(application: AnyApplication) -> set[Path]:
    """The project, and folders of code outside of it."""
    folder = application.folder
    outside = {source for source in application.sources.values() if not source.is_relative_to(folder)}
    return {folder, *(source if source.is_dir() else source.parent for source in outside if source.exists())}


def _matters(_change: Change, path: str) -> bool:
    parts = Path(path).parts
    if path.endswith(_IGNORED_SUFFIXES) or "node_modules" in parts or "site-packages" in parts:
        return False
    return not any(is_skipped(part) for part in parts)

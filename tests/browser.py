"""A real browser, steered over its own debugging protocol."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
BROWSER = next((program for program in PROGRAMS if shutil.which(program)), None)
MISSING = f"no browser: none of {', '.join(PROGRAMS)} is installed"
_PATIENCE_SECONDS = 60.0


class Tab:
    """A page that is open."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)

    def show(self, url: str) -> None:
        """Go to a page, and return once it has loaded."""
        self._call("Page.enable")
        self._call("Page.navigate", url=url)
        while json.loads(self._connection.recv(_PATIENCE_SECONDS)).get("method") != "Page.loadEventFired":
            pass

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression, awaited when it is a promise. Raises AssertionError."""
        result = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (answer := json.loads(self._connection.recv(_PATIENCE_SECONDS))).get("id") != number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result


@contextmanager
def opened(url: str, folder: Path) -> Iterator[Tab]:
    """Open a page in a browser with a profile of its own in `folder`."""
    assert BROWSER is not None
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
    process = subprocess.Popen(
        [BROWSER, *options, "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "DevTools listening on" in line)
        port = line.rpartition("/devtools/")[0].rpartition(":")[2]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            page = next(tab for tab in json.load(answer) if tab["type"] == "page")
        with connect(page["webSocketDebuggerUrl"], max_size=None) as connection:
            tab = Tab(connection)
            tab.show(url)
            yield tab
    finally:
        # Why the group: the program may be a script that starts the browser, which starts many more.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

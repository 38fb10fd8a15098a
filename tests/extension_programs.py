"""Small external extensions for the runner's tests: programs of a layer that note what they see in a file."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

PREAMBLE = """#!PYTHON
import http.client, json, os, signal, sys, threading, time
NAME = os.path.basename(__file__)
def note(*what):
    with open(NOTES, "a") as file:
        file.write(json.dumps(what) + "\\n")
def call(method, target, body=None, **headers):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, target, None if body is None else json.dumps(body), given)
    reply = connection.getresponse()
    text = reply.read().decode()
    return reply.status, dict(reply.headers), json.loads(text) if text else None
def register(events, name=NAME, **headers):
    status, headers, reply = call(
        "POST", "/2020-01-01/extension/register", {"events": events}, Lambda_Extension_Name=name, **headers)
    note("registered", status, reply)
    return headers.get("Lambda-Extension-Identifier", "")
def next_event(identifier):
    return call("GET", "/2020-01-01/extension/event/next", Lambda_Extension_Identifier=identifier)[2]
"""
"""What every program begins with."""

LOOP = """
ME = register(["INVOKE", "SHUTDOWN"])
while True:
    event = next_event(ME)
    note("event", event)
    if event["eventType"] == "SHUTDOWN":
        break
"""
"""One that takes every event."""


class Layer:
    """A layer with extensions, and what they noted."""

    def __init__(self, folder: Path, **programs: str) -> None:
        """`programs` are Python code after the preamble, or whole scripts that begin with `#!`."""
        self.folder = folder / "layer"
        self._notes = folder / "notes"
        preamble = PREAMBLE.replace("PYTHON", sys.executable).replace("NOTES", repr(str(self._notes)))
        (self.folder / "extensions").mkdir(parents=True)
        for name, code in programs.items():
            file = self.folder / "extensions" / name
            file.write_text(code if code.startswith("#!") else preamble + code)
            file.chmod(file.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)

    def notes(self, kind: str = "") -> list[Any]:
        """What was noted, of one kind or all."""
        if not self._notes.exists():
            return []
        noted = [json.loads(line) for line in self._notes.read_text().splitlines()]
        return [what[1:] for what in noted if what[0] == kind] if kind else noted

"""A program in a terminal of its own, and what stands on the screen."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

_SEQUENCE = re.compile(r"\033\[(\??)([0-9;]*)([A-Za-z])")


class Screen:
    """What a terminal shows, with all that has scrolled off its top; it knows what Serein writes, and no more."""

    def __init__(self) -> None:
        self.lines = [""]
        self._row = 0
        self._column = 0
        self.is_cursor_shown = True

    def write(self, text: str) -> None:
        at = 0
        while at < len(text):
            found = _SEQUENCE.match(text, at)
            if found is not None:
                self._obey(found[1], found[2], found[3])
                at = found.end()
                continue
            self._put(text[at])
            at += 1

    def _put(self, character: str) -> None:
        if character == "\n":
            self._row += 1
            self.lines += [""] * (self._row + 1 - len(self.lines))
        elif character == "\r":
            self._column = 0
        else:
            line = self.lines[self._row].ljust(self._column)
            self.lines[self._row] = line[: self._column] + character + line[self._column + 1 :]
            self._column += 1

    def _obey(self, private: str, number: str, command: str) -> None:
        if private:
            if number == "25":
                self.is_cursor_shown = command == "h"
        elif command == "F":
            self._row, self._column = max(0, self._row - int(number or 1)), 0
        elif command == "K":
            self.lines[self._row] = self.lines[self._row][: self._column]
        elif command == "J":
            del self.lines[self._row + 1 :]
            self.lines[self._row] = self.lines[self._row][: self._column]
        else:
            assert command == "m", f"an unknown sequence: {command}"


class Terminal:
    """A run of `python -m serein` that has ended."""

    def __init__(
        self, arguments: list[str], environment: Mapping[str, str], folder: Path, answers: Mapping[str, str]
    ) -> None:
        """`answers` are typed when their questions appear."""
        self.raw = ""
        self._waiting = dict(answers)
        self._descriptor, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-m", "serein", *arguments],
            env={**environment, "TERM": "xterm", "LANG": "C.UTF-8"},
            cwd=folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            # So that questions for secrets, which go to the controlling terminal, come here.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
        )
        os.close(theirs)
        self._read()
        self.exit_code = process.wait()
        os.close(self._descriptor)
        self.screen = Screen()
        self.screen.write(self.raw)

    def _read(self) -> None:
        content = b""
        while True:
            try:
                piece = os.read(self._descriptor, 65536)
            except OSError:
                # Linux says so when the program has ended.
                break
            if not piece:
                break
            content += piece
            self.raw = content.decode(errors="ignore")
            for question, answer in list(self._waiting.items()):
                if question in self.raw:
                    os.write(self._descriptor, f"{answer}\n".encode())
                    del self._waiting[question]

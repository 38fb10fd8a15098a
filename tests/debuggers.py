"""Debuggers, as editors have them: clients of the Debug Adapter Protocol and of Node's inspector."""

import base64
import http.client
import json
import os
import socket
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 60
Message = dict[str, Any]


class _Client:
    """Messages one by one; those that nobody waited for yet are kept."""

    def __init__(self) -> None:
        self.number = 0
        self._kept: list[Message] = []

    def receive(self) -> Message:
        raise NotImplementedError

    def wait_for(self, is_meant: Callable[[Message], bool]) -> Message:
        for message in self._kept:
            if is_meant(message):
                self._kept.remove(message)
                return message
        while not is_meant(message := self.receive()):
            self._kept.append(message)
        return message


class PythonDebugger(_Client):
    """Speaks the Debug Adapter Protocol to debugpy."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self._file = self._socket.makefile("rb")
        self.request("initialize", adapterID="debugpy", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")

    def attach(self, local: str, remote: str) -> None:
        self.send("attach", pathMappings=[{"localRoot": local, "remoteRoot": remote}])
        self.wait_for(lambda message: message.get("event") == "initialized")

    def send(self, command: str, **arguments: Any) -> int:
        self.number += 1
        message = {"seq": self.number, "type": "request", "command": command, "arguments": arguments}
        content = json.dumps(message).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        return self.number

    def request(self, command: str, **arguments: Any) -> Message:
        number = self.send(command, **arguments)
        answer = self.wait_for(lambda message: message.get("request_seq") == number)
        assert answer["success"], answer
        return answer.get("body", {})

    def stopped(self) -> tuple[int, Message]:
        """The thread that has stopped, and its innermost frame."""
        thread = self.wait_for(lambda message: message.get("event") == "stopped")["body"]["threadId"]
        return thread, self.request("stackTrace", threadId=thread)["stackFrames"][0]

    def variables(self, frame: Message) -> dict[str, str]:
        scope = self.request("scopes", frameId=frame["id"])["scopes"][0]
        found = self.request("variables", variablesReference=scope["variablesReference"])["variables"]
        return {each["name"]: each["value"] for each in found}

    def receive(self) -> Message:
        length = 0
        while line := self._file.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: Message = json.loads(self._file.read(length))
        return message

    def close(self) -> None:
        self._file.close()
        self._socket.close()


class NodeDebugger(_Client):
    """Speaks the inspector's protocol over its WebSocket."""

    def __init__(self, port: int) -> None:
        super().__init__()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        connection.request("GET", "/json/list")
        url = urlsplit(json.loads(connection.getresponse().read())[0]["webSocketDebuggerUrl"])
        connection.close()
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        assert b" 101 " in self._file.readline()
        while self._file.readline().strip():
            pass

    def request(self, method: str, **parameters: Any) -> Message:
        number = self.send(method, **parameters)
        answer = self.wait_for(lambda message: message.get("id") == number)
        assert "error" not in answer, answer
        return answer["result"]

    def send(self, method: str, **parameters: Any) -> int:
        self.number += 1
        content = json.dumps({"id": self.number, "method": method, "params": parameters}).encode()
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(content))
        self._socket.sendall(struct.pack(">BBH", 0x81, 0xFE, len(content)) + mask + masked)
        return self.number

    def paused(self) -> Message:
        """The innermost frame of where it has paused."""
        frames = self.wait_for(lambda message: message.get("method") == "Debugger.paused")["params"]["callFrames"]
        return frames[0]

    def receive(self) -> Message:
        content = b""
        while True:
            first, length = struct.unpack(">BB", self._file.read(2))
            if length >= 126:
                form = ">H" if length == 126 else ">Q"
                (length,) = struct.unpack(form, self._file.read(struct.calcsize(form)))
            content += self._file.read(length)
            if first & 0x80:
                message: Message = json.loads(content)
                return message

    def close(self) -> None:
        self._file.close()
        self._socket.close()

"""A shop of functions that use Powertools for AWS Lambda: in Python by AWS's public layer, in JavaScript by npm."""

import io
import json
import socket
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from client_programs import node_modules
from serein.testing import Serein

SOURCES = Path(__file__).parent
_PYTHON_LAYER = "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python311-x86_64:7"


@dataclass(frozen=True)
class Shop:
    """The function `shop` of one language, in an account of its own."""

    aws: Serein
    daemon: socket.socket
    """Where it sends what it traced."""

    def invoke(self, event: dict[str, Any], trace: str = "") -> Any:
        """Invoke it; its reply. Its errors fail the test, but what can't be installed skips it."""
        functions = self.aws.client("lambda")
        if trace:

            def add(params: dict[str, Any], **_: Any) -> None:
                params["headers"]["X-Amzn-Trace-Id"] = trace

            functions.meta.events.register("before-call.lambda.Invoke", add)
        reply = functions.invoke(FunctionName="shop", Payload=json.dumps(event))
        document = json.loads(reply["Payload"].read())
        if "FunctionError" in reply:
            if "could not install them" in document.get("errorMessage", ""):
                pytest.skip(f"Powertools can't be installed (they are, once, when the network is there): {document}")
            raise AssertionError(document)
        return document

    def logged(self) -> list[dict[str, Any]]:
        """What it logged as JSON, in order."""
        self.aws.wait_until_idle()
        logs = self.aws.client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName="/aws/lambda/shop")
        texts = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(text) for text in texts if text.startswith("{")]

    def effects(self) -> dict[str, int]:
        """What happened how often."""
        items = self.aws.resource("dynamodb").Table("effects").scan()["Items"]
        return {item["id"]: int(item["times"]) for item in items}


@pytest.fixture(scope="module")
def shops(serein_module: Serein) -> Iterator[Callable[[str], Shop]]:
    """The shop of a language, deployed when first asked for."""
    opened: list[socket.socket] = []

    @cache
    def shop_of(language: str) -> Shop:
        # Why: an account for each, so that both can have the same names.
        aws = Serein(serein_module.endpoint)
        daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(30)
        opened.append(daemon)
        for table in ("effects", "idempotency"):
            _make_table(aws, table, "id")
        settings = {
            "FunctionName": "shop",
            "Role": f"arn:aws:iam::{aws.account}:role/shop",
            "Timeout": 20,
            "MemorySize": 512,
            "Environment": {
                "Variables": {
                    "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
                    "POWERTOOLS_LOG_LEVEL": "INFO",
                }
            },
        }
        if language == "python":
            code = _archive({"app.py": SOURCES / "python" / "app.py"})
            settings |= {"Runtime": "python3.11", "Layers": [_PYTHON_LAYER]}
        else:
            modules = node_modules(SOURCES / "javascript" / "package.json")
            packed = [path for path in modules.rglob("*") if path.suffix in (".js", ".cjs", ".mjs", ".json")]
            files = {f"node_modules/{path.relative_to(modules)}": path for path in packed}
            code = _archive({"app.mjs": SOURCES / "javascript" / "app.mjs", **files})
            settings |= {"Runtime": "nodejs20.x"}
        aws.client("lambda").create_function(Handler="app.handler", Code={"ZipFile": code}, **settings)
        return Shop(aws, daemon)

    yield shop_of
    for daemon in opened:
        daemon.close()


@pytest.fixture(params=["python", "javascript"])
def shop(request: pytest.FixtureRequest, shops: Callable[[str], Shop]) -> Shop:
    return shops(request.param)


def _make_table(aws: Serein, name: str, key: str, **settings: Any) -> Any:
    return aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **settings,
    )["TableDescription"]


@pytest.fixture
def make_table() -> Callable[..., Any]:
    return _make_table


def _archive(files: dict[str, Path]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in files.items():
            if path.is_file():
                archive.write(path, name)
    return content.getvalue()

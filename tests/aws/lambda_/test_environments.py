"""Environments seen through the API: SnapStart's hooks, extensions in layers, wrapper scripts."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

CODE = (
    "import os\nfrom snapshot_restore_py import register_before_snapshot, register_after_restore\nseen = []\n"
    "@register_before_snapshot\ndef before(): seen.append('before')\n"
    "@register_after_restore\ndef after():\n seen.append('after')\n"
    " if os.environ.get('STALE'): raise ValueError('stale')\n"
    "def handler(event, context): return [seen, os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']]"
)


def test_published_versions_are_restored_and_latest_is_not(functions: Any, create: Callable[..., Any]) -> None:
    create(CODE, Runtime="python3.12", SnapStart={"ApplyOn": "PublishedVersions"}, Timeout=20)
    version = functions.publish_version(FunctionName="f")["Version"]
    restored = functions.invoke(FunctionName="f", Qualifier=version)
    assert json.load(restored["Payload"]) == [["before", "after"], "snap-start"]
    plain = functions.invoke(FunctionName="f")
    assert json.load(plain["Payload"]) == [[], "on-demand"]


def test_a_failed_hook_after_the_restore_is_an_error_of_the_api(functions: Any, create: Callable[..., Any]) -> None:
    environment = {"Variables": {"STALE": "1"}}
    create(CODE, Runtime="python3.12", SnapStart={"ApplyOn": "PublishedVersions"}, Timeout=20, Environment=environment)
    version = functions.publish_version(FunctionName="f")["Version"]
    with pytest.raises(functions.exceptions.SnapStartException) as raised:
        functions.invoke(FunctionName="f", Qualifier=version)
    assert "afterRestore() runtime hook" in raised.value.response["Error"]["Message"]


def test_layers_bring_extensions(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    script = (
        "#!/bin/sh\nAPI=http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension\n"
        "curl -sS -o /dev/null -D /tmp/head$$ -H 'Lambda-Extension-Name: shell' -d '{\"events\":[]}' $API/register\n"
        "ID=$(grep -i lambda-extension-identifier /tmp/head$$ | tr -d '[:space:]' | cut -d: -f2)\nrm /tmp/head$$\n"
        'echo extension is here\ncurl -sS -H "Lambda-Extension-Identifier: $ID" $API/event/next\n'
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        entry = zipfile.ZipInfo("extensions/shell")
        entry.external_attr = 0o755 << 16
        package.writestr(entry, script)
    layer = functions.publish_layer_version(LayerName="tools", Content={"ZipFile": archive.getvalue()})
    create("def handler(event, context): return 'ok'", Layers=[layer["LayerVersionArn"]])
    assert json.load(functions.invoke(FunctionName="f", LogType="Tail")["Payload"]) == "ok"
    aws.idle()
    events = aws.client("logs").filter_log_events(logGroupName="/aws/lambda/f")["events"]
    messages = [event["message"] for event in events]
    assert any("extension is here" in message for message in messages)
    assert any(message.startswith("EXTENSION\tName: shell\tState: Ready") for message in messages)


def test_a_wrapper_script_starts_the_runtime(functions: Any, create: Callable[..., Any]) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        entry = zipfile.ZipInfo("wrap")
        entry.external_attr = 0o755 << 16
        package.writestr(entry, '#!/bin/sh\nexport ADDED=by-wrapper\nexec "$@"\n')
        package.writestr("app.py", "import os\ndef handler(event, context): return os.environ['ADDED']\n")
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"}
    create(Code={"ZipFile": archive.getvalue()}, Environment={"Variables": variables}, Timeout=20)
    assert json.load(functions.invoke(FunctionName="f")["Payload"]) == "by-wrapper"

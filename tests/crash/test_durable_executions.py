"""Durable executions under SIGKILL: every one ends, each step that was checkpointed has run once more at most.

`SEREIN_CRASH_KILLS` sets how often the server is killed (a tenth of it, default 2).
"""

import io
import json
import os
import random
import zipfile
from concurrent.futures import ALL_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError
from urllib3.exceptions import HTTPError

from serein.testing import Serein, ServerProcess

KILLS = max(int(os.environ.get("SEREIN_CRASH_KILLS", "20")) // 10, 1)
EXECUTIONS = 6 * KILLS
STEPS = 6
ACCOUNT = "000000000000"
pytestmark = [pytest.mark.crash, pytest.mark.timeout(180 + 30 * KILLS)]

CODE = """
import json, boto3
client = boto3.client("lambda")
table = boto3.resource("dynamodb").Table("effects")

def handler(event, context):
    # The protocol without an SDK: steps with an effect each, a wait and a chained invocation between them.
    page = event["InitialExecutionState"]
    done = {each["Id"]: each for each in page["Operations"]}
    root = page["Operations"][0]
    name = json.loads(root["ExecutionDetails"]["InputPayload"])["name"]
    where, token = {"DurableExecutionArn": event["DurableExecutionArn"]}, event["CheckpointToken"]

    def checkpoint(*updates):
        nonlocal token
        reply = client.checkpoint_durable_execution(CheckpointToken=token, Updates=list(updates), **where)
        token = reply["CheckpointToken"]
        done.update({each["Id"]: each for each in reply["NewExecutionState"]["Operations"]})

    for number in range(STEPS):
        id = f"step-{number}"
        if id not in done:
            table.update_item(
                Key={"pk": f"{name}-{number}"},
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": 1},
            )
            checkpoint({"Id": id, "Type": "STEP", "Action": "SUCCEED", "Payload": str(number)})
        if number == 1 and "wait" not in done:
            checkpoint({"Id": "wait", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": 1}})
        if number == 3 and "chain" not in done:
            checkpoint({
                "Id": "chain", "Type": "CHAINED_INVOKE", "Action": "START", "Payload": '"x"',
                "ChainedInvokeOptions": {"FunctionName": "plain"},
            })
        if any(each["Status"] == "STARTED" for each in done.values() if each["Type"] in ("WAIT", "CHAINED_INVOKE")):
            return {"Status": "PENDING"}
    results = [int(done[f"step-{number}"]["StepDetails"]["Result"]) for number in range(STEPS)]
    return {"Status": "SUCCEEDED", "Result": json.dumps([results, done["chain"]["ChainedInvokeDetails"]["Result"]])}

def plain(event, context):
    return event + "y"
""".replace("STEPS)", f"{STEPS})")


def prepare(session: Serein) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", CODE)
    session.client("dynamodb").create_table(
        TableName="effects",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    common: dict[str, Any] = {
        "Runtime": "python3.11",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
        "Code": {"ZipFile": content.getvalue()},
        "Timeout": 30,
    }
    functions = session.client("lambda")
    functions.create_function(FunctionName="plain", Handler="app.plain", **common)
    durable = {"ExecutionTimeout": 600, "RetentionPeriodInDays": 1}
    functions.create_function(FunctionName="f", Handler="app.handler", DurableConfig=durable, **common)


def start(functions: Any, number: int) -> str:
    payload = json.dumps({"name": str(number)})
    reply = functions.invoke(
        FunctionName="f:$LATEST", InvocationType="Event", DurableExecutionName=f"e{number}", Payload=payload
    )
    arn: str = reply["DurableExecutionArn"]
    return arn


def outcome(functions: Any, number: int) -> Any:
    """Wait for the end of an execution by asking for it again; None when the server is killed meanwhile."""
    request = {"FunctionName": "f:$LATEST", "DurableExecutionName": f"e{number}"}
    try:
        reply = functions.invoke(Payload=json.dumps({"name": str(number)}), **request)
        return json.loads(reply["Payload"].read())
    except (BotoCoreError, HTTPError):
        return None


def test_every_execution_ends_as_it_would_have_without_the_kills(tmp_path: Path) -> None:
    settings = {"clock": "system"}
    server = ServerProcess(tmp_path / "data", settings)
    prepare(Serein(server.endpoint, ACCOUNT))
    started: dict[int, str] = {}
    for _ in range(KILLS):
        functions = Serein(server.endpoint, ACCOUNT).client("lambda")
        for number in range(len(started), len(started) + EXECUTIONS // KILLS):
            started[number] = start(functions, number)
        with ThreadPoolExecutor(len(started)) as callers:
            waiting = [callers.submit(outcome, functions, number) for number in started]
            wait(waiting, timeout=random.uniform(0.2, 1.2), return_when=ALL_COMPLETED)
            server.kill()
        server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint, ACCOUNT)
    functions = session.client("lambda")
    assert {number: start(functions, number) for number in started} == started
    for number in started:
        assert outcome(functions, number) == [list(range(STEPS)), '"xy"']
    effects = session.resource("dynamodb").Table("effects").scan()["Items"]
    times = {item["pk"]: int(item["n"]) for item in effects}
    assert len(times) == EXECUTIONS * STEPS
    # Why so: a kill between a step's effect and its checkpoint is all that can repeat it.
    assert max(times.values()) <= KILLS + 1
    assert sum(times.values()) - len(times) <= EXECUTIONS * KILLS
    server.stop()

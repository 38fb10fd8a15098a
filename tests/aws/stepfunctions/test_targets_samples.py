"""What sample machines of AWS rely on and no page of AWS's tells."""

import json
from typing import Any

import pytest

from state_machines import FAIL, StateMachines
from tests.aws.stepfunctions.workflows import Workflows

START = "arn:aws:states:::states:startExecution"


@pytest.mark.parametrize("pattern", ["sync", "sync:2"])
def test_a_standard_execution_waits_for_an_express_one(aws: Any, pattern: str) -> None:
    flows, machines = Workflows(aws), StateMachines(aws)
    good, bad = machines.make(type="EXPRESS"), machines.make(FAIL, name="bad", type="EXPRESS")
    ended = flows.run_task(f"{START}.{pattern}", {"StateMachineArn": good, "Input": {"a": 1}})
    assert ended.status == "SUCCEEDED", ended.cause
    output = json.loads(ended.output["Output"]) if pattern == "sync" else ended.output["Output"]
    assert (output, ended.output["Status"]) == ({"a": 1}, "SUCCEEDED")
    assert ":express:machine:" in ended.output["ExecutionArn"]
    failed = flows.run_task(f"{START}.{pattern}", {"StateMachineArn": bad})
    assert (failed.status, failed.error) == ("FAILED", "States.TaskFailed")
    assert json.loads(failed.cause)["Error"] == "Broken"


def test_texts_stand_for_attributes_of_items(aws: Any) -> None:
    flows, table = Workflows(aws), aws.client("dynamodb")
    table.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"id.$": "$.id", "done": {"BOOL": "false"}, "who": {"L": ["a"]}, "in": {"M": {"b": "c"}}, "absent": None}
    put = flows.run_task("arn:aws:states:::dynamodb:putItem", {"TableName": "table", "Item": item}, {"id": "7"})
    assert put.status == "SUCCEEDED", put.cause
    update = {
        "TableName": "table",
        "Key": {"id.$": "$.id"},
        "UpdateExpression": "SET who = list_append(who, :who), n = :n",
        "ExpressionAttributeValues": {":who": {"L": ["b"]}, ":n": {"N": "1"}},
    }
    updated = flows.run_task("arn:aws:states:::dynamodb:updateItem", update, {"id": "7"})
    assert updated.status == "SUCCEEDED", updated.cause
    assert table.get_item(TableName="table", Key={"id": {"S": "7"}})["Item"] == {
        "id": {"S": "7"},
        "done": {"BOOL": False},
        "who": {"L": [{"S": "a"}, {"S": "b"}]},
        "in": {"M": {"b": {"S": "c"}}},
        "n": {"N": "1"},
    }
    number = {"TableName": "table", "Item": {"id": "8", "n": {"N": 5}}}
    refused = flows.run_task("arn:aws:states:::dynamodb:putItem", number)
    assert refused.error == "States.Runtime"
    assert "The value for the field 'N' must be a STRING" in refused.cause

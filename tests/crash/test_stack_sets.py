"""Stack sets under SIGKILL: an operation goes on where it was, and makes nothing twice."""

from pathlib import Path

import pytest

from serein.testing import Serein, ServerProcess

ACCOUNTS = [f"{number:012}" for number in range(1, 7)]
REGIONS = ["us-east-1", "eu-west-1"]
TEMPLATE = "Resources: {Queue: {Type: AWS::SQS::Queue}, Topic: {Type: AWS::SNS::Topic}}"
PREFERENCES = {"MaxConcurrentCount": 3, "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE"}
pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]


def places(endpoint: str) -> list[Serein]:
    """A session in each account and region."""
    return [Serein(endpoint, account, region) for account in ACCOUNTS for region in REGIONS]


def succeeded(session: Serein, operation_id: str) -> int:
    """In how many places the operation is done."""
    client = session.client("cloudformation")
    found = client.list_stack_set_operation_results(StackSetName="set", OperationId=operation_id)["Summaries"]
    return sum(result["Status"] == "SUCCEEDED" for result in found)


@pytest.mark.parametrize("action", ["create", "delete"])
def test_a_killed_servers_operation_goes_on_in_every_account_and_region(tmp_path: Path, action: str) -> None:
    server = ServerProcess(tmp_path / "data", {})
    session = Serein(server.endpoint, ACCOUNTS[0])
    client = session.client("cloudformation")
    client.create_stack_set(StackSetName="set", TemplateBody=TEMPLATE)
    asked = {"StackSetName": "set", "Accounts": ACCOUNTS, "Regions": REGIONS, "OperationPreferences": PREFERENCES}
    operation_id = client.create_stack_instances(**asked)["OperationId"]
    if action == "delete":
        session.wait_until_idle(60)
        operation_id = client.delete_stack_instances(**asked, RetainStacks=False)["OperationId"]
    for done in (0, 2, 7):
        while succeeded(session, operation_id) < done:
            pass
        server.kill()
        server = ServerProcess(tmp_path / "data", {})
        session = Serein(server.endpoint, ACCOUNTS[0])
    session.wait_until_idle(90)
    client = session.client("cloudformation")
    operation = client.describe_stack_set_operation(StackSetName="set", OperationId=operation_id)["StackSetOperation"]
    assert operation["Status"] == "SUCCEEDED"
    assert succeeded(session, operation_id) == len(ACCOUNTS) * len(REGIONS)
    there = 1 if action == "create" else 0
    for place in places(server.endpoint):
        assert len(place.client("cloudformation").describe_stacks()["Stacks"]) == there
        assert len(place.client("sqs").list_queues().get("QueueUrls", [])) == there
        assert len(place.client("sns").list_topics()["Topics"]) == there
    server.stop()

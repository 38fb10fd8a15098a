"""Versions and aliases of state machines."""

from typing import Any

import pytest

from queues import refusal
from tests.aws.stepfunctions.test_api_machines import arn_of, make, passing


@pytest.fixture
def states(aws: Any) -> Any:
    return aws.client("stepfunctions")


def route(*versions: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"stateMachineVersionArn": arn, "weight": weight} for arn, weight in versions]


def test_versions_are_published_of_revisions_once_each(states: Any) -> None:
    made = states.create_state_machine(
        name="machine",
        definition=passing(1),
        roleArn="arn:aws:iam::123456789012:role/r",
        publish=True,
        versionDescription="first",
    )
    arn, one = made["stateMachineArn"], made["stateMachineVersionArn"]
    assert one == f"{arn}:1"
    again = states.publish_state_machine_version(stateMachineArn=arn, revisionId="INITIAL", description="other")
    assert again["stateMachineVersionArn"] == one
    updated = states.update_state_machine(
        stateMachineArn=arn, definition=passing(2), publish=True, versionDescription="second"
    )
    two = updated["stateMachineVersionArn"]
    assert two == f"{arn}:2"
    last = states.update_state_machine(stateMachineArn=arn, definition=passing(3))
    shown = [states.describe_state_machine(stateMachineArn=each) for each in (one, two, arn)]
    assert [each["definition"] for each in shown] == [passing(1), passing(2), passing(3)]
    assert [each.get("description") for each in shown] == ["first", "second", None]
    assert [each.get("revisionId") for each in shown] == [None, updated["revisionId"], last["revisionId"]]
    assert [each["stateMachineArn"] for each in shown] == [one, two, arn]
    assert refusal(states.publish_state_machine_version, stateMachineArn=arn, revisionId=updated["revisionId"]) == (
        "ConflictException",
        f"Failed to publish the State Machine version for revision {updated['revisionId']}. The current State Machine"
        f" revision is {last['revisionId']}.",
    )
    third = states.publish_state_machine_version(stateMachineArn=arn, revisionId=last["revisionId"])
    assert third["stateMachineVersionArn"] == f"{arn}:3"
    states.delete_state_machine_version(stateMachineVersionArn=third["stateMachineVersionArn"])
    states.delete_state_machine_version(stateMachineVersionArn=third["stateMachineVersionArn"])
    fourth = states.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    assert fourth == f"{arn}:4"
    page = states.list_state_machine_versions(stateMachineArn=arn, maxResults=2)
    rest = states.list_state_machine_versions(stateMachineArn=arn, nextToken=page["nextToken"])
    listed = [*page["stateMachineVersions"], *rest["stateMachineVersions"]]
    assert [each["stateMachineVersionArn"] for each in listed] == [fourth, two, one]
    assert set(listed[0]) == {"stateMachineVersionArn", "creationDate"}


def test_versions_of_nothing_are_refused(aws: Any, states: Any) -> None:
    missing = arn_of(aws, "stateMachine:none")
    for call in (states.publish_state_machine_version, states.list_state_machine_versions):
        assert refusal(call, stateMachineArn=missing)[0] == "StateMachineDoesNotExist"
        assert refusal(call, stateMachineArn="none")[0] == "InvalidArn"
        assert refusal(call, stateMachineArn=f"{missing}:1")[0] == "ValidationException"
    assert refusal(states.delete_state_machine_version, stateMachineVersionArn=missing)[0] == "ValidationException"
    assert refusal(states.delete_state_machine_version, stateMachineVersionArn="none")[0] == "InvalidArn"
    assert states.delete_state_machine_version(stateMachineVersionArn=f"{missing}:1")


def test_an_alias_is_made_shown_changed_listed_and_deleted(states: Any) -> None:
    arn = make(states, publish=True)
    states.update_state_machine(stateMachineArn=arn, definition=passing(2), publish=True)
    one, two = f"{arn}:1", f"{arn}:2"
    request = {"name": "prod", "description": "text", "routingConfiguration": route((one, 100))}
    made = states.create_state_machine_alias(**request)
    alias = made["stateMachineAliasArn"]
    assert alias == f"{arn}:prod"
    assert states.create_state_machine_alias(**request)["creationDate"] == made["creationDate"]
    assert refusal(states.create_state_machine_alias, **{**request, "description": "other"})[0] == "ConflictException"
    states.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=route((one, 90), (two, 10)))
    shown = states.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert (shown["name"], shown["description"]) == ("prod", "text")
    assert shown["routingConfiguration"] == route((one, 90), (two, 10))
    assert shown["creationDate"] <= shown["updateDate"]
    assert states.describe_state_machine(stateMachineArn=alias)["stateMachineArn"] == alias
    states.create_state_machine_alias(name="test", routingConfiguration=route((two, 100)))

    def listed(of: str, **more: Any) -> list[str]:
        found = states.list_state_machine_aliases(stateMachineArn=of, **more)["stateMachineAliases"]
        return [each["stateMachineAliasArn"].rpartition(":")[2] for each in found]

    assert (listed(arn), listed(one), listed(two)) == (["prod", "test"], ["prod"], ["prod", "test"])
    token = states.list_state_machine_aliases(stateMachineArn=arn, maxResults=1)["nextToken"]
    assert listed(arn, nextToken=token) == ["test"]
    code, message = refusal(states.delete_state_machine_version, stateMachineVersionArn=two)
    assert (code, message) == (
        "ConflictException",
        "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version:"
        " [prod, test]",
    )
    states.delete_state_machine_alias(stateMachineAliasArn=alias)
    assert listed(arn) == ["test"]
    for call in (states.delete_state_machine_alias, states.describe_state_machine_alias):
        assert refusal(call, stateMachineAliasArn=alias) == ("ResourceNotFound", f"Resource not found: '{alias}'")
        assert refusal(call, stateMachineAliasArn=arn)[0] == "InvalidArn"


def test_routing_that_cannot_be_is_refused(states: Any) -> None:
    arn, other = make(states, publish=True), make(states, "other", publish=True)
    states.update_state_machine(stateMachineArn=arn, definition=passing(2), publish=True)
    one, two = f"{arn}:1", f"{arn}:2"
    for routing, code in (
        (route((one, 50), (two, 40)), "ValidationException"),
        (route((one, 50), (one, 50)), "ValidationException"),
        (route((one, 50), (f"{other}:1", 50)), "ValidationException"),
        (route((arn, 100)), "ValidationException"),
        (route((f"{arn}:9", 100)), "ResourceNotFound"),
        (route(("one", 100)), "InvalidArn"),
        (route((one, 101)), "ValidationException"),
    ):
        assert refusal(states.create_state_machine_alias, name="a", routingConfiguration=routing)[0] == code
    assert refusal(states.create_state_machine_alias, name="1", routingConfiguration=route((one, 100)))[0] == (
        "ValidationException"
    )
    states.create_state_machine_alias(name="a", routingConfiguration=route((one, 100)))
    update = states.update_state_machine_alias
    assert refusal(update, stateMachineAliasArn=f"{arn}:a")[0] == "ValidationException"
    foreign = route((f"{other}:1", 100))
    assert refusal(update, stateMachineAliasArn=f"{arn}:a", routingConfiguration=foreign)[0] == "ValidationException"
    assert refusal(update, stateMachineAliasArn=f"{arn}:b", description="x")[0] == "ResourceNotFound"
    assert refusal(states.list_state_machine_aliases, stateMachineArn=f"{arn}:a")[0] == "ValidationException"

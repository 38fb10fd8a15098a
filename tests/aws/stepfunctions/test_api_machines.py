"""State machines: made, shown, changed, listed, tagged, deleted, and refused."""

import json
from typing import Any

import pytest

from queues import refusal

ROLE = "arn:aws:iam::123456789012:role/states"


def passing(result: Any = 1, **members: Any) -> str:
    """The definition of a machine that answers `result`."""
    return json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": result, "End": True}}, **members})


@pytest.fixture
def states(aws: Any) -> Any:
    return aws.client("stepfunctions")


def make(states: Any, name: str = "machine", **members: Any) -> str:
    request = {"name": name, "definition": passing(), "roleArn": ROLE, **members}
    return str(states.create_state_machine(**request)["stateMachineArn"])


def arn_of(aws: Any, resource: str) -> str:
    return f"arn:aws:states:{aws.region}:{aws.account}:{resource}"


def test_a_machine_is_shown_with_what_it_was_made_with_and_defaults(aws: Any, states: Any) -> None:
    made = states.create_state_machine(name="machine", definition=passing(), roleArn=ROLE)
    assert made["stateMachineArn"] == arn_of(aws, "stateMachine:machine")
    shown = states.describe_state_machine(stateMachineArn=made["stateMachineArn"])
    del shown["ResponseMetadata"]
    assert shown == {
        "stateMachineArn": made["stateMachineArn"],
        "name": "machine",
        "status": "ACTIVE",
        "definition": passing(),
        "roleArn": ROLE,
        "type": "STANDARD",
        "creationDate": made["creationDate"],
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
        "tracingConfiguration": {"enabled": False},
    }


def test_all_members_are_kept(aws: Any, states: Any) -> None:
    aws.client("logs").create_log_group(logGroupName="/machines")
    group = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:/machines:*"
    members: dict[str, Any] = {
        "type": "EXPRESS",
        "loggingConfiguration": {
            "level": "ALL",
            "includeExecutionData": True,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
        },
        "tracingConfiguration": {"enabled": True},
        "encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/key"},
    }
    arn = make(states, tags=[{"key": "k", "value": "v"}], **members)
    shown = states.describe_state_machine(stateMachineArn=arn)
    members["encryptionConfiguration"]["kmsDataKeyReusePeriodSeconds"] = 300
    assert {name: shown[name] for name in members} == members
    assert states.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY")["definition"] == "{}"
    assert states.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "k", "value": "v"}]


def test_variables_are_told_by_the_states_that_refer_to_them(states: Any) -> None:
    definition = {
        "StartAt": "A",
        "States": {
            "A": {
                "Type": "Pass",
                "QueryLanguage": "JSONata",
                "Assign": {"x": 1, "y": "{% $states.input.y %}"},
                "Next": "B",
            },
            "B": {
                "Type": "Pass",
                "QueryLanguage": "JSONata",
                "Output": "{% ($z := $sum([$x, $y]); $z * 2) %}",
                "Next": "C",
            },
            "C": {
                "Type": "Pass",
                "Parameters": {"a.$": "States.Format('$no {}', $x.inner)", "b": "$y"},
                "End": True,
            },
        },
    }
    arn = make(states, definition=json.dumps(definition))
    shown = states.describe_state_machine(stateMachineArn=arn)
    assert shown["variableReferences"] == {"B": ["x", "y"], "C": ["x"]}


def test_the_same_request_again_is_answered_as_the_first(states: Any) -> None:
    first = make(states, tags=[{"key": "k", "value": "v"}])
    assert make(states, roleArn=f"{ROLE}2", tags=[]) == first
    shown = states.describe_state_machine(stateMachineArn=first)
    assert shown["roleArn"] == ROLE
    assert states.list_tags_for_resource(resourceArn=first)["tags"] == [{"key": "k", "value": "v"}]
    for different in (
        {"definition": passing(2)},
        {"definition": passing() + " "},
        {"type": "EXPRESS"},
        {"tracingConfiguration": {"enabled": True}},
        {"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}},
        {"publish": True},
    ):
        request = {"name": "machine", "definition": passing(), "roleArn": ROLE, **different}
        assert refusal(states.create_state_machine, **request) == (
            "StateMachineAlreadyExists",
            f"State Machine Already Exists: '{first}'",
        )


def test_what_a_machine_may_not_be_is_refused(aws: Any, states: Any) -> None:
    def refused(**members: Any) -> tuple[str, str]:
        request = {"name": "machine", "definition": passing(), "roleArn": ROLE, **members}
        code, message = refusal(states.create_state_machine, **request)
        return code, message

    assert refused(name="a b") == ("InvalidName", "Invalid Name: 'a b'")
    assert refused(roleArn="role") == ("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: role'")
    assert refused(roleArn="arn:aws:sqs:us-east-1:123456789012:q")[0] == "InvalidArn"
    code, message = refused(definition="{}")
    assert code == "InvalidDefinition"
    assert message.startswith("Invalid State Machine Definition: '")
    assert refused(versionDescription="text") == (
        "ValidationException",
        "Version description can only be set when publish is true",
    )
    group = {"logGroupArn": f"arn:aws:logs:{aws.region}:{aws.account}:log-group:none:*"}
    plain = {"logGroupArn": f"arn:aws:logs:{aws.region}:{aws.account}:log-group:none"}
    for destinations, message in (
        ([], "Must specify exactly one Log Destination."),
        ([{"cloudWatchLogsLogGroup": group}] * 2, "Must specify exactly one Log Destination."),
        ([{"cloudWatchLogsLogGroup": plain}], "Log Group ARN must be provided with '*' qualifier."),
        ([{"cloudWatchLogsLogGroup": {"logGroupArn": "group"}}], "Log Group ARN is not valid."),
        (
            [{"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:r:1:log-group:a b:*"}}],
            "Log Group ARN is not valid.",
        ),
        ([{"cloudWatchLogsLogGroup": group}], "The CloudWatch Logs log group does not exist."),
    ):
        code, found = refused(loggingConfiguration={"level": "ERROR", "destinations": destinations})
        assert (code, found) == ("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {message}")
    assert refused(encryptionConfiguration={"type": "CUSTOMER_MANAGED_KMS_KEY"})[0] == "InvalidEncryptionConfiguration"
    assert refused(encryptionConfiguration={"type": "AWS_OWNED_KEY", "kmsKeyId": "k"})[0] == (
        "InvalidEncryptionConfiguration"
    )
    many = [{"key": str(number), "value": ""} for number in range(51)]
    assert refused(tags=many)[0] == "TooManyTags"
    assert refused(tags=[{"key": "aws:k", "value": ""}])[0] == "ValidationException"
    assert refused(type="OTHER")[0] == "ValidationException"
    assert states.list_state_machines()["stateMachines"] == []


def test_an_update_makes_a_revision_when_something_is_different(states: Any) -> None:
    arn = make(states)
    first = states.update_state_machine(stateMachineArn=arn, definition=passing(2))
    again = states.update_state_machine(stateMachineArn=arn, definition=passing(2))
    assert again["revisionId"] == first["revisionId"]
    second = states.update_state_machine(stateMachineArn=arn, tracingConfiguration={"enabled": True})
    assert second["revisionId"] != first["revisionId"]
    other = states.update_state_machine(
        stateMachineArn=arn, roleArn=f"{ROLE}2", loggingConfiguration={"level": "OFF", "includeExecutionData": True}
    )
    shown = states.describe_state_machine(stateMachineArn=arn)
    assert (shown["definition"], shown["roleArn"]) == (passing(2), f"{ROLE}2")
    assert shown["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": True}
    assert (shown["revisionId"], shown["tracingConfiguration"]) == (other["revisionId"], {"enabled": True})


def test_an_update_is_refused_like_a_new_machine(aws: Any, states: Any) -> None:
    arn = make(states)
    update = states.update_state_machine
    assert refusal(update, stateMachineArn=arn) == (
        "MissingRequiredParameter",
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
    )
    assert refusal(update, stateMachineArn=arn, definition="no")[0] == "InvalidDefinition"
    assert refusal(update, stateMachineArn=arn, roleArn="no")[0] == "InvalidArn"
    assert refusal(update, stateMachineArn=arn, loggingConfiguration={"level": "ALL"})[0] == (
        "InvalidLoggingConfiguration"
    )
    assert refusal(update, stateMachineArn=f"{arn}:1", roleArn=ROLE)[0] == "ValidationException"
    code, _ = refusal(update, stateMachineArn=f"{arn}/label", roleArn=ROLE)
    assert code == "ValidationException"
    missing = arn_of(aws, "stateMachine:missing")
    assert refusal(update, stateMachineArn=missing, roleArn=ROLE) == (
        "StateMachineDoesNotExist",
        f"State Machine Does Not Exist: '{missing}'",
    )


def test_arns_of_nothing_are_refused(aws: Any, states: Any) -> None:
    describe = states.describe_state_machine
    assert refusal(describe, stateMachineArn="machine") == (
        "InvalidArn",
        "Invalid Arn: 'Invalid ARN prefix: machine'",
    )
    assert refusal(describe, stateMachineArn=arn_of(aws, "execution:machine:one")) == (
        "InvalidArn",
        "Invalid Arn: 'Resource type not valid in this context: execution'",
    )
    for missing in (
        arn_of(aws, "stateMachine:none"),
        f"arn:aws:states:{aws.region}:999999999999:stateMachine:none",
        f"{make(states)}:1",
        f"{make(states)}:alias",
    ):
        assert refusal(describe, stateMachineArn=missing) == (
            "StateMachineDoesNotExist",
            f"State Machine Does Not Exist: '{missing}'",
        )


def test_machines_are_listed_by_pages(aws: Any, states: Any) -> None:
    for name in ("b", "c", "a"):
        make(states, name)
    pages = list(states.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2}))
    listed = [machine for page in pages for machine in page["stateMachines"]]
    assert [len(page["stateMachines"]) for page in pages] == [2, 1]
    assert [machine["name"] for machine in listed] == ["a", "b", "c"]
    assert set(listed[0]) == {"stateMachineArn", "name", "type", "creationDate"}
    assert len(states.list_state_machines(maxResults=0)["stateMachines"]) == 3
    assert refusal(states.list_state_machines, nextToken="no") == ("InvalidToken", "Invalid Token: 'Invalid token'")
    assert refusal(states.list_state_machines, maxResults=1001)[0] == "ValidationException"


def test_tags_are_put_changed_and_taken_away(aws: Any, states: Any) -> None:
    arn = make(states)
    states.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    states.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "3"}])
    states.untag_resource(resourceArn=arn, tagKeys=["b", "c"])
    assert states.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "3"}]
    many = [{"key": str(number), "value": ""} for number in range(50)]
    assert refusal(states.tag_resource, resourceArn=arn, tags=many)[0] == "TooManyTags"
    missing = arn_of(aws, "stateMachine:none")
    calls: tuple[tuple[Any, dict[str, Any]], ...] = (
        (states.tag_resource, {"tags": []}),
        (states.untag_resource, {"tagKeys": []}),
        (states.list_tags_for_resource, {}),
    )
    for call, more in calls:
        assert refusal(call, resourceArn=missing, **more) == ("ResourceNotFound", f"Resource not found: '{missing}'")
        assert refusal(call, resourceArn="no", **more)[0] == "InvalidArn"


def test_a_machine_without_executions_is_gone_at_once(aws: Any, states: Any) -> None:
    arn = make(states, publish=True)
    states.create_state_machine_alias(
        name="prod", routingConfiguration=[{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    )
    assert refusal(states.delete_state_machine, stateMachineArn=f"{arn}:1")[0] == "ValidationException"
    states.delete_state_machine(stateMachineArn=arn)
    states.delete_state_machine(stateMachineArn=arn)
    assert refusal(states.describe_state_machine, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"
    assert make(states) == arn
    assert states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] == []
    assert states.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"] == []

"""AWS::StepFunctions::StateMachine."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.stepfunctions.errors import StateMachineDoesNotExist
from serein.services.stepfunctions.machines import INITIAL
from serein.services.stepfunctions.resources.definitions import definition_of
from serein.services.stepfunctions.resources.tagging import encryption_of, retag, tags_of

_LONGEST_NAME = 80


@resource("AWS::StepFunctions::StateMachine")
class StateMachineResource:
    """Ref answers the ARN."""

    properties = frozenset(
        {
            "Definition",
            "DefinitionS3Location",
            "DefinitionString",
            "DefinitionSubstitutions",
            "EncryptionConfiguration",
            "LoggingConfiguration",
            "RoleArn",
            "StateMachineName",
            "StateMachineType",
            "Tags",
            "TracingConfiguration",
        }
    )
    replaced_by = frozenset({"StateMachineName", "StateMachineType"})
    stored = frozenset({"EncryptionConfiguration", "TracingConfiguration"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("StateMachineName") or deployment.physical_name(_LONGEST_NAME)
        return await _create(deployment, name, properties)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request: dict[str, Any] = {
            "stateMachineArn": physical_id,
            "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
            "tracingConfiguration": {"enabled": False},
            **({"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}} if old.get("EncryptionConfiguration") else {}),
            **await _configuration(deployment, new),
        }
        try:
            await deployment.call("stepfunctions", "UpdateStateMachine", request)
        except StateMachineDoesNotExist:
            # Why: a stack may be older than the type, which was only recorded then.
            return await _create(deployment, physical_id.rpartition(":")[2], new)
        await retag(deployment, physical_id, old, new)
        shown = await deployment.call("stepfunctions", "DescribeStateMachine", {"stateMachineArn": physical_id})
        return _made(physical_id, shown.get("revisionId", INITIAL))

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await deployment.call("stepfunctions", "DeleteStateMachine", {"stateMachineArn": physical_id})


async def _create(deployment: Deployment, name: str, properties: Properties) -> Made:
    request = {
        "name": name,
        "type": properties.get("StateMachineType", "STANDARD"),
        "tags": tags_of(deployment, properties),
        **await _configuration(deployment, properties),
    }
    arn = (await deployment.call("stepfunctions", "CreateStateMachine", request))["stateMachineArn"]
    return _made(arn, INITIAL)


async def _configuration(deployment: Deployment, properties: Properties) -> dict[str, Any]:
    request = {
        "definition": await definition_of(deployment, properties),
        "roleArn": properties["RoleArn"],
        **encryption_of(properties),
    }
    if "LoggingConfiguration" in properties:
        request["loggingConfiguration"] = _logging(properties["LoggingConfiguration"])
    if "TracingConfiguration" in properties:
        request["tracingConfiguration"] = {"enabled": _flag(properties["TracingConfiguration"].get("Enabled"))}
    return request


def _logging(given: dict[str, Any]) -> dict[str, Any]:
    logging: dict[str, Any] = {
        "level": given.get("Level", "OFF"),
        "includeExecutionData": _flag(given.get("IncludeExecutionData")),
    }
    if given.get("Destinations"):
        arns = [(each.get("CloudWatchLogsLogGroup") or {}).get("LogGroupArn") for each in given["Destinations"]]
        logging["destinations"] = [
            {"cloudWatchLogsLogGroup": {"logGroupArn": arn} if arn is not None else {}} for arn in arns
        ]
    return logging


def _flag(value: Any) -> bool:
    """Templates may have flags as text."""
    return value is True or str(value).lower() == "true"


def _made(arn: str, revision_id: str) -> Made:
    return Made(arn, {"Arn": arn, "Name": arn.rpartition(":")[2], "StateMachineRevisionId": revision_id})

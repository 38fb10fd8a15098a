"""State machines, their versions and aliases, and activities, as they are."""

from typing import Any

from serein.kernel.resource import Properties
from serein.services.cloudformation.live.looking import LiveType, Look, own_tags, picked, with_tags

_SERVICE = "stepfunctions"
_TOKENS = ("nextToken", "nextToken")


async def _machine(look: Look, arn: str) -> Properties | None:
    found = await look.find(_SERVICE, "DescribeStateMachine", {"stateMachineArn": arn})
    if found is None:
        return None
    properties: Properties = {
        "DefinitionString": found["definition"],
        "RoleArn": found["roleArn"],
        "StateMachineName": found["name"],
        "StateMachineType": found["type"],
        "TracingConfiguration": {"Enabled": found["tracingConfiguration"]["enabled"]},
        "LoggingConfiguration": _logging(found["loggingConfiguration"]),
    }
    return with_tags(properties, await _tags(look, arn))


def _logging(found: dict[str, Any]) -> dict[str, Any]:
    logging = {"Level": found["level"], "IncludeExecutionData": found["includeExecutionData"]}
    arns = [each["cloudWatchLogsLogGroup"]["logGroupArn"] for each in found.get("destinations") or ()]
    destinations = [{"CloudWatchLogsLogGroup": {"LogGroupArn": arn}} for arn in arns]
    return {**logging, "Destinations": destinations} if destinations else logging


async def _machines(look: Look) -> list[str]:
    found = await look.all(_SERVICE, "ListStateMachines", "stateMachines", _TOKENS)
    return [each["stateMachineArn"] for each in found]


async def _version(look: Look, arn: str) -> Properties | None:
    found = await look.find(_SERVICE, "DescribeStateMachine", {"stateMachineArn": arn})
    if found is None:
        return None
    machine = {"StateMachineArn": arn.rpartition(":")[0]}
    return {**machine, **({"Description": found["description"]} if found.get("description") else {})}


async def _alias(look: Look, arn: str) -> Properties | None:
    found = await look.find(_SERVICE, "DescribeStateMachineAlias", {"stateMachineAliasArn": arn})
    if found is None:
        return None
    routing = [
        {"StateMachineVersionArn": route["stateMachineVersionArn"], "Weight": route["weight"]}
        for route in found["routingConfiguration"]
    ]
    return {"Name": found["name"], "RoutingConfiguration": routing, **_described(picked(found, ("description",)))}


def _described(found: Properties) -> Properties:
    return {"Description": found["description"]} if found else {}


async def _activity(look: Look, arn: str) -> Properties | None:
    found = await look.find(_SERVICE, "DescribeActivity", {"activityArn": arn})
    return None if found is None else with_tags({"Name": found["name"]}, await _tags(look, arn))


async def _activities(look: Look) -> list[str]:
    found = await look.all(_SERVICE, "ListActivities", "activities", _TOKENS)
    return [each["activityArn"] for each in found]


async def _tags(look: Look, arn: str) -> list[dict[str, str]]:
    reply = await look.call(_SERVICE, "ListTagsForResource", {"resourceArn": arn})
    return own_tags([{"Key": tag["key"], "Value": tag["value"]} for tag in reply["tags"]])


_COMPARED = ("LoggingConfiguration", "RoleArn", "StateMachineName", "StateMachineType", "Tags", "TracingConfiguration")
# Why not the definition: a template has it before its substitutions are made, or in a file.
TYPES = (
    LiveType("AWS::StepFunctions::StateMachine", frozenset(_COMPARED), _machine, _machines),
    LiveType("AWS::StepFunctions::StateMachineVersion", frozenset({"Description", "StateMachineArn"}), _version),
    LiveType(
        "AWS::StepFunctions::StateMachineAlias", frozenset({"Description", "Name", "RoutingConfiguration"}), _alias
    ),
    LiveType("AWS::StepFunctions::Activity", frozenset({"Name", "Tags"}), _activity, _activities),
)

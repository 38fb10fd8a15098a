"""AWS::StepFunctions::StateMachineAlias."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.stepfunctions.errors import ResourceNotFound, ValidationException
from serein.services.stepfunctions.resources.shifting import ALL_AT_ONCE, parse_preference, routing_to, shift

_LONGEST_NAME = 80


@resource("AWS::StepFunctions::StateMachineAlias")
class StateMachineAliasResource:
    """Ref answers the ARN."""

    properties = frozenset({"DeploymentPreference", "Description", "Name", "RoutingConfiguration", "StateMachineArn"})
    replaced_by = frozenset({"Name"})
    stored = frozenset({"StateMachineArn"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        """AWS: a new alias gets all of its traffic at once, whatever is preferred."""
        request = {
            "name": properties.get("Name") or deployment.physical_name(_LONGEST_NAME),
            "routingConfiguration": _routing(properties),
            **_description(properties),
        }
        made = await deployment.call("stepfunctions", "CreateStateMachineAlias", request)
        return _made(made["stateMachineAliasArn"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        routing = _routing(new)
        preference = parse_preference(new)
        if preference is not None and preference.type != ALL_AT_ONCE and not deployment.is_taken_back:
            await shift(deployment, physical_id, _routing(old), preference)
        request = {
            "stateMachineAliasArn": physical_id,
            "routingConfiguration": routing,
            "description": new.get("Description", ""),
        }
        await deployment.call("stepfunctions", "UpdateStateMachineAlias", request)
        return _made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("stepfunctions", "DeleteStateMachineAlias", {"stateMachineAliasArn": physical_id})
        except ResourceNotFound:
            return


def _routing(properties: Properties) -> list[dict[str, Any]]:
    """Where the alias leads in the end."""
    given, preference = properties.get("RoutingConfiguration"), parse_preference(properties)
    if (given is None) == (preference is None):
        raise ValidationException("Exactly one of RoutingConfiguration and DeploymentPreference must be specified")
    if preference is not None:
        return routing_to(preference.version_arn)
    return [
        {"stateMachineVersionArn": route["StateMachineVersionArn"], "weight": int(route["Weight"])}
        for route in given or ()
    ]


def _description(properties: Properties) -> dict[str, Any]:
    return {"description": properties["Description"]} if "Description" in properties else {}


def _made(arn: str) -> Made:
    return Made(arn, {"Arn": arn})

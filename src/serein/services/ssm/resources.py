"""Parameter Store's CloudFormation type, written as calls."""

from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.ssm.errors import ParameterNotFound, ValidationException

_PASSED = ("AllowedPattern", "DataType", "Description", "Policies", "Tier", "Type", "Value")


@resource("AWS::SSM::Parameter")
class ParameterResource:
    """Ref answers the parameter's name. SecureString is refused, as CloudFormation does."""

    properties = frozenset({*_PASSED, "Name", "Tags"})
    replaced_by = frozenset({"Name"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("Name") or deployment.physical_name(512)
        if properties.get("Type") == "SecureString":
            raise ValidationException("#/Type: SecureString is not a valid enum value")
        # AWS: tags of the service's own, `aws:cloudformation:…`, are not put on parameters.
        own = {key: value for key, value in deployment.tags.items() if not key.startswith("aws:")}
        tags = own | dict(properties.get("Tags") or {})
        await deployment.call(
            "ssm",
            "PutParameter",
            {**_request(name, properties), "Tags": [{"Key": key, "Value": str(value)} for key, value in tags.items()]},
        )
        return _made(deployment, name, properties)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await deployment.call("ssm", "PutParameter", {**_request(physical_id, new), "Overwrite": True})
        before, after = dict(old.get("Tags") or {}), dict(new.get("Tags") or {})
        target = {"ResourceType": "Parameter", "ResourceId": physical_id}
        if gone := [key for key in before if key not in after]:
            await deployment.call("ssm", "RemoveTagsFromResource", {**target, "TagKeys": gone})
        if after:
            tags = [{"Key": key, "Value": str(value)} for key, value in after.items()]
            await deployment.call("ssm", "AddTagsToResource", {**target, "Tags": tags})
        return _made(deployment, physical_id, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("ssm", "DeleteParameter", {"Name": physical_id})
        except ParameterNotFound:
            return


def _request(name: str, properties: Properties) -> dict[str, Any]:
    return {"Name": name, **{member: str(properties[member]) for member in _PASSED if member in properties}}


def _made(deployment: Deployment, name: str, properties: Properties) -> Made:
    arn = arn_of("ssm", deployment.scope, f"parameter/{name.removeprefix('/')}")
    return Made(name, {"Arn": arn, "Type": properties.get("Type"), "Value": str(properties.get("Value"))})

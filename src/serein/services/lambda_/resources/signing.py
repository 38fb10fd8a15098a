"""AWS::Lambda::CodeSigningConfig."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.lambda_.errors import ResourceNotFoundException
from serein.services.lambda_.resources.values import retag, tags_of

_MEMBERS = ("AllowedPublishers", "CodeSigningPolicies", "Description")


@resource("AWS::Lambda::CodeSigningConfig")
class CodeSigningConfigResource:
    """A code signing configuration; Ref is its ARN."""

    replaced_by: frozenset[str] = frozenset()
    stored = frozenset({"AllowedPublishers", "CodeSigningPolicies"})
    properties = frozenset({*_MEMBERS, "Tags"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {key: properties[key] for key in _MEMBERS if key in properties}
        request["Tags"] = tags_of(deployment, properties)
        return _made(await deployment.call("lambda", "CreateCodeSigningConfig", request))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request: dict[str, Any] = {
            "Description": "",
            "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Warn"},
            **{key: new[key] for key in _MEMBERS if key in new},
            "CodeSigningConfigArn": physical_id,
        }
        reply = await deployment.call("lambda", "UpdateCodeSigningConfig", request)
        await retag(deployment, physical_id, old, new)
        return _made(reply)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("lambda", "DeleteCodeSigningConfig", {"CodeSigningConfigArn": physical_id})
        except ResourceNotFoundException:
            return


def _made(reply: dict[str, Any]) -> Made:
    config = reply["CodeSigningConfig"]
    members = ("CodeSigningConfigArn", "CodeSigningConfigId")
    return Made(config["CodeSigningConfigArn"], {member: config[member] for member in members})

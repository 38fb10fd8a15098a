"""AWS::StepFunctions::Activity."""

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.stepfunctions.resources.tagging import encryption_of, retag, tags_of


@resource("AWS::StepFunctions::Activity")
class ActivityResource:
    """Ref answers the ARN."""

    properties = frozenset({"EncryptionConfiguration", "Name", "Tags"})
    replaced_by = frozenset({"EncryptionConfiguration", "Name"})
    stored = frozenset({"EncryptionConfiguration"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {
            "name": properties["Name"],
            "tags": tags_of(deployment, properties),
            **encryption_of(properties),
        }
        made = await deployment.call("stepfunctions", "CreateActivity", request)
        return _made(made["activityArn"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await retag(deployment, physical_id, old, new)
        return _made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await deployment.call("stepfunctions", "DeleteActivity", {"activityArn": physical_id})


def _made(arn: str) -> Made:
    return Made(arn, {"Arn": arn, "Name": arn.rpartition(":")[2]})

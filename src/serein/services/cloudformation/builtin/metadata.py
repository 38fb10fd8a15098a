"""AWS::CDK::Metadata: what the CDK tells AWS of itself. It has no effect on AWS either."""

from serein.kernel.resource import Deployment, Made, Properties


class MetadataType:
    properties = frozenset({"Analytics", "Modules"})
    replaced_by: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = deployment.physical_name(128)
        return Made(name, {"Id": name})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        return None

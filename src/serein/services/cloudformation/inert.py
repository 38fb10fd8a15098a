"""Resources of types that AWS has and Serein doesn't: recorded, so that the rest of an application deploys.

Ref and GetAtt answer what AWS's schema says the type has, with made-up but stable values. A deployment lists every
such resource.
"""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties


class InertType:
    """Keeps a resource's properties and does nothing."""

    stored: frozenset[str] = frozenset()

    def __init__(
        self,
        type_name: str,
        identifier: tuple[str, ...],
        attributes: frozenset[str],
        properties: frozenset[str],
        replaced_by: frozenset[str],
    ) -> None:
        self.type_name = type_name
        self.properties = properties
        self.replaced_by = replaced_by
        self._identifier = identifier
        self._attributes = attributes

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        return self._made(deployment, deployment.physical_name(64), properties)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        made = self._made(deployment, physical_id, new)
        return Made(physical_id, made.attributes)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        return None

    def _made(self, deployment: Deployment, name: str, properties: Properties) -> Made:
        arn = self._arn(deployment, name)
        attributes: dict[str, Any] = {key: value for key, value in properties.items() if isinstance(value, str)}
        for attribute in self._attributes:
            attributes[attribute] = arn if attribute.endswith("Arn") else name
        first = self._identifier[0] if self._identifier else ""
        return Made(str(attributes.get(first, name)), attributes)

    def _arn(self, deployment: Deployment, name: str) -> str:
        service, kind = [part.lower() for part in self.type_name.split("::")[1:3]]
        scope = deployment.scope
        return f"arn:{scope.partition}:{service}:{scope.region}:{scope.account}:{kind}/{name}"

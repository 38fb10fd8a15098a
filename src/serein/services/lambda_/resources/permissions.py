"""AWS::Lambda::Permission."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.lambda_.errors import ResourceNotFoundException

_MEMBERS = (
    "Action",
    "EventSourceToken",
    "FunctionName",
    "FunctionUrlAuthType",
    "InvokedViaFunctionUrl",
    "Principal",
    "PrincipalOrgID",
    "SourceAccount",
    "SourceArn",
)


@resource("AWS::Lambda::Permission")
class PermissionResource:
    """A statement of a function's policy; Ref is its id."""

    replaced_by = frozenset(_MEMBERS)
    stored: frozenset[str] = frozenset()
    properties = frozenset(_MEMBERS)

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        statement_id = deployment.physical_name(100)
        request: dict[str, Any] = {key: properties[key] for key in _MEMBERS if key in properties}
        await deployment.call("lambda", "AddPermission", request | {"StatementId": statement_id})
        return Made(statement_id, {"Id": statement_id})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"FunctionName": properties["FunctionName"], "StatementId": physical_id}
        try:
            await deployment.call("lambda", "RemovePermission", request)
        except ResourceNotFoundException:
            return

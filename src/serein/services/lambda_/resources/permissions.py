"""AWS::Lambda::Permission and AWS::Lambda::ResourcePolicy."""

import json
from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.lambda_.errors import ResourceNotFoundException
from serein.services.lambda_.resources.values import flag_of

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
        request["Principal"] = str(request["Principal"])
        if "InvokedViaFunctionUrl" in request:
            request["InvokedViaFunctionUrl"] = flag_of(request["InvokedViaFunctionUrl"])
        if "SourceAccount" in request:
            request["SourceAccount"] = str(request["SourceAccount"])
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


@resource("AWS::Lambda::ResourcePolicy")
class ResourcePolicyResource:
    """A function's whole resource policy; Ref is the function's ARN."""

    replaced_by = frozenset({"ResourceArn"})
    stored: frozenset[str] = frozenset()
    properties = frozenset({"PolicyDocument", "ResourceArn"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        document, arn = properties["PolicyDocument"], properties["ResourceArn"]
        policy = document if isinstance(document, str) else json.dumps(document)
        await deployment.call("lambda", "PutResourcePolicy", {"ResourceArn": arn, "Policy": policy})
        return Made(arn)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("lambda", "DeleteResourcePolicy", {"ResourceArn": physical_id})
        except ResourceNotFoundException:
            return

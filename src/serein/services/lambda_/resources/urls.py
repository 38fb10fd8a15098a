"""AWS::Lambda::Url."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.lambda_.errors import ResourceNotFoundException

_SETTINGS = ("AuthType", "Cors", "InvokeMode")


@resource("AWS::Lambda::Url")
class UrlResource:
    """A function URL; Ref is the function's ARN."""

    replaced_by = frozenset({"TargetFunctionArn", "Qualifier"})
    stored: frozenset[str] = frozenset()
    properties = frozenset({*_SETTINGS, "Qualifier", "TargetFunctionArn"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        return _made(await deployment.call("lambda", "CreateFunctionUrlConfig", _request(properties)))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"Cors": {}, "InvokeMode": "BUFFERED"} | _request(new)
        return _made(await deployment.call("lambda", "UpdateFunctionUrlConfig", request))

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {key: value for key, value in _request(properties).items() if key not in _SETTINGS}
        try:
            await deployment.call("lambda", "DeleteFunctionUrlConfig", request)
        except ResourceNotFoundException:
            return


def _request(properties: Properties) -> dict[str, Any]:
    request: dict[str, Any] = {key: properties[key] for key in (*_SETTINGS, "Qualifier") if key in properties}
    request["FunctionName"] = properties["TargetFunctionArn"]
    if "Cors" in request:
        cors = dict(request["Cors"])
        if "MaxAge" in cors:
            cors["MaxAge"] = int(cors["MaxAge"])
        if "AllowCredentials" in cors:
            cors["AllowCredentials"] = str(cors["AllowCredentials"]).lower() == "true"
        request["Cors"] = cors
    return request


def _made(reply: dict[str, Any]) -> Made:
    return Made(reply["FunctionArn"], {"FunctionArn": reply["FunctionArn"], "FunctionUrl": reply["FunctionUrl"]})

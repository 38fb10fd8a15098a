"""AWS::Lambda::Function."""

from typing import Any

from serein.kernel.errors import NotImplementedHere
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.lambda_.errors import ResourceNotFoundException
from serein.services.lambda_.resources.inline_code import package_of
from serein.services.lambda_.resources.values import (
    flag_of,
    numbers_of,
    retag,
    tags_of,
    text_of,
    wait_until_settled,
)

_SETTINGS = (
    "Description",
    "DeadLetterConfig",
    "Environment",
    "EphemeralStorage",
    "FileSystemConfigs",
    "Handler",
    "ImageConfig",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "SnapStart",
    "Timeout",
    "TracingConfig",
    "VpcConfig",
    "CapacityProviderConfig",
    "DurableConfig",
)
_CREATE_ONLY = ("Architectures", "CodeSigningConfigArn", "PackageType", "TenancyConfig")
_EFFECTLESS = (
    "Architectures",
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "FunctionScalingConfig",
    "KmsKeyArn",
    "RuntimeManagementConfig",
    "TracingConfig",
    "VpcConfig",
)
_RENAMED = {"KmsKeyArn": "KMSKeyArn"}
_EMPTY: dict[str, Any] = {
    "Description": "",
    "DeadLetterConfig": {"TargetArn": ""},
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "KmsKeyArn": "",
    "Layers": [],
    "LoggingConfig": {"LogFormat": "Text"},
    "MemorySize": 128,
    "SnapStart": {"ApplyOn": "None"},
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
    "ImageConfig": {},
}
"""What a setting becomes when an update of a stack leaves it out."""
_NUMBERS = ("MemorySize", "Timeout")


@resource("AWS::Lambda::Function")
class FunctionResource:
    """A function; Ref is its name."""

    replaced_by = frozenset({"FunctionName", "PackageType", "TenancyConfig"})
    stored = frozenset(_EFFECTLESS)
    properties = frozenset(
        {
            "Code",
            "FunctionName",
            "PublishToLatestPublished",
            "FunctionScalingConfig",
            "RecursiveLoop",
            "ReservedConcurrentExecutions",
            "RuntimeManagementConfig",
            "Tags",
            *_SETTINGS,
            *_CREATE_ONLY,
        }
    )

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("FunctionName") or deployment.physical_name(64)
        if flag_of(properties.get("PublishToLatestPublished", False)):
            raise NotImplementedHere("Serein does not implement publishing to capacity providers")
        request = {
            "FunctionName": name,
            "Code": code_of(properties),
            "Tags": tags_of(deployment, properties),
            **_settings(properties),
            **{key: properties[key] for key in _CREATE_ONLY if key in properties},
        }
        reply = await deployment.call("lambda", "CreateFunction", request)
        await deployment.begun(name)
        await wait_until_settled(deployment, name)
        made = {key: properties[key] for key in _CREATE_ONLY if key in properties}
        await _set_extras(deployment, name, made, properties)
        return _made(reply, name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        named = {"FunctionName": physical_id}
        changed = {
            key: new.get(key, _EMPTY.get(key))
            for key in _SETTINGS
            if old.get(key) != new.get(key) and (key in new or key in _EMPTY)
        }
        if changed:
            await deployment.call("lambda", "UpdateFunctionConfiguration", named | _settings(changed))
            await wait_until_settled(deployment, physical_id)
        if old.get("Code") != new.get("Code") or old.get("Architectures") != new.get("Architectures"):
            request = named | code_of(new)
            if "Architectures" in new:
                request["Architectures"] = new["Architectures"]
            await deployment.call("lambda", "UpdateFunctionCode", request)
            await wait_until_settled(deployment, physical_id)
        await _set_extras(deployment, physical_id, old, new)
        reply = await deployment.call("lambda", "GetFunctionConfiguration", named)
        await retag(deployment, reply["FunctionArn"], old, new)
        return _made(reply, physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("lambda", "DeleteFunction", {"FunctionName": physical_id})
        except ResourceNotFoundException:
            return


def code_of(properties: Properties) -> dict[str, Any]:
    """`Code` as the API takes it: inline source becomes a package."""
    code: dict[str, Any] = dict(properties["Code"])
    if "ZipFile" in code:
        return {"ZipFile": package_of(code["ZipFile"], str(properties.get("Runtime", "")))}
    return code


def _settings(properties: Properties) -> dict[str, Any]:
    settings = {_RENAMED.get(key, key): properties[key] for key in _SETTINGS if key in properties}
    for key in _NUMBERS:
        if key in settings:
            settings[key] = int(settings[key])
    if "EphemeralStorage" in settings:
        settings["EphemeralStorage"] = numbers_of(settings["EphemeralStorage"], "Size")
    if durable := settings.get("DurableConfig"):
        settings["DurableConfig"] = {key: value if key == "KMSKeyArn" else int(value) for key, value in durable.items()}
    if "Ipv6AllowedForDualStack" in settings.get("VpcConfig", {}):
        vpc = settings["VpcConfig"]
        settings["VpcConfig"] = vpc | {"Ipv6AllowedForDualStack": flag_of(vpc["Ipv6AllowedForDualStack"])}
    variables = settings.get("Environment", {}).get("Variables")
    if variables:
        settings["Environment"] = {"Variables": {name: text_of(value) for name, value in variables.items()}}
    return settings


async def _set_extras(deployment: Deployment, name: str, old: Properties, new: Properties) -> None:
    """Set what has operations of its own."""
    reserved = new.get("ReservedConcurrentExecutions")
    if reserved is not None:
        request = {"FunctionName": name, "ReservedConcurrentExecutions": int(reserved)}
        await deployment.call("lambda", "PutFunctionConcurrency", request)
    elif "ReservedConcurrentExecutions" in old:
        await deployment.call("lambda", "DeleteFunctionConcurrency", {"FunctionName": name})
    if old.get("RuntimeManagementConfig") != new.get("RuntimeManagementConfig"):
        await _set_runtime_management(deployment, name, new.get("RuntimeManagementConfig"))
    signing = new.get("CodeSigningConfigArn")
    if "CodeSigningConfigArn" in old and signing is None:
        await deployment.call("lambda", "DeleteFunctionCodeSigningConfig", {"FunctionName": name})
    elif signing != old.get("CodeSigningConfigArn"):
        request = {"FunctionName": name, "CodeSigningConfigArn": signing}
        await deployment.call("lambda", "PutFunctionCodeSigningConfig", request)
    if old.get("RecursiveLoop") != new.get("RecursiveLoop"):
        request = {"FunctionName": name, "RecursiveLoop": new.get("RecursiveLoop", "Terminate")}
        await deployment.call("lambda", "PutFunctionRecursionConfig", request)


async def _set_runtime_management(deployment: Deployment, name: str, given: dict[str, Any] | None) -> None:
    given = given or {"UpdateRuntimeOn": "Auto"}
    request = {"FunctionName": name, "UpdateRuntimeOn": given["UpdateRuntimeOn"]}
    if "RuntimeVersionArn" in given:
        request["RuntimeVersionArn"] = given["RuntimeVersionArn"]
    await deployment.call("lambda", "PutRuntimeManagementConfig", request)


def _made(reply: dict[str, Any], name: str) -> Made:
    snap_start = reply.get("SnapStart", {})
    return Made(
        name,
        {
            "Arn": reply["FunctionArn"],
            "SnapStartResponse": snap_start,
            "SnapStartResponse.ApplyOn": snap_start.get("ApplyOn", "None"),
            "SnapStartResponse.OptimizationStatus": snap_start.get("OptimizationStatus", "Off"),
        },
    )

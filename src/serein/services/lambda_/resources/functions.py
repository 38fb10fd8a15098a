"""AWS::Lambda::Function."""

import io
import zipfile
from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.lambda_.errors import ResourceNotFoundException

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
}
"""What a setting becomes when an update of a stack leaves it out."""
_NUMBERS = ("MemorySize", "Timeout")


@resource("AWS::Lambda::Function")
class FunctionResource:
    """A function; Ref is its name."""

    replaced_by = frozenset({"FunctionName", "PackageType", "TenancyConfig"})
    stored = frozenset(
        {
            "VpcConfig",
            "KmsKeyArn",
            "TracingConfig",
            "SnapStart",
            "Architectures",
            "RecursiveLoop",
            "RuntimeManagementConfig",
        }
    )
    properties = frozenset(
        {
            "Code",
            "FunctionName",
            "PublishToLatestPublished",
            "FunctionScalingConfig",
            "RecursiveLoop",
            "ReservedConcurrentExecutions",
            "RuntimeManagementConfig",
            "SnapStartResponse",
            "Tags",
            *_SETTINGS,
            *_CREATE_ONLY,
        }
    )

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("FunctionName") or deployment.physical_name(64)
        request = {
            "FunctionName": name,
            "Code": code_of(properties),
            "Tags": _tags(deployment, properties),
            **_settings(properties),
            **{key: properties[key] for key in _CREATE_ONLY if key in properties},
        }
        reply = await deployment.call("lambda", "CreateFunction", request)
        try:
            await _set_extras(deployment, name, {}, properties)
        except BaseException:
            await self.delete(deployment, name, properties)
            raise
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
        if old.get("Code") != new.get("Code") or old.get("Architectures") != new.get("Architectures"):
            request = named | code_of(new)
            if "Architectures" in new:
                request["Architectures"] = new["Architectures"]
            await deployment.call("lambda", "UpdateFunctionCode", request)
        await _set_extras(deployment, physical_id, old, new)
        reply = await deployment.call("lambda", "GetFunctionConfiguration", named)
        await _retag(deployment, reply["FunctionArn"], old, new)
        return _made(reply, physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("lambda", "DeleteFunction", {"FunctionName": physical_id})
        except ResourceNotFoundException:
            return


def code_of(properties: Properties) -> dict[str, Any]:
    """`Code` as the API takes it: inline source becomes a package with one file, `index`."""
    code: dict[str, Any] = dict(properties["Code"])
    if "ZipFile" in code:
        runtime = str(properties.get("Runtime", ""))
        return {"ZipFile": _zip_of("index.py" if runtime.startswith("python") else "index.js", code["ZipFile"])}
    return code


def _zip_of(name: str, source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        # Why a fixed date: equal source makes equal packages.
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, source)
    return content.getvalue()


def _settings(properties: Properties) -> dict[str, Any]:
    settings = {_RENAMED.get(key, key): properties[key] for key in _SETTINGS if key in properties}
    for key in _NUMBERS:
        if key in settings:
            settings[key] = int(settings[key])
    if "EphemeralStorage" in settings:
        settings["EphemeralStorage"] = {"Size": int(settings["EphemeralStorage"]["Size"])}
    if durable := settings.get("DurableConfig"):
        settings["DurableConfig"] = {key: value if key == "KMSKeyArn" else int(value) for key, value in durable.items()}
    variables = settings.get("Environment", {}).get("Variables")
    if variables:
        settings["Environment"] = {"Variables": {name: _text(value) for name, value in variables.items()}}
    return settings


def _text(value: Any) -> str:
    """A value as CloudFormation writes it into a string: numbers plain, booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tags(deployment: Deployment, properties: Properties) -> dict[str, str]:
    return {**deployment.tags, **{tag["Key"]: _text(tag["Value"]) for tag in properties.get("Tags", [])}}


async def _retag(deployment: Deployment, arn: str, old: Properties, new: Properties) -> None:
    before, after = _tags(deployment, old), _tags(deployment, new)
    if gone := sorted(before.keys() - after.keys()):
        await deployment.call("lambda", "UntagResource", {"Resource": arn, "TagKeys": gone})
    if after:
        await deployment.call("lambda", "TagResource", {"Resource": arn, "Tags": after})


async def _set_extras(deployment: Deployment, name: str, old: Properties, new: Properties) -> None:
    """Set what has operations of its own."""
    reserved = new.get("ReservedConcurrentExecutions")
    if reserved is not None:
        request = {"FunctionName": name, "ReservedConcurrentExecutions": int(reserved)}
        await deployment.call("lambda", "PutFunctionConcurrency", request)
    elif "ReservedConcurrentExecutions" in old:
        await deployment.call("lambda", "DeleteFunctionConcurrency", {"FunctionName": name})
    if old.get("RecursiveLoop") != new.get("RecursiveLoop"):
        request = {"FunctionName": name, "RecursiveLoop": new.get("RecursiveLoop", "Terminate")}
        await deployment.call("lambda", "PutFunctionRecursionConfig", request)


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

"""Dynamic references: `{{resolve:service:…}}` in properties, resolved when a resource is made or changed.

What is kept of a resource is the reference, so that no secret is stored or shown, and a change is a changed reference.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from serein.kernel.errors import AwsError
from serein.services.cloudformation.errors import ResourceFailure, ValidationError
from serein.services.cloudformation.templates import Template

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]*)\}\}")
_SSM = re.compile(r"([a-zA-Z0-9_.\-/:]+?)(?::(\d+))?")
_MARK = "{{resolve:"
Calling = Callable[[str, str, dict[str, Any]], Awaitable[dict[str, Any]]]
_TAKES_SECURE = frozenset(
    {
        "AWS::DirectoryService::MicrosoftAD/Properties/Password",
        "AWS::DirectoryService::SimpleAD/Properties/Password",
        "AWS::ElastiCache::ReplicationGroup/Properties/AuthToken",
        "AWS::IAM::User/Properties/LoginProfile/Password",
        "AWS::KinesisFirehose::DeliveryStream/Properties/RedshiftDestinationConfiguration/Password",
        "AWS::OpsWorks::App/Properties/AppSource/Password",
        "AWS::OpsWorks::Stack/Properties/CustomCookbooksSource/Password",
        "AWS::OpsWorks::Stack/Properties/RdsDbInstances/DbPassword",
        "AWS::RDS::DBCluster/Properties/MasterUserPassword",
        "AWS::RDS::DBInstance/Properties/MasterUserPassword",
        "AWS::Redshift::Cluster/Properties/MasterUserPassword",
    }
)


def has_references(value: Any) -> bool:
    """Whether any text in the value holds a dynamic reference."""
    if isinstance(value, str):
        return _MARK in value
    if isinstance(value, dict):
        return any(has_references(member) for member in value.values())
    return isinstance(value, list) and any(has_references(member) for member in value)


def texts_in(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """(path, text) of every text that holds a dynamic reference."""
    if isinstance(value, str):
        if _MARK in value:
            yield path, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from texts_in(member, path if name.startswith("Fn::") else f"{path}/{name}")
    elif isinstance(value, list):
        for member in value:
            yield from texts_in(member, path)


def check_references(template: Template) -> list[str]:
    """Raise ValidationError for references where none may be; return the plain parameters that must exist."""
    names: dict[str, None] = {}
    refused: dict[str, None] = {}
    for definition in template["Resources"].values():
        for path, text in texts_in(definition.get("Properties", {}), f"{definition['Type']}/Properties"):
            for service, reference in _REFERENCE.findall(text):
                if service == "ssm-secure" and path not in _TAKES_SECURE:
                    refused[path] = None
                if service == "ssm" and "$" not in reference:
                    names[_ssm_name(service, reference)] = None
    if refused:
        raise ValidationError(f"SSM Secure reference is not supported in: [{','.join(refused)}]")
    return list(names)


async def resolved(call: Calling, value: Any, *, has_secrets: bool = True) -> Any:
    """The value with its references resolved; those to secrets only where they may be. Raises ResourceFailure."""
    if isinstance(value, str):
        return await _filled(call, value, has_secrets) if _MARK in value else value
    if isinstance(value, dict):
        return {name: await resolved(call, member, has_secrets=has_secrets) for name, member in value.items()}
    if isinstance(value, list):
        return [await resolved(call, member, has_secrets=has_secrets) for member in value]
    return value


async def _filled(call: Calling, text: str, has_secrets: bool) -> str:
    parts, end = [], 0
    for found in _REFERENCE.finditer(text):
        service, reference = found.groups()
        parts.append(text[end : found.start()])
        end = found.end()
        if service == "secretsmanager":
            parts.append(await _secret(call, reference) if has_secrets else found[0])
        elif service == "ssm" or has_secrets:
            parts.append(await _parameter(call, service, reference))
        else:
            parts.append(found[0])
    return "".join([*parts, text[end:]])


def _ssm_name(service: str, reference: str) -> str:
    found = _SSM.fullmatch(reference)
    if found is None:
        raise ValidationError(
            f"Incorrect format is used in the following SSM reference: [{{{{resolve:{service}:{reference}}}}}]"
        )
    return f"{found[1]}:{found[2]}" if found[2] else found[1]


async def _parameter(call: Calling, service: str, reference: str) -> str:
    try:
        name = _ssm_name(service, reference)
        reply = await call("ssm", "GetParameter", {"Name": name, "WithDecryption": service == "ssm-secure"})
    except ValidationError as error:
        raise ResourceFailure(error.message) from None
    except AwsError as error:
        if error.code in ("ParameterNotFound", "ParameterVersionNotFound"):
            raise ResourceFailure(f"Parameters: [{name}] cannot be found.") from None
        raise ResourceFailure(error.message) from None
    if service == "ssm" and reply["Parameter"]["Type"] == "SecureString":
        raise ResourceFailure(f"Parameters [{name}] referenced by template have types not supported by CloudFormation.")
    return str(reply["Parameter"]["Value"])


async def _secret(call: Calling, reference: str) -> str:
    parts = reference.split(":")
    taken = 7 if parts[0] == "arn" else 1
    secret_id, options = ":".join(parts[:taken]), [*parts[taken:], "", "", "", ""]
    member, key, stage, version = options[:4]
    if not secret_id or member not in ("", "SecretString") or len(parts) > taken + 4 or (stage and version):
        raise ResourceFailure(
            "Incorrect format is used in the following Secrets Manager reference:"
            f" [{{{{resolve:secretsmanager:{reference}}}}}]"
        )
    request = {"SecretId": secret_id}
    request |= {"VersionStage": stage} if stage else {}
    request |= {"VersionId": version} if version else {}
    try:
        reply = await call("secretsmanager", "GetSecretValue", request)
    except AwsError as error:
        raise ResourceFailure(f"{error.message} (Service: AWSSecretsManager; Error Code: {error.code})") from None
    return _member(str(reply.get("SecretString", "")), key)


def _member(text: str, key: str) -> str:
    if not key:
        return text
    try:
        content = json.loads(text)
    except ValueError:
        raise ResourceFailure("Could not parse SecretString JSON") from None
    if not isinstance(content, dict) or key not in content:
        raise ResourceFailure("Could not find a value associated with JSONKey in SecretString")
    value = content[key]
    return value if isinstance(value, str) else json.dumps(value)

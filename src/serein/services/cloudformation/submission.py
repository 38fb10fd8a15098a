"""From a request to a definition: the template is fetched, transformed and checked, its parameters are settled."""

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from serein.kernel.call import Call
from serein.kernel.errors import AwsError, NotImplementedHere, UnknownOperation
from serein.kernel.operation import Request
from serein.services.cloudformation import graph, parameters, types
from serein.services.cloudformation.errors import InsufficientCapabilitiesException, NotYetKnown, ValidationError
from serein.services.cloudformation.functions import Evaluation
from serein.services.cloudformation.parameters import Parameter
from serein.services.cloudformation.policies import check_policies, check_values
from serein.services.cloudformation.references import check_references
from serein.services.cloudformation.rules import check_rules
from serein.services.cloudformation.stacks import Definition, Stack
from serein.services.cloudformation.templates import Template, check_resources, parse_template, transforms_of
from serein.services.cloudformation.transforms import extensions
from serein.services.cloudformation.transforms.macros import has_snippets
from serein.services.cloudformation.transforms.pipeline import transformed

_LARGEST_BODY_BYTES = 51_200
_LARGEST_FETCHED_BYTES = 1_000_000
_BUCKET_HOST = re.compile(r"(?P<bucket>[a-z0-9.-]+?)\.s3[.-].*")
_IAM_TYPES = frozenset(
    f"AWS::IAM::{name}"
    for name in (
        "AccessKey",
        "Group",
        "GroupPolicy",
        "InstanceProfile",
        "ManagedPolicy",
        "Policy",
        "Role",
        "RolePolicy",
        "User",
        "UserPolicy",
        "UserToGroupAddition",
    )
)
_IAM_NAMES = frozenset({"GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName"})


@dataclass(frozen=True, slots=True)
class Target:
    """The stack that a definition is for, which may not exist yet."""

    name: str
    stack_id: str
    existing: Definition | None


async def submitted(call: Call, request: Request, target: Target, *, is_change_set: bool = False) -> Definition:
    """The definition that a CreateStack, UpdateStack or CreateChangeSet asks for. Raises ValidationError."""
    _refuse_unsupported(request)
    text = await template_text(call, request, target.existing)
    template = parse_template(text)
    previous = {name: it.value for name, it in target.existing.parameters.items()} if target.existing else None
    settled = parameters.settle(template, request.get("Parameters", []), previous)
    settled = await _resolve_ssm(call, settled, is_change_set=is_change_set)
    arns = _inherited(request, "NotificationARNs", target.existing.notification_arns if target.existing else [])
    evaluation = _static_evaluation(call, template, settled, target, arns)
    check_rules(template, evaluation)
    capabilities = request.get("Capabilities", [])
    if not is_change_set and (transforms_of(template) or has_snippets(template)):
        require_capabilities({"Resources": {}}, capabilities, has_macros=True)
    processed = await transformed(call, template, settled, evaluation, lambda url: fetch(call, url))
    check(call, processed)
    check_values(processed, _static_evaluation(call, processed, settled, target, arns))
    await _require_parameters(call, check_references(processed))
    _require_allowed_types(processed, request.get("ResourceTypes"))
    require_capabilities(processed, capabilities)
    tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]} if "Tags" in request else None
    return Definition(
        template_text=text,
        processed=processed,
        parameters=settled,
        tags=tags if tags is not None else (target.existing.tags if target.existing else {}),
        capabilities=capabilities,
        notification_arns=arns,
        role_arn=request.get("RoleARN", target.existing.role_arn if target.existing else ""),
    )


def _refuse_unsupported(request: Request) -> None:
    if request.get("DeploymentMode"):
        raise ValidationError("Serein does not support DeploymentMode: leave it out")


async def _require_parameters(call: Call, names: list[str]) -> None:
    """AWS: plain SSM parameters that a template names must exist before anything is made."""
    missing = []
    for name in names:
        try:
            await call.to("ssm", "GetParameter", {"Name": name})
        except AwsError as error:
            if error.code not in ("ParameterNotFound", "ParameterVersionNotFound"):
                raise
            missing.append(name)
    if missing:
        raise ValidationError(f"Parameters: [{', '.join(missing)}] cannot be found.")


def _require_allowed_types(processed: Template, allowed: list[str] | None) -> None:
    if allowed is None:
        return
    for definition in processed["Resources"].values():
        name = definition["Type"]
        if not any(name == it or (it.endswith("*") and name.startswith(it[:-1])) for it in allowed):
            raise ValidationError(f"Resource type {name} is not allowed by parameter ResourceTypes {allowed}")


def target_of(stack: Stack) -> Target:
    return Target(stack.name, stack.stack_id, stack.definition if stack.definition.template_text else None)


def _inherited(request: Request, member: str, previous: list[str]) -> list[str]:
    return list(request.get(member, previous))


async def template_text(call: Call, request: Request, existing: Definition | None) -> str:
    """The template as given: in the request, in S3, or as it was before."""
    if request.get("UsePreviousTemplate"):
        if existing is None:
            raise ValidationError("Previous template not found, please specify templateBody or templateUrl.")
        return existing.template_text
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    if body is not None and url is not None:
        raise ValidationError("You can't specify both TemplateBody and TemplateURL; only one is allowed.")
    if body is not None:
        if len(body.encode()) > _LARGEST_BODY_BYTES:
            raise ValidationError(
                f"1 validation error detected: Value '{body}' at 'templateBody' failed to satisfy constraint:"
                " Member must have length less than or equal to 51200"
            )
        return str(body)
    if url is None:
        raise ValidationError("Either Template URL or Template Body must be specified.")
    return await fetch(call, url)


async def fetch(call: Call, url: str) -> str:
    """The text of an object in S3, by an `s3://` or `https://` URL. Raises ValidationError in AWS's words."""
    bucket, key = _s3_location(call, url)
    try:
        reply = await call.to("s3", "GetObject", {"Bucket": bucket, "Key": key})
    except AwsError as error:
        raise ValidationError(f"S3 error: {error.message}") from None
    body = reply["Body"]
    content = body if isinstance(body, bytes) else b"".join([chunk async for chunk in body])
    if len(content) > _LARGEST_FETCHED_BYTES:
        raise ValidationError("Template may not exceed 1000000 bytes in size.")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ValidationError("Template format error: unsupported structure.") from None


def _s3_location(call: Call, url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    host, path = (parts.hostname or "").lower(), unquote(parts.path.lstrip("/"))
    if parts.scheme == "s3":
        return parts.netloc, path
    virtual = _BUCKET_HOST.fullmatch(host)
    if parts.scheme in ("http", "https") and virtual:
        return virtual["bucket"], path
    own = (urlsplit(call.platform.limits.endpoint).hostname, "localhost", "127.0.0.1")
    if parts.scheme in ("http", "https") and (host.startswith(("s3.", "s3-")) or host in own):
        bucket, _, key = path.partition("/")
        return bucket, key
    raise ValidationError("TemplateURL must be a supported URL.")


async def _resolve_ssm(call: Call, settled: dict[str, Parameter], *, is_change_set: bool) -> dict[str, Parameter]:
    found = dict(settled)
    for name, parameter in settled.items():
        if not parameter.type.startswith(parameters.SSM_PREFIX):
            continue
        if parameter.type == "AWS::SSM::Parameter::Name":
            continue
        if (image := parameters.find_image(parameter)) is not None:
            found[name] = replace(parameter, resolved=image)
            continue
        try:
            reply = await call.to("ssm", "GetParameter", {"Name": parameter.value})
        except (NotImplementedHere, UnknownOperation):
            raise ValidationError(
                f"Parameter {name} has the type {parameter.type}: Serein has no SSM parameters yet"
            ) from None
        except AwsError as error:
            if error.code == "ParameterNotFound":
                if is_change_set:
                    raise ValidationError(f"Parameter {name} should either have input value or default value") from None
                raise ValidationError(
                    f"Unable to fetch parameters [{parameter.value}] from parameter store for this account."
                ) from None
            raise
        found[name] = replace(parameter, resolved=reply["Parameter"]["Value"])
    return found


class _NoResources:
    """Before anything is made, no resource answers."""

    def reference(self, logical_id: str) -> Any:
        raise NotYetKnown(logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        raise NotYetKnown(logical_id)


def _static_evaluation(
    call: Call, template: Template, settled: dict[str, Parameter], target: Target, arns: list[str]
) -> Evaluation:
    values = {name: parameter.evaluated() for name, parameter in settled.items()}
    return Evaluation(
        parameters=values | parameters.pseudo_parameters(call.scope, target.name, target.stack_id, arns),
        mappings=template.get("Mappings", {}),
        conditions=template.get("Conditions", {}),
        resources=_NoResources(),
        has_extensions=extensions.NAME in transforms_of(template),
    )


def check(call: Call, processed: Template) -> None:
    """Raise ValidationError unless the processed template could be carried out."""
    if "Hooks" in processed:
        raise ValidationError("Serein does not run hooks: leave the template's section Hooks out")
    check_resources(processed)
    graph.check_conditions(processed)
    catalog = call.platform.catalog
    named = {definition["Type"] for definition in processed["Resources"].values()}
    unknown = sorted(name for name in named if not types.is_known(catalog, name))
    if unknown:
        raise ValidationError(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
    graph.dependencies(processed)
    check_policies(processed)


def iam_capabilities(processed: Template) -> list[str]:
    """The capabilities that a template's IAM resources need."""
    iam = [it for it in processed["Resources"].values() if it["Type"] in _IAM_TYPES]
    if any(
        it["Type"] != "AWS::IAM::AccessKey" and _IAM_NAMES & it.get("Properties", {}).keys() & _own_names(it["Type"])
        for it in iam
    ):
        return ["CAPABILITY_NAMED_IAM"]
    return ["CAPABILITY_IAM"] if iam else []


def _own_names(type_name: str) -> set[str]:
    return {f"{type_name.rpartition('::')[2]}Name"}


def require_capabilities(processed: Template, given: list[str], *, has_macros: bool = False) -> None:
    """Raise InsufficientCapabilitiesException when the template needs what wasn't acknowledged."""
    needed = iam_capabilities(processed)
    if needed == ["CAPABILITY_IAM"] and "CAPABILITY_NAMED_IAM" in given:
        needed = []
    if has_macros:
        needed = [*needed, "CAPABILITY_AUTO_EXPAND"]
    missing = [name for name in needed if name not in given]
    if missing:
        raise InsufficientCapabilitiesException(f"Requires capabilities : [{', '.join(missing)}]")

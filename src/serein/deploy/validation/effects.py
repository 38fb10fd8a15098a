"""What of a template has no effect here: types that are only recorded, and properties that are only kept."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from serein.deploy.causes import explained
from serein.deploy.errors import Problem
from serein.deploy.origins import Origins
from serein.deploy.packaging import is_local
from serein.deploy.templates import Template, parameter_values, resolved
from serein.deploy.validation.findings import Finding
from serein.kernel.operation import Catalog
from serein.runtime.runtimes import RuntimeUnavailable, require_family
from serein.services.cloudformation import types
from serein.services.cloudformation.inert import InertType

_SAM = "AWS::Serverless-2016-10-31"
_CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::GraphQLApi": "SchemaUri",
}
_UPLOADED, _UPLOADED_TEMPLATE = "s3://uploaded/file", "https://uploaded.s3.amazonaws.com/file"


def effect_findings(template: Template, given: Mapping[str, str], origins: Origins, region: str) -> Iterator[Finding]:
    """Warnings, and errors of SAM's transform."""
    if _SAM in _transforms(template):
        expanded = _expanded(template, given, region)
        if isinstance(expanded, str):
            yield Finding("error", explained(Problem(expanded), origins, dict))
            return
        template = expanded
    catalog = Catalog("serein.services")
    values = parameter_values(template, dict(given))
    for logical_id, resource in template["Resources"].items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        if not isinstance(kind, str) or not types.is_known(catalog, kind):
            continue
        properties = resource.get("Properties") or {}
        message, inner = _without_effect(kind, types.handler_of(catalog, kind), properties)
        if kind == "AWS::Lambda::Function" and not message:
            message, inner = _without_runtime(resolved(properties.get("Runtime"), values))
        if message:
            origin = origins.find((logical_id,), *inner)
            yield Finding("warning", Problem(message, logical_id, kind, origin.place if origin else None))


def _without_effect(kind: str, handler: Any, properties: Any) -> tuple[str, tuple[str, ...]]:
    if isinstance(handler, InertType):
        return f"Serein has no {kind} yet: the resource is recorded and does nothing", ()
    kept = sorted(handler.stored & set(properties if isinstance(properties, dict) else ()))
    if not kept:
        return "", ()
    return f"Serein keeps these properties without effect: {', '.join(kept)}", ("Properties", kept[0])


def _without_runtime(runtime: Any) -> tuple[str, tuple[str, ...]]:
    """Why functions with a runtime can't run on this machine; nothing for one that isn't known yet."""
    try:
        if isinstance(runtime, str):
            require_family(runtime)
    except RuntimeUnavailable as error:
        return error.message, ("Properties", "Runtime")
    return "", ()


def _expanded(template: Template, given: Mapping[str, str], region: str) -> Template | str:
    """The template after SAM's transform, or what the transform says against it."""
    # Why here: the translator takes half a second to import, and only SAM templates need it.
    from serein.services.cloudformation.transforms.translation import TransformFailed, translate

    prepared = copy.deepcopy(template)
    defaults = (prepared.get("Globals") or {}).get("Function") or {}
    if "CodeUri" in defaults:
        defaults["CodeUri"] = _UPLOADED
    for resource in prepared["Resources"].values():
        _name_uploads(resource, defaults)
    values: dict[str, Any] = parameter_values(template, dict(given))
    try:
        expanded: Template = translate(prepared, values, region)
    except TransformFailed as failure:
        return f"Transform {_SAM} failed with: {failure}"
    return expanded


def _name_uploads(resource: dict[str, Any], defaults: Mapping[str, Any]) -> None:
    """Put what a deployment uploads in the place of local paths: the translator refuses those."""
    kind = resource.get("Type", "")
    properties = resource.setdefault("Properties", {})
    if not isinstance(properties, dict):
        return
    if kind == "AWS::Serverless::Application" and is_local(properties.get("Location")):
        properties["Location"] = _UPLOADED_TEMPLATE
    name = _CODE.get(kind, "")
    is_bare = kind == "AWS::Serverless::Function" and not (
        {"InlineCode", "ImageUri", "CodeUri"} & {*properties, *defaults}
    )
    is_image = {**defaults, **properties}.get("PackageType") == "Image"
    if is_image:
        properties.setdefault("ImageUri", "000000000000.dkr.ecr.us-east-1.amazonaws.com/image:latest")
    elif is_bare or is_local(properties.get(name)):
        properties[name] = _UPLOADED


def _transforms(template: Template) -> list[Any]:
    declared = template.get("Transform") or []
    return declared if isinstance(declared, list) else [declared]

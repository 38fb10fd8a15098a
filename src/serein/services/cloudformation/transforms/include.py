"""AWS::Include: snippets from S3, put where a template asks for them, before any other transform."""

from collections.abc import Awaitable, Callable
from typing import Any

from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.functions import Evaluation, text_of
from serein.services.cloudformation.templates import Template, parse_text, transforms_of

NAME = "AWS::Include"
Fetch = Callable[[str], Awaitable[str]]


async def include(template: Template, evaluation: Evaluation, fetch: Fetch) -> Template:
    """The template with every AWS::Include resolved; `fetch` reads an S3 location."""
    included: Template = await _walk({k: v for k, v in template.items() if k != "Transform"}, evaluation, fetch)
    others = []
    for transform in transforms_of(template):
        if _is_include(transform):
            for name, section in (await _snippet(transform, evaluation, fetch)).items():
                if isinstance(section, dict):
                    included[name] = {**section, **included.get(name, {})}
                else:
                    included.setdefault(name, section)
        else:
            others.append(transform)
    if others:
        included["Transform"] = others if len(others) > 1 else others[0]
    return included


def _is_include(transform: Any) -> bool:
    return isinstance(transform, dict) and transform.get("Name") == NAME


async def _walk(value: Any, evaluation: Evaluation, fetch: Fetch) -> Any:
    if isinstance(value, list):
        return [await _walk(member, evaluation, fetch) for member in value]
    if not isinstance(value, dict):
        return value
    found = {name: await _walk(member, evaluation, fetch) for name, member in value.items() if name != "Fn::Transform"}
    if "Fn::Transform" not in value:
        return found
    transform = value["Fn::Transform"]
    if not _is_include(transform):
        return found | {"Fn::Transform": transform}
    snippet = await _walk(await _snippet(transform, evaluation, fetch), evaluation, fetch)
    return {**snippet, **found}


async def _snippet(transform: dict[str, Any], evaluation: Evaluation, fetch: Fetch) -> dict[str, Any]:
    location = (transform.get("Parameters") or {}).get("Location")
    if location is None:
        raise ValidationError(f"Transform {NAME} failed with: The value for parameter Location is missing.")
    snippet = parse_text(await fetch(text_of(evaluation.value(location))))
    if not isinstance(snippet, dict):
        raise ValidationError(
            f"Transform {NAME} failed with: The specified S3 object's content should be valid Yaml/JSON"
        )
    return snippet

"""A template's transforms, one after the other."""

from serein.kernel.call import Call
from serein.services.cloudformation.errors import NotYetKnown, TransformFailure, ValidationError
from serein.services.cloudformation.functions import Evaluation
from serein.services.cloudformation.parameters import Parameter
from serein.services.cloudformation.templates import Template, transforms_of
from serein.services.cloudformation.transforms import extensions, include, sam
from serein.services.cloudformation.transforms.include import Fetch
from serein.services.cloudformation.transforms.macros import Macros


async def transformed(
    call: Call, template: Template, settled: dict[str, Parameter], evaluation: Evaluation, fetch: Fetch
) -> Template:
    """The template after its transforms, in AWS's order: includes, snippets' macros, those of the whole template."""
    for definition in template["Resources"].values():
        if not isinstance(definition, dict | list):
            raise ValidationError("Template format error: Any Resources member must be an object.")
    macros = Macros(call, evaluation, settled)
    try:
        processed = await macros.snippets(await include.include(template, evaluation, fetch))
        declared = transforms_of(processed)
        for transform in declared:
            processed = await _transformed(call, processed, transform, macros)
    except NotYetKnown as unknown_name:
        raise ValidationError(
            f"Template format error: Unresolved resource dependencies [{unknown_name}] in a transform of the template"
        ) from None
    processed.pop("Transform", None)
    if extensions.NAME in declared:
        processed["Transform"] = extensions.NAME
    return processed


async def _transformed(call: Call, template: Template, transform: object, macros: Macros) -> Template:
    if transform == extensions.NAME:
        return extensions.unroll(template, macros.evaluation)
    if transform == sam.NAME:
        _check_types_are_texts(template)
        values = {name: parameter.value for name, parameter in macros.settled.items()}
        return await sam.expand(template, values, call.scope)
    given = {name: section for name, section in template.items() if name != "Transform"}
    changed = await macros.changed(transform, given)
    if not isinstance(changed, dict):
        raise TransformFailure("Template format error: unsupported structure.")
    if not isinstance(changed.get("Resources"), dict) or not changed["Resources"]:
        raise TransformFailure("Template format error: At least one Resources member must be defined.")
    return changed


def _check_types_are_texts(template: Template) -> None:
    for name, definition in template["Resources"].items():
        if not isinstance(definition, dict) or not isinstance(definition.get("Type"), str):
            raise ValidationError(
                f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
            )

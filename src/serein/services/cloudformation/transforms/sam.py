"""AWS::Serverless-2016-10-31, by AWS's own translator."""

import asyncio
import json
from functools import lru_cache

from serein.kernel.scope import Scope
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.templates import Template

NAME = "AWS::Serverless-2016-10-31"


async def expand(template: Template, parameters: dict[str, str], scope: Scope) -> Template:
    """The template with SAM's resources replaced. Raises ValidationError in the transform's words."""
    _refuse_repository_applications(template)
    text = json.dumps(template)
    # Why a thread: a transform takes 20 to 300 ms, and the server answers others meanwhile.
    expanded = await asyncio.to_thread(_expanded, text, json.dumps(parameters), scope.region)
    result: Template = json.loads(expanded)
    return result


def _refuse_repository_applications(template: Template) -> None:
    for name, definition in template["Resources"].items():
        if not isinstance(definition, dict) or definition.get("Type") != "AWS::Serverless::Application":
            continue
        properties = definition.get("Properties")
        location = properties.get("Location") if isinstance(properties, dict) else None
        if isinstance(location, dict) and "ApplicationId" in location:
            raise ValidationError(
                f"Transform {NAME} failed with: Resource with id [{name}] is an application of the AWS Serverless"
                f" Application Repository ({location['ApplicationId']}), which Serein cannot reach. Give the URL of its"
                " template as Location instead."
            )


@lru_cache(maxsize=16)
def _expanded(text: str, parameters: str, region: str) -> str:
    # Why here: the translator takes half a second and 30 MB to import, and only SAM templates need it.
    from serein.services.cloudformation.transforms import translation

    try:
        return json.dumps(translation.translate(json.loads(text), json.loads(parameters), region))
    except translation.TransformFailed as failure:
        raise ValidationError(f"Transform {NAME} failed with: {failure}") from None

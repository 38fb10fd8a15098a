"""AWS::Serverless-2016-10-31, by AWS's own translator.

The translator reads the region from a boto3 session and keeps it in a class attribute. It is given an object with the
region only, so that it neither reads the environment nor calls AWS, and one transform runs at a time.
"""

import asyncio
import json
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from serein.kernel.scope import Scope
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.templates import Template

NAME = "AWS::Serverless-2016-10-31"


@dataclass(frozen=True, slots=True)
class _Region:
    """What the translator asks of a boto3 session."""

    region_name: str


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
        location = (definition.get("Properties") or {}).get("Location")
        if isinstance(location, dict) and "ApplicationId" in location:
            raise ValidationError(
                f"Transform {NAME} failed with: Resource with id [{name}] is an application of the AWS Serverless"
                f" Application Repository ({location['ApplicationId']}), which Serein cannot reach. Give the URL of its"
                " template as Location instead."
            )


@cache
def _lock() -> threading.Lock:
    return threading.Lock()


@lru_cache(maxsize=16)
def _expanded(text: str, parameters: str, region: str) -> str:
    # Why here: the translator takes half a second and 30 MB to import, and only SAM templates need it.
    from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
    from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

    template, values = json.loads(text), json.loads(parameters)
    partition = Scope(region=region).partition
    values |= {"AWS::Region": region, "AWS::Partition": partition}
    with _lock():
        try:
            to_py27_compatible_template(template, values)
            policies = get_bundled_managed_policy_map(partition) or {}
            metrics = Metrics("ServerlessTransform", DummyMetricsPublisher())
            translator = Translator(policies, Parser(), boto_session=_Region(region), metrics=metrics)
            expanded: dict[str, Any] = translator.translate(
                template,
                parameter_values=values,
                passthrough_metadata=True,
                get_managed_policy_map=lambda: policies,
            )
            metrics.publish()
        except InvalidDocumentException as error:
            causes = " ".join(sorted(cause.message for cause in error.causes))
            raise ValidationError(f"Transform {NAME} failed with: {error.message} {causes}".rstrip()) from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # AWS: what the translator doesn't expect is reported without its details.
            raise ValidationError(f"Transform {NAME} failed with: Internal transform failure. {error!r}") from error
        return json.dumps(undo_mark_unicode_str_in_template(expanded))

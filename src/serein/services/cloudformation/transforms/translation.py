"""AWS's SAM translator, called offline. Import this module only when a template needs it: it is slow and large."""

import logging
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

from serein.kernel.scope import Scope

# Why: it warns of features that AWS turns on for some accounts; what matters it raises.
logging.getLogger("samtranslator").setLevel(logging.CRITICAL)


class TransformFailed(Exception):
    """The translator refuses the template; the text is what AWS would say."""


@dataclass(frozen=True, slots=True)
class _Region:
    """What the translator asks of a boto3 session: it would read the environment and call AWS through a real one."""

    region_name: str


@cache
def _lock() -> threading.Lock:
    """The translator keeps the region in a class attribute, so that one transform runs at a time."""
    return threading.Lock()


def translate(template: dict[str, Any], values: dict[str, Any], region: str) -> Any:
    """The template with SAM's resources replaced; changes its arguments. Raises TransformFailed."""
    partition = Scope(region=region).partition
    policies = get_bundled_managed_policy_map(partition) or {}
    metrics = Metrics("ServerlessTransform", DummyMetricsPublisher())
    values |= {"AWS::Region": region, "AWS::Partition": partition}
    with _lock():
        try:
            to_py27_compatible_template(template, values)
            translated = Translator(policies, Parser(), boto_session=_Region(region), metrics=metrics).translate(
                template,
                parameter_values=values,
                passthrough_metadata=True,
                get_managed_policy_map=lambda: policies,
            )
        except InvalidDocumentException as error:
            causes = " ".join(sorted(cause.message for cause in error.causes))
            raise TransformFailed(f"{error.message} {causes}".rstrip()) from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # AWS: what the translator doesn't expect is reported without its details.
            raise TransformFailed(f"Internal transform failure. {error!r}") from error
        finally:
            metrics.publish()
    return undo_mark_unicode_str_in_template(translated)

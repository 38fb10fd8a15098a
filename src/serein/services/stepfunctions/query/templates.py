"""Payload templates: Parameters, ResultSelector, ItemSelector and Assign, whose keys ending in `.$` are computed."""

from typing import Any

from serein.kernel.jsonpath import InvalidPath, PathNotFound
from serein.services.stepfunctions.query.expressions import expression_of
from serein.services.stepfunctions.query.failures import invalid_path, missing_in_template, nothing_to_read
from serein.services.stepfunctions.query.scope import Scope


def fill_template(template: Any, document: Any, scope: Scope) -> Any:
    """A new value of the template's form, without the `.$` of its keys; parts that need nothing are shared with it.

    Raises QueryFailed: States.Runtime, States.IntrinsicFailure.
    """
    if isinstance(template, dict):
        filled = {}
        for key, value in template.items():
            if key.endswith(".$"):
                filled[key[:-2]] = _computed(key, value, document, scope)
            elif isinstance(value, dict | list):
                filled[key] = fill_template(value, document, scope)
            else:
                filled[key] = value
        return filled
    if isinstance(template, list):
        return [fill_template(each, document, scope) if isinstance(each, dict | list) else each for each in template]
    return template


def _computed(key: str, text: str, document: Any, scope: Scope) -> Any:
    if document is None and (text == "$" or text.startswith(("$.", "$["))):
        raise nothing_to_read()
    try:
        return expression_of(text)(document, scope)
    except PathNotFound as error:
        raise missing_in_template(text, key, document) from error
    except InvalidPath as error:
        raise invalid_path(text, error) from error

"""What the interpreter asks of JSONata: the fields of a state with their expressions, `{% ... %}`, evaluated."""

from collections.abc import Mapping
from typing import Any

from serein.services.stepfunctions.query.scope import Scope


def evaluate(value: Any, states: Mapping[str, Any], scope: Scope, where: str) -> Any:
    """A JSON value with what its expressions give in their place; a string is an expression as a whole or not at all.

    `states` is `$states`; `where` is the field as AWS names it in causes and events: `Output`, `Choices[0]/Condition`.
    Raises EvaluationFailed.
    """
    if isinstance(value, str):
        if value.startswith("{%") and value.endswith("%}") and len(value) >= 4:
            return _evaluated(value, states, scope, where)
        return value
    if isinstance(value, dict):
        return {key: evaluate(each, states, scope, f"{where}/{key}") for key, each in value.items()}
    if isinstance(value, list):
        return [evaluate(each, states, scope, f"{where}[{index}]") for index, each in enumerate(value)]
    return value


def _evaluated(text: str, states: Mapping[str, Any], scope: Scope, where: str) -> Any:
    from serein.services.stepfunctions.query.jsonata import evaluate_expression  # Why: few machines have any

    return evaluate_expression(text, states, scope, where)

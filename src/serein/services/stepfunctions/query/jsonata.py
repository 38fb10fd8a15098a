"""JSONata as Step Functions has it: its own functions, `$states`, and what it makes of what goes wrong.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from serein.kernel.jsonata import LIBRARY, UNDEFINED, JsonataError, Sequence, compile_expression, is_function
from serein.services.stepfunctions.query.failures import EvaluationFailed
from serein.services.stepfunctions.query.jsonata_functions import FUNCTIONS
from serein.services.stepfunctions.query.scope import Scope
from serein.services.stepfunctions.query.timestamps import find_nanoseconds

_LIBRARY = MappingProxyType({**LIBRARY, **FUNCTIONS})
_PLAIN = frozenset({str, int, bool, type(None)})


def evaluate_expression(text: str, states: Mapping[str, Any], scope: Scope, where: str) -> Any:
    """The value of `{% ... %}`. Raises EvaluationFailed."""
    expression = text[2:-2].strip()
    try:
        compiled = compile_expression(expression)
        value = compiled.evaluate(UNDEFINED, {**scope.variables, "states": states}, functions=_LIBRARY, now=_now(scope))
        if value is UNDEFINED:
            raise EvaluationFailed(f"{_sentence(expression, where)} returned nothing (undefined).", where)
        if type(value) in _PLAIN or (compiled.is_reference and type(value) is not Sequence):
            return value
        return list(value) if compiled.is_reference else _as_json(value)
    except JsonataError as error:
        # AWS: errors of JSONata come with their code, exceeded limits without.
        reason = f": {error.message}" if error.code.startswith("U") else f". {error}"
        raise EvaluationFailed(
            f"{_sentence(expression, where)} threw an error during evaluation{reason}", where
        ) from error
    except RecursionError as error:
        raise EvaluationFailed(f"{_sentence(expression, where)} returned a value that is too deep.", where) from error
    except _NotJson as error:
        raise EvaluationFailed(f"{_sentence(expression, where)} returned an unsupported result type.", where) from error


class _NotJson(Exception):
    """The value is a function or has one within."""


def _sentence(expression: str, where: str) -> str:
    return f"The JSONata expression '{expression}' specified for the field '{where}'"


def _now(scope: Scope) -> float:
    if scope.now:
        return scope.now
    state = scope.context.get("State")
    entered = state.get("EnteredTime") if isinstance(state, Mapping) else None
    found = find_nanoseconds(entered) if isinstance(entered, str) else None
    return 0.0 if found is None else found / 10**9


def _as_json(value: Any) -> Any:
    """A value with plain arrays in the place of sequences, and without what JSON doesn't have."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        # AWS: a number that JSON can't tell is a string ("Infinity").
        return value if math.isfinite(value) else "NaN" if math.isnan(value) else _infinity(value)
    if isinstance(value, dict):
        return {key: _as_json(each) for key, each in value.items() if each is not UNDEFINED}
    if isinstance(value, list):
        return [_as_json(each) for each in value]
    if is_function(value):
        raise _NotJson
    return None if value is UNDEFINED else value


def _infinity(value: float) -> str:
    return "Infinity" if value > 0 else "-Infinity"

"""The names that state machines, executions and activities may have.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

import re

from serein.services.stepfunctions.errors import InvalidName

_REFUSED = re.compile(
    '[\\s<>{}\\[\\]?*"#%\\\\^|~`$&,;:/\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufffe\\uffff\\U0010ffff]'
)
_LONGEST = 80


def require_name(name: str) -> str:
    """The name, when it may be one. Raises InvalidName."""
    if not name or len(name) > _LONGEST or _REFUSED.search(name):
        raise InvalidName(f"Invalid Name: '{name}'")
    return name

"""What a state's expressions see besides their document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Scope:
    """The context object (`$$`, `$states.context`) and the workflow variables by name, without their `$`."""

    context: Mapping[str, Any]
    variables: Mapping[str, Any]
    now: float = 0.0
    """Seconds since the epoch, for JSONata's `$now()` and `$millis()`. 0 stands for when the state was entered."""


NOTHING = Scope({}, {})
"""No context and no variables."""

"""The Amazon States Language: from a definition's text to an immutable machine, and what is wrong with a text.

Machines are cached by their text, so that nothing needs to be invalidated when a state machine changes.
"""

import json
from functools import lru_cache

from serein.services.stepfunctions.language.building import build_machine, build_state
from serein.services.stepfunctions.language.diagnostic import Diagnostic, InvalidDefinition
from serein.services.stepfunctions.language.states import (
    ABSENT,
    And,
    Catcher,
    Choice,
    ChoiceRule,
    ChoiceTest,
    Comparison,
    Fail,
    ItemBatcher,
    ItemReader,
    Machine,
    Map,
    Not,
    Or,
    Parallel,
    Pass,
    Performing,
    ReaderConfig,
    ResultWriter,
    Retrier,
    State,
    Succeed,
    Task,
    Wait,
)
from serein.services.stepfunctions.language.validation import diagnose, diagnose_state

__all__ = [
    "ABSENT",
    "And",
    "Catcher",
    "Choice",
    "ChoiceRule",
    "ChoiceTest",
    "Comparison",
    "Diagnostic",
    "Fail",
    "InvalidDefinition",
    "ItemBatcher",
    "ItemReader",
    "Machine",
    "Map",
    "Not",
    "Or",
    "Parallel",
    "Pass",
    "Performing",
    "ReaderConfig",
    "ResultWriter",
    "Retrier",
    "State",
    "Succeed",
    "Task",
    "Wait",
    "diagnose",
    "diagnose_state",
    "parse_machine",
    "parse_state",
]


@lru_cache(maxsize=1024)
def parse_machine(text: str) -> Machine:
    """The machine that a definition means. Raises InvalidDefinition.

    What depends on the type of the state machine is checked by `diagnose` alone, when one is created or updated.
    """
    errors = [item for item in diagnose(text, "STANDARD") if item.severity == "ERROR"]
    if errors:
        raise InvalidDefinition(errors)
    return build_machine(json.loads(text))


def parse_state(name: str, text: str) -> State:
    """The state that a valid definition of a single state means."""
    return build_state(name, json.loads(text), "JSONPath")

"""What happened to alarms: configuration, states, actions."""

from typing import NamedTuple

from serein.kernel.scope import Scope

CONFIGURATION = "ConfigurationUpdate"
STATE = "StateUpdate"
ACTION = "Action"


class HistoryItem(NamedTuple):
    """A line of the history; `data` is a JSON text."""

    name: str
    kind: str
    item_type: str
    happened_at: float
    summary: str
    data: str


class HistoryWanted(NamedTuple):
    """Which lines are wanted."""

    scope: Scope
    kind: str | None
    name: str | None
    item_type: str | None
    start: float
    end: float | None
    is_ascending: bool
    offset: int
    limit: int

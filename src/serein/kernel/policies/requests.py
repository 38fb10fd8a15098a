"""What a policy is asked: may this principal do this to that, in these circumstances?"""

from collections.abc import Callable, Mapping, Sequence

from serein.kernel.policies.principals import ANONYMOUS, Principal

Value = str | Sequence[str]
Context = Mapping[str, Value]
"""Condition keys (`aws:SourceArn`, in any case) and their values, as texts; a list for a key of many values."""


class Request:
    """A question to policies.

    `context` may be a function that is called when a condition or a variable is met: most policies have none.
    """

    __slots__ = ("_context", "_values", "action", "lowered_action", "principal", "resource")

    def __init__(
        self,
        action: str,
        resource: str,
        principal: Principal = ANONYMOUS,
        context: Context | Callable[[], Context] | None = None,
    ) -> None:
        """`action` is like `sqs:SendMessage`, `resource` an ARN or `*`."""
        self.action = action
        self.lowered_action = action.lower()
        self.resource = resource
        self.principal = principal
        self._context = context
        self._values: dict[str, Value] | None = None

    def values_of(self, key: str) -> Sequence[str]:
        """The values of a context key, given in lower case; empty when the request has no such key."""
        values = self._values
        if values is None:
            context = self._context
            given = context() if callable(context) else context or {}
            values = self._values = {name.lower(): value for name, value in given.items()}
        found = values.get(key, ())
        return (found,) if isinstance(found, str) else found

    def find_value(self, key: str) -> str | None:
        """The value of a context key, or None when there is none, or more than one."""
        found = self.values_of(key)
        return found[0] if len(found) == 1 else None

    def about(self, action: str, resource: str) -> "Request":
        """The same principal and circumstances, another action or resource."""
        return Request(action, resource, self.principal, self._context)

"""One turn's view of a stack: its rows in memory, kept equal to the database step by step."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid
from serein.kernel.resource import Made
from serein.kernel.scope import Caller
from serein.services.cloudformation import types
from serein.services.cloudformation.engine.deployment import StackDeployment, deployment_for
from serein.services.cloudformation.errors import HandlerPending, NotYetKnown, ResourceFailure
from serein.services.cloudformation.functions import Evaluation
from serein.services.cloudformation.parameters import HIDDEN, pseudo_parameters
from serein.services.cloudformation.references import has_references, resolved
from serein.services.cloudformation.stacks import Definition, Event, Stack, StackResource
from serein.services.cloudformation.store import resources, stacks
from serein.services.cloudformation.store.events import append_events
from serein.services.cloudformation.templates import transforms_of


class ImportedExports(Mapping[str, str]):
    """The region's exports; remembers which were asked for."""

    def __init__(self, exports: dict[str, str]) -> None:
        self._exports = exports
        self.used: set[str] = set()

    def __getitem__(self, name: str) -> str:
        value = self._exports[name]
        self.used.add(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._exports)

    def __len__(self) -> int:
        return len(self._exports)


_LEAST_STARRED = 4
"""Shorter secrets are starred where they stand alone, and not within other texts."""


class LiveResources:
    """Ref and GetAtt on a stack's resources. `changing` are those whose answers an operation may still change."""

    def __init__(self, rows: Mapping[str, StackResource], changing: "set[str] | None" = None) -> None:
        self._rows = rows
        self.changing = changing if changing is not None else set()

    def _row(self, logical_id: str) -> StackResource:
        row = self._rows.get(logical_id)
        is_made = row is not None and bool(row.physical_id) and not row.is_unmade
        if row is None or not is_made or logical_id in self.changing:
            raise NotYetKnown(logical_id)
        return row

    def reference(self, logical_id: str) -> Any:
        return self._row(logical_id).reference

    def attribute(self, logical_id: str, name: str) -> Any:
        row = self._row(logical_id)
        if name in row.attributes:
            return row.attributes[name]
        value: Any = row.attributes
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            return value
        if types.is_custom(row.type):
            raise ResourceFailure(
                f"CustomResource attribute error: Vendor response doesn't contain {name} attribute in object"
            )
        raise ResourceFailure(
            f"Template error: resource {logical_id} does not support attribute type {name} in Fn::GetAtt"
        )


Outputs = Mapping[tuple[str, str, str, str], str]


def outputs_for(tx: Transaction, definition: Definition) -> Outputs:
    """The outputs of all stacks when a definition refers to any with Fn::GetStackOutput."""
    return stacks.outputs_of_all(tx) if "GetStackOutput" in definition.template_text else {}


class Run:
    """A turn's work."""

    def __init__(
        self,
        platform: Platform,
        stack: Stack,
        rows: list[StackResource],
        exports: dict[str, str],
        outputs: Outputs | None = None,
    ) -> None:
        self.platform = platform
        self.stack = stack
        self.live = {row.logical_id: row for row in rows if not row.slot}
        self.outgoing = [row for row in rows if row.slot]
        self.exports = ImportedExports(exports)
        self._hidden = [it.value for it in stack.definition.parameters.values() if it.is_hidden and it.value]
        self.failures: list[tuple[str, str]] = []
        """(verb, logical id) of what failed."""
        self.deadlines: list[float] = []
        """Of what waits for an answer from outside."""
        self.purposes: list[str] = []
        self.evaluation = evaluation_for(stack, stack.definition, LiveResources(self.live), self.exports, outputs)

    @property
    def is_out_of_time(self) -> bool:
        """Whether the stack was to be made by now."""
        limit = self.stack.times_out_at
        return limit is not None and self.platform.clock.now() >= limit

    async def write(self, fn: Callable[[Transaction], Any]) -> None:
        await self.platform.database.write(fn)

    async def record(self, row: StackResource, *events: Event, outgoing: StackResource | None = None) -> None:
        """Keep a resource's row, what it leaves to be removed, and the events that tell of it."""

        def write(tx: Transaction) -> None:
            resources.save_resource(tx, self.stack.stack_id, row)
            if outgoing is not None:
                resources.save_resource(tx, self.stack.stack_id, outgoing)
            if events:
                append_events(tx, self.stack, list(events))

        await self.write(write)
        if outgoing is not None:
            self.outgoing.append(outgoing)

    def event(self, row: StackResource, status: str, reason: str = "", *, has_properties: bool = False) -> Event:
        properties = json.dumps(starred(row.properties, self._hidden)) if has_properties else ""
        return Event(row.logical_id, row.physical_id, row.type, status, reason, properties)

    @contextmanager
    def deployment(self, row: StackResource) -> Iterator[StackDeployment]:
        """A step's view of the stack, while it lasts. What waits for an answer or is given up is noted."""
        deployment = deployment_for(self.platform, self.stack, row, self.failures)
        try:
            yield deployment
        except HandlerPending as pending:
            self.deadlines.append(pending.deadline)
            self.purposes.append(pending.purpose or deployment.purpose)
            raise
        finally:
            deployment.close()

    @property
    def policy(self) -> str:
        """The stack policy that holds for the operation; empty when it isn't an update."""
        settings = self.stack.settings
        is_update = self.stack.status == "UPDATE_IN_PROGRESS"
        return (settings.policy_during_update or settings.policy) if is_update else ""

    async def resolved(self, row: StackResource, properties: dict[str, Any]) -> dict[str, Any]:
        """Properties as a handler gets them: dynamic references resolved. Raises ResourceFailure."""
        if not has_references(properties):
            return properties
        # AWS: custom resources don't get what secure references stand for.
        found: dict[str, Any] = await resolved(self.call, properties, has_secrets=not types.is_custom(row.type))
        return found

    async def call(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call an operation for the stack's account and region."""
        scope = self.stack.scope
        caller = Caller.of_service("cloudformation", scope)
        return await self.platform.call(service, operation, request, scope=scope, caller=caller)

    def desired(self) -> dict[str, Any]:
        """The template's resources whose condition holds."""
        return wanted_resources(self.stack.definition, self.evaluation)


def starred(value: Any, hidden: list[str]) -> Any:
    """A value as events show it: without the values of parameters that are not to be echoed."""
    if not hidden:
        return value
    if isinstance(value, dict):
        return {name: starred(member, hidden) for name, member in value.items()}
    if isinstance(value, list):
        return [starred(member, hidden) for member in value]
    for secret in hidden if isinstance(value, str) else ():
        if value == secret or len(secret) >= _LEAST_STARRED:
            value = value.replace(secret, HIDDEN)
    return value


def wanted_resources(definition: Definition, evaluation: Evaluation) -> dict[str, Any]:
    """The resources of a template whose condition holds."""
    return {
        logical_id: resource
        for logical_id, resource in definition.processed["Resources"].items()
        if "Condition" not in resource or evaluation.condition(resource["Condition"])
    }


def evaluation_for(
    stack: Stack,
    definition: Definition,
    live: LiveResources,
    exports: Mapping[str, str],
    outputs: Outputs | None = None,
) -> Evaluation:
    """Where a definition's values are worked out for its stack."""
    parameters = {name: parameter.evaluated() for name, parameter in definition.parameters.items()}
    pseudo = pseudo_parameters(stack.scope, stack.name, stack.stack_id, definition.notification_arns)
    return Evaluation(
        parameters=parameters | pseudo,
        mappings=definition.processed.get("Mappings", {}),
        conditions=definition.processed.get("Conditions", {}),
        resources=live,
        exports=exports,
        outputs=outputs or {},
        has_extensions="AWS::LanguageExtensions" in transforms_of(definition.processed),
    )


async def made_by(work: Awaitable[Made | None]) -> Made:
    """Await a handler. Raises ResourceFailure with the reason that CloudFormation would give."""
    try:
        return await work or Made("")
    except AwsError as error:
        raise ResourceFailure(_reason(error)) from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        # A property of a form that the handler doesn't expect; its schema is AWS's, its checks are the service's.
        text = f"Model validation failed: {type(error).__name__}: {error}"
        raise ResourceFailure(_handler_message(text, "InvalidRequest")) from error


def _reason(error: AwsError) -> str:
    return _handler_message(f"{error.message} ({error.code})", handler_code(error.code))


def _handler_message(text: str, code: str) -> str:
    return f'Resource handler returned message: "{text}" (RequestToken: {new_uuid()}, HandlerErrorCode: {code})'


def handler_code(code: str) -> str:
    """What CloudFormation calls a service's error."""
    for part, handler_code in _HANDLER_CODES:
        if part in code:
            return handler_code
    return "GeneralServiceException"


_HANDLER_CODES = (
    ("NotUpdatable", "NotUpdatable"),
    ("DoesNotExist", "NotFound"),
    ("NonExist", "NotFound"),
    ("Exist", "AlreadyExists"),
    ("AlreadyOwned", "AlreadyExists"),
    ("Conflict", "AlreadyExists"),
    ("NotFound", "NotFound"),
    ("NoSuch", "NotFound"),
    ("AccessDenied", "AccessDenied"),
    ("Limit", "ServiceLimitExceeded"),
    ("Throttl", "Throttling"),
    ("Valid", "InvalidRequest"),
    ("Malformed", "InvalidRequest"),
    ("NotImplemented", "InvalidRequest"),
)

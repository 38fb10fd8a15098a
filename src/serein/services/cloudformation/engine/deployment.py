"""What a resource handler is given: the stack it works for, and the way to act for it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from serein.kernel.bus import Subscription
from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.scope import Caller, Scope
from serein.kernel.worker import PROGRESS, wait_until
from serein.services.cloudformation.engine.journal import Journal, call_once
from serein.services.cloudformation.stacks import Stack, StackResource
from serein.services.cloudformation.store import stacks

_SHORTEST_PAUSE_SECONDS = 0.01


@dataclass(slots=True)
class StackDeployment:
    """One resource's view of its stack. Follows `kernel.resource.Deployment`."""

    platform: Platform
    stack: Stack
    resource: StackResource
    scope: Scope
    stack_name: str
    stack_id: str
    logical_id: str
    tags: dict[str, str]
    failures: list[tuple[str, str]]
    """Of the stack's operation, as they come."""
    update_policy: dict[str, Any] = field(default_factory=dict)
    named: str = ""
    """The physical name that the handler asked for last."""
    journal: Journal | None = None
    """What the step has done so far, where it must not be done twice."""
    begin: Callable[[str], Awaitable[None]] | None = None
    """Keeps the physical id of what the step is making; None when it makes nothing."""
    _progress: Subscription | None = None

    @property
    def now(self) -> float:
        return self.platform.clock.now()

    @property
    def is_taken_back(self) -> bool:
        return "ROLLBACK" in self.stack.status

    @property
    def purpose(self) -> str:
        """What an answer from outside would be for: the same whenever this step is made again."""
        resource, stack = self.resource, self.stack
        return f"{stack.operation}/{stack.status}/{resource.logical_id}/{resource.token}/{resource.status}"

    async def call(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if self.journal is not None:
            return await call_once(self.platform, self.journal, service, operation, request, self.scope)
        caller = Caller.of_service("cloudformation", self.scope)
        return await self.platform.call(service, operation, request, scope=self.scope, caller=caller)

    async def begun(self, physical_id: str) -> None:
        if self.begin is not None:
            await self.begin(physical_id)

    def has_called(self, service: str, operation: str) -> bool:
        return self.journal is not None and self.journal.knows(service, operation)

    def physical_name(self, maximum_length: int = 64, *, is_lower_case: bool = False, suffix: str = "") -> str:
        end = f"-{self.resource.token}{suffix}"
        room = maximum_length - len(end) - 1
        stack, logical = self.stack.name, self.resource.logical_id
        logical = logical[: max(room // 2, room - len(stack))]
        name = f"{stack[: room - len(logical)]}-{logical}{end}"
        self.named = name.lower() if is_lower_case else name
        return self.named

    async def sleep(self, seconds: float) -> None:
        """Wait until it is worth to look again: after this time at the latest, earlier when anything has come about.

        Why earlier: what is waited for (environments that get ready) may take real time while a virtual clock stands.
        """
        if self._progress is None:
            self._progress = self.platform.bus.subscribe(PROGRESS)
            await asyncio.sleep(0)
            return
        clock = self.platform.clock
        await wait_until(clock, self._progress, clock.now() + seconds)
        await asyncio.sleep(_SHORTEST_PAUSE_SECONDS)

    async def is_given_up(self) -> bool:
        def read(tx: Transaction) -> bool:
            return stacks.is_cancel_wanted(tx, self.stack_id)

        return bool(self.failures) or await self.platform.database.read(read)

    def close(self) -> None:
        """The step is over."""
        if self._progress is not None:
            self._progress.close()


def deployment_for(
    platform: Platform, stack: Stack, resource: StackResource, failures: list[tuple[str, str]]
) -> StackDeployment:
    tags = {
        **stack.definition.tags,
        "aws:cloudformation:stack-name": stack.name,
        "aws:cloudformation:stack-id": stack.stack_id,
        "aws:cloudformation:logical-id": resource.logical_id,
    }
    return StackDeployment(
        platform, stack, resource, stack.scope, stack.name, stack.stack_id, resource.logical_id, tags, failures
    )

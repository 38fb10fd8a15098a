"""What a resource handler is given: the stack it works for, and the way to act for it."""

from dataclasses import dataclass, field
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.scope import Caller, Scope
from serein.kernel.worker import sleep_until
from serein.services.cloudformation.stacks import Stack, StackResource
from serein.services.cloudformation.store import stacks


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

    @property
    def purpose(self) -> str:
        """What an answer from outside would be for: the same whenever this step is made again."""
        resource, stack = self.resource, self.stack
        return f"{stack.operation}/{stack.status}/{resource.logical_id}/{resource.token}/{resource.status}"

    async def call(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        caller = Caller.of_service("cloudformation", self.scope)
        return await self.platform.call(service, operation, request, scope=self.scope, caller=caller)

    def physical_name(self, maximum_length: int = 64, *, is_lower_case: bool = False, suffix: str = "") -> str:
        end = f"-{self.resource.token}{suffix}"
        room = maximum_length - len(end) - 1
        stack, logical = self.stack.name, self.resource.logical_id
        logical = logical[: max(room // 2, room - len(stack))]
        name = f"{stack[: room - len(logical)]}-{logical}{end}"
        self.named = name.lower() if is_lower_case else name
        return self.named

    async def sleep(self, seconds: float) -> None:
        clock = self.platform.clock
        await sleep_until(clock, clock.now() + seconds)

    async def is_given_up(self) -> bool:
        def read(tx: Transaction) -> bool:
            return stacks.stack_by_id(tx, self.stack_id).settings.is_cancel_wanted

        return bool(self.failures) or await self.platform.database.read(read)


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

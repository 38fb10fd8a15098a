"""One call that a Task state wants made, for whom, and as whom."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.errors import AccessDenied
from serein.kernel.operation import Reply, Request
from serein.kernel.scope import DEFAULT_REGION, Caller, Scope
from serein.services.stepfunctions.tasks.resources import Resource

_LONGEST_SESSION_NAME = 64


@dataclass(frozen=True, slots=True)
class TaskRequest:
    """What to call. `parameters` is a JSON value: the effective input of the state."""

    resource: Resource
    parameters: Any
    execution_arn: str
    state_name: str
    role_arn: str
    """The machine's role."""
    credentials_role_arn: str = ""
    """The role that the state itself names in Credentials."""
    on_exchange: Callable[[Reply], None] | None = None
    """Who wants to know of the HTTP exchange of an `http:invoke` task; what the test of a state traces."""
    task_id: str = ""
    """What tells this attempt from all others: a job that is started twice for it is the same job."""

    @property
    def acting_role_arn(self) -> str:
        return self.credentials_role_arn or self.role_arn

    @property
    def machine_arn(self) -> str:
        """The state machine whose execution this is part of."""
        return _machine_of(self.execution_arn)


@lru_cache(maxsize=1024)
def _machine_of(execution_arn: str) -> str:
    """AWS: `…:execution:Name:id`, `…:express:Name:id:uuid`, and of a map run's child `…:execution:Name/label:id`."""
    prefix, _, rest = execution_arn.partition(":execution:")
    if not rest:
        prefix, _, rest = execution_arn.partition(":express:")
    return f"{prefix}:stateMachine:{rest.split(':')[0].split('/')[0]}"


@lru_cache(maxsize=1024)
def _sessions_of(role_arn: str) -> tuple[str, str] | None:
    """What the ARNs of a role's sessions begin with, and its account; None when the text is no role's ARN."""
    role = find_arn(role_arn)
    if role is None or role.service != "iam":
        return None
    name = role.resource.rpartition("/")[2]
    return f"arn:{role.partition}:sts::{role.account}:assumed-role/{name}/", role.account


def caller_with(role_arn: str, execution_arn: str) -> Caller | None:
    """Who a call comes from that is made with a role; None when that is no role's ARN."""
    sessions = _sessions_of(role_arn)
    if sessions is None:
        return None
    prefix, account = sessions
    session = execution_arn.rpartition(":")[2][:_LONGEST_SESSION_NAME]
    return Caller(arn=prefix + session, user_id=f"{account}:{session}")


def scope_of(call: Call, request: TaskRequest) -> Scope:
    """Where a task's calls go: the machine's region, in the account of the role that it names itself."""
    if not request.credentials_role_arn:
        return call.scope
    role: Arn | None = find_arn(request.credentials_role_arn)
    return call.scope if role is None else Scope(role.account, call.scope.region)


async def call_service(
    call: Call, request: TaskRequest, service: str, operation: str, body: Request, scope: Scope | None = None
) -> Reply:
    """Call an operation as the task's role. Raises the service's error."""
    platform = call.platform
    place = scope or scope_of(call, request)
    known = platform.catalog.find_service(service)
    if known is not None and known.is_global:
        place = Scope(place.account, DEFAULT_REGION)
    await require_roles(call, request)
    caller = caller_with(request.acting_role_arn, request.execution_arn)
    return await platform.call(service, operation, body, scope=place, caller=caller, trace_id=call.trace_id)


async def require_roles(call: Call, request: TaskRequest) -> None:
    """Raise AccessDenied, where policies are enforced, for roles that a task may not act as.

    The machine's must be of its own account, and the one that a state names must trust it.
    """
    if call.platform.signatures is None or not call.platform.signatures.is_enforced:
        return
    role = find_arn(request.role_arn)
    if role is None or role.account != call.scope.account:
        raise AccessDenied("Cross-account pass role is not allowed.")
    if request.credentials_role_arn:
        session = request.execution_arn.rpartition(":")[2][:_LONGEST_SESSION_NAME]
        asked = {"RoleArn": request.credentials_role_arn, "RoleSessionName": session}
        caller = caller_with(request.role_arn, request.execution_arn)
        await call.platform.call("sts", "AssumeRole", asked, scope=call.scope, caller=caller)

"""Making one resource: under which id it begins, what an earlier attempt left of it, and how it comes about."""

from collections.abc import Awaitable, Callable

from serein.kernel.resource import Made, Properties, Resource
from serein.services.cloudformation.engine.deployment import StackDeployment
from serein.services.cloudformation.engine.removal import Removal, remove
from serein.services.cloudformation.engine.run import Run, made_by
from serein.services.cloudformation.errors import ResourceFailure
from serein.services.cloudformation.stacks import StackResource

INITIATED = "Resource creation Initiated"


def is_creation(row: StackResource) -> bool:
    """Whether the step under way makes a physical resource, rather than changes one."""
    return row.status.startswith("CREATE") or row.is_replacing


async def create(
    handler: Resource,
    deployment: StackDeployment,
    row: StackResource,
    properties: Properties,
    *,
    is_resumed: bool,
) -> Made:
    """Have a handler make the resource. Raises ResourceFailure."""
    try:
        made = await made_by(handler.create(deployment, properties))
    except ResourceFailure as failure:
        name = row.physical_id or deployment.named or _explicit_name(row)
        if not (is_resumed and name and "HandlerErrorCode: AlreadyExists" in str(failure)):
            raise
        # Why: a crash came between making it and writing that down; the name was ours before the first attempt.
        made = await made_by(handler.update(deployment, name, {}, properties))
    _require_another(row, made.physical_id)
    return made


def beginning(run: Run, row: StackResource) -> Callable[[str], Awaitable[None]]:
    """What keeps the physical id of a resource that is there, and not ready yet."""

    async def begin(physical_id: str) -> None:
        if physical_id != row.physical_id:
            _require_another(row, physical_id)
            row.physical_id = physical_id
            await run.record(row, run.event(row, row.status, INITIATED, has_properties=True))

    return begin


async def remove_half_made(run: Run, row: StackResource) -> bool:
    """Delete what an earlier operation has left half-made of the resource; False while that waits for an answer.

    AWS: a resource that failed, and has no stable state to go back to, is deleted upon the next operation
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html).
    Raises ResourceFailure when it can't be deleted.
    """
    for left in [it for it in run.outgoing if it.logical_id == row.logical_id and it.status in _HALF_MADE]:
        await remove(run, Removal([left], keeps_rows=False))
        if left.status == "DELETE_FAILED":
            raise ResourceFailure(left.reason)
        if left.status != "DELETE_COMPLETE":
            return False
        run.outgoing.remove(left)
    return True


_HALF_MADE = ("CREATE_FAILED", "DELETE_FAILED", "DELETE_IN_PROGRESS")


def half_made(row: StackResource) -> StackResource:
    """What an operation left half-made, as a row to be removed. No policy keeps what never was whole."""
    left = StackResource(row.logical_id, row.type, row.token, status="CREATE_FAILED", operation=row.operation)
    left.restore(row.snapshot() | {"policies": {}})
    return left


def _require_another(row: StackResource, physical_id: str) -> None:
    if row.previous is not None and physical_id == row.previous["physical_id"]:
        raise ResourceFailure(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing."
            f" Rename {physical_id} and update the stack again."
        )


def _explicit_name(row: StackResource) -> str:
    kind = row.type.rpartition("::")[2]
    return str(row.properties.get(f"{kind}Name") or row.properties.get("Name") or "")

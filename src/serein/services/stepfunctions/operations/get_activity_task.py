"""GetActivityTask: a task for a worker of an activity, as soon as there is one."""

from collections.abc import Iterator
from contextlib import contextmanager

from serein.kernel.call import Call
from serein.kernel.clock import monotonic
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.activities import ActivityTask, topic_of
from serein.services.stepfunctions.errors import ActivityWorkerLimitExceeded
from serein.services.stepfunctions.execution.tokens import begin_activity_task
from serein.services.stepfunctions.interpreter.tokens import Place
from serein.services.stepfunctions.store.activities import claim_task, has_task, require_activity

# AWS: "the service holds the HTTP connection open for at most 60 seconds".
_PATIENCE_SECONDS = 60.0
_MOST_WORKERS = 1000
_MEMORY = "stepfunctions activity workers"


@operation("GetActivityTask")
async def get_activity_task(call: Call, request: Request) -> Reply:
    """AWS: a worker that waited for nothing gets a reply without a token."""
    arn = request["activityArn"]
    activity = await call.read(lambda tx: require_activity(tx, arn, call.scope))
    with _counted(call, activity.arn):
        task = await _wait_for_task(call, activity.arn, request.get("workerName", ""))
    return {} if task is None else {"taskToken": task.token, "input": task.input}


@contextmanager
def _counted(call: Call, arn: str) -> Iterator[None]:
    """Raises ActivityWorkerLimitExceeded while as many workers wait as may."""
    waiting: dict[str, int] = call.platform.memory.setdefault(_MEMORY, {})
    if waiting.get(arn, 0) >= _MOST_WORKERS:
        raise ActivityWorkerLimitExceeded
    waiting[arn] = waiting.get(arn, 0) + 1
    try:
        yield
    finally:
        waiting[arn] -= 1
        if not waiting[arn]:
            del waiting[arn]


async def _wait_for_task(call: Call, arn: str, worker_name: str) -> ActivityTask | None:
    platform, client = call.platform, call.client
    own_topic = f"stepfunctions:worker:{call.request_id}"
    subscription = platform.bus.subscribe(topic_of(arn), own_topic)
    deadline = monotonic() + _PATIENCE_SECONDS
    if client is not None:
        client.on_gone = lambda: platform.bus.wake(own_topic)
    try:
        while client is None or not client.is_gone:
            task = await _take(call, arn, worker_name)
            left = deadline - monotonic()
            if task is not None or left <= 0:
                return task
            await subscription.wait(patience_seconds=left)
        return None
    finally:
        subscription.close()
        if client is not None:
            client.on_gone = None


async def _take(call: Call, arn: str, worker_name: str) -> ActivityTask | None:
    """The task that waits longest, which the worker then has. Raises ActivityDoesNotExist."""

    def look(tx: Transaction) -> bool:
        require_activity(tx, arn)
        return has_task(tx, arn)

    def take(tx: Transaction) -> ActivityTask | None:
        while (task := claim_task(tx, arn)) is not None:
            place = Place(task.execution_id, task.frame_id, task.task)
            if begin_activity_task(tx, call.platform, place, worker_name):
                return task
        return None

    return await call.write(take) if await call.read(look) else None

"""InvokeTarget: make an invocation that a schedule owes, or try again later, or give it up."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.errors import AwsError, Reschedule
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.targets import STARTED_BEFORE, queue_url
from serein.services.scheduler import store
from serein.services.scheduler.targets import Occasion, action_of, default_input, require_accepted

_ATTEMPTS, _AGE_SECONDS = 185, 86_400
"""AWS: the defaults of a retry policy (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html)."""
_LONGEST_WAIT_SECONDS = 512.0
_LONGEST_LETTER = 200_000
_THROTTLING = frozenset(
    {
        *("TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"),
        "ExecutionLimitExceeded",
    }
)


@operation("InvokeTarget", internal=True)
async def invoke_target(call: Call, request: Request) -> Reply:
    occasion = Occasion(request["ScheduleArn"], request["ScheduledAt"], request["ExecutionId"], request["Attempt"])
    policy = request["Target"].get("RetryPolicy", {})
    age = policy.get("MaximumEventAgeInSeconds", _AGE_SECONDS)
    if call.now - occasion.scheduled_at > age and occasion.attempt == 1:
        error = AwsError("The invocation is older than the retry policy allows.")
        await _give_up(call, request, occasion, error, "MaximumEventAgeInSeconds")
        return {}
    try:
        action = action_of(call.platform, request["Target"], call.scope, occasion)
        require_accepted(action, await call.to(*action))
    except AwsError as error:
        if error.code == STARTED_BEFORE and request["Target"]["Arn"].split(":")[2] == "states":
            await _complete(call, request)
            return {}
        exhausted = _exhausted(call.now, occasion, error, policy.get("MaximumRetryAttempts", _ATTEMPTS), age)
        if exhausted is None:
            wait = min(2.0 ** (occasion.attempt - 1), _LONGEST_WAIT_SECONDS)
            raise Reschedule(wait, {**request, "Attempt": occasion.attempt + 1}) from error
        await _give_up(call, request, occasion, error, exhausted)
        return {}
    await _complete(call, request)
    return {}


def _exhausted(now: float, occasion: Occasion, error: AwsError, attempts: int, age: float) -> str | None:
    """Why an invocation isn't tried again: the part of the policy, or empty when it would fail again; None if it is."""
    if error.is_sender_fault and error.code not in _THROTTLING:
        return ""
    if occasion.attempt > attempts:
        return "MaximumRetryAttempts"
    wait = min(2.0 ** (occasion.attempt - 1), _LONGEST_WAIT_SECONDS)
    return "MaximumEventAgeInSeconds" if now + wait - occasion.scheduled_at > age else None


async def _give_up(call: Call, request: Request, occasion: Occasion, error: AwsError, exhausted: str) -> None:
    queue = find_arn(request["Target"].get("DeadLetterConfig", {}).get("Arn", ""))
    if queue is not None:
        target = Target("sqs", "SendMessage", queue.scope)
        url = queue_url(call.platform.limits.endpoint, queue)
        letter = {"QueueUrl": url, **_letter(call, request["Target"], occasion, error, exhausted)}
        await call.write(lambda tx: tx.send(Delivery(target, letter)))
    await _complete(call, request)


def _letter(call: Call, target: dict[str, Any], occasion: Occasion, error: AwsError, exhausted: str) -> dict[str, Any]:
    """The dead-letter event.

    AWS: https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    given = target.get("Input")
    body = default_input(call.scope, occasion) if given is None else occasion.fill_in(given)
    values = {
        "ERROR_CODE": error.code,
        "ERROR_MESSAGE": error.message[: _LONGEST_LETTER // 100] or error.code,
        "EXECUTION_ID": occasion.execution_id,
        "EXHAUSTED_RETRY_CONDITION": exhausted,
        "IS_PAYLOAD_TRUNCATED": "true" if len(body) > _LONGEST_LETTER else "false",
        "RETRY_ATTEMPTS": str(occasion.attempt - 1),
        "SCHEDULED_TIME": occasion.scheduled_time,
        "SCHEDULE_ARN": occasion.schedule_arn,
        "TARGET_ARN": target["Arn"],
    }
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in values.items() if value}
    return {"MessageBody": body[:_LONGEST_LETTER], "MessageAttributes": attributes}


async def _complete(call: Call, request: Request) -> None:
    """Delete a schedule whose last invocation this was, if it wants that and has not been changed since."""
    if "LastOf" not in request:
        return
    *_, group, name = request["ScheduleArn"].split("/")

    def delete(tx: Transaction) -> None:
        schedule = store.find_schedule(tx, call.scope, group, name)
        if schedule is not None and schedule.modified_at == request["LastOf"]:
            store.delete_schedule(tx, schedule)

    await call.write(delete)

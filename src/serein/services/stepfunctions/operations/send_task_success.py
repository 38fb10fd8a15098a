"""SendTaskSuccess: the output of a task that waits for its token."""

import msgspec

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.errors import InvalidOutput
from serein.services.stepfunctions.execution.performing import launch
from serein.services.stepfunctions.execution.tokens import complete_task


@operation("SendTaskSuccess")
async def send_task_success(call: Call, request: Request) -> Reply:
    output: str = request["output"]
    try:
        msgspec.json.decode(output)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidOutput(f"Invalid Output: '{error}'") from None
    platform, account = call.platform, call.scope.account
    effects = await call.write(lambda tx: complete_task(tx, platform, request["taskToken"], output, account))
    launch(platform, effects)
    return {}

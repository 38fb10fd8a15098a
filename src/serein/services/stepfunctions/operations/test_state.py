"""TestState: have one state do its work, and tell how it went."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.trial.asking import parse_trial
from serein.services.stepfunctions.trial.running import Course

_PARTIAL = (
    "The time of a Wait state is worked out, but nobody waits for it. "
    "`stateConfiguration.errorCausedByState` must name a state within, and nothing else depends on it."
)


@operation("TestState", partial=_PARTIAL)
async def test_state(call: Call, request: Request) -> Reply:
    course = Course(call, parse_trial(call.platform, request))
    verdict = await course.run()
    return verdict.reply(course.inspection)

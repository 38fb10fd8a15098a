"""What CloudFormation tells EventBridge: the statuses that stacks come to.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks-event-bridge.html
"""

import json

from serein.kernel.arn import find_arn
from serein.kernel.database import Delivery, Target
from serein.services.cloudformation.stacks import Event


def status_event(stack_id: str, client_token: str, event: Event) -> Delivery | None:
    """The call that puts a stack's new status on the default bus; None for an event of a resource."""
    arn = find_arn(stack_id)
    if event.physical_id != stack_id or arn is None:
        return None
    detail = {
        "stack-id": stack_id,
        "status-details": {"status": event.status, "status-reason": event.reason},
        **({"client-request-token": client_token} if client_token else {}),
    }
    entry = {
        "Source": "aws.cloudformation",
        "DetailType": "CloudFormation Stack Status Change",
        "Resources": [stack_id],
        "Detail": json.dumps(detail, ensure_ascii=False),
    }
    return Delivery(Target("events", "PutEvents", arn.scope), {"Entries": [entry]})

"""Whom CloudFormation tells of what happens: EventBridge of stacks' statuses, and a stack's topics of every event.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks-event-bridge.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/prescriptive-guidance-event-notifications.html
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from serein.kernel.arn import find_arn
from serein.kernel.database import Delivery, Target
from serein.services.cloudformation.stacks import Event, Stack

_SUBJECT = "AWS CloudFormation Notification"


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


def notifications(stack: Stack, event: Event, event_id: str, at: float) -> Iterator[Delivery]:
    """The calls that publish an event to the stack's NotificationARNs."""
    arns = stack.definition.notification_arns
    if not arns:
        return
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    lines = {
        "StackId": stack.stack_id,
        "Timestamp": f"{moment}Z",
        "EventId": event_id,
        "LogicalResourceId": event.logical_id,
        "Namespace": stack.scope.account,
        "PhysicalResourceId": event.physical_id,
        "PrincipalId": stack.scope.account,
        "ResourceProperties": event.properties or "null",
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceType": event.type,
        "StackName": stack.name,
        "ClientRequestToken": stack.settings.client_token or "null",
    }
    message = "".join(f"{name}='{value}'\n" for name, value in lines.items())
    for text in arns:
        arn = find_arn(text)
        if arn is not None:
            request = {"TopicArn": text, "Message": message, "Subject": _SUBJECT}
            yield Delivery(Target("sns", "Publish", arn.scope), request)

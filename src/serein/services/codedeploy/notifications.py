"""What is told of a deployment: by triggers to SNS topics, and to EventBridge.

AWS: https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-sns-event-notifications-json-format.html
https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-codedeploy.html
"""

import json

from serein.kernel.arn import find_arn
from serein.kernel.database import Delivery, Target, Transaction
from serein.services.codedeploy.deployments import Deployment, overview
from serein.services.codedeploy.names import application_arn, group_arn
from serein.services.codedeploy.store import applications as store

_WORDS = {
    "DeploymentStart": "CREATED",
    "DeploymentSuccess": "SUCCEEDED",
    "DeploymentFailure": "FAILED",
    "DeploymentStop": "STOPPED",
    "DeploymentRollback": "ROLLED BACK",
}
_STATES = {
    "DeploymentStart": "START",
    "DeploymentSuccess": "SUCCESS",
    "DeploymentFailure": "FAILURE",
    "DeploymentStop": "STOP",
}
"""What EventBridge calls what happens. AWS: a rollback is told as the deployment that it is."""


def tell(tx: Transaction, deployment: Deployment, event: str) -> None:
    """Owe the topics of a deployment's triggers, and the default bus, what happened."""
    if event in _STATES:
        tx.send(_event(tx, deployment, _STATES[event]))
    for trigger in deployment.record.triggers:
        arn = find_arn(trigger["triggerTargetArn"])
        if event in trigger["triggerEvents"] and arn is not None:
            subject = f"{_WORDS[event]}: AWS CodeDeploy {deployment.id} in {deployment.scope.region} "
            request = {
                "TopicArn": trigger["triggerTargetArn"],
                "Subject": f"{subject}to {deployment.application}"[:100],
                "Message": json.dumps(_message(deployment, trigger["triggerName"])),
            }
            tx.send(Delivery(Target("sns", "Publish", arn.scope), request))


def _event(tx: Transaction, deployment: Deployment, state: str) -> Delivery:
    scope, application, name = deployment.scope, deployment.application, deployment.group
    group = store.find_group(tx, scope, application, name)
    detail = {
        "region": scope.region,
        "deploymentId": deployment.id,
        "instanceGroupId": group.id if group is not None else "",
        "deploymentGroup": name,
        "state": state,
        "application": application,
    }
    entry = {
        "Source": "aws.codedeploy",
        "DetailType": "CodeDeploy Deployment State-change Notification",
        "Time": tx.now,
        "Resources": [application_arn(scope, application), group_arn(scope, application, name)],
        "Detail": json.dumps(detail),
    }
    return Delivery(Target("events", "PutEvents", scope), {"Entries": [entry]})


def _message(deployment: Deployment, trigger: str) -> dict[str, str]:
    record = deployment.record
    counts = {name: str(count) for name, count in overview(deployment).items() if name != "Ready"}
    message = {
        "region": deployment.scope.region,
        "accountId": deployment.scope.account,
        "eventTriggerName": trigger,
        "applicationName": deployment.application,
        "deploymentId": deployment.id,
        "deploymentGroupName": deployment.group,
        "createTime": _time(deployment.created_at),
        "completeTime": _time(record.completed_at) if record.completed_at else "",
        "deploymentOverview": json.dumps(counts),
        "status": deployment.status.upper(),
    }
    if record.error_code:
        message["errorInformation"] = json.dumps({"ErrorCode": record.error_code, "ErrorMessage": record.error_message})
    if record.rollback_info:
        message["rollbackInformation"] = json.dumps(record.rollback_info)
    return {name: text for name, text in message.items() if text}


def _time(moment: float) -> str:
    return f"{moment:.3f}"

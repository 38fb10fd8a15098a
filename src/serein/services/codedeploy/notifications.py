"""What triggers tell SNS topics of a deployment.

AWS: https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-sns-event-notifications-json-format.html
"""

import json

from serein.kernel.arn import find_arn
from serein.kernel.database import Delivery, Target, Transaction
from serein.services.codedeploy.deployments import Deployment, overview

_WORDS = {
    "DeploymentStart": "CREATED",
    "DeploymentSuccess": "SUCCEEDED",
    "DeploymentFailure": "FAILED",
    "DeploymentStop": "STOPPED",
    "DeploymentRollback": "ROLLED BACK",
}


def tell(tx: Transaction, deployment: Deployment, event: str) -> None:
    """Owe the topics of a deployment's triggers what happened."""
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

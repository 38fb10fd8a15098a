"""`notifications` of state machines: rules that tell queues, topics, functions and streams of their executions."""

from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import Resource, capitalized, permission, resource
from serein.deploy.serverless.service import Service
from serein.deploy.serverless.workflows.definitions import is_intrinsic, translated
from serein.deploy.serverless.workflows.roles import role_for

_STATUSES = ("ABORTED", "FAILED", "RUNNING", "SUCCEEDED", "TIMED_OUT")
_EVENTS = "events.amazonaws.com"
_KINDS = ("sns", "sqs", "lambda", "kinesis", "firehose", "stepFunctions")
_WITH_ROLE = {
    "kinesis": "kinesis:PutRecord",
    "firehose": "firehose:PutRecord",
    "stepFunctions": "states:StartExecution",
}


def notification_resources(
    service: Service, key: str, settings: Mapping[str, Any], machine: str
) -> dict[str, Resource]:
    """Raises TemplateInvalid for a status or a target that there isn't, and for an Express machine."""
    given = settings.get("notifications") or {}
    if not given:
        return {}
    place = f"stepFunctions.stateMachines.{key}.notifications"
    if settings.get("type") == "EXPRESS":
        raise TemplateInvalid(f"{place}: Express workflows have none.")
    if unknown := sorted(set(given) - set(_STATUSES)):
        raise TemplateInvalid(f"{place}: there is no status {unknown[0]}.")
    name, role_id = str(settings.get("name") or key), f"{machine}NotificationsIamRole"
    made: dict[str, Resource] = {}
    statements: list[dict[str, Any]] = []
    for status in _STATUSES:
        targets = []
        for number, target in enumerate(given.get(status) or (), 1):
            kind, arn, more = _parsed(service, place, target)
            shown: dict[str, Any] = {"Arn": arn, "Id": f"{name}-{status}-{number}", **more}
            if kind in _WITH_ROLE:
                shown["RoleArn"] = {"Fn::GetAtt": [role_id, "Arn"]}
                statements.append({"Effect": "Allow", "Action": _WITH_ROLE[kind], "Resource": arn})
            else:
                logical_id = f"{machine}ResourcePolicy{status.replace('_', '')}{number}"
                made[logical_id] = _policy(kind, arn)
            targets.append(shown)
        if targets:
            made[f"{machine}Notifications{status.replace('_', '')}EventRule"] = _rule(name, status, machine, targets)
    if statements:
        made[role_id] = role_for(service, _EVENTS, "notify", statements)
    return made


def _rule(name: str, status: str, machine: str, targets: list[dict[str, Any]]) -> Resource:
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": [status], "stateMachineArn": [{"Ref": machine}]},
    }
    properties = {
        "Description": f"[{status}] status notification for state machine [{name}]",
        "EventPattern": pattern,
        "Name": f"{name}-{status}-notification",
        "Targets": targets,
    }
    return resource("AWS::Events::Rule", properties)


def _parsed(service: Service, place: str, target: Any) -> tuple[str, Any, dict[str, Any]]:
    """A target's kind, its ARN, and its further members."""
    kind = next((each for each in _KINDS if isinstance(target, dict) and each in target), None)
    if kind is None:
        raise TemplateInvalid(f"{place}: a target has to be one of {', '.join(_KINDS)}.")
    given, more = target[kind], {}
    if isinstance(given, dict) and "arn" in given:
        if given.get("messageGroupId"):
            more["SqsParameters"] = {"MessageGroupId": given["messageGroupId"]}
        if given.get("partitionKeyPath"):
            more["KinesisParameters"] = {"PartitionKeyPath": given["partitionKeyPath"]}
        given = given["arn"]
    if is_intrinsic(given):
        function = next(iter(given))
        given = translated(service, function, given[function])
    if target.get("inputPath"):
        more["InputPath"] = target["inputPath"]
    if target.get("inputTransformer"):
        more["InputTransformer"] = {capitalized(name): value for name, value in target["inputTransformer"].items()}
    return kind, given, more


def _policy(kind: str, arn: Any) -> Resource:
    """What allows EventBridge to reach a target that has a policy of its own."""
    if kind == "lambda":
        return permission(arn, _EVENTS)
    action, type_name, member = {
        "sns": ("sns:Publish", "AWS::SNS::TopicPolicy", "Topics"),
        "sqs": ("sqs:SendMessage", "AWS::SQS::QueuePolicy", "Queues"),
    }[kind]
    statement = {"Effect": "Allow", "Principal": {"Service": _EVENTS}, "Action": action, "Resource": arn}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return resource(type_name, {"PolicyDocument": document, member: [arn if kind == "sns" else _queue_url(arn)]})


def _queue_url(arn: Any) -> Any:
    if isinstance(arn, str):
        name = arn.rpartition(":")[2]
        return {"Fn::Sub": "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/" + name}
    if isinstance(arn, dict) and "Fn::GetAtt" in arn:
        return {"Ref": arn["Fn::GetAtt"][0]}
    raise TemplateInvalid("A notification names its queue by its ARN or by Fn::GetAtt.")

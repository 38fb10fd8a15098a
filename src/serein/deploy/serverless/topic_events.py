"""`sns` events of functions: topics, subscriptions and permissions.

https://www.serverless.com/framework/docs/providers/aws/events/sns
"""

from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import (
    ACCOUNT,
    PARTITION,
    REGION,
    Made,
    alphanumeric,
    joined,
    permission,
    resource,
)
from serein.deploy.serverless.service import Function, Service


def topic_resources(_service: Service, function: Function, topics: dict[str, Any]) -> Made:
    """A function's `sns` events; `topics` are those made for other functions so far. Raises TemplateInvalid."""
    made = Made()
    for given in function.events("sns"):
        settings = _settings(given)
        source, name = settings.get("arn"), _name(function, settings)
        topic = source or joined("arn:", PARTITION, ":sns:", REGION, ":", ACCOUNT, ":", name)
        redrive = _redrive(function, name, topic, settings, made)
        logical_id = f"SNSTopic{alphanumeric(name)}"
        if not source and logical_id not in topics:
            properties = {"TopicName": name, "DisplayName": settings.get("displayName")}
            topics[logical_id] = resource("AWS::SNS::Topic", properties)
        if source or settings.get("filterPolicy") or redrive:
            properties = {
                "TopicArn": source or {"Ref": logical_id},
                "Protocol": "lambda",
                "Endpoint": function.arn,
                "FilterPolicy": settings.get("filterPolicy"),
                "FilterPolicyScope": settings.get("filterPolicyScope"),
                "RedrivePolicy": redrive,
            }
            subscription = resource("AWS::SNS::Subscription", properties)
            made.resources[f"{function.prefix}SnsSubscription{alphanumeric(name)}"] = subscription
        else:
            subscriptions = topics[logical_id]["Properties"].setdefault("Subscription", [])
            subscriptions.append({"Endpoint": function.arn, "Protocol": "lambda"})
        allows = permission(function.arn, "sns.amazonaws.com", topic)
        made.resources[f"{function.prefix}LambdaPermission{alphanumeric(name)}SNS"] = allows
    return made


def _settings(given: Any) -> Mapping[str, Any]:
    if isinstance(given, dict) and not any(key.startswith("Fn::") or key == "Ref" for key in given):
        return given
    if isinstance(given, dict) or str(given).startswith("arn:"):
        return {"arn": given}
    return {"topicName": given}


def _name(function: Function, settings: Mapping[str, Any]) -> str:
    source = settings.get("arn")
    name = settings.get("topicName") or (source.rpartition(":")[2] if isinstance(source, str) else None)
    if not name:
        raise TemplateInvalid(f"an sns event of the function {function.key} needs a topicName beside its arn.")
    return str(name)


def _redrive(function: Function, name: str, topic: Any, settings: Mapping[str, Any], made: Made) -> Any:
    """A subscription's redrive policy; what lets the topic send to the queue is made with it."""
    given = settings.get("redrivePolicy")
    if not given:
        return None
    if "deadLetterTargetArn" in given:
        target = given["deadLetterTargetArn"]
        region, account, queue = str(target).split(":")[3:6]
        url: Any = joined(f"https://sqs.{region}.", {"Ref": "AWS::URLSuffix"}, f"/{account}/{queue}")
    elif "deadLetterTargetRef" in given:
        target = {"Fn::GetAtt": [given["deadLetterTargetRef"], "Arn"]}
        url = {"Ref": given["deadLetterTargetRef"]}
    else:
        imported = given["deadLetterTargetImport"]
        target, url = {"Fn::ImportValue": imported["arn"]}, {"Fn::ImportValue": imported["url"]}
    logical_id = f"{alphanumeric(name)}To{function.prefix}DLQPolicy"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": target,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    document = {"Version": "2012-10-17", "Id": logical_id, "Statement": [statement]}
    made.resources[logical_id] = resource("AWS::SQS::QueuePolicy", {"PolicyDocument": document, "Queues": [url]})
    return {"deadLetterTargetArn": target}

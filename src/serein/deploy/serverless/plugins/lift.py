"""serverless-lift: `constructs` of a service, of which queues and storages are made; others are refused by name.

Their logical ids are those that the CDK makes, because templates and other stacks may refer to them.
https://github.com/getlift/lift
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import PARTITION, Made, allowed, capitalized, joined, resource
from serein.deploy.serverless.service import Service

PLUGIN = "serverless-lift"
_DEFAULT_TIMEOUT_SECONDS = 6
_STORAGE_ACTIONS = [
    "s3:PutObject",
    "s3:GetObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "s3:GetObjectAcl",
    "s3:PutObjectAcl",
    "s3:GetObjectTagging",
    "s3:PutObjectTagging",
    "s3:DeleteObjectTagging",
    "s3:GetObjectAttributes",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
    "s3:ListBucketMultipartUploads",
    "s3:RestoreObject",
]
_KEYS = {
    "queue": frozenset(
        {"type", "worker", "maxRetries", "alarm", "batchSize", "maxBatchingWindow", "maxConcurrency", "fifo", "delay"}
        | {"encryption", "encryptionKey", "extensions"}
    ),
    "storage": frozenset(
        {"type", "archive", "encryption", "publicPath", "allowAcl", "cors", "lifecycleRules", "extensions"}
    ),
}


def with_workers(service: Service) -> dict[str, Any]:
    """The configuration with the queues' workers as functions that have their events. Raises TemplateInvalid."""
    functions: dict[str, Any] = dict(service.document["functions"])
    for name, construct in _constructs(service).items():
        if construct["type"] != "queue":
            continue
        worker = construct.get("worker")
        if not worker:
            raise TemplateInvalid(f"constructs.{name} is a queue without a worker.")
        key = worker if isinstance(worker, str) else f"{name}Worker"
        if isinstance(worker, str) and key not in functions:
            raise TemplateInvalid(f"constructs.{name}: its worker {worker} is no function of the service.")
        settings = functions[key] if isinstance(worker, str) else worker
        event = {
            "arn": {"Fn::GetAtt": [logical_id(name, "Queue"), "Arn"]},
            "batchSize": construct.get("batchSize", 1),
            "maximumBatchingWindow": construct.get("maxBatchingWindow", 0),
            "maximumConcurrency": construct.get("maxConcurrency"),
            "functionResponseType": "ReportBatchItemFailures",
        }
        functions[key] = {**settings, "events": [*(settings.get("events") or ()), {"sqs": event}]}
    return {**service.document, "functions": functions}


def construct_resources(service: Service) -> Made:
    """What the constructs come to; the statements are for the role of the functions. Raises TemplateInvalid."""
    made = Made()
    for name, construct in _constructs(service).items():
        _MAKERS[construct["type"]](service, name, construct, made)
        for part, extension in (construct.get("extensions") or {}).items():
            found = made.resources.get(logical_id(name, capitalized(str(part))))
            if found is None:
                raise TemplateInvalid(f"constructs.{name}.extensions names {part}, which it doesn't have.")
            found["Properties"] |= (extension or {}).get("Properties") or {}
            found |= {key: value for key, value in (extension or {}).items() if key != "Properties"}
    return made


def reference(kind: str, name: str, member: str) -> Any:
    """What `${construct:name.member}` stands for; None when such a construct has no such member."""
    queue, dead, bucket = (logical_id(name, part) for part in ("Queue", "Dlq", "Bucket"))
    members: Mapping[str, Mapping[str, Any]] = {
        "queue": {
            "queueUrl": {"Ref": queue},
            "queueArn": {"Fn::GetAtt": [queue, "Arn"]},
            "dlqUrl": {"Ref": dead},
            "dlqArn": {"Fn::GetAtt": [dead, "Arn"]},
        },
        "storage": {
            "bucketName": {"Ref": bucket},
            "bucketArn": {"Fn::GetAtt": [bucket, "Arn"]},
            "publicUrl": joined("https://", {"Fn::GetAtt": [bucket, "RegionalDomainName"]}),
        },
    }
    return members.get(kind, {}).get(member)


def logical_id(name: str, part: str) -> str:
    """As the CDK forms it of a construct's path."""
    digest = hashlib.md5(f"{name}/{part}/Resource".encode(), usedforsecurity=False).hexdigest()[:8].upper()
    return f"{_alphanumeric(name)}{part}{digest}"


def _alphanumeric(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _constructs(service: Service) -> dict[str, dict[str, Any]]:
    if PLUGIN not in service.plugins:
        return {}
    found = {}
    for name, given in (service.document.get("constructs") or {}).items():
        kind = str(given.get("type")) if isinstance(given, dict) else ""
        if kind not in _MAKERS:
            raise TemplateInvalid(f"constructs.{name} is a {kind}, which is not made here: only queue and storage are.")
        unknown = sorted(set(given) - _KEYS[kind])
        if unknown:
            raise TemplateInvalid(f"constructs.{name} has {', '.join(unknown)}, which a {kind} hasn't.")
        found[str(name)] = given
    return found


def _add_queue(service: Service, name: str, construct: Mapping[str, Any], made: Made) -> None:
    worker = construct["worker"]
    function = service.require_function(worker if isinstance(worker, str) else f"{name}Worker", f"constructs.{name}")
    seconds = int(function.settings.get("timeout") or _DEFAULT_TIMEOUT_SECONDS)
    is_fifo = True if construct.get("fifo") else None
    suffix = ".fifo" if is_fifo else ""
    encryption = _queue_encryption(name, construct, made)
    queue, dead = logical_id(name, "Queue"), logical_id(name, "Dlq")
    made.resources[dead] = resource(
        "AWS::SQS::Queue",
        {
            "QueueName": f"{service.stack_name}-{name}-dlq{suffix}",
            "MessageRetentionPeriod": 1209600,
            "FifoQueue": is_fifo,
            **encryption,
        },
        UpdateReplacePolicy="Delete",
        DeletionPolicy="Delete",
    )
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": [dead, "Arn"]}, "maxReceiveCount": construct.get("maxRetries", 3)}
    made.resources[queue] = resource(
        "AWS::SQS::Queue",
        {
            "QueueName": f"{service.stack_name}-{name}{suffix}",
            "VisibilityTimeout": seconds * 6 + int(construct.get("maxBatchingWindow", 0)),
            "DelaySeconds": construct.get("delay"),
            "FifoQueue": is_fifo,
            "ContentBasedDeduplication": is_fifo,
            "RedrivePolicy": redrive,
            **encryption,
        },
        UpdateReplacePolicy="Delete",
        DeletionPolicy="Delete",
    )
    if construct.get("alarm"):
        _add_alarm(service, name, str(construct["alarm"]), made)
    arn = {"Fn::GetAtt": [queue, "Arn"]}
    made.statements.append(allowed(["sqs:SendMessage", "sqs:ChangeMessageVisibility"], [arn]))
    outputs = {
        "QueueArn": (f'ARN of the "{name}" SQS queue.', arn),
        "QueueUrl": (f'URL of the "{name}" SQS queue.', {"Ref": queue}),
        "DlqUrl": (f'URL of the "{name}" SQS dead letter queue.', {"Ref": dead}),
    }
    for part, (description, value) in outputs.items():
        made.outputs[_output_id(name, part)] = {"Description": description, "Value": value}


def _queue_encryption(name: str, construct: Mapping[str, Any], made: Made) -> dict[str, Any]:
    kind = construct.get("encryption")
    if not kind:
        return {}
    if kind == "kmsManaged":
        return {"KmsMasterKeyId": "alias/aws/sqs"}
    if kind != "kms" or not construct.get("encryptionKey"):
        raise TemplateInvalid(f"constructs.{name}: its encryption has to be kmsManaged, or kms with an encryptionKey.")
    key = logical_id(name, str(construct["encryptionKey"]))
    principal = {"AWS": joined("arn:", PARTITION, ":iam::", {"Ref": "AWS::AccountId"}, ":root")}
    statement = {"Action": "kms:*", "Effect": "Allow", "Principal": principal, "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    made.resources[key] = resource("AWS::KMS::Key", {"KeyPolicy": policy}, DeletionPolicy="Retain")
    return {"KmsMasterKeyId": {"Fn::GetAtt": [key, "Arn"]}}


def _add_alarm(service: Service, name: str, email: str, made: Made) -> None:
    topic, dead = logical_id(name, "AlarmTopic"), logical_id(name, "Dlq")
    title = {
        "TopicName": f"{service.stack_name}-{name}-dlq-alarm-topic",
        "DisplayName": f"[Alert][{name}] failed jobs in the DLQ."[:100],
    }
    made.resources[topic] = resource("AWS::SNS::Topic", title)
    subscription = {"TopicArn": {"Ref": topic}, "Protocol": "email", "Endpoint": email}
    made.resources[logical_id(name, "AlarmTopicSubscription")] = resource("AWS::SNS::Subscription", subscription)
    alarm = {
        "AlarmName": f"{service.stack_name}-{name}-dlq-alarm",
        "AlarmDescription": "Alert triggered when there are failed jobs in the dead letter queue.",
        "AlarmActions": [{"Ref": topic}],
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": [dead, "QueueName"]}}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    made.resources[logical_id(name, "Alarm")] = resource("AWS::CloudWatch::Alarm", alarm)


def _add_storage(_service: Service, name: str, construct: Mapping[str, Any], made: Made) -> None:
    bucket = logical_id(name, "Bucket")
    public = _public_objects(construct.get("publicPath"))
    is_closed = public is None
    algorithm = {"s3": "AES256", "kms": "aws:kms"}.get(str(construct.get("encryption") or "s3"))
    if algorithm is None:
        raise TemplateInvalid(f"constructs.{name}: its encryption has to be s3 or kms.")
    rules: list[Any] = [
        {"Status": "Enabled", "Transitions": [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 0}]},
        {"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
    ]
    rules += [{"Status": "Enabled", **_capitalized(rule)} for rule in construct.get("lifecycleRules") or ()]
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]} if construct.get("allowAcl") else None
    cors = construct.get("cors")
    properties = {
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
        "VersioningConfiguration": {"Status": "Enabled"},
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": is_closed or not construct.get("allowAcl"),
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": is_closed,
            "RestrictPublicBuckets": is_closed,
        },
        "LifecycleConfiguration": {"Rules": rules},
        "OwnershipControls": controls,
        "CorsConfiguration": {"CorsRules": _cors_rules(cors)} if cors else None,
    }
    kept = {"UpdateReplacePolicy": "Retain", "DeletionPolicy": "Retain"}
    made.resources[bucket] = resource("AWS::S3::Bucket", properties, **kept)
    arn = {"Fn::GetAtt": [bucket, "Arn"]}
    statements: list[dict[str, Any]] = [
        {
            "Action": "s3:*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Resource": [arn, joined(arn, "/*")],
        }
    ]
    if public is not None:
        statements.append(
            {
                "Action": "s3:GetObject",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Resource": joined(arn, f"/{public}"),
            }
        )
    policy = {"Bucket": {"Ref": bucket}, "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    made.resources[logical_id(f"{name}/Bucket", "Policy")] = resource("AWS::S3::BucketPolicy", policy)
    made.statements.append(allowed(_STORAGE_ACTIONS, [arn, {"Fn::Join": ["/", [arn, "*"]]}]))
    made.outputs[_output_id(name, "BucketName")] = {"Value": {"Ref": bucket}}


def _public_objects(path: Any) -> str | None:
    if path is None:
        return None
    prefix = str(path).strip("/")
    return "*" if prefix in ("", "*") else f"{prefix}/*"


def _cors_rules(given: Any) -> list[Any]:
    if isinstance(given, str):
        methods = ["GET", "PUT", "DELETE"]
        return [{"AllowedOrigins": [given], "AllowedMethods": methods, "AllowedHeaders": ["*"]}]
    return [_capitalized(rule) for rule in given]


def _capitalized(value: Any) -> Any:
    if isinstance(value, list):
        return [_capitalized(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {capitalized(str(key)): _capitalized(item) for key, item in value.items()}


def _output_id(name: str, part: str) -> str:
    digest = hashlib.md5(f"{name}/{part}".encode(), usedforsecurity=False).hexdigest()[:8].upper()
    return f"{_alphanumeric(name)}{part}{digest}"


_MAKERS: Mapping[str, Callable[[Service, str, Mapping[str, Any], Made], None]] = {
    "queue": _add_queue,
    "storage": _add_storage,
}

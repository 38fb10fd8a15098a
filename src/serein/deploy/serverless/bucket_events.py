"""`s3` events of functions: buckets with notifications, and those of buckets that are there already.

https://www.serverless.com/framework/docs/providers/aws/events/s3
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import (
    ACCOUNT,
    PARTITION,
    Made,
    allowed,
    alphanumeric,
    capitalized,
    joined,
    permission,
    resource,
)
from serein.deploy.serverless.service import Function, Service

_CREATED = "s3:ObjectCreated:*"
_SETTER = "CustomDashresourceDashexistingDashs3LambdaFunction"
_SETTER_ROLE = "IamRoleCustomResourcesLambdaExecution"
_SETTER_CODE = Path(__file__).with_name("existing_bucket.py")


def bucket_resources(service: Service) -> Made:
    """The `s3` events of all functions, by bucket. Raises TemplateInvalid."""
    made = Made()
    existing: list[tuple[Function, list[Mapping[str, Any]]]] = []
    for function in service.functions:
        there: list[Mapping[str, Any]] = []
        for given in function.events("s3"):
            settings: Mapping[str, Any] = given if isinstance(given, dict) else {"bucket": given}
            if settings.get("existing"):
                there.append(settings)
            else:
                _add_new(service, function, settings, made)
        if there:
            existing.append((function, there))
    if existing:
        _add_existing(service, existing, made)
    return made


def _add_new(service: Service, function: Function, settings: Mapping[str, Any], made: Made) -> None:
    reference = settings.get("bucket")
    if not isinstance(reference, str):
        raise TemplateInvalid(f"an s3 event of the function {function.key} has no bucket's name.")
    configured = (service.provider.get("s3") or {}).get(reference) or {}
    name = configured.get("name") or reference
    logical_id = f"S3Bucket{alphanumeric(reference)}"
    bucket = made.resources.get(logical_id)
    if bucket is None:
        rest = {capitalized(key): value for key, value in configured.items() if key != "name"}
        notified = {"LambdaConfigurations": [], **rest.pop("NotificationConfiguration", {})}
        properties = {"BucketName": name, "NotificationConfiguration": notified, **rest}
        bucket = made.resources[logical_id] = resource("AWS::S3::Bucket", properties, DependsOn=[])
    rules = [{"Name": key, "Value": value} for rule in settings.get("rules") or () for key, value in rule.items()]
    bucket["Properties"]["NotificationConfiguration"]["LambdaConfigurations"].append(
        {
            "Event": settings.get("event") or _CREATED,
            "Function": function.arn,
            **({"Filter": {"S3Key": {"Rules": rules}}} if rules else {}),
        }
    )
    permission_id = f"{function.prefix}LambdaPermission{alphanumeric(reference)}S3"
    source = joined("arn:", PARTITION, f":s3:::{name}")
    made.resources[permission_id] = permission(function.arn, "s3.amazonaws.com", source, SourceAccount=ACCOUNT)
    if permission_id not in bucket["DependsOn"]:
        bucket["DependsOn"].append(permission_id)


def _add_existing(service: Service, existing: list[tuple[Function, list[Mapping[str, Any]]]], made: Made) -> None:
    """Custom resources, because CloudFormation can't add notifications to a bucket that isn't of the stack."""
    last: dict[str, str] = {}
    arns = []
    for function, events in existing:
        bucket = events[0].get("bucket")
        if any(each.get("bucket") != bucket for each in events):
            raise TemplateInvalid(f"the function {function.key} has s3 events of more than one existing bucket.")
        logical_id = f"{function.prefix}CustomS31"
        waits = [function.logical_id, _SETTER, *([last[str(bucket)]] if str(bucket) in last else [])]
        last[str(bucket)] = logical_id
        arns.append({"Fn::Join": [":", ["arn", PARTITION, "s3", "", "", bucket]]})
        configurations = [
            {
                "Event": each.get("event") or _CREATED,
                "Rules": [{capitalized(key): value} for rule in each.get("rules") or () for key, value in rule.items()],
            }
            for each in events
        ]
        properties = {
            "ServiceToken": {"Fn::GetAtt": [_SETTER, "Arn"]},
            "FunctionName": function.name,
            "FunctionArn": function.arn,
            "BucketName": bucket,
            "BucketConfigs": configurations,
        }
        made.resources[logical_id] = resource("Custom::S3", properties, DependsOn=waits)
    made.resources |= _setter(service, arns)


def _setter(service: Service, arns: list[Any]) -> dict[str, Any]:
    """The function that sets the notifications, with its role."""
    trust = {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}
    permissions = ["lambda:AddPermission", "lambda:RemovePermission"]
    statements = [
        allowed(["s3:PutBucketNotification", "s3:GetBucketNotification"], arns),
        allowed(permissions, [{"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"}]),
    ]
    role = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [
            {
                "PolicyName": {"Fn::Join": ["-", [service.stage, service.name, "custom-resources-lambda"]]},
                "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
            }
        ],
    }
    function = {
        "Code": {"ZipFile": _SETTER_CODE.read_text()},
        "FunctionName": f"{service.name}-{service.stage}-custom-resource-existing-s3",
        "Handler": "index.handler",
        "MemorySize": 1024,
        "Runtime": "python3.12",
        "Timeout": 180,
        "Role": {"Fn::GetAtt": [_SETTER_ROLE, "Arn"]},
    }
    return {
        _SETTER_ROLE: resource("AWS::IAM::Role", role),
        _SETTER: resource("AWS::Lambda::Function", function, DependsOn=[_SETTER_ROLE]),
    }

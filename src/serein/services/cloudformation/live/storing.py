"""Tables, buckets, parameters, secrets and log groups, as they are."""

from typing import Any

from serein.kernel.resource import Properties
from serein.services.cloudformation.live.looking import LiveType, Look, document, own_tags, picked, tag_list, with_tags

_THROUGHPUT = ("ReadCapacityUnits", "WriteCapacityUnits")
_TABLE = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "PointInTimeRecoverySpecification",
    "ProvisionedThroughput",
    "StreamSpecification",
    "TableClass",
    "TableName",
    "Tags",
    "TimeToLiveSpecification",
)
_BUCKET = (
    "BucketEncryption",
    "BucketName",
    "CorsConfiguration",
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "Tags",
    "VersioningConfiguration",
    "WebsiteConfiguration",
)
_INDEX = ("IndexName", "KeySchema", "Projection")


async def _table(look: Look, name: str) -> Properties | None:
    reply = await look.find("dynamodb", "DescribeTable", {"TableName": name})
    if reply is None:
        return None
    found: dict[str, Any] = reply["Table"]
    mode = found.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    properties = picked(found, ("TableName", "KeySchema", "AttributeDefinitions", "DeletionProtectionEnabled"))
    properties["BillingMode"] = mode
    properties |= _throughput(found, mode)
    for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if found.get(member):
            is_global = member.startswith("Global")
            properties[member] = [
                picked(it, _INDEX) | (_throughput(it, mode) if is_global else {}) for it in found[member]
            ]
    if found.get("StreamSpecification", {}).get("StreamEnabled"):
        properties["StreamSpecification"] = {"StreamViewType": found["StreamSpecification"]["StreamViewType"]}
    if found.get("TableClassSummary"):
        properties["TableClass"] = found["TableClassSummary"]["TableClass"]
    live = await look.call("dynamodb", "DescribeTimeToLive", {"TableName": name})
    ttl = live["TimeToLiveDescription"]
    if ttl.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
        properties["TimeToLiveSpecification"] = {"AttributeName": ttl["AttributeName"], "Enabled": True}
    recovery = await look.call("dynamodb", "DescribeContinuousBackups", {"TableName": name})
    status = recovery["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    properties["PointInTimeRecoverySpecification"] = {"PointInTimeRecoveryEnabled": status == "ENABLED"}
    tags = await look.call("dynamodb", "ListTagsOfResource", {"ResourceArn": found["TableArn"]})
    return with_tags(properties, own_tags(tags.get("Tags")))


def _throughput(found: dict[str, Any], mode: str) -> Properties:
    given = found.get("ProvisionedThroughput")
    if mode != "PROVISIONED" or not given:
        return {}
    return {"ProvisionedThroughput": {name: given[name] for name in _THROUGHPUT}}


async def _tables(look: Look) -> list[str]:
    token = ("LastEvaluatedTableName", "ExclusiveStartTableName")
    return await look.all("dynamodb", "ListTables", "TableNames", token)


async def _bucket(look: Look, name: str) -> Properties | None:
    request = {"Bucket": name}
    if await look.find("s3", "GetBucketLocation", request) is None:
        return None
    properties: Properties = {"BucketName": name}
    versioning = await look.find("s3", "GetBucketVersioning", request)
    if versioning and versioning.get("Status"):
        properties["VersioningConfiguration"] = {"Status": versioning["Status"]}
    for operation, member, target in (
        ("GetPublicAccessBlock", "PublicAccessBlockConfiguration", "PublicAccessBlockConfiguration"),
        ("GetBucketEncryption", "ServerSideEncryptionConfiguration", "BucketEncryption"),
        ("GetBucketOwnershipControls", "OwnershipControls", "OwnershipControls"),
    ):
        reply = await look.find("s3", operation, request)
        if reply and reply.get(member):
            properties[target] = _renamed(reply[member])
    cors = await look.find("s3", "GetBucketCors", request)
    if cors and cors.get("CORSRules"):
        properties["CorsConfiguration"] = {"CorsRules": [_cors_rule(rule) for rule in cors["CORSRules"]]}
    website = await look.find("s3", "GetBucketWebsite", request)
    if website:
        properties["WebsiteConfiguration"] = _website(website)
    tags = await look.find("s3", "GetBucketTagging", request)
    return with_tags(properties, own_tags((tags or {}).get("TagSet")))


def _renamed(value: dict[str, Any]) -> dict[str, Any]:
    """S3's names of encryption in CloudFormation's spelling."""
    if set(value) != {"Rules"}:
        return value
    if any("ObjectOwnership" in rule for rule in value["Rules"]):
        return value
    rules = []
    for rule in value["Rules"]:
        shown = dict(rule)
        default = shown.pop("ApplyServerSideEncryptionByDefault")
        if default:
            shown["ServerSideEncryptionByDefault"] = default
        rules.append(shown)
    return {"ServerSideEncryptionConfiguration": rules}


_CORS = {
    "AllowedHeaders": "AllowedHeaders",
    "AllowedMethods": "AllowedMethods",
    "AllowedOrigins": "AllowedOrigins",
    "ExposeHeaders": "ExposedHeaders",
    "ID": "Id",
    "MaxAgeSeconds": "MaxAge",
}


def _cors_rule(rule: dict[str, Any]) -> Properties:
    return {_CORS[name]: value for name, value in rule.items() if name in _CORS and value not in (None, [], "")}


def _website(found: dict[str, Any]) -> Properties:
    shown: Properties = {}
    if found.get("IndexDocument"):
        shown["IndexDocument"] = found["IndexDocument"]["Suffix"]
    if found.get("ErrorDocument"):
        shown["ErrorDocument"] = found["ErrorDocument"]["Key"]
    return shown | picked(found, ("RedirectAllRequestsTo",))


async def _buckets(look: Look) -> list[str]:
    reply = await look.call("s3", "ListBuckets", {"BucketRegion": look.scope.region})
    return [it["Name"] for it in reply.get("Buckets", [])]


async def _bucket_policy(look: Look, name: str) -> Properties | None:
    reply = await look.find("s3", "GetBucketPolicy", {"Bucket": name})
    return {"Bucket": name, "PolicyDocument": document(reply["Policy"])} if reply else None


async def _parameter(look: Look, name: str) -> Properties | None:
    reply = await look.find("ssm", "GetParameter", {"Name": name})
    if reply is None:
        return None
    found = picked(reply["Parameter"], ("Name", "Type", "Value", "DataType"))
    filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    described = await look.call("ssm", "DescribeParameters", {"ParameterFilters": filters})
    for it in described.get("Parameters", []):
        found |= picked(it, ("Description", "AllowedPattern", "Tier"))
    tags = await look.call("ssm", "ListTagsForResource", {"ResourceType": "Parameter", "ResourceId": name})
    # A parameter's tags are a map in templates.
    return with_tags(found, {it["Key"]: it["Value"] for it in own_tags(tags.get("TagList"))})


async def _parameters(look: Look) -> list[str]:
    return [it["Name"] for it in await look.all("ssm", "DescribeParameters", "Parameters", ("NextToken", "NextToken"))]


async def _secret(look: Look, arn: str) -> Properties | None:
    reply = await look.find("secretsmanager", "DescribeSecret", {"SecretId": arn})
    if reply is None or reply.get("DeletedDate"):
        return None
    return with_tags(picked(reply, ("Name", "Description", "KmsKeyId")), own_tags(reply.get("Tags")))


async def _secrets(look: Look) -> list[str]:
    return [
        it["ARN"] for it in await look.all("secretsmanager", "ListSecrets", "SecretList", ("NextToken", "NextToken"))
    ]


async def _log_group(look: Look, name: str) -> Properties | None:
    reply = await look.call("logs", "DescribeLogGroups", {"logGroupNamePrefix": name})
    found = next((it for it in reply.get("logGroups", []) if it["logGroupName"] == name), None)
    if found is None:
        return None
    properties: Properties = {"LogGroupName": name}
    for source, target in (
        ("retentionInDays", "RetentionInDays"),
        ("kmsKeyId", "KmsKeyId"),
        ("logGroupClass", "LogGroupClass"),
    ):
        if source in found:
            properties[target] = found[source]
    arn = found["arn"].removesuffix(":*")
    tags = await look.call("logs", "ListTagsForResource", {"resourceArn": arn})
    return with_tags(properties, tag_list(tags.get("tags")))


async def _log_groups(look: Look) -> list[str]:
    found = await look.all("logs", "DescribeLogGroups", "logGroups", ("nextToken", "nextToken"))
    return [it["logGroupName"] for it in found]


TYPES = (
    LiveType("AWS::DynamoDB::Table", frozenset(_TABLE), _table, _tables),
    LiveType("AWS::S3::Bucket", frozenset(_BUCKET), _bucket, _buckets),
    LiveType("AWS::S3::BucketPolicy", frozenset(("Bucket", "PolicyDocument")), _bucket_policy),
    LiveType(
        "AWS::SSM::Parameter",
        frozenset(("Name", "Type", "Value", "DataType", "Description", "AllowedPattern", "Tier", "Tags")),
        _parameter,
        _parameters,
    ),
    LiveType("AWS::SecretsManager::Secret", frozenset(("Name", "Description", "KmsKeyId", "Tags")), _secret, _secrets),
    LiveType(
        "AWS::Logs::LogGroup",
        frozenset(("LogGroupName", "RetentionInDays", "KmsKeyId", "LogGroupClass", "Tags")),
        _log_group,
        _log_groups,
    ),
)

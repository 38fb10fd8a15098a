"""Firehose's CloudFormation type, written as calls."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.firehose.errors import InvalidArgumentException, ResourceNotFoundException

_LONGEST_NAME = 64
_POLL_SECONDS = 1.0
_ENCRYPTION = "DeliveryStreamEncryptionConfigurationInput"
_DESTINATIONS = (
    "S3",
    "ExtendedS3",
    "HttpEndpoint",
    "Redshift",
    "Elasticsearch",
    "Amazonopensearchservice",
    "AmazonOpenSearchServerless",
    "Splunk",
    "Snowflake",
    "Iceberg",
)
_CONFIGURATIONS = frozenset(f"{kind}DestinationConfiguration" for kind in _DESTINATIONS)
_SOURCES = frozenset(
    {
        "DatabaseSourceConfiguration",
        "DirectPutSourceConfiguration",
        "KinesisStreamSourceConfiguration",
        "MSKSourceConfiguration",
    }
)
_NUMBERS = frozenset({"SizeInMBs", "IntervalInSeconds", "DurationInSeconds", "ThroughputHintInMBs"})
_FLAGS = frozenset({"Enabled"})
_CLEARED: dict[str, Any] = {
    "Prefix": "",
    "ErrorOutputPrefix": "",
    "FileExtension": "",
    "CustomTimeZone": "",
    "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300},
    "CompressionFormat": "UNCOMPRESSED",
    "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
    "CloudWatchLoggingOptions": {"Enabled": False},
    "ProcessingConfiguration": {"Enabled": False, "Processors": []},
    "DataFormatConversionConfiguration": {"Enabled": False},
}
"""What takes members back that a template doesn't have any more."""
_UPDATED = {"S3BackupConfiguration": "S3BackupUpdate", "S3Configuration": "S3Update"}


_NETWORKS = frozenset(
    {
        "AmazonOpenSearchServerlessDestinationConfiguration/VpcConfiguration",
        "AmazonopensearchserviceDestinationConfiguration/VpcConfiguration",
        "ElasticsearchDestinationConfiguration/VpcConfiguration",
        "IcebergDestinationConfiguration/CatalogConfiguration",
        "SnowflakeDestinationConfiguration/SnowflakeVpcConfiguration",
    }
)
"""What of its destination a stream keeps for life."""


@resource("AWS::KinesisFirehose::DeliveryStream")
class DeliveryStreamResource:
    """Its physical id, and what Ref answers, is the name."""

    properties = (
        frozenset({"DeliveryStreamName", "DeliveryStreamType", "Tags", _ENCRYPTION}) | _CONFIGURATIONS | _SOURCES
    )
    replaced_by = frozenset({"DeliveryStreamName", "DeliveryStreamType"}) | _SOURCES | _NETWORKS
    stored = frozenset({_ENCRYPTION, "DirectPutSourceConfiguration"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("DeliveryStreamName") or deployment.physical_name(_LONGEST_NAME)
        request = {key: _typed(value) for key, value in properties.items() if key != "Tags"}
        tags = _tags(deployment, properties)
        if tags:
            request["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        await deployment.call("firehose", "CreateDeliveryStream", {**request, "DeliveryStreamName": name})
        await deployment.begun(name)
        return await _made(deployment, name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        if any(old.get(name) != new.get(name) for name in _CONFIGURATIONS):
            await _change_destination(deployment, physical_id, old, new)
        if old.get(_ENCRYPTION) != new.get(_ENCRYPTION):
            request: dict[str, Any] = {"DeliveryStreamName": physical_id}
            if new.get(_ENCRYPTION):
                request[_ENCRYPTION] = new[_ENCRYPTION]
            operation = "StartDeliveryStreamEncryption" if new.get(_ENCRYPTION) else "StopDeliveryStreamEncryption"
            await deployment.call("firehose", operation, request)
        await _retag(deployment, physical_id, old, new)
        return await _made(deployment, physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("firehose", "DeleteDeliveryStream", {"DeliveryStreamName": physical_id})
            while True:
                await deployment.call("firehose", "DescribeDeliveryStream", {"DeliveryStreamName": physical_id})
                await deployment.sleep(_POLL_SECONDS)
        except ResourceNotFoundException:
            return


async def _described(deployment: Deployment, name: str) -> dict[str, Any]:
    """The delivery stream once it is ACTIVE."""
    while True:
        reply = await deployment.call("firehose", "DescribeDeliveryStream", {"DeliveryStreamName": name})
        found: dict[str, Any] = reply["DeliveryStreamDescription"]
        if found["DeliveryStreamStatus"] == "ACTIVE":
            return found
        await deployment.sleep(_POLL_SECONDS)


async def _made(deployment: Deployment, name: str) -> Made:
    return Made(name, {"Arn": (await _described(deployment, name))["DeliveryStreamARN"]})


async def _change_destination(deployment: Deployment, name: str, old: Properties, new: Properties) -> None:
    member = next((each for each in sorted(_CONFIGURATIONS) if each in new), None)
    if member is None:
        raise InvalidArgumentException("Exactly one destination configuration is supported for a Firehose")
    described = await _described(deployment, name)
    update = _typed(new[member])
    for gone in (old.get(member) or {}).keys() - update.keys() & _CLEARED.keys():
        update[gone] = _CLEARED[gone]
    request = {
        "DeliveryStreamName": name,
        "CurrentDeliveryStreamVersionId": described["VersionId"],
        "DestinationId": described["Destinations"][0]["DestinationId"],
        member.replace("Configuration", "Update"): {_UPDATED.get(key, key): value for key, value in update.items()},
    }
    await deployment.call("firehose", "UpdateDestination", request)


async def _retag(deployment: Deployment, name: str, old: Properties, new: Properties) -> None:
    gone = [key for key in _own_tags(old) if key not in _own_tags(new)]
    if gone:
        await deployment.call("firehose", "UntagDeliveryStream", {"DeliveryStreamName": name, "TagKeys": gone})
    tags = [{"Key": key, "Value": value} for key, value in _tags(deployment, new).items()]
    if tags:
        await deployment.call("firehose", "TagDeliveryStream", {"DeliveryStreamName": name, "Tags": tags})


def _tags(deployment: Deployment, properties: Properties) -> dict[str, str]:
    # AWS: the service takes no tags of AWS's own.
    stack_tags = {key: value for key, value in deployment.tags.items() if not key.startswith("aws:")}
    return stack_tags | _own_tags(properties)


def _own_tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: str(tag.get("Value", "")) for tag in properties.get("Tags") or ()}


def _typed(value: Any, name: str = "") -> Any:
    """A property in the types of the API: templates may have numbers and flags as texts."""
    if isinstance(value, dict):
        return {key: _typed(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_typed(each) for each in value]
    if name in _NUMBERS and isinstance(value, str) and value.isdigit():
        return int(value)
    if name in _FLAGS and isinstance(value, str):
        return value.lower() == "true"
    if name == "ParameterValue" and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value

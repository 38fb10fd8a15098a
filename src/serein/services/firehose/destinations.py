"""Configurations of destinations: which there are, their defaults, how they change, and what is wrong with them."""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Request
from serein.services.firehose.errors import InvalidArgumentException
from serein.services.firehose.plans import BUCKET, ENDPOINT
from serein.services.firehose.prefixes import FROM_LAMBDA, FROM_QUERY, Prefix, check_prefixes, parse_prefix
from serein.services.firehose.processing import Processing, parse_processing

_ELSEWHERE = {
    "Redshift": "Amazon Redshift",
    "Elasticsearch": "Amazon Elasticsearch Service",
    "Amazonopensearchservice": "Amazon OpenSearch Service",
    "AmazonOpenSearchServerless": "Amazon OpenSearch Serverless",
    "Splunk": "Splunk",
    "Snowflake": "Snowflake",
    "Iceberg": "Apache Iceberg tables",
}
_COMPRESSIONS = ("UNCOMPRESSED", "GZIP", "ZIP")
_LEAST_PARTITIONED_MEGABYTES = 64


def find_destination(request: Request, suffix: str) -> tuple[str, dict[str, Any]] | None:
    """The kind and the configuration of the destination that a request names, or None.

    `suffix` is `DestinationConfiguration` or `DestinationUpdate`. Raises NotImplementedHere for what isn't here, and
    InvalidArgumentException when there are several.
    """
    for kind, name in _ELSEWHERE.items():
        if f"{kind}{suffix}" in request:
            raise NotImplementedHere(f"Serein does not implement delivery streams to {name} ({kind}{suffix})")
    found = [
        (BUCKET if kind == "S3" else kind, request[f"{kind}{suffix}"])
        for kind in ("S3", BUCKET, ENDPOINT)
        if f"{kind}{suffix}" in request
    ]
    if len(found) > 1:
        raise InvalidArgumentException("Exactly one destination configuration is supported for a Firehose")
    return found[0] if found else None


def completed(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """A configuration with its defaults, checked. Raises InvalidArgumentException and NotImplementedHere."""
    if kind == ENDPOINT:
        return _endpoint(given)
    configuration = _bucket(given, 5, 300)
    configuration.setdefault("S3BackupMode", "Disabled")
    configuration.setdefault("ProcessingConfiguration", {"Enabled": False, "Processors": []})
    if configuration["S3BackupMode"] == "Enabled":
        if "S3BackupConfiguration" not in configuration:
            raise InvalidArgumentException("S3BackupConfiguration is required when S3BackupMode is Enabled")
        configuration["S3BackupConfiguration"] = _plain(configuration["S3BackupConfiguration"])
    _check_conversion(configuration)
    processing = parse_processing(configuration["ProcessingConfiguration"])
    is_partitioned = bool((configuration.get("DynamicPartitioningConfiguration") or {}).get("Enabled"))
    prefix = parse_prefix(configuration.get("Prefix") or "")
    check_prefixes(prefix, parse_prefix(configuration.get("ErrorOutputPrefix") or ""), is_partitioned=is_partitioned)
    if is_partitioned:
        _check_partitions(configuration, prefix, processing)
    elif processing.query or processing.splitter:
        raise InvalidArgumentException(
            "MetadataExtraction and RecordDeAggregation processors are only supported with dynamic partitioning"
        )
    return configuration


def changed(
    before_kind: str, before: dict[str, Any], update: tuple[str, dict[str, Any]] | None
) -> tuple[str, dict[str, Any]]:
    """A destination after UpdateDestination.

    AWS: what isn't given stays, unless the kind of the destination changes.
    """
    if update is None:
        raise InvalidArgumentException("Exactly one destination update is required")
    kind, given = update
    if kind != before_kind:
        return kind, completed(kind, _renamed(given))
    return kind, completed(kind, before | _renamed(given, before))


def _renamed(update: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """An update under the names of configurations, with what its buckets keep."""
    renamed = dict(update)
    for member, name in (("S3BackupUpdate", "S3BackupConfiguration"), ("S3Update", "S3Configuration")):
        if member in renamed:
            renamed[name] = ((before or {}).get(name) or {}) | renamed.pop(member)
    hints = (before or {}).get("BufferingHints")
    if hints and "BufferingHints" in renamed:
        renamed["BufferingHints"] = hints | renamed["BufferingHints"]
    return renamed


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a bucket that is no destination."""
    configuration = _bucket(given, 5, 300)
    prefix, errors = (parse_prefix(configuration.get(name) or "") for name in ("Prefix", "ErrorOutputPrefix"))
    check_prefixes(prefix, errors, is_partitioned=False)
    return configuration


def _bucket(given: dict[str, Any], megabytes: int, seconds: int) -> dict[str, Any]:
    configuration = {
        "CompressionFormat": "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        **given,
        "BufferingHints": _hints(given, megabytes, seconds),
        "CloudWatchLoggingOptions": _logging(given),
    }
    for name in ("RoleARN", "BucketARN"):
        if not configuration.get(name):
            raise InvalidArgumentException(f"{name} is required.")
    if configuration["CompressionFormat"] not in _COMPRESSIONS:
        raise NotImplementedHere(f"Serein does not implement the compression {configuration['CompressionFormat']}")
    zone = configuration.get("CustomTimeZone")
    if zone:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InvalidArgumentException(f"CustomTimeZone {zone} is not a valid time zone.") from None
    return configuration


def _hints(given: dict[str, Any], megabytes: int, seconds: int) -> dict[str, Any]:
    hints = given.get("BufferingHints") or {}
    if hints and hints.keys() != {"SizeInMBs", "IntervalInSeconds"}:
        # AWS: "If you specify a value for one of them, you must also provide a value for the other" (BufferingHints).
        raise InvalidArgumentException("Both SizeInMBs and IntervalInSeconds are required in BufferingHints.")
    return hints or {"SizeInMBs": megabytes, "IntervalInSeconds": seconds}


def _logging(given: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = given.get("CloudWatchLoggingOptions") or {"Enabled": False}
    if options.get("Enabled") and not (options.get("LogGroupName") and options.get("LogStreamName")):
        raise InvalidArgumentException(
            "LogGroupName and LogStreamName are required when CloudWatch logging is enabled."
        )
    return options


def _endpoint(given: dict[str, Any]) -> dict[str, Any]:
    configuration = {
        "RetryOptions": {"DurationInSeconds": 300},
        "S3BackupMode": "FailedDataOnly",
        "ProcessingConfiguration": {"Enabled": False, "Processors": []},
        **given,
        "BufferingHints": _hints(given, 5, 300),
        "CloudWatchLoggingOptions": _logging(given),
        "RequestConfiguration": {"ContentEncoding": "NONE", **(given.get("RequestConfiguration") or {})},
    }
    for name in ("EndpointConfiguration", "S3Configuration"):
        if not configuration.get(name):
            raise InvalidArgumentException(f"{name} is required.")
    configuration["S3Configuration"] = _plain(configuration["S3Configuration"])
    secret = configuration.get("SecretsManagerConfiguration") or {}
    if secret.get("Enabled"):
        if not secret.get("SecretARN"):
            raise InvalidArgumentException("SecretARN is required when SecretsManagerConfiguration is enabled.")
        if configuration["EndpointConfiguration"].get("AccessKey"):
            raise InvalidArgumentException("AccessKey and SecretsManagerConfiguration cannot be provided together.")
    processing = parse_processing(configuration["ProcessingConfiguration"])
    if processing.query or processing.splitter:
        raise InvalidArgumentException("Dynamic partitioning is only supported for the S3 destination")
    return configuration


def _check_conversion(configuration: dict[str, Any]) -> None:
    conversion = configuration.get("DataFormatConversionConfiguration")
    if conversion and conversion.get("Enabled", True):
        raise NotImplementedHere("Serein does not implement the conversion of records to Parquet or ORC")


def _check_partitions(configuration: dict[str, Any], prefix: Prefix, processing: Processing) -> None:
    if configuration["BufferingHints"]["SizeInMBs"] < _LEAST_PARTITIONED_MEGABYTES:
        raise InvalidArgumentException(
            "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled."
        )
    if prefix.has(FROM_QUERY) and not processing.query:
        raise InvalidArgumentException(
            "MetadataExtraction processor should be present when S3 Prefix has partitionKeyFromQuery namespace."
        )
    if prefix.has(FROM_LAMBDA) and processing.transformation is None:
        raise InvalidArgumentException(
            "Lambda processor should be present when S3 Prefix has partitionKeyFromLambda namespace."
        )


def described(kind: str, configuration: dict[str, Any]) -> dict[str, Any]:
    """A destination as DescribeDeliveryStream shows it."""
    shown = dict(configuration)
    if kind == ENDPOINT:
        shown["S3DestinationDescription"] = shown.pop("S3Configuration")
        endpoint = shown["EndpointConfiguration"]
        shown["EndpointConfiguration"] = {name: endpoint[name] for name in ("Url", "Name") if name in endpoint}
        return {"HttpEndpointDestinationDescription": shown}
    if "S3BackupConfiguration" in shown:
        shown["S3BackupDescription"] = shown.pop("S3BackupConfiguration")
    members = (
        "RoleARN", "BucketARN", "Prefix", "ErrorOutputPrefix", "BufferingHints", "CompressionFormat",
        "EncryptionConfiguration", "CloudWatchLoggingOptions",
    )  # fmt: skip
    plain = {name: shown[name] for name in members if name in shown}
    return {"S3DestinationDescription": plain, "ExtendedS3DestinationDescription": shown}

"""What a destination's configuration means: where records go, how many at once, and through what."""

from typing import Any, NamedTuple

from serein.services.firehose.prefixes import Prefix, parse_prefix
from serein.services.firehose.processing import Processing, parse_processing

BUCKET, ENDPOINT = "ExtendedS3", "HttpEndpoint"
TRANSFORM, DATA, BACKUP, FAILED = "transform", "data", "backup", "failed"
"""What buffers are for: a function, the destination, the bucket of source records, the bucket of errors."""
PROCESSING_FAILED, ENDPOINT_FAILED = "processing-failed", "http-endpoint-failed"
_MEGABYTE = 1024 * 1024
_EXTENSIONS = {"GZIP": ".gz", "ZIP": ".zip"}


class ErrorLog(NamedTuple):
    """Where errors are told."""

    group: str
    stream: str


class Bucket(NamedTuple):
    """A bucket, and how objects are written there."""

    name: str
    prefix: Prefix
    errors: Prefix
    zone: str
    compression: str
    extension: str
    key_arn: str
    """The KMS key that objects say they are encrypted with."""
    size_bytes: int
    seconds: float
    log: ErrorLog | None


class Endpoint(NamedTuple):
    """An HTTP endpoint, and what it is sent."""

    url: str
    name: str
    access_key: str
    secret_arn: str
    is_compressed: bool
    attributes: dict[str, str]
    retry_seconds: float
    size_bytes: int
    seconds: float
    log: ErrorLog | None


class Plan(NamedTuple):
    """A destination, ready to be used."""

    bucket: Bucket
    """The destination; of an HTTP endpoint the bucket for what failed."""
    endpoint: Endpoint | None
    backup: Bucket | None
    processing: Processing
    is_partitioned: bool

    @property
    def log(self) -> ErrorLog | None:
        return self.bucket.log if self.endpoint is None else self.endpoint.log

    def hints(self, stage: str) -> tuple[int, float]:
        """From how many bytes on a buffer is full, and after how many seconds it is sent off in any case."""
        if stage == TRANSFORM and self.processing.transformation is not None:
            return self.processing.transformation.size_bytes, self.processing.transformation.seconds
        if stage == DATA and self.endpoint is not None:
            return self.endpoint.size_bytes, self.endpoint.seconds
        place = self.backup if stage == BACKUP and self.backup is not None else self.bucket
        return place.size_bytes, place.seconds


def plan_of(kind: str, configuration: dict[str, Any]) -> Plan:
    """The plan of a configuration that was checked."""
    processing = parse_processing(configuration.get("ProcessingConfiguration"))
    if kind == ENDPOINT:
        bucket = _bucket(configuration["S3Configuration"])
        keeps_all = configuration["S3BackupMode"] == "AllData"
        return Plan(bucket, _endpoint(configuration), bucket if keeps_all else None, processing, False)
    backup = configuration.get("S3BackupConfiguration") if configuration["S3BackupMode"] == "Enabled" else None
    is_partitioned = bool((configuration.get("DynamicPartitioningConfiguration") or {}).get("Enabled"))
    return Plan(_bucket(configuration), None, _bucket(backup) if backup else None, processing, is_partitioned)


def _bucket(configuration: dict[str, Any]) -> Bucket:
    compression = configuration["CompressionFormat"]
    encryption = configuration["EncryptionConfiguration"].get("KMSEncryptionConfig") or {}
    size_bytes, seconds = _hints(configuration)
    return Bucket(
        configuration["BucketARN"].split(":::", 1)[1],
        parse_prefix(configuration.get("Prefix") or ""),
        parse_prefix(configuration.get("ErrorOutputPrefix") or ""),
        configuration.get("CustomTimeZone") or "",
        compression,
        configuration.get("FileExtension") or _EXTENSIONS.get(compression, ""),
        encryption.get("AWSKMSKeyARN", ""),
        size_bytes,
        seconds,
        _log(configuration),
    )


def _endpoint(configuration: dict[str, Any]) -> Endpoint:
    endpoint, request = configuration["EndpointConfiguration"], configuration["RequestConfiguration"]
    secret = configuration.get("SecretsManagerConfiguration") or {}
    size_bytes, seconds = _hints(configuration)
    return Endpoint(
        endpoint["Url"],
        endpoint.get("Name", ""),
        endpoint.get("AccessKey", ""),
        secret.get("SecretARN", "") if secret.get("Enabled") else "",
        request["ContentEncoding"] == "GZIP",
        {each["AttributeName"]: each["AttributeValue"] for each in request.get("CommonAttributes") or ()},
        float(configuration["RetryOptions"]["DurationInSeconds"]),
        size_bytes,
        seconds,
        _log(configuration),
    )


def _hints(configuration: dict[str, Any]) -> tuple[int, float]:
    hints = configuration["BufferingHints"]
    return hints["SizeInMBs"] * _MEGABYTE, float(hints["IntervalInSeconds"])


def _log(configuration: dict[str, Any]) -> ErrorLog | None:
    options = configuration["CloudWatchLoggingOptions"]
    return ErrorLog(options["LogGroupName"], options["LogStreamName"]) if options.get("Enabled") else None

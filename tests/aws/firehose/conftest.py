"""A client of Firehose, delivery streams, and what they bring into buckets."""

import io
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/firehose"


class Firehose:
    """Makes delivery streams to a bucket of its own, and reads what is in there."""

    def __init__(self, aws: Any) -> None:
        self.aws = aws
        self.client = aws.client("firehose")
        self.bucket = aws.unique("bucket")
        aws.client("s3").create_bucket(Bucket=self.bucket)

    def configuration(self, **members: Any) -> dict[str, Any]:
        return {"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{self.bucket}", **members}

    def make(self, name: str = "s", source: str = "", **members: Any) -> str:
        """Make a delivery stream to the bucket and return its ARN."""
        options: dict[str, Any] = {"ExtendedS3DestinationConfiguration": self.configuration(**members)}
        if source:
            options["DeliveryStreamType"] = "KinesisStreamAsSource"
            options["KinesisStreamSourceConfiguration"] = {"KinesisStreamARN": source, "RoleARN": ROLE}
        return str(self.client.create_delivery_stream(DeliveryStreamName=name, **options)["DeliveryStreamARN"])

    def put(self, *records: bytes, name: str = "s") -> None:
        self.client.put_record_batch(DeliveryStreamName=name, Records=[{"Data": data} for data in records])

    def objects(self, prefix: str = "", bucket: str = "") -> dict[str, bytes]:
        """The objects of the bucket by their keys, after everything due was done."""
        self.aws.idle()
        s3, bucket = self.aws.client("s3"), bucket or self.bucket
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return {each["Key"]: s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in found}

    def described(self, name: str = "s") -> dict[str, Any]:
        found: dict[str, Any] = self.client.describe_delivery_stream(DeliveryStreamName=name)[
            "DeliveryStreamDescription"
        ]
        return found

    def function(self, name: str, code: str) -> str:
        """Make a function whose body is `code`: lines that see `event`. Returns its ARN."""
        body = "\n".join(f"    {line}" for line in code.strip().splitlines())
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("index.py", f"import base64, json\ndef handler(event, context):\n{body}\n")
        made = self.aws.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=ROLE,
            Handler="index.handler",
            Code={"ZipFile": package.getvalue()},
        )
        return str(made["FunctionArn"])


def processing(*processors: tuple[str, dict[str, str]]) -> dict[str, Any]:
    """A ProcessingConfiguration of processors and their parameters."""
    return {
        "Enabled": True,
        "Processors": [
            {
                "Type": kind,
                "Parameters": [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()],
            }
            for kind, parameters in processors
        ],
    }


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    """The code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def firehose(aws: Any) -> Firehose:
    return Firehose(aws)

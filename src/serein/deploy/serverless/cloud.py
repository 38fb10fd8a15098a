"""What variables ask of AWS, asked of the server that is deployed to."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError


class EndpointCloud:
    """The account of a deployment's target."""

    def __init__(self, region: str, client: Callable[[str, str], Any]) -> None:
        """`client` makes a client of a service in a region."""
        self.region = region
        self._client = client

    def account(self) -> str:
        return str(self._client("sts", self.region).get_caller_identity()["Account"])

    def output(self, stack: str, output: str, region: str) -> str | None:
        try:
            found = self._client("cloudformation", region or self.region).describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        outputs = {each["OutputKey"]: each["OutputValue"] for each in found[0].get("Outputs", [])}
        return outputs.get(output)

    def parameter(self, name: str, region: str, *, decrypts: bool) -> tuple[str, str] | None:
        client = self._client("ssm", region or self.region)
        try:
            found = client.get_parameter(Name=name, WithDecryption=decrypts)["Parameter"]
        except client.exceptions.ParameterNotFound:
            return None
        return found["Type"], found["Value"]

    def object(self, bucket: str, key: str) -> str | None:
        client = self._client("s3", self.region)
        try:
            content: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except client.exceptions.NoSuchKey:
            return None
        return content.decode()

    def is_domain_of_others(self, name: str, stack: str) -> bool:
        client = self._client("apigateway", self.region)
        try:
            found = client.get_domain_name(domainName=name)
        except client.exceptions.NotFoundException:
            return False
        return bool((found.get("tags") or {}).get("aws:cloudformation:stack-name") != stack)

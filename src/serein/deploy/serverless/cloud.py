"""What variables ask of AWS, asked of the server that is deployed to."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from serein.deploy.errors import TemplateInvalid


class EndpointCloud:
    """The account of a deployment's target. What is refused, but for what isn't there, raises TemplateInvalid."""

    def __init__(self, region: str, client: Callable[[str, str], Any]) -> None:
        """`client` makes a client of a service in a region."""
        self.region = region
        self._client = client

    def account(self) -> str:
        return str(self._client("sts", self.region).get_caller_identity()["Account"])

    def output(self, stack: str, output: str, region: str) -> str | None:
        found = self._ask(f"The stack {stack}", "cloudformation", region, "describe_stacks", StackName=stack)
        if found is None:
            return None
        outputs = {each["OutputKey"]: each["OutputValue"] for each in found["Stacks"][0].get("Outputs", [])}
        return outputs.get(output)

    def parameter(self, name: str, region: str, *, decrypts: bool) -> tuple[str, str] | None:
        request = {"Name": name, "WithDecryption": decrypts}
        found = self._ask(f"The parameter {name}", "ssm", region, "get_parameter", **request)
        return None if found is None else (found["Parameter"]["Type"], found["Parameter"]["Value"])

    def object(self, bucket: str, key: str) -> str | None:
        found = self._ask(f"The object s3:{bucket}/{key}", "s3", "", "get_object", Bucket=bucket, Key=key)
        return None if found is None else found["Body"].read().decode(errors="replace")

    def is_domain_of_others(self, name: str, stack: str) -> bool:
        found = self._ask(f"The domain name {name}", "apigateway", "", "get_domain_name", domainName=name)
        return found is not None and (found.get("tags") or {}).get("aws:cloudformation:stack-name") != stack

    def _ask(self, what: str, service: str, region: str, operation: str, **request: Any) -> Any:
        """The reply, or None when there is no such thing."""
        try:
            return getattr(self._client(service, region or self.region), operation)(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING[service]:
                return None
            raise TemplateInvalid(f"{what} can't be read: {error.response['Error']['Message']}") from error


_MISSING = {
    "apigateway": ("NotFoundException",),
    "cloudformation": ("ValidationError",),
    "s3": ("NoSuchKey",),
    "ssm": ("ParameterNotFound",),
}

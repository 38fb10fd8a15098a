"""Where packages and templates wait for CloudFormation: a bucket of the account, objects named by their content."""

from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError


class Artifacts:
    """The bucket `serein-artifacts-<account>-<region>`. What is there already is not uploaded again."""

    def __init__(self, s3: Any, account: str, region: str) -> None:
        self._s3 = s3
        self._region = region
        self.bucket = f"serein-artifacts-{account}-{region}"
        self._present: set[str] = set()
        self._has_bucket = False

    def upload(self, key: str, content: Path | bytes) -> None:
        """Store an object unless it is there. The key must be made from the content."""
        if key in self._present:
            return
        self._require_bucket()
        if not self._exists(key):
            body = content if isinstance(content, bytes) else content.read_bytes()
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        self._present.add(key)

    def s3_uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def url(self, key: str) -> str:
        """The object's address as AWS would have it: what TemplateURL wants."""
        return f"https://{self.bucket}.s3.{self._region}.amazonaws.com/{key}"

    def _exists(self, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True

    def _require_bucket(self) -> None:
        if self._has_bucket:
            return
        try:
            place = {} if self._region == "us-east-1" else {"LocationConstraint": self._region}
            options = {"CreateBucketConfiguration": place} if place else {}
            self._s3.create_bucket(Bucket=self.bucket, **options)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise
        self._has_bucket = True

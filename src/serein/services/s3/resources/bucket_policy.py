"""AWS::S3::BucketPolicy."""

import json

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Made, Properties, resource


@resource("AWS::S3::BucketPolicy")
class BucketPolicyType:
    """Ref is the bucket's name."""

    properties = frozenset({"Bucket", "PolicyDocument"})
    replaced_by = frozenset({"Bucket"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        document = properties["PolicyDocument"]
        text = document if isinstance(document, str) else json.dumps(document)
        await deployment.call("s3", "PutBucketPolicy", {"Bucket": properties["Bucket"], "Policy": text})
        return Made(properties["Bucket"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("s3", "DeleteBucketPolicy", {"Bucket": physical_id})
        except AwsError as error:
            if error.code != "NoSuchBucket":
                raise

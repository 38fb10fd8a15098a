"""S3's CloudFormation types."""

from serein.services.s3.resources.bucket import BucketType
from serein.services.s3.resources.bucket_policy import BucketPolicyType

__all__ = ["BucketPolicyType", "BucketType"]

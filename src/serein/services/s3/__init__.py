"""S3: buckets, objects and their versions, multipart uploads, notifications, and the settings of buckets.

Small objects live in their row and share its commit; larger ones are blobs, durable before their row is. A bucket's
name is global across accounts, as on AWS. Left out: directory buckets, access points, replication, inventory,
analytics and metrics, S3 Select; lifecycle rules, logging, acceleration and replication of charges are kept, not run.
"""

from serein.kernel.operation import Service

SERVICE = Service(
    "s3", checks_constraints=False, validation_code="InvalidRequest", host_label="s3-website", has_cors_rules=True
)

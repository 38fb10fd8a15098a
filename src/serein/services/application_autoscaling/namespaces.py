"""What can be scaled: per scalable dimension the form of its resource ids, per namespace its role and its limits."""

import re
from typing import NamedTuple

from serein.kernel.scope import Scope

DYNAMODB = "dynamodb"
LAMBDA = "lambda"
EMR = "elasticmapreduce"
READ, WRITE = "ReadCapacityUnits", "WriteCapacityUnits"
_TABLE, _INDEX = r"table/[^/]+", r"table/[^/]+/index/[^/]+"
_KEYSPACE_TABLE = r"keyspace/[^/]+/table/[^/]+"
_VARIANT = r"endpoint/[^/]+/variant/[^/]+"
_RESOURCE_IDS = {
    "ecs:service:DesiredCount": r"service/[^/]+/[^/]+",
    "ec2:spot-fleet-request:TargetCapacity": r"spot-fleet-request/[^/]+",
    "elasticmapreduce:instancegroup:InstanceCount": r"instancegroup/[^/]+/[^/]+",
    "appstream:fleet:DesiredCapacity": r"fleet/[^/]+",
    "dynamodb:table:ReadCapacityUnits": _TABLE,
    "dynamodb:table:WriteCapacityUnits": _TABLE,
    "dynamodb:index:ReadCapacityUnits": _INDEX,
    "dynamodb:index:WriteCapacityUnits": _INDEX,
    "rds:cluster:ReadReplicaCount": r"cluster:.+",
    "sagemaker:variant:DesiredInstanceCount": _VARIANT,
    "sagemaker:variant:DesiredProvisionedConcurrency": _VARIANT,
    "sagemaker:inference-component:DesiredCopyCount": r"inference-component/[^/]+",
    "custom-resource:ResourceType:Property": r".+",
    "comprehend:document-classifier-endpoint:DesiredInferenceUnits": r"arn:.+",
    "comprehend:entity-recognizer-endpoint:DesiredInferenceUnits": r"arn:.+",
    "lambda:function:ProvisionedConcurrency": r"function:[^:]+:[^:]+",
    "cassandra:table:ReadCapacityUnits": _KEYSPACE_TABLE,
    "cassandra:table:WriteCapacityUnits": _KEYSPACE_TABLE,
    "kafka:broker-storage:VolumeSize": r"arn:.+",
    "elasticache:cache-cluster:Nodes": r"cache-cluster/[^/]+",
    "elasticache:replication-group:NodeGroups": r"replication-group/[^/]+",
    "elasticache:replication-group:Replicas": r"replication-group/[^/]+",
    "neptune:cluster:ReadReplicaCount": r"cluster:.+",
    "workspaces:workspacespool:DesiredUserSessions": r"workspacespool/[^/]+",
}
_ROLES = {
    "ecs": "ECSService",
    "ec2": "EC2SpotFleetRequest",
    "appstream": "AppStreamFleet",
    DYNAMODB: "DynamoDBTable",
    "rds": "RDSCluster",
    "sagemaker": "SageMakerEndpoint",
    "custom-resource": "CustomResource",
    "comprehend": "ComprehendEndpoint",
    "lambda": "LambdaConcurrency",
    "cassandra": "CassandraTable",
    "kafka": "KafkaCluster",
    "elasticache": "ElastiCacheRG",
    "neptune": "NeptuneCluster",
    "workspaces": "WorkSpacesPool",
}
_NEVER_EMPTY = frozenset({DYNAMODB, "cassandra", "kafka", "elasticache", "comprehend"})
_WITHOUT_STEPS = frozenset({DYNAMODB, "comprehend", "lambda", "cassandra", "kafka", "elasticache", "neptune"})
_MOST_TARGETS = {DYNAMODB: 5000, "ecs": 3000, "cassandra": 1500}
_USUAL_MOST_TARGETS = 500


class Capacity(NamedTuple):
    """What a scalable target of DynamoDB is about."""

    table_name: str
    index_name: str
    """Empty for the table's own capacity."""
    units: str
    """ReadCapacityUnits or WriteCapacityUnits."""

    @property
    def words(self) -> str:
        """The units as activities tell of them."""
        return "read capacity units" if self.units == READ else "write capacity units"


def is_supported(namespace: str, resource_id: str, dimension: str) -> bool:
    """Whether namespace, resource and dimension go together."""
    pattern = _RESOURCE_IDS.get(dimension)
    # Why not compiled ahead: the worker loads this module at start-up.
    return (
        pattern is not None
        and dimension.startswith(f"{namespace}:")
        and re.fullmatch(pattern, resource_id, re.DOTALL) is not None
    )


def capacity_of(resource_id: str, dimension: str) -> Capacity:
    """The capacity that a target of DynamoDB scales."""
    parts = resource_id.split("/")
    return Capacity(parts[1], "/".join(parts[3:]), dimension.rpartition(":")[2])


def find_role(namespace: str, scope: Scope) -> str | None:
    """The service-linked role that scales a namespace's resources; None where users name one of theirs."""
    name = _ROLES.get(namespace)
    if name is None:
        return None
    path = f"aws-service-role/{namespace}.application-autoscaling.amazonaws.com"
    return f"arn:{scope.partition}:iam::{scope.account}:role/{path}/AWSServiceRoleForApplicationAutoScaling_{name}"


def least_capacity(namespace: str) -> int:
    """The lowest MinCapacity."""
    return 1 if namespace in _NEVER_EMPTY else 0


def allows_steps(namespace: str) -> bool:
    """Whether there is step scaling in a namespace.

    AWS: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
    """
    return namespace not in _WITHOUT_STEPS


def most_targets(namespace: str) -> int:
    """How many scalable targets there may be in an account and a region.

    AWS: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-limits.html
    """
    return _MOST_TARGETS.get(namespace, _USUAL_MOST_TARGETS)

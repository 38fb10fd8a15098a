"""The optimized integrations: what AWS has, what of it is here, and which fields their parameters have.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

from dataclasses import dataclass

from serein.services.stepfunctions.tasks.resources import CALLBACK, REQUEST, SYNC, SYNC_JSON

Fields = frozenset[str]
_ANSWER = frozenset({REQUEST})
_CALLBACK = frozenset({REQUEST, CALLBACK})


@dataclass(frozen=True, slots=True)
class Integration:
    """One operation that Step Functions integrates in a way of its own."""

    patterns: frozenset[str]
    required: tuple[str, ...] = ()
    optional: Fields = frozenset()
    is_here: bool = True

    @property
    def fields(self) -> Fields:
        return self.optional | frozenset(self.required)


def _words(text: str) -> Fields:
    return frozenset(text.split())


_CONDITIONS = _words(
    "ConditionalOperator ConditionExpression Expected ExpressionAttributeNames ExpressionAttributeValues "
    "ReturnConsumedCapacity ReturnItemCollectionMetrics ReturnValues ReturnValuesOnConditionCheckFailure"
)
_PUBLISHING = _words(
    "MessageAttributes MessageDeduplicationId MessageGroupId MessageStructure PhoneNumber Subject TargetArn TopicArn"
)
_HERE = {
    ("lambda", "invoke"): Integration(
        _CALLBACK, ("FunctionName",), _words("ClientContext InvocationType Payload Qualifier")
    ),
    ("dynamodb", "getItem"): Integration(
        _ANSWER,
        ("TableName", "Key"),
        _words("AttributesToGet ConsistentRead ExpressionAttributeNames ProjectionExpression ReturnConsumedCapacity"),
    ),
    ("dynamodb", "putItem"): Integration(_ANSWER, ("TableName", "Item"), _CONDITIONS),
    ("dynamodb", "deleteItem"): Integration(_ANSWER, ("TableName", "Key"), _CONDITIONS),
    ("dynamodb", "updateItem"): Integration(
        _ANSWER, ("TableName", "Key"), _CONDITIONS | _words("AttributeUpdates UpdateExpression")
    ),
    ("sqs", "sendMessage"): Integration(
        _CALLBACK,
        ("QueueUrl", "MessageBody"),
        _words("DelaySeconds MessageAttributes MessageDeduplicationId MessageGroupId"),
    ),
    ("sns", "publish"): Integration(_CALLBACK, ("Message",), _PUBLISHING),
    ("events", "putEvents"): Integration(_CALLBACK, ("Entries",)),
    ("states", "startExecution"): Integration(
        frozenset({REQUEST, SYNC, SYNC_JSON, CALLBACK}), ("StateMachineArn",), _words("Input Name")
    ),
    ("apigateway", "invoke"): Integration(
        _CALLBACK,
        ("ApiEndpoint", "Method"),
        _words("AllowNullValues AuthType Headers Path QueryParameters RequestBody Stage"),
    ),
    ("http", "invoke"): Integration(
        _ANSWER,
        ("ApiEndpoint", "Method"),
        _words("Authentication Headers InvocationConfig QueryParameters RequestBody Transform"),
    ),
}
_JOB = frozenset({REQUEST, SYNC})
_ELSEWHERE: dict[str, dict[str, frozenset[str]]] = {
    "athena": {
        "startQueryExecution": _JOB,
        **dict.fromkeys(("stopQueryExecution", "getQueryExecution", "getQueryResults"), _ANSWER),
    },
    "batch": {"submitJob": _JOB | _CALLBACK},
    "bedrock": {"invokeModel": _CALLBACK, "createModelCustomizationJob": _JOB},
    "codebuild": {
        **dict.fromkeys(("startBuild", "startBuildBatch", "retryBuildBatch"), _JOB),
        **dict.fromkeys(
            ("stopBuild", "stopBuildBatch", "batchDeleteBuilds", "batchGetReports", "deleteBuildBatch"), _ANSWER
        ),
    },
    "databrew": {"startJobRun": _JOB},
    "ecs": {"runTask": _JOB | _CALLBACK},
    "eks": {
        **dict.fromkeys(("createCluster", "createNodegroup", "deleteCluster", "deleteNodegroup", "runJob"), _JOB),
        "call": _ANSWER,
    },
    "elasticmapreduce": {
        **dict.fromkeys(("createCluster", "terminateCluster", "addStep"), _JOB),
        **dict.fromkeys(
            (
                "cancelStep",
                "modifyInstanceFleetByName",
                "modifyInstanceGroupByName",
                "setClusterTerminationProtection",
            ),
            _ANSWER,
        ),
    },
    "emr-containers": {
        "createVirtualCluster": _ANSWER,
        **dict.fromkeys(("deleteVirtualCluster", "startJobRun"), _JOB),
    },
    "emr-serverless": dict.fromkeys(
        (
            "createApplication",
            "startApplication",
            "stopApplication",
            "deleteApplication",
            "startJobRun",
            "cancelJobRun",
        ),
        _JOB,
    ),
    "glue": {"startJobRun": _JOB},
    "mediaconvert": {"createJob": _JOB},
    "sagemaker": {
        **dict.fromkeys(
            (
                "createHyperParameterTuningJob",
                "createLabelingJob",
                "createProcessingJob",
                "createTrainingJob",
                "createTransformJob",
            ),
            _JOB,
        ),
        **dict.fromkeys(("createEndpoint", "createEndpointConfig", "createModel", "updateEndpoint"), _ANSWER),
    },
}
"""What AWS integrates and Serein has no service for."""


def find_integration(service: str, action: str) -> Integration | None:
    """The optimized integration of an operation, or None when AWS has none."""
    found = _HERE.get((service, action))
    if found is not None:
        return found
    patterns = _ELSEWHERE.get(service, {}).get(action)
    return None if patterns is None else Integration(patterns, is_here=False)

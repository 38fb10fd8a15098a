"""Which keys of a configuration count here; and those of the framework's that have no effect, and why."""

from collections.abc import Iterator, Mapping
from typing import Any

Tree = Mapping[str, "Tree"]
"""What counts below a key; an empty one is everything."""


def tree_of(paths: str) -> Tree:
    """Of words like `logs.lambda.logGroup`; `*` is any key."""
    tree: dict[str, Any] = {}
    for path in paths.split():
        place = tree
        for key in path.split("."):
            place = place.setdefault(key, {})
    return tree


def unread(given: Any, tree: Tree, place: str = "") -> Iterator[tuple[str, Any]]:
    """The paths at which something stands that doesn't count, and what stands there."""
    if not isinstance(given, dict) or is_intrinsic(given):
        return
    for key, value in given.items():
        below = tree.get(str(key), tree.get("*"))
        path = f"{place}{key}"
        if below is None:
            yield path, value
        elif below:
            yield from unread(value, below, f"{path}.")


def is_intrinsic(given: Any) -> bool:
    """Whether it is a function of CloudFormation."""
    return isinstance(given, dict) and any(str(key).startswith("Fn::") or key == "Ref" for key in given)


TOP = tree_of("""service.name frameworkVersion provider functions layers resources package plugins custom params stages
    useDotenv build stepFunctions constructs configValidationMode variablesResolutionMode
    unresolvedVariablesNotificationMode deprecationNotificationMode disabledDeprecations projectDir""")
PACKAGE = tree_of("artifact exclude excludeDevDependencies include individually patterns")
PROVIDER = tree_of("""name runtime stage region memorySize timeout environment tags tracing.lambda tracing.apiGateway
    logRetentionInDays logDataProtectionPolicy iam.role iamRoleStatements iamManagedPolicies role
    rolePermissionsBoundary layers vpc.securityGroupIds vpc.subnetIds vpc.ipv6AllowedForDualStack kmsKeyArn
    architecture versionFunctions apiName apiKeys usagePlan resourcePolicy endpointType vpcEndpointIds
    apiGateway.apiKeys apiGateway.apiKeySourceType apiGateway.binaryMediaTypes apiGateway.description
    apiGateway.disableDefaultEndpoint apiGateway.endpoint.securityPolicy apiGateway.endpoint.accessMode
    apiGateway.metrics apiGateway.minimumCompressionSize apiGateway.resourcePolicy apiGateway.restApiId
    apiGateway.restApiResources apiGateway.restApiRootResourceId apiGateway.request.schemas
    apiGateway.shouldStartNameWithService apiGateway.timeoutInMillis apiGateway.usagePlan apiGateway.websocketApiId
    httpApi logs.httpApi logs.restApi.accessLogging logs.restApi.executionLogging logs.restApi.format
    logs.restApi.fullExecutionData logs.restApi.level logs.websocket.accessLogging logs.websocket.executionLogging
    logs.websocket.format logs.websocket.fullExecutionData logs.websocket.level logs.lambda.applicationLogLevel
    logs.lambda.logFormat logs.lambda.logGroup logs.lambda.systemLogLevel websocketsApiName
    websocketsApiRouteSelectionExpression websocketsDescription websocket.useProviderTags s3
    ecr.images.*.uri ecr.images.*.path ecr.images.*.file ecr.images.*.buildArgs kinesis.consumerNamingMode stackName
    runtimeManagement disableDefaultOutputExportNames stackParameters""")
FUNCTION = tree_of("""handler image.uri image.name image.command image.entryPoint image.workingDirectory name runtime
    memorySize timeout environment tags tracing description events package.artifact package.exclude package.include
    package.individually package.patterns layers role vpc kmsKeyArn architecture versionFunction reservedConcurrency
    provisionedConcurrency snapStart url.authorizer url.cors url.invokeMode destinations maximumRetryAttempts
    maximumEventAge onError ephemeralStorageSize fileSystemConfig disableLogs logRetentionInDays
    logDataProtectionPolicy logs condition dependsOn httpApi.payload runtimeManagement recursiveLoop iam
    iamRoleStatements iamRoleStatementsInherit iamRoleStatementsName iamPermissionsBoundary""")
EVENTS: Mapping[str, Tree] = {
    kind: tree_of(paths)
    for kind, paths in {
        "http": """path method cors private authorizer.arn authorizer.authorizerId authorizer.claims
            authorizer.identitySource authorizer.identityValidationExpression authorizer.managedExternally
            authorizer.name authorizer.resultTtlInSeconds authorizer.scopes authorizer.type integration
            request.contentHandling request.method request.parameters request.passThrough request.schemas request.schema
            request.template request.uri request.reqValidatorName response.contentHandling response.headers
            response.template response.transferMode response.statusCodes async timeoutInMillis operationId
            connectionType connectionId""",
        "httpApi": "path method authorizer.id authorizer.name authorizer.scopes authorizer.type",
        "websocket": """route routeResponseSelectionExpression authorizer.name authorizer.arn
            authorizer.identitySource""",
        "schedule": """rate enabled name description input inputPath inputTransformer method roleArn groupName
            timezone""",
        "stream": """arn type batchSize parallelizationFactor startingPosition startingPositionTimestamp enabled
            consumer batchWindow maximumRetryAttempts bisectBatchOnFunctionError maximumRecordAgeInSeconds
            functionResponseType destinations tumblingWindowInSeconds filterPatterns""",
        "sqs": "arn batchSize enabled maximumBatchingWindow functionResponseType filterPatterns maximumConcurrency",
        "sns": "arn topicName displayName filterPolicy filterPolicyScope redrivePolicy",
        "s3": "bucket event existing rules",
        "eventBridge": """eventBus schedule name description enabled pattern input inputPath inputTransformer
            retryPolicy.maximumEventAge retryPolicy.maximumRetryAttempts deadLetterQueueArn""",
        "cloudwatchEvent": "event input inputPath inputTransformer description name enabled",
        "cloudwatchLog": "logGroup filter",
        "alexaSkill": "appId enabled",
        "alexaSmartHome": "appId enabled",
        "iot": "sql sqlVersion name enabled description",
        "cognitoUserPool": "pool trigger existing kmsKeyId lambdaVersion",
    }.items()
}
WITHOUT_EFFECT: Mapping[str, str] = {
    "app": "there is no dashboard here",
    "org": "there is no dashboard here",
    "tenant": "there is no dashboard here",
    "console": "there is no dashboard here",
    "dashboard": "there is no dashboard here",
    "outputs": "there is no dashboard here",
    "stage.observability": "there is no dashboard here",
    "stage.integrations": "there is no dashboard here",
    "stage.resolvers": "variables have no sources but those that are built in",
    "package.path": "packages are kept in .serein",
    "service.awsKmsKeyArn": "kmsKeyArn of the provider or of functions is what counts",
    "provider.deploymentBucket": "packages go to Serein's own bucket",
    "provider.deploymentMethod": "stacks are created and updated directly",
    "provider.deploymentPrefix": "packages are named by their content",
    "provider.profile": "the credentials are those of the environment",
    "provider.stackTags": "the stack gets no tags",
    "provider.notificationArns": "nothing is notified of the stack's events",
    "provider.stackPolicy": "the stack gets no policy",
    "provider.rollbackConfiguration": "no alarms are watched",
    "provider.disableRollback": "a stack that fails is rolled back",
    "provider.cfnRole": "the stack is made with the caller's own permissions",
    "provider.iam.deploymentRole": "the stack is made with the caller's own permissions",
    "provider.lambdaHashingVersion": "versions are named by Serein's own hash",
    "provider.build": "the top-level build is what counts",
    "provider.alb": "there are no load balancers here",
    "provider.vpcId": "there are no load balancers here",
    "provider.cloudFront": "there is no CloudFront here",
    "provider.eventBridge.useCloudFormation": "buses and rules are CloudFormation's always",
    "provider.ecr.scanOnPush": "images aren't scanned",
    "provider.ecr.maxImageCount": "images stay with the container engine",
    "provider.logs.frameworkLambda": "the framework's own function isn't needed",
    "provider.logs.restApi.role": "API Gateway needs no role to write logs here",
    "provider.logs.restApi.roleManagedExternally": "API Gateway needs no role to write logs here",
    "function.awsKmsKeyArn": "kmsKeyArn is what counts",
    "function.warmup": "functions are warm as long as the server runs",
    "function.optimize": "nothing optimizes packages",
    "event.forceDeploy": "what didn't change isn't deployed again",
    "event.documentation": "documentation of the API isn't made",
}

"""What of a configuration is known: keys that nothing reads are named in warnings, events that can't be are refused."""

from collections.abc import Iterator, Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.service import Function, Service


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOP = _words("""service frameworkVersion provider functions layers resources package plugins custom params stages
    useDotenv configValidationMode variablesResolutionMode unresolvedVariablesNotificationMode
    deprecationNotificationMode disabledDeprecations build stepFunctions app org tenant console
    dashboard outputs projectDir""")
_PROVIDER = _words("""name runtime stage region profile memorySize timeout environment tags stackTags tracing
    logRetentionInDays logDataProtectionPolicy iam iamRoleStatements iamManagedPolicies role
    rolePermissionsBoundary cfnRole layers vpc kmsKeyArn architecture versionFunctions apiGateway
    apiName apiKeys usagePlan resourcePolicy endpointType vpcEndpointIds logs httpApi websocketsApiName
    websocketsApiRouteSelectionExpression websocketsDescription eventBridge s3 ecr kinesis stackName
    deploymentBucket deploymentMethod deploymentPrefix lambdaHashingVersion runtimeManagement
    notificationArns stackParameters stackPolicy rollbackConfiguration disableRollback
    disableDefaultOutputExportNames vpcId alb cloudFront build""")
_FUNCTION = _words("""handler image name runtime memorySize timeout environment tags tracing description events package
    layers role vpc kmsKeyArn architecture versionFunction reservedConcurrency provisionedConcurrency
    snapStart url destinations maximumRetryAttempts maximumEventAge onError ephemeralStorageSize
    fileSystemConfig disableLogs logRetentionInDays logDataProtectionPolicy logs condition dependsOn
    httpApi runtimeManagement recursiveLoop iam iamRoleStatements iamRoleStatementsInherit
    iamRoleStatementsName iamPermissionsBoundary warmup""")
_EVENTS: Mapping[str, frozenset[str]] = {
    kind: _words(keys)
    for kind, keys in {
        "http": """path method cors private authorizer integration request response async timeoutInMillis operationId
            connectionType connectionId documentation""",
        "httpApi": "path method authorizer",
        "websocket": "route routeResponseSelectionExpression authorizer",
        "schedule": """rate enabled name description input inputPath inputTransformer method roleArn groupName
            timezone""",
        "stream": """arn type batchSize parallelizationFactor startingPosition startingPositionTimestamp enabled
            consumer batchWindow maximumRetryAttempts bisectBatchOnFunctionError maximumRecordAgeInSeconds
            functionResponseType destinations tumblingWindowInSeconds filterPatterns""",
        "sqs": "arn batchSize enabled maximumBatchingWindow functionResponseType filterPatterns maximumConcurrency",
        "sns": "arn topicName displayName filterPolicy filterPolicyScope redrivePolicy",
        "s3": "bucket event existing rules forceDeploy",
        "eventBridge": """eventBus schedule name description enabled pattern input inputPath inputTransformer
            retryPolicy deadLetterQueueArn""",
        "cloudwatchEvent": "event input inputPath inputTransformer description name enabled",
        "cloudwatchLog": "logGroup filter",
        "alexaSkill": "appId enabled",
        "alexaSmartHome": "appId enabled",
        "iot": "sql sqlVersion name enabled description",
        "cognitoUserPool": "pool trigger existing forceDeploy kmsKeyId lambdaVersion",
    }.items()
}
_REFUSED = ("alb", "kafka", "msk", "activemq", "rabbitmq", "cloudFront", "iotFleetProvisioning")
_WITHOUT_EFFECT = {
    "deploymentBucket": "packages go to Serein's own bucket",
    "deploymentMethod": "stacks are created and updated directly",
    "deploymentPrefix": "packages are named by their content",
    "profile": "the credentials are those of the environment",
    "stackTags": "the stack gets no tags",
    "notificationArns": "nothing is notified of the stack's events",
    "stackPolicy": "the stack gets no policy",
    "rollbackConfiguration": "no alarms are watched",
    "disableRollback": "a stack that fails is rolled back",
    "cfnRole": "the stack is made with the caller's own permissions",
    "lambdaHashingVersion": "versions are named by Serein's own hash",
    "stackParameters": "parameters come from the command line",
}


def warnings_of(service: Service) -> list[str]:
    """What is given but not read, or has no effect. Raises TemplateInvalid for events that can't be had here."""
    found = [_unknown("serverless.yml", set(service.document) - _TOP)]
    found.append(_unknown("provider", set(service.provider) - _PROVIDER))
    found += [f"provider.{key}: {why}." for key, why in _WITHOUT_EFFECT.items() if service.provider.get(key)]
    for function in service.functions:
        found.append(_unknown(f"functions.{function.key}", set(function.settings) - _FUNCTION))
        found += _event_warnings(function)
    return [each for each in found if each]


def known_only(document: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration whose functions' events have none but known kinds and keys."""
    functions = {
        key: {
            **settings,
            "events": [_known(event) for event in settings.get("events") or () if _kind(event) in _EVENTS],
        }
        for key, settings in document["functions"].items()
    }
    return {**document, "functions": functions}


def _event_warnings(function: Function) -> Iterator[str]:
    for event in function.settings.get("events") or ():
        kind, given = _kind(event), event.get(_kind(event)) if isinstance(event, dict) else None
        if kind in _REFUSED:
            raise TemplateInvalid(f"the function {function.key} has the event {kind}, which is not supported here.")
        if kind not in _EVENTS:
            yield f"functions.{function.key} has an event that is not known, and is left out: {kind}."
        elif isinstance(given, dict) and not _is_intrinsic(given):
            yield _unknown(f"functions.{function.key}: the {kind} event", set(given) - _EVENTS[kind])


def _kind(event: Any) -> str:
    """An event's kind; an object has it as its one key, beside which nothing counts."""
    return str(next(iter(event), "")) if isinstance(event, dict) else str(event)


def _known(event: Any) -> Any:
    kind = _kind(event)
    given = event.get(kind) if isinstance(event, dict) else None
    if not isinstance(given, dict) or _is_intrinsic(given):
        return event
    return {kind: {key: value for key, value in given.items() if key in _EVENTS[kind]}}


def _is_intrinsic(given: Mapping[str, Any]) -> bool:
    return any(str(key).startswith("Fn::") or key == "Ref" for key in given)


def _unknown(place: str, keys: set[Any]) -> str:
    return f"{place} has what nothing reads here: {', '.join(sorted(map(str, keys)))}." if keys else ""

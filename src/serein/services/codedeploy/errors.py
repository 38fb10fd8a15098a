"""The errors of CodeDeploy, with AWS's messages."""

from serein.kernel.errors import AwsError


class AlarmsLimitExceededException(AwsError):
    """The maximum number of alarms for a deployment group (10) was exceeded."""


class ApplicationAlreadyExistsException(AwsError):
    """An application with the specified name with the user or AWS account already exists."""


class ApplicationDoesNotExistException(AwsError):
    """The application does not exist with the user or AWS account."""


class ApplicationNameRequiredException(AwsError):
    """The minimum number of required application names was not specified."""


class ArnNotSupportedException(AwsError):
    """The specified ARN is not supported."""


class BatchLimitExceededException(AwsError):
    """The maximum number of names or IDs allowed for this request (100) was exceeded."""


class DeploymentAlreadyCompletedException(AwsError):
    """The deployment is already complete."""


class DeploymentConfigAlreadyExistsException(AwsError):
    """A deployment configuration with the specified name with the user or AWS account already exists."""


class DeploymentConfigDoesNotExistException(AwsError):
    """The deployment configuration does not exist with the user or AWS account."""


class DeploymentConfigInUseException(AwsError):
    """The deployment configuration is still in use."""


class DeploymentConfigNameRequiredException(AwsError):
    """The deployment configuration name was not specified."""


class DeploymentDoesNotExistException(AwsError):
    """The deployment with the user or AWS account does not exist."""


class DeploymentGroupAlreadyExistsException(AwsError):
    """A deployment group with the specified name with the user or AWS account already exists."""


class DeploymentGroupDoesNotExistException(AwsError):
    """The named deployment group with the user or AWS account does not exist."""


class DeploymentGroupNameRequiredException(AwsError):
    """The deployment group name was not specified."""


class DeploymentIdRequiredException(AwsError):
    """At least one deployment ID must be specified."""


class DeploymentLimitExceededException(AwsError):
    """The number of allowed deployments was exceeded."""


class DeploymentTargetDoesNotExistException(AwsError):
    """The provided target ID does not belong to the attempted deployment."""


class DeploymentTargetIdRequiredException(AwsError):
    """A deployment target ID was not provided."""


class DeploymentTargetListSizeExceededException(AwsError):
    """The maximum number of targets that can be associated with an Amazon ECS or Lambda deployment was
    exceeded."""


class DescriptionTooLongException(AwsError):
    """The description is too long."""


class InvalidAlarmConfigException(AwsError):
    """The format of the alarm configuration is invalid."""


class InvalidApplicationNameException(AwsError):
    """The application name was specified in an invalid format."""


class InvalidArnException(AwsError):
    """The specified ARN is not in a valid format."""


class InvalidAutoRollbackConfigException(AwsError):
    """The automatic rollback configuration was specified in an invalid format."""


class InvalidComputePlatformException(AwsError):
    """The computePlatform is invalid."""


class InvalidDeployedStateFilterException(AwsError):
    """The deployed state filter was specified in an invalid format."""


class InvalidDeploymentConfigNameException(AwsError):
    """The deployment configuration name was specified in an invalid format."""


class InvalidDeploymentGroupNameException(AwsError):
    """The deployment group name was specified in an invalid format."""


class InvalidDeploymentIdException(AwsError):
    """At least one of the deployment IDs was specified in an invalid format."""


class InvalidDeploymentStatusException(AwsError):
    """The specified deployment status doesn't exist or cannot be determined."""


class InvalidDeploymentStyleException(AwsError):
    """An invalid deployment style was specified."""


class InvalidExternalIdException(AwsError):
    """The external ID was specified in an invalid format."""


class InvalidInputException(AwsError):
    """The input was specified in an invalid format."""


class InvalidLifecycleEventHookExecutionIdException(AwsError):
    """A lifecycle event hook is invalid."""


class InvalidLifecycleEventHookExecutionStatusException(AwsError):
    """The result of a Lambda validation function that verifies a lifecycle event is invalid."""


class InvalidMinimumHealthyHostValueException(AwsError):
    """The minimum healthy instance value was specified in an invalid format."""


class InvalidNextTokenException(AwsError):
    """The next token was specified in an invalid format."""


class InvalidOperationException(AwsError):
    """An invalid operation was detected."""


class InvalidRevisionException(AwsError):
    """The revision was specified in an invalid format."""


class InvalidRoleException(AwsError):
    """The service role ARN was specified in an invalid format."""


class InvalidSortByException(AwsError):
    """The column name to sort by is either not present or was specified in an invalid format."""


class InvalidSortOrderException(AwsError):
    """The sort order was specified in an invalid format."""


class InvalidTagsToAddException(AwsError):
    """The specified tags are not valid."""


class InvalidTargetFilterNameException(AwsError):
    """The target filter name is invalid."""


class InvalidTimeRangeException(AwsError):
    """The specified time range was specified in an invalid format."""


class InvalidTrafficRoutingConfigurationException(AwsError):
    """The configuration that specifies how traffic is routed during a deployment is invalid."""


class InvalidTriggerConfigException(AwsError):
    """The trigger was specified in an invalid format."""


class LifecycleEventAlreadyCompletedException(AwsError):
    """An attempt to return the status of an already completed lifecycle event occurred."""


class ResourceArnRequiredException(AwsError):
    """The ARN of a resource is required, but was not found."""


class RevisionDoesNotExistException(AwsError):
    """The named revision does not exist with the user or AWS account."""


class RevisionRequiredException(AwsError):
    """The revision ID was not specified."""


class RoleRequiredException(AwsError):
    """The role ID was not specified."""


class TagRequiredException(AwsError):
    """A tag was not specified."""


class TriggerTargetsLimitExceededException(AwsError):
    """The maximum allowed number of triggers was exceeded."""


class UnsupportedActionForDeploymentTypeException(AwsError):
    """A call was submitted that is not supported for the specified deployment type."""

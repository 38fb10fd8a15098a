"""S3's errors, with its messages (Amazon S3 API Reference, "Error responses")."""

from serein.kernel.errors import AwsError


class AccessDenied(AwsError):
    """Access Denied"""

    status = 403


class AccessForbidden(AwsError):
    """CORSResponse: CORS is not enabled for this bucket."""

    status = 403


class AccessControlListNotSupported(AwsError):
    """The bucket does not allow ACLs"""


class BadDigest(AwsError):
    """The Content-MD5 you specified did not match what we received."""


class BucketAlreadyExists(AwsError):
    """The requested bucket name is not available. The bucket namespace is shared by all users of the system. \
Please select a different name and try again."""

    status = 409


class BucketAlreadyOwnedByYou(AwsError):
    """Your previous request to create the named bucket succeeded and you already own it."""

    status = 409


class BucketNotEmpty(AwsError):
    """The bucket you tried to delete is not empty"""

    status = 409


class ConditionalRequestConflict(AwsError):
    """The conditional request cannot succeed due to a conflicting operation against this resource."""

    status = 409


class EntityTooLarge(AwsError):
    """Your proposed upload exceeds the maximum allowed size"""


class EntityTooSmall(AwsError):
    """Your proposed upload is smaller than the minimum allowed size"""


class IllegalLocationConstraintException(AwsError):
    """The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."""


class IncompleteBody(AwsError):
    """You did not provide the number of bytes specified by the Content-Length HTTP header"""


class InvalidArgument(AwsError):
    """Invalid Argument"""


class InvalidBucketAclWithObjectOwnership(AwsError):
    """Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"""


class InvalidBucketName(AwsError):
    """The specified bucket is not valid."""


class InvalidBucketState(AwsError):
    """The request is not valid with the current state of the bucket."""

    status = 409


class InvalidDigest(AwsError):
    """The Content-MD5 you specified was invalid."""


class InvalidEncryptionAlgorithm(AwsError):
    """The encryption request you specified is not valid. Supported value: AES256."""

    code = "InvalidEncryptionAlgorithmError"


class InvalidLocationConstraint(AwsError):
    """The specified location-constraint is not valid"""


class InvalidPart(AwsError):
    """One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified \
entity tag may not match the part's entity tag."""


class InvalidPartNumber(AwsError):
    """The requested partnumber is not satisfiable"""

    status = 416


class InvalidPartOrder(AwsError):
    """The list of parts was not in ascending order. Parts must be ordered by part number."""


class InvalidRange(AwsError):
    """The requested range is not satisfiable"""

    status = 416


class InvalidRequest(AwsError):
    """Invalid Request"""


class InvalidStorageClass(AwsError):
    """The storage class you specified is not valid"""


class InvalidTag(AwsError):
    """The tag provided was not a valid tag. This error can occur if the tag did not pass input validation."""


class KeyTooLong(AwsError):
    """Your key is too long"""

    code = "KeyTooLongError"


class MalformedPolicy(AwsError):
    """Policy has invalid resource"""


class MalformedXML(AwsError):
    """The XML you provided was not well-formed or did not validate against our published schema"""


class MalformedPOSTRequest(AwsError):
    """The body of your POST request is not well-formed multipart/form-data."""


class MaxPostPreDataLengthExceededError(AwsError):
    """Your POST request fields preceding the upload file were too large."""


class MetadataTooLarge(AwsError):
    """Your metadata headers exceed the maximum allowed metadata size"""


class MethodNotAllowed(AwsError):
    """The specified method is not allowed against this resource."""

    status = 405


class MissingRequestBody(AwsError):
    """Request Body is empty"""

    code = "MissingRequestBodyError"


class NoSuchBucket(AwsError):
    """The specified bucket does not exist"""

    status = 404


class NoSuchBucketPolicy(AwsError):
    """The bucket policy does not exist"""

    status = 404


class NoSuchCorsConfiguration(AwsError):
    """The CORS configuration does not exist"""

    code = "NoSuchCORSConfiguration"
    status = 404


class NoSuchKey(AwsError):
    """The specified key does not exist."""

    status = 404


class NoSuchLifecycleConfiguration(AwsError):
    """The lifecycle configuration does not exist"""

    status = 404


class NoSuchObjectLockConfiguration(AwsError):
    """The specified object does not have a ObjectLock configuration"""

    status = 404


class NoSuchPublicAccessBlockConfiguration(AwsError):
    """The public access block configuration was not found"""

    status = 404


class NoSuchTagSet(AwsError):
    """The TagSet does not exist"""

    status = 404


class NoSuchUpload(AwsError):
    """The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or \
completed."""

    status = 404


class NoSuchVersion(AwsError):
    """The specified version does not exist."""

    status = 404


class NoSuchWebsiteConfiguration(AwsError):
    """The specified bucket does not have a website configuration"""

    status = 404


class NotModified(AwsError):
    """Not Modified"""

    status = 304


class ObjectLockConfigurationNotFound(AwsError):
    """Object Lock configuration does not exist for this bucket"""

    code = "ObjectLockConfigurationNotFoundError"
    status = 404


class OwnershipControlsNotFound(AwsError):
    """The bucket ownership controls were not found"""

    code = "OwnershipControlsNotFoundError"
    status = 404


class PreconditionFailed(AwsError):
    """At least one of the pre-conditions you specified did not hold"""

    status = 412


class ReplicationConfigurationNotFound(AwsError):
    """The replication configuration was not found"""

    code = "ReplicationConfigurationNotFoundError"
    status = 404


class ServerSideEncryptionConfigurationNotFound(AwsError):
    """The server side encryption configuration was not found"""

    code = "ServerSideEncryptionConfigurationNotFoundError"
    status = 404


class TooManyBuckets(AwsError):
    """You have attempted to create more buckets than allowed"""

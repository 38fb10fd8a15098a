"""The versions of a managed policy: create, get, list, set the default, delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import documents
from serein.services.iam.entities import Entity, encoded, is_aws_managed
from serein.services.iam.errors import DeleteConflict, LimitExceeded, NoSuchEntity
from serein.services.iam.managed import ManagedPolicy, find_managed
from serein.services.iam.store import identities

_MOST_VERSIONS = 5


@operation("CreatePolicyVersion")
async def create_policy_version(call: Call, request: Request) -> Reply:
    documents.check_identity_policy(request["PolicyDocument"])

    def write(tx: Transaction) -> Reply:
        policy = identities.require_policy(tx, call.scope.account, request["PolicyArn"])
        if len(identities.policy_versions(tx, policy)) >= _MOST_VERSIONS:
            raise LimitExceeded(
                "A managed policy can have up to 5 versions. Before you create a new version, you must delete an"
                " existing version."
            )
        number = policy.fields["LastVersion"] + 1
        policy.fields["LastVersion"] = number
        policy.fields["UpdateDate"] = tx.now
        if request.get("SetAsDefault"):
            policy.fields["DefaultVersion"] = number
        identities.save_entity(tx, policy)
        return _shown(policy, identities.append_version(tx, policy, number, request["PolicyDocument"]))

    return {"PolicyVersion": await call.write(write)}


@operation(
    "GetPolicyVersion", partial="the documents of some of AWS's own policies, and their older versions, are missing"
)
async def get_policy_version(call: Call, request: Request) -> Reply:
    if is_aws_managed(request["PolicyArn"]):
        managed = _require_managed(request["PolicyArn"])
        if request["VersionId"] != managed.version:
            raise NotImplementedHere(f"Serein has only the version {managed.version} of {request['PolicyArn']}")
        return {"PolicyVersion": _shown_managed(managed) | {"Document": encoded(managed.document)}}

    def read(tx: Transaction) -> Reply:
        policy = identities.require_policy(tx, call.scope.account, request["PolicyArn"])
        version = _require_version(tx, policy, request)
        return _shown(policy, version) | {"Document": encoded(version.document)}

    return {"PolicyVersion": await call.read(read)}


@operation("ListPolicyVersions", partial="of AWS's own policies at most the default version is known")
async def list_policy_versions(call: Call, request: Request) -> Reply:
    if is_aws_managed(request["PolicyArn"]):
        return {"Versions": [_shown_managed(_require_managed(request["PolicyArn"]))], "IsTruncated": False}

    def read(tx: Transaction) -> list[Reply]:
        policy = identities.require_policy(tx, call.scope.account, request["PolicyArn"])
        return [_shown(policy, version) for version in identities.policy_versions(tx, policy)]

    return {"Versions": await call.read(read), "IsTruncated": False}


@operation("SetDefaultPolicyVersion")
async def set_default_policy_version(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        policy = identities.require_policy(tx, call.scope.account, request["PolicyArn"])
        policy.fields["DefaultVersion"] = _require_version(tx, policy, request).number
        policy.fields["UpdateDate"] = tx.now
        identities.save_entity(tx, policy)

    await call.write(write)
    return {}


@operation("DeletePolicyVersion")
async def delete_policy_version(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        policy = identities.require_policy(tx, call.scope.account, request["PolicyArn"])
        version = _require_version(tx, policy, request)
        if version.number == policy.fields["DefaultVersion"]:
            raise DeleteConflict("Cannot delete the default version of a policy.")
        identities.delete_version(tx, policy, version.number)

    await call.write(write)
    return {}


def _require_version(tx: Transaction, policy: Entity, request: Request) -> identities.PolicyVersion:
    for version in identities.policy_versions(tx, policy):
        if f"v{version.number}" == request["VersionId"]:
            return version
    raise NoSuchEntity(
        f"Policy {request['PolicyArn']} version {request['VersionId']} does not exist or is not attachable."
    )


def _require_managed(policy_arn: str) -> ManagedPolicy:
    managed = find_managed(policy_arn)
    if managed is None:
        raise NotImplementedHere(f"Serein does not have the document of {policy_arn}")
    return managed


def _shown_managed(managed: ManagedPolicy) -> Reply:
    return {"VersionId": managed.version, "IsDefaultVersion": True, "CreateDate": managed.updated_at}


def _shown(policy: Entity, version: identities.PolicyVersion) -> Reply:
    return {
        "VersionId": f"v{version.number}",
        "IsDefaultVersion": version.number == policy.fields["DefaultVersion"],
        "CreateDate": version.created_at,
    }

"""Instance profiles: create, get, list, delete, and the role that each carries."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import INSTANCE_PROFILE, ROLE, Entity, profile_reply
from serein.services.iam.errors import DeleteConflict, LimitExceeded
from serein.services.iam.paging import max_items, page, page_of_all, position
from serein.services.iam.store import identities


@operation("CreateInstanceProfile")
async def create_instance_profile(call: Call, request: Request) -> Reply:
    fields = {"Tags": policies.merged_tags([], request.get("Tags", []))}

    def write(tx: Transaction) -> Entity:
        return identities.insert_entity(
            tx, call.scope.account, INSTANCE_PROFILE, request["InstanceProfileName"], request.get("Path", "/"), fields
        )

    return {"InstanceProfile": profile_reply(await call.write(write), [], call.scope.partition)}


@operation("GetInstanceProfile")
async def get_instance_profile(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Reply:
        profile = identities.require_entity(tx, call.scope.account, INSTANCE_PROFILE, request["InstanceProfileName"])
        return profile_reply(profile, identities.members_of(tx, profile), call.scope.partition)

    return {"InstanceProfile": await call.read(read)}


@operation("ListInstanceProfiles")
async def list_instance_profiles(call: Call, request: Request) -> Reply:
    prefix, after, limit = request.get("PathPrefix", "/"), position(request), max_items(request) + 1

    def read(tx: Transaction) -> list[tuple[str, Reply]]:
        found = identities.list_entities(tx, call.scope.account, INSTANCE_PROFILE, prefix, after, limit)
        return [(it.key, profile_reply(it, identities.members_of(tx, it), call.scope.partition)) for it in found]

    return page(request, "InstanceProfiles", await call.read(read), lambda it: it[0], lambda it: it[1])


@operation("ListInstanceProfilesForRole")
async def list_instance_profiles_for_role(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> tuple[Entity, list[Entity]]:
        role = identities.require_entity(tx, call.scope.account, ROLE, request["RoleName"])
        return role, identities.owners_of(tx, role)

    role, found = await call.read(read)
    partition = call.scope.partition
    return page_of_all(
        request, "InstanceProfiles", found, lambda it: it.key, lambda it: profile_reply(it, [role], partition)
    )


@operation("AddRoleToInstanceProfile")
async def add_role_to_instance_profile(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        profile = identities.require_entity(tx, call.scope.account, INSTANCE_PROFILE, request["InstanceProfileName"])
        role = identities.require_entity(tx, call.scope.account, ROLE, request["RoleName"])
        if identities.members_of(tx, profile):
            raise LimitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
        identities.add_member(tx, profile, role)

    await call.write(write)
    return {}


@operation("RemoveRoleFromInstanceProfile")
async def remove_role_from_instance_profile(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        profile = identities.require_entity(tx, call.scope.account, INSTANCE_PROFILE, request["InstanceProfileName"])
        role = identities.require_entity(tx, call.scope.account, ROLE, request["RoleName"])
        if not identities.remove_member(tx, profile, role):
            raise ROLE.absent(role.name)

    await call.write(write)
    return {}


@operation("DeleteInstanceProfile")
async def delete_instance_profile(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        profile = identities.require_entity(tx, call.scope.account, INSTANCE_PROFILE, request["InstanceProfileName"])
        if identities.members_of(tx, profile):
            raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
        identities.delete_entity(tx, profile)

    await call.write(write)
    return {}

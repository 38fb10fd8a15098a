"""The access keys of a user: create, list, update, delete, and their last use."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import USER
from serein.services.iam.errors import LimitExceeded, NoSuchEntity, ValidationError
from serein.services.iam.paging import page_of_all
from serein.services.iam.store import identities, keys
from serein.services.iam.store.keys import AccessKey

_MOST_KEYS = 2


@operation("CreateAccessKey")
async def create_access_key(call: Call, request: Request) -> Reply:
    name = _user_name(call, request)

    def write(tx: Transaction) -> Reply:
        user = identities.require_entity(tx, call.scope.account, USER, name)
        if len(keys.access_keys_of(tx, user)) >= _MOST_KEYS:
            raise LimitExceeded(f"Cannot exceed quota for AccessKeysPerUser: {_MOST_KEYS}")
        made = keys.insert_access_key(tx, user)
        return _shown(made, user.name) | {"SecretAccessKey": made.secret}

    return {"AccessKey": await call.write(write)}


@operation("ListAccessKeys")
async def list_access_keys(call: Call, request: Request) -> Reply:
    name = _user_name(call, request)

    def read(tx: Transaction) -> tuple[str, list[AccessKey]]:
        user = identities.require_entity(tx, call.scope.account, USER, name)
        return user.name, keys.access_keys_of(tx, user)

    shown_name, found = await call.read(read)
    return page_of_all(request, "AccessKeyMetadata", sorted(found, key=_id), _id, lambda key: _shown(key, shown_name))


@operation("UpdateAccessKey")
async def update_access_key(call: Call, request: Request) -> Reply:
    name = _user_name(call, request)

    def write(tx: Transaction) -> None:
        _require_key(tx, call.scope.account, name, request["AccessKeyId"])
        keys.set_access_key_status(tx, request["AccessKeyId"], request["Status"])

    await call.write(write)
    return {}


@operation("DeleteAccessKey")
async def delete_access_key(call: Call, request: Request) -> Reply:
    name = _user_name(call, request)

    def write(tx: Transaction) -> None:
        _require_key(tx, call.scope.account, name, request["AccessKeyId"])
        keys.delete_access_key(tx, request["AccessKeyId"])

    await call.write(write)
    return {}


@operation("GetAccessKeyLastUsed", partial="the use of keys is not recorded: every key answers N/A")
async def get_access_key_last_used(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> str:
        found = keys.find_access_key(tx, request["AccessKeyId"])
        if found is None or found.account != call.scope.account:
            raise NoSuchEntity(f"The Access Key with id {request['AccessKeyId']} cannot be found.")
        user = identities.find_entity(tx, found.account, USER, found.user_key)
        return user.name if user else found.user_key

    return {"UserName": await call.read(read), "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}


def _user_name(call: Call, request: Request) -> str:
    if "UserName" in request:
        return str(request["UserName"])
    kind, _, path = call.caller.arn.rpartition(":")[2].partition("/")
    if kind != "user":
        raise ValidationError("Must specify userName when calling with non-User credentials")
    return path.rpartition("/")[2]


def _require_key(tx: Transaction, account: str, user_name: str, access_key_id: str) -> None:
    user = identities.require_entity(tx, account, USER, user_name)
    found = keys.find_access_key(tx, access_key_id)
    if found is None or (found.account, found.user_key) != (account, user.key):
        raise NoSuchEntity(f"The Access Key with id {access_key_id} cannot be found.")


def _id(key: AccessKey) -> str:
    return key.id


def _shown(key: AccessKey, user_name: str) -> Reply:
    return {"UserName": user_name, "AccessKeyId": key.id, "Status": key.status, "CreateDate": key.created_at}

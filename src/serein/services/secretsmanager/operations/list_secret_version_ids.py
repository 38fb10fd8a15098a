"""ListSecretVersionIds: a secret's versions."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.pages import page_of
from serein.services.secretsmanager.secrets import Version

_MOST_RESULTS = 100


@operation("ListSecretVersionIds")
async def list_secret_version_ids(call: Call, request: Request) -> Reply:
    is_deprecated_too = bool(request.get("IncludeDeprecated"))

    def find(tx: Transaction) -> Reply:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        versions = {
            version.version_id: version
            for version in store.versions_of(tx, found.secret_id)
            if version.stages or is_deprecated_too
        }
        page, token = page_of(call, request, list(versions), _MOST_RESULTS)
        reply: Reply = {"Versions": [_entry(versions[name]) for name in page], "ARN": found.arn, "Name": found.name}
        if token is not None:
            reply["NextToken"] = token
        return reply

    return await call.read(find)


def _entry(version: Version) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "VersionId": version.version_id,
        "CreatedDate": version.created_at,
        "KmsKeyIds": ["DefaultEncryptionKey"],
    }
    if version.stages:
        entry["VersionStages"] = version.stages
    if version.accessed_on is not None:
        entry["LastAccessedDate"] = version.accessed_on
    return entry

"""BatchGetSecretValue: the current values of up to twenty secrets."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import InvalidParameterException
from serein.services.secretsmanager.filters import passes
from serein.services.secretsmanager.pages import page_of
from serein.services.secretsmanager.reading import note_access, require_version, value_reply
from serein.services.secretsmanager.secrets import Version, require_alive
from serein.services.secretsmanager.store import Found

_MOST_RESULTS = 20


@operation("BatchGetSecretValue")
async def batch_get_secret_value(call: Call, request: Request) -> Reply:
    wanted, filters = request.get("SecretIdList"), request.get("Filters")
    if bool(wanted) == bool(filters):
        raise InvalidParameterException("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
    if wanted and ("MaxResults" in request or "NextToken" in request):
        raise InvalidParameterException(
            "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided."
        )
    errors: list[dict[str, str]] = []
    values: list[tuple[Found, Version]] = []
    reply: Reply = {"SecretValues": [], "Errors": errors}

    def find(tx: Transaction) -> None:
        errors.clear()
        values.clear()
        if wanted:
            names = list(wanted)
        else:
            alive = [one for one in store.list_secrets(tx, call.scope) if one.secret.marked_at is None]
            matching = [one.arn for one in alive if passes(one, filters or [])]
            names, token = page_of(call, request, matching, _MOST_RESULTS)
            if token is not None:
                reply["NextToken"] = token
        for name in names:
            try:
                found = store.require_secret(tx, call.scope, name)
                require_alive(found.secret)
                values.append((found, require_version(tx, found, None, None)))
            except AwsError as error:
                errors.append({"SecretId": name, "ErrorCode": error.code, "Message": error.message})

    await call.read(find)
    await note_access(call, values)
    reply["SecretValues"] = [value_reply(found, version) for found, version in values]
    return reply

"""LabelParameterVersion and UnlabelParameterVersion."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.ssm import store
from serein.services.ssm.errors import ParameterVersionLabelLimitExceeded, ParameterVersionNotFound
from serein.services.ssm.parameters import is_label, parse_reference

_MOST_LABELS = 10


@operation("LabelParameterVersion")
async def label_parameter_version(call: Call, request: Request) -> Reply:
    name = parse_reference(call.scope, request["Name"]).name
    wanted = list(dict.fromkeys(request["Labels"]))
    good = [label for label in wanted if is_label(label)]

    def label(tx: Transaction) -> int:
        version = request.get("ParameterVersion") or store.require_latest(tx, call.scope, name).Version
        _require_version(tx, call, name, version)
        labels = store.labels_of(tx, call.scope, name)
        there = {label for label, number in labels.items() if number == version}
        if len(there | set(good)) > _MOST_LABELS:
            raise ParameterVersionLabelLimitExceeded(
                f"A parameter version can have maximum {_MOST_LABELS} labels.Move one or more labels to another "
                "version and try again."
            )
        for one in good:
            store.put_label(tx, call.scope, name, one, version)
        return version

    version = await call.write(label)
    return {"InvalidLabels": [label for label in wanted if label not in good], "ParameterVersion": version}


@operation("UnlabelParameterVersion")
async def unlabel_parameter_version(call: Call, request: Request) -> Reply:
    name = parse_reference(call.scope, request["Name"]).name
    wanted, version = list(dict.fromkeys(request["Labels"])), request["ParameterVersion"]

    def unlabel(tx: Transaction) -> list[str]:
        _require_version(tx, call, name, version)
        labels = store.labels_of(tx, call.scope, name)
        removed = [label for label in wanted if labels.get(label) == version]
        for label in removed:
            store.remove_label(tx, call.scope, name, label)
        return removed

    removed = await call.write(unlabel)
    return {"RemovedLabels": removed, "InvalidLabels": [label for label in wanted if label not in removed]}


def _require_version(tx: Transaction, call: Call, name: str, version: int) -> None:
    store.require_latest(tx, call.scope, name)
    if store.find_version(tx, call.scope, name, version) is None:
        raise ParameterVersionNotFound(
            f"Systems Manager could not find version {version} of {name}. Verify the version and try again."
        )

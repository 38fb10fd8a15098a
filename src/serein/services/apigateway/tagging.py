"""What can be tagged, found by its ARN in a transaction."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from serein.kernel.arn import find_arn
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.apigateway.errors import BadRequestException, NotFoundException
from serein.services.apigateway.parts import require_stage
from serein.services.apigateway.plans import require_plan
from serein.services.apigateway.store import apis, keys, stages, things

Settings = dict[str, Any]
_THINGS = {"clientcertificates": "ClientCertificate", "vpclinks": "VpcLink"}


@dataclass(frozen=True, slots=True)
class Tagged:
    """Something with tags: what kind of thing, of which API when it is a stage, and its settings."""

    kind: str
    thing_id: str
    api_id: str
    settings: Settings


def find_tagged(tx: Transaction, scope: Scope, text: str) -> Tagged:
    """Raises BadRequestException for what is no ARN of something that can be tagged, NotFoundException."""
    arn = find_arn(unquote(text))
    if arn is None or arn.service != "apigateway" or not arn.resource.startswith("/"):
        raise BadRequestException("Invalid ARN specified in the request")
    parts = arn.resource[1:].split("/")
    if parts[0] == "restapis" and len(parts) == 2:
        return Tagged("restapis", parts[1], "", apis.require_api(tx, scope, parts[1]))
    if parts[0] == "restapis" and len(parts) == 4 and parts[2] == "stages":
        stage = require_stage(tx, scope, {"restApiId": parts[1], "stageName": parts[3]})
        return Tagged("stages", parts[3], parts[1], stage)
    if len(parts) != 2:
        raise BadRequestException("Invalid ARN specified in the request")
    return Tagged(parts[0], parts[1], "", _require_thing(tx, scope, parts[0], parts[1]))


def _require_thing(tx: Transaction, scope: Scope, kind: str, thing_id: str) -> Settings:
    if kind == "usageplans":
        return require_plan(tx, scope, thing_id)
    if kind == "apikeys":
        found = keys.find_key(tx, scope, thing_id)
    elif kind in _THINGS:
        found = things.find_thing(tx, scope, _THINGS[kind], thing_id)
    else:
        raise BadRequestException("Invalid ARN specified in the request")
    if found is None:
        raise NotFoundException("Invalid resource identifier specified")
    return found


def keep_tags(tx: Transaction, scope: Scope, tagged: Tagged, tags: dict[str, str]) -> None:
    settings = {**tagged.settings, "tags": tags}
    if tagged.kind == "restapis":
        apis.update_api(tx, settings)
    elif tagged.kind == "stages":
        stages.put_stage(tx, tagged.api_id, settings)
    elif tagged.kind == "usageplans":
        keys.put_plan(tx, scope, settings)
    elif tagged.kind == "apikeys":
        keys.put_key(tx, scope, settings)
    else:
        things.put_thing(tx, scope, _THINGS[tagged.kind], tagged.thing_id, settings)

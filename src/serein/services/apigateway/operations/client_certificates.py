"""Client certificates: generate, get, list, update and delete."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import random_lower
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.certificates import VALID_SECONDS, new_certificate
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches, require_listed
from serein.services.apigateway.errors import BadRequestException, NotFoundException
from serein.services.apigateway.store import stages, things
from serein.services.apigateway.store.apis import list_apis

_KIND = "ClientCertificate"
_PATCHED = {"replace": ("/description",)}


@operation("GenerateClientCertificate")
@checked
async def generate_client_certificate(call: Call, request: Request) -> Reply:
    """Make a certificate, good for a year, with which an API shows backends who calls."""
    pem, key = new_certificate(call.now)
    certificate: dict[str, Any] = {
        "clientCertificateId": random_lower(6),
        "pemEncodedCertificate": pem,
        "createdDate": call.now,
        "expirationDate": call.now + VALID_SECONDS,
        "privateKey": key,
    }
    for name in ("description", "tags"):
        if request.get(name):
            certificate[name] = request[name]
    thing_id = certificate["clientCertificateId"]
    await call.write(lambda tx: things.put_thing(tx, call.scope, _KIND, thing_id, certificate))
    return _shown(certificate)


def _shown(certificate: dict[str, Any]) -> Reply:
    return {name: value for name, value in certificate.items() if name != "privateKey"}


def _require_certificate(tx: Transaction, call: Call, request: Request) -> dict[str, Any]:
    found = things.find_thing(tx, call.scope, _KIND, request["clientCertificateId"])
    if found is None:
        raise NotFoundException("Invalid Client Certificate identifier specified")
    return found


@operation("GetClientCertificate")
@checked
async def get_client_certificate(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    return {"tags": {}, **_shown(await call.read(lambda tx: _require_certificate(tx, call, request)))}


@operation("GetClientCertificates")
@checked
async def get_client_certificates(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed position."""
    found = await call.read(lambda tx: things.list_things(tx, call.scope, _KIND))
    return page_of([_shown(one) for one in found], lambda one: one["clientCertificateId"], request)


@operation("UpdateClientCertificate")
@checked
async def update_client_certificate(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""

    def write(tx: Transaction) -> Reply:
        certificate = _require_certificate(tx, call, request)
        for patch in parse_patches(request):
            require_listed(patch, _PATCHED)
            certificate["description"] = patch.text
        things.put_thing(tx, call.scope, _KIND, request["clientCertificateId"], certificate)
        return {"tags": {}, **_shown(certificate)}

    return await call.write(write)


@operation("DeleteClientCertificate")
@checked
async def delete_client_certificate(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException while a stage uses it."""

    def write(tx: Transaction) -> None:
        certificate = _require_certificate(tx, call, request)["clientCertificateId"]
        for api in list_apis(tx, call.scope):
            for stage in stages.list_stages(tx, api["id"]):
                if stage.get("clientCertificateId") == certificate:
                    name = f"{api['id']}:{stage['stageName']}"
                    raise BadRequestException(f"Client certificate is used by stage {name}. Remove it there first")
        things.delete_thing(tx, call.scope, _KIND, certificate)

    await call.write(write)
    return {}

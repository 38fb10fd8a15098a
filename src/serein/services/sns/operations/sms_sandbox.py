"""The SMS sandbox: numbers that are verified before they get text messages."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import random_bytes
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns.errors import ResourceNotFound, UserError, VerificationException
from serein.services.sns.pages import PAGE, next_token, require_position
from serein.services.sns.store import outbox, phones
from serein.services.sns.texts import require_number

_VERIFIED, _PENDING = "Verified", "Pending"


@operation("GetSMSSandboxAccountStatus")
async def get_sms_sandbox_account_status(call: Call, request: Request) -> Reply:
    """Accounts here may send to every number: it reaches no phone."""
    return {"IsInSandbox": False}


@operation("CreateSMSSandboxPhoneNumber", stored=("LanguageCode",))
async def create_sms_sandbox_phone_number(call: Call, request: Request) -> Reply:
    number = require_number(request.get("PhoneNumber"), "input incorrectly formatted")
    code = f"{int.from_bytes(random_bytes(4)) % 1_000_000:06d}"

    def write(tx: Transaction) -> None:
        found = phones.find_sandboxed(tx, call.scope, number)
        if found is not None and found[0] == _VERIFIED:
            raise UserError("Phone number is already verified")
        phones.set_sandboxed(tx, call.scope, number, _PENDING, code)
        outbox.append(tx, call.scope, "sms", number, {"message": f"Your verification code is {code}", "code": code})

    await call.write(write)
    return {}


@operation("VerifySMSSandboxPhoneNumber")
async def verify_sms_sandbox_phone_number(call: Call, request: Request) -> Reply:
    number = require_number(request.get("PhoneNumber"), "input incorrectly formatted")

    def write(tx: Transaction) -> None:
        _, code = _require(tx, call, number)
        if request.get("OneTimePassword") != code:
            raise VerificationException
        phones.set_sandboxed(tx, call.scope, number, _VERIFIED, code)

    await call.write(write)
    return {}


@operation("DeleteSMSSandboxPhoneNumber")
async def delete_sms_sandbox_phone_number(call: Call, request: Request) -> Reply:
    number = require_number(request.get("PhoneNumber"), "input incorrectly formatted")

    def write(tx: Transaction) -> None:
        _require(tx, call, number)
        phones.set_sandboxed(tx, call.scope, number, "", "")

    await call.write(write)
    return {}


@operation("ListSMSSandboxPhoneNumbers")
async def list_sms_sandbox_phone_numbers(call: Call, request: Request) -> Reply:
    after = require_position(request)
    limit = min(request.get("MaxResults") or PAGE, PAGE)
    found = await call.read(lambda tx: phones.sandboxed(tx, call.scope, after, limit + 1))
    return {
        "PhoneNumbers": [{"PhoneNumber": number, "Status": status} for number, status in found[:limit]],
        **next_token([number for number, _ in found], limit),
    }


def _require(tx: Transaction, call: Call, number: str) -> tuple[str, str]:
    found = phones.find_sandboxed(tx, call.scope, number)
    if found is None:
        raise ResourceNotFound("Phone number does not exist")
    return found

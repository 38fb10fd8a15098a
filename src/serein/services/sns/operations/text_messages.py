"""SMS settings and recipients who don't want text messages."""

import re

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns.errors import InvalidParameter
from serein.services.sns.pages import PAGE, next_token, require_position
from serein.services.sns.store import phones
from serein.services.sns.texts import require_number

_ATTRIBUTES = frozenset(
    {
        "DefaultSMSType",
        "DefaultSenderID",
        "DeliveryStatusIAMRole",
        "DeliveryStatusSuccessSamplingRate",
        "MonthlySpendLimit",
        "UsageReportS3Bucket",
    }
)
_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}\Z")
"""AWS: up to eleven letters and digits, at least one of them a letter."""


@operation("SetSMSAttributes", partial="the settings are stored and shown; no carrier gets messages")
async def set_sms_attributes(call: Call, request: Request) -> Reply:
    given: dict[str, str] = request.get("attributes") or {}
    for name, value in given.items():
        if name not in _ATTRIBUTES:
            raise InvalidParameter(f"{name} is not a valid attribute")
        if name == "DefaultSMSType" and value not in {"Promotional", "Transactional"}:
            raise InvalidParameter("DefaultSMSType is invalid")
        if name == "DefaultSenderID" and not _SENDER.match(value):
            raise InvalidParameter("DefaultSenderID is invalid")
    await call.write(
        lambda tx: phones.put_sms_attributes(tx, call.scope, phones.sms_attributes(tx, call.scope) | given)
    )
    return {}


@operation("GetSMSAttributes")
async def get_sms_attributes(call: Call, request: Request) -> Reply:
    names = request.get("attributes") or []
    for name in names:
        if name not in _ATTRIBUTES:
            raise InvalidParameter(f"{name} is not a valid attribute")
    kept = await call.read(lambda tx: phones.sms_attributes(tx, call.scope))
    attributes = {"MonthlySpendLimit": "1", **kept}
    return {"attributes": {name: value for name, value in attributes.items() if not names or name in names}}


@operation("CheckIfPhoneNumberIsOptedOut")
async def check_if_phone_number_is_opted_out(call: Call, request: Request) -> Reply:
    number = require_number(request.get("phoneNumber"), "input incorrectly formatted")
    return {"isOptedOut": await call.read(lambda tx: phones.is_opted_out(tx, call.scope, number))}


@operation("ListPhoneNumbersOptedOut")
async def list_phone_numbers_opted_out(call: Call, request: Request) -> Reply:
    after = require_position({"NextToken": request.get("nextToken")})
    numbers = await call.read(lambda tx: phones.opted_out(tx, call.scope, after, PAGE + 1))
    token = next_token(numbers)
    return {"phoneNumbers": numbers[:PAGE], **({"nextToken": token["NextToken"]} if token else {})}


@operation("OptInPhoneNumber")
async def opt_in_phone_number(call: Call, request: Request) -> Reply:
    number = require_number(request.get("phoneNumber"), "input incorrectly formatted")
    await call.write(lambda tx: phones.set_opted_out(tx, call.scope, number, is_opted_out=False))
    return {}


@operation("ListOriginationNumbers")
async def list_origination_numbers(call: Call, request: Request) -> Reply:
    """No carrier sells numbers here, so there are none."""
    require_position(request)
    return {"PhoneNumbers": []}

"""Private domain names: several may have one name, so each is kept under its name with its id, `name+id`.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-custom-domains.html
"""

import json
import re
from typing import Any

from serein.kernel.ids import random_lower
from serein.kernel.policies import Request, caller_context, caller_principal, stored_policy
from serein.kernel.scope import Caller, Scope
from serein.services.apigatewayv2.errors import BadRequestException

Settings = dict[str, Any]
SINCE = "PrivateSince"
"""The member of a private domain name's settings that is not shown: when it was made, in seconds since the epoch."""
_ARN = re.compile(r"arn:[^:]+:apigateway:([a-z0-9-]+):(\d{12}):/domainnames/([^/+]+\+[a-z0-9]+)")
_ID_LENGTH = 10
ASSOCIATE = "apigateway:CreateAccessAssociation"


def is_private(settings: Settings) -> bool:
    return SINCE in settings


def make_private(settings: Settings, scope: Scope, now: float) -> None:
    """Give a new domain name its id and its ARN, and a policy that lets nobody through unless it has one."""
    if "MutualTlsAuthentication" in settings:
        raise BadRequestException("Mutual TLS authentication is not supported for private custom domain names")
    name, own_id = settings["DomainName"], random_lower(_ID_LENGTH)
    key = f"{name}+{own_id}"
    settings |= {
        "DomainName": key,
        "DomainNameArn": f"arn:{scope.partition}:apigateway:{scope.region}:{scope.account}:/domainnames/{key}",
        "DomainNameId": own_id,
        SINCE: now,
    }
    extra = settings.setdefault("Extra", {})
    extra["policy"] = own_policy(extra.get("policy") or _nobody(), invoked_arn(settings))


def own_policy(text: str, arn: str) -> str:
    """A policy with the domain name's ARN where it says `execute-api:/*`."""
    return text.replace("execute-api:/*", arn)


def invoked_arn(settings: Settings) -> str:
    """The ARN of a private domain name as what is invoked."""
    arn: str = settings["DomainNameArn"]
    return arn.replace(":apigateway:", ":execute-api:", 1)


def may_associate(settings: Settings, caller: Caller, region: str, now: float) -> bool:
    """Whether a private domain name's management policy lets another account make access associations."""
    policy = stored_policy(settings.get("Extra", {}).get("managementPolicy") or "")
    if policy is None:
        return False
    context = caller_context(caller, region, now)
    return policy.decide(Request(ASSOCIATE, settings["DomainNameArn"], caller_principal(caller), context)).is_allowed


def parse_private_arn(arn: str) -> tuple[Scope, str]:
    """Whose private domain name an ARN is, and its name with its id. Raises BadRequestException."""
    found = _ARN.fullmatch(arn)
    if found is None:
        raise BadRequestException("Invalid private custom domain name ARN specified")
    return Scope(found[2], found[1]), found[3]


def _nobody() -> str:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))

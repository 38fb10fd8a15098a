"""Routing rules of domain names: checked, kept with their domain, and given to the front door.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html
"""

import re
from typing import Any

from serein.kernel.domains import Rule
from serein.services.apigatewayv2.errors import BadRequestException, ConflictException

Settings = dict[str, Any]
MODES = ("API_MAPPING_ONLY", "ROUTING_RULE_ONLY", "ROUTING_RULE_THEN_API_MAPPING")
RULES = "RoutingRules"
"""The member of a domain name's settings that is not shown: rules by their ids."""
_MOST_RULES = 50
_MOST_HEADER_CONDITIONS, _MOST_PATH_CONDITIONS = 2, 1
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}")
_GLOB = re.compile(r"\*?[^*]{1,128}\*?")
_PATH = re.compile(r"[A-Za-z0-9$_.+!*'()~&%@;:,=\-]+(/[A-Za-z0-9$_.+!*'()~&%@;:,=\-]+)*")


def checked_rule(rule_id: str, request: Settings, domain: Settings) -> Settings:
    """A rule as it is to be kept. Raises BadRequestException and ConflictException."""
    if len(request["Actions"]) != 1:
        raise BadRequestException("A routing rule must have exactly one action")
    headers = [each["MatchHeaders"]["AnyOf"] for each in request["Conditions"] if "MatchHeaders" in each]
    paths = [each["MatchBasePaths"]["AnyOf"] for each in request["Conditions"] if "MatchBasePaths" in each]
    if len(headers) > _MOST_HEADER_CONDITIONS or len(paths) > _MOST_PATH_CONDITIONS:
        raise BadRequestException(
            "A routing rule can have two MatchHeaders conditions and one MatchBasePaths condition"
        )
    for name, glob in [(each["Header"], each["ValueGlob"]) for any_of in headers for each in any_of]:
        if not _HEADER.fullmatch(name) or not _GLOB.fullmatch(glob):
            raise BadRequestException(f"Invalid header condition {name}: {glob}")
    for path in [each for any_of in paths for each in any_of]:
        if not _PATH.fullmatch(path):
            raise BadRequestException(f"Invalid base path {path}")
    others = {key: rule for key, rule in domain.get(RULES, {}).items() if key != rule_id}
    if any(rule["Priority"] == request["Priority"] for rule in others.values()):
        raise ConflictException(f"There is a routing rule with the priority {request['Priority']} already")
    if len(others) >= _MOST_RULES:
        raise BadRequestException(f"A domain name can have {_MOST_RULES} routing rules")
    return {
        "Actions": request["Actions"],
        "Conditions": request["Conditions"],
        "Priority": request["Priority"],
        "RoutingRuleArn": f"{domain['DomainNameArn']}/routingrules/{rule_id}",
        "RoutingRuleId": rule_id,
    }


def rules_of(domain: Settings) -> tuple[Rule, ...]:
    """The rules of a domain name as the front door needs them, the first that fits first."""
    if domain.get("RoutingMode", MODES[0]) == MODES[0]:
        return ()
    found = sorted(domain.get(RULES, {}).values(), key=lambda rule: int(rule["Priority"]))
    return tuple(_rule(rule) for rule in found)


def _rule(rule: Settings) -> Rule:
    action = rule["Actions"][0]["InvokeApi"]
    headers = tuple(
        tuple((each["Header"].lower(), _pattern(each["ValueGlob"])) for each in condition["MatchHeaders"]["AnyOf"])
        for condition in rule["Conditions"]
        if "MatchHeaders" in condition
    )
    paths = [each["MatchBasePaths"]["AnyOf"] for each in rule["Conditions"] if "MatchBasePaths" in each]
    return Rule(
        headers, tuple(paths[0]) if paths else None, action["ApiId"], action["Stage"], bool(action.get("StripBasePath"))
    )


def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in glob.split("*")), re.DOTALL)

"""Routing rules of domain names: create, get, list, put and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import random_lower
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2.domain_names import TOPIC, publish_domains
from serein.services.apigatewayv2.errors import NotFoundException
from serein.services.apigatewayv2.pages import start_of_page, token_after
from serein.services.apigatewayv2.routing_rules import RULES, checked_rule
from serein.services.apigatewayv2.store import domains

_ID_LENGTH = 10
_LARGEST_PAGE = 100


@operation("CreateRoutingRule")
async def create_routing_rule(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException, ConflictException."""
    return await _put(call, request, random_lower(_ID_LENGTH))


@operation("PutRoutingRule")
async def put_routing_rule(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException, ConflictException."""
    return await _put(call, request, request["RoutingRuleId"], must_exist=True)


async def _put(call: Call, request: Request, rule_id: str, *, must_exist: bool = False) -> Reply:
    def write(tx: Transaction) -> Reply:
        domain = domains.require_domain(tx, call.scope, _key(request))
        if must_exist:
            _require(domain, rule_id)
        rule = checked_rule(rule_id, request, domain)
        domain.setdefault(RULES, {})[rule_id] = rule
        domains.update_domain(tx, domain)
        tx.wake(TOPIC)
        return rule

    rule = await call.write(write)
    await publish_domains(call.platform)
    return rule


@operation("GetRoutingRule")
async def get_routing_rule(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    name = _key(request)
    domain = await call.read(lambda tx: domains.require_domain(tx, call.scope, name))
    return _require(domain, request["RoutingRuleId"])


@operation("ListRoutingRules")
async def list_routing_rules(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException for a malformed token."""
    name = _key(request)
    domain = await call.read(lambda tx: domains.require_domain(tx, call.scope, name))
    after, limit = start_of_page(request.get("NextToken")), request.get("MaxResults", _LARGEST_PAGE)
    rest = [rule for rule_id, rule in sorted(domain.get(RULES, {}).items()) if rule_id > after]
    page: Reply = {"RoutingRules": rest[:limit]}
    if len(rest) > limit:
        page["NextToken"] = token_after(rest[limit - 1]["RoutingRuleId"])
    return page


@operation("DeleteRoutingRule")
async def delete_routing_rule(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        domain = domains.require_domain(tx, call.scope, _key(request))
        _require(domain, request["RoutingRuleId"])
        del domain[RULES][request["RoutingRuleId"]]
        domains.update_domain(tx, domain)
        tx.wake(TOPIC)

    await call.write(write)
    await publish_domains(call.platform)
    return {}


def _key(request: Request) -> str:
    """What a domain name is kept under."""
    name: str = request["DomainName"].lower()
    return f"{name}+{request['DomainNameId'].lower()}" if request.get("DomainNameId") else name


def _require(domain: Reply, rule_id: str) -> Reply:
    rule: Reply | None = domain.get(RULES, {}).get(rule_id)
    if rule is None:
        raise NotFoundException("The routing rule resource specified in the request was not found.")
    return rule

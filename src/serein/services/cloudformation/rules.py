"""The Rules section: what parameters must agree on."""

from typing import Any

from serein.services.cloudformation.errors import NotYetKnown, ValidationError
from serein.services.cloudformation.functions import Evaluation
from serein.services.cloudformation.templates import Template


def check_rules(template: Template, evaluation: Evaluation) -> None:
    """Raise ValidationError when an assertion of a rule that applies doesn't hold."""
    for name, rule in template.get("Rules", {}).items():
        if not isinstance(rule, dict) or not isinstance(rule.get("Assertions"), list):
            raise ValidationError(f"Template format error: Rule {name} must have a list of Assertions.")
        try:
            if "RuleCondition" in rule and not evaluation.test(rule["RuleCondition"]):
                continue
            for assertion in rule["Assertions"]:
                _check(name, assertion, evaluation)
        except NotYetKnown as resource:
            raise ValidationError(
                f"Template format error: Unresolved dependencies [{resource}]."
                " Cannot reference resources in the Rules block of the template"
            ) from None


def _check(name: str, assertion: Any, evaluation: Evaluation) -> None:
    if not isinstance(assertion, dict) or "Assert" not in assertion:
        raise ValidationError(f"Template format error: every assertion of rule {name} must have an Assert.")
    if not evaluation.test(assertion["Assert"]):
        described = assertion.get("AssertDescription", "")
        raise ValidationError(
            f"Template error: Rule {name} failed: {described}" if described else f"Rule {name} failed"
        )

"""The forms of ids, names and addresses as AWS makes them, for types that are only recorded."""

from collections.abc import Mapping

from serein.services.cloudformation.inert_forms.applications import APPSYNC, CLOUDFRONT, COGNITO
from serein.services.cloudformation.inert_forms.databases import DATABASES
from serein.services.cloudformation.inert_forms.form import Form
from serein.services.cloudformation.inert_forms.networks import EC2, LOAD_BALANCING
from serein.services.cloudformation.inert_forms.others import OTHERS

FORMS: Mapping[str, Form] = {
    f"AWS::{prefix}{name}": form
    for prefix, forms in (
        ("", OTHERS),
        ("", DATABASES),
        ("AppSync::", APPSYNC),
        ("CloudFront::", CLOUDFRONT),
        ("Cognito::", COGNITO),
        ("EC2::", EC2),
        ("ElasticLoadBalancingV2::", LOAD_BALANCING),
    )
    for name, form in forms.items()
}

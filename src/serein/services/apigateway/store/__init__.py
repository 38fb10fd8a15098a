"""All SQL of REST APIs: `apis` and their parts, `stages` with their deployments, `keys` with plans, `things`.

Settings are JSON text in the wire form of AWS's Get operations. What the data plane uses is named here too.
"""

from serein.services.apigateway.store.keys import add_usage, find_api_key, usage_between, usage_plans_of_key
from serein.services.apigateway.store.stages import Served, find_snapshot, served_stage

__all__ = [
    "Served",
    "add_usage",
    "find_api_key",
    "find_snapshot",
    "served_stage",
    "usage_between",
    "usage_plans_of_key",
]

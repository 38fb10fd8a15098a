"""EventBridge Schemas: registries of schemas with versions, and discoverers that infer schemas from a bus's events.

Owns what a schema is and which versions it has; that a bus's events come to its discoverer is a managed rule of
EventBridge, so a bus without a discoverer pays nothing. Left out: the registry of AWS's own events (`aws.events`) and
code bindings, which are refused by name; policies of registries are kept and not enforced.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="schemas", validation_code="BadRequestException")

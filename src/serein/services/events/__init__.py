"""EventBridge: buses, rules with patterns or schedules, targets, archives, replays and API destinations.

Owns which event goes to which target, and that it gets there: an event that was acknowledged is owed to its targets by
the same transaction. Left out: partner event sources, global endpoints, logs of buses, encryption, enforcement of the
policies of buses, and targets of services that are not here (they are refused by name when an event is delivered).
"""

from serein.kernel.operation import Service

SERVICE = Service(name="events")

"""EventBridge Scheduler: schedules and their groups, and what they invoke.

Owns when a schedule is due, by the platform's clock, and each invocation that it owes, as a delivery. It reaches
targets through operations: those that a templated target stands for, or any operation of any service (a universal
target).
"""

from serein.kernel.operation import Service

SERVICE = Service(name="scheduler")

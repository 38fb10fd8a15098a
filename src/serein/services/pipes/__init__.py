"""EventBridge Pipes: pipes, and what becomes of each batch of a source's records on its way to a target.

Owns pipes with their states, the filling in of templates, enrichments and targets. What reads the sources is Lambda's,
which hands each batch over. Leaves out sources that are brokers, and targets of services that aren't here.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="pipes")

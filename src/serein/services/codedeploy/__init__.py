"""CodeDeploy for Lambda: traffic moves from one version of a function to another, and back when something is wrong.

Owns applications, deployment groups, deployment configurations and deployments. Left out: the compute platforms Server
and ECS with what belongs to them alone (instances, on-premises instances, load balancers), and GitHub.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="codedeploy", checks_constraints=False)

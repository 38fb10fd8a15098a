"""ECR's repositories, with their policies and tags: what deployment tools make, look for and remove.

Left out: images. Functions that are images have theirs from the machine's container engine, so repositories stay empty
and nothing can be pushed to them.
"""

from serein.kernel.operation import Service

SERVICE = Service(name="ecr", validation_code="InvalidParameterException", checks_constraints=True)

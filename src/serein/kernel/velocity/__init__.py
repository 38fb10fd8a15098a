"""Mapping templates: Apache Velocity as AWS's services run it.

`template` reads and renders; `apigateway` has the variables that API Gateway offers. A service offers objects of its
own as `Bean`s. `parse_template(text).render(variables)` is all there is to it; failures are `VelocityError`s.
"""

from serein.kernel.velocity.errors import InvalidTemplate, TemplateFailed, VelocityError
from serein.kernel.velocity.template import Template, parse_template
from serein.kernel.velocity.values import ArrayList, Bean, java_lists, json_text, text_of

__all__ = [
    "ArrayList",
    "Bean",
    "InvalidTemplate",
    "Template",
    "TemplateFailed",
    "VelocityError",
    "java_lists",
    "json_text",
    "parse_template",
    "text_of",
]

"""EstimateTemplateCost: refused, once the template was found to be one.

AWS answers a link into its Simple Monthly Calculator, where it has put the template's resources; only AWS can do that.
"""

from serein.kernel.call import Call
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import parameters
from serein.services.cloudformation.submission import template_text
from serein.services.cloudformation.templates import parse_template


@operation("EstimateTemplateCost", partial="refused, as only AWS can fill its calculator")
async def estimate_template_cost(call: Call, request: Request) -> Reply:
    text = await template_text(call, request, None)
    parameters.settle(parse_template(text), request.get("Parameters", []), None)
    raise NotImplementedHere("Serein can't make an estimate in AWS's calculator: EstimateTemplateCost is not supported")

"""GetPredictiveScalingForecast: refused, as nothing is forecast here."""

from serein.kernel.call import Call
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.errors import ValidationException
from serein.services.application_autoscaling.policies import PREDICTIVE
from serein.services.application_autoscaling.targets import address_of


@operation("GetPredictiveScalingForecast", partial="Checked, and then refused: there are no forecasts.")
async def get_predictive_scaling_forecast(call: Call, request: Request) -> Reply:
    scope, address, name = call.scope, address_of(request), request["PolicyName"]
    target = await call.read(lambda tx: store.find_target(tx, scope, address))
    policy = None
    if target is not None:
        arn = target.arn
        policy = await call.read(lambda tx: store.find_part(tx, store.POLICIES, arn, name))
    if policy is None or policy["PolicyType"] != PREDICTIVE:
        raise ValidationException(f"No predictive scaling policy found for {address.sentence}, policy name: {name}")
    if request["StartTime"] >= request["EndTime"]:
        raise ValidationException("Start time must be before end time")
    raise NotImplementedHere("Serein makes no forecasts for predictive scaling")

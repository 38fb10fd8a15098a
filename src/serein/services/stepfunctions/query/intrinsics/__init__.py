"""Intrinsic functions of JSONPath states: `States.Format('Hello {}', $.name)`.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from serein.services.stepfunctions.query.intrinsics.reading import IntrinsicSyntaxError, intrinsic_of

__all__ = ["IntrinsicSyntaxError", "intrinsic_of"]

"""Which layers of AWS's are known, and what stands for them."""

import pytest

from serein.kernel.runner import PackagedLayer
from serein.services.lambda_.public_layers import find_public_layer, packaged_layers


@pytest.mark.parametrize(
    ("name", "installer", "package"),
    [
        ("AWSLambdaPowertoolsPythonV3-python312-x86_64", "pip", "aws-lambda-powertools[all]>=3,<4"),
        ("AWSLambdaPowertoolsPythonV3-python313-arm64", "pip", "aws-lambda-powertools[all]>=3,<4"),
        ("AWSLambdaPowertoolsPythonV2", "pip", "aws-lambda-powertools[all]>=2,<3"),
        ("AWSLambdaPowertoolsPythonV2-Arm64", "pip", "aws-lambda-powertools[all]>=2,<3"),
        ("AWSLambdaPowertoolsPython", "pip", "aws-lambda-powertools>=1,<2"),
        ("AWSLambdaPowertoolsTypeScriptV2", "npm", "@aws-lambda-powertools/logger@^2"),
        ("AWSLambdaPowertoolsTypeScript", "npm", "@aws-lambda-powertools/logger@^1"),
        ("AWSSDKPandas-Python312", "pip", "awswrangler"),
        ("Klayers-p312-requests", "pip", "requests"),
        ("sharp", "npm", "sharp"),
        ("LambdaAdapterLayerX86", "web-adapter", ""),
        ("LambdaInsightsExtension-Arm64", "", ""),
        ("AWS-Parameters-and-Secrets-Lambda-Extension", "parameters-and-secrets", ""),
        ("AWS-Parameters-and-Secrets-Lambda-Extension-Arm64", "parameters-and-secrets", ""),
        ("AWS-AppConfig-Extension-Arm64", "", ""),
        ("Datadog-Extension", "", "datadog_wrapper"),
        ("aws-otel-nodejs-amd64-ver-1-18-1", "", "otel-instrument"),
    ],
)
def test_public_layers_are_known_by_name(name: str, installer: str, package: str) -> None:
    layer = find_public_layer(name)
    assert layer is not None and layer.installer == installer
    assert package in layer.packages or (not package and not layer.packages)


@pytest.mark.parametrize("name", ["shared", "my-sharpener", "Powertools", "AWSLambda"])
def test_other_names_are_unknown(name: str) -> None:
    assert find_public_layer(name) is None


def test_a_record_tells_where_its_public_layers_are() -> None:
    arn = "arn:aws:lambda:us-east-1:{}:layer:{}:7"
    layers = [{"Arn": arn.format(1, "own")}, {"Arn": arn.format(2, "sharp")}, {"Arn": arn.format(1, "sharp")}]
    record = {"Layers": layers, "_layers": ["ab", "", "cd"]}
    assert packaged_layers(record) == ((1, PackagedLayer("sharp", "npm", ("sharp",))),)

"""OpenAPI definitions as templates have them."""

import json

from serein.testing import Serein


def test_aws_variables_of_a_definition_are_resolved_when_it_is_imported(aws: Serein) -> None:
    uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    uri += "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:f/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    paths = {"/": {"get": {"responses": {}, "x-amazon-apigateway-integration": integration}}}
    document = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "servers": {"url": "/x"}, "paths": paths}
    apis = aws.client("apigateway")
    api = apis.import_rest_api(body=json.dumps(document).encode())
    made = apis.get_integration(restApiId=api["id"], resourceId=api["rootResourceId"], httpMethod="GET")
    function = f"arn:aws:lambda:{aws.region}:{aws.account}:function:f"
    assert made["uri"] == f"arn:aws:apigateway:{aws.region}:lambda:path/2015-03-31/functions/{function}/invocations"


def test_a_template_needs_no_title_in_its_definition(aws: Serein) -> None:
    body = {"openapi": "3.0.1", "info": {}, "paths": {}}
    resources = {
        "Named": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "rain", "Body": body}},
        "Nameless": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}},
    }
    stacks = aws.client("cloudformation")
    stacks.create_stack(StackName="apis", TemplateBody=json.dumps({"Resources": resources}))
    aws.wait_until_idle()
    names = {api["name"] for api in aws.client("apigateway").get_rest_apis()["items"]}
    assert names == {"rain", "Nameless"}

"""A small application that SAM's CLI and the AWS CLI both deploy."""

TEMPLATE = """Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String, Default: hello}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.11
      Environment: {Variables: {GREETING: !Ref Greeting}}
      Events:
        Get: {Type: Api, Properties: {Path: /hello, Method: get}}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: flow
      DefinitionUri: flows/flow.asl.yaml
      DefinitionSubstitutions: {Function: !GetAtt Hello.Arn, Greeting: !Ref Greeting}
      Policies: [LambdaInvokePolicy: {FunctionName: !Ref Hello}]
Outputs:
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello"}
"""
CODE = """import json, os
def handler(event, context):
    print("asked")
    return {"statusCode": 200, "body": json.dumps(os.environ["GREETING"])}
"""
FLOW = """StartAt: Greet
States:
  Greet: {Type: Pass, Result: {greeting: "${Greeting}"}, Next: Ask}
  Ask: {Type: Task, Resource: "${Function}", OutputPath: $.body, End: true}
"""

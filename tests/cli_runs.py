"""What the tests of the command line share."""

import subprocess
from collections.abc import Callable

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PATIENCE_SECONDS = 90

HELLO = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String, Default: hello}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code/
      Handler: app.handler
      Runtime: python3.12
      Environment: {Variables: {GREETING: !Ref Greeting}}
      Events:
        Any: {Type: HttpApi, Properties: {Path: /hello, Method: get}}
Outputs:
  Url: {Value: !GetAtt ServerlessHttpApi.ApiEndpoint}
"""
CODE = """
import os
def handler(event, context):
    print("log line", event)
    if event.get("fail"):
        raise ValueError("as asked")
    return os.environ["GREETING"] + " " + event.get("name", "you")
"""

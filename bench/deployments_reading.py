"""Reading projects: from a serverless.yml of 200 functions to the template that is deployed."""

import tempfile
import time
from pathlib import Path

from bench.calls import Load, Result
from bench.peers import Running
from serein.deploy.serverless.project import Given, NoCloud, compile_project

_FUNCTIONS = 200
_HEADING = """
service: big
custom: {stage: "${opt:stage, self:provider.stage}", table: "${self:service}-${self:custom.stage}"}
provider:
  name: aws
  runtime: python3.12
  stage: dev
  environment: {TABLE: "${self:custom.table}", STAGE: "${sls:stage}"}
functions:
"""
_FUNCTION = """
  function{n}:
    handler: src/function{n}.handler
    description: Number {n} of ${{self:service}}
    environment: {{NAME: "{n}-${{self:custom.stage}}"}}
    events:
      - http: {{path: "items{n}/{{id}}", method: get, cors: true}}
      - sqs: {{arn: !GetAtt Queue.Arn, batchSize: 5}}
"""
_ENDING = "resources: {Resources: {Queue: {Type: AWS::SQS::Queue}}}\n"


def reading(running: Running) -> list[Result]:
    """The server has no part in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "serverless.yml"
        path.write_text(_HEADING + "".join(_FUNCTION.format(n=number) for number in range(_FUNCTIONS)) + _ENDING)
        begun = time.perf_counter()
        compile_project(path, Given(), NoCloud())
        took = (time.perf_counter() - begun) * 1000
    return [Result(f"serverless.yml of {_FUNCTIONS} functions, read", running.name, took, "ms")]


LOADS: dict[str, tuple[str, Load]] = {"serverless-200": ("deployments", reading)}

"""An exported API is one that other people's tools can drive: schemathesis tries whatever its document allows."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from rest_api import RestApi
from serein.testing import Serein

ORDER = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["name", "count"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "count": {"type": "integer", "minimum": 1, "maximum": 100},
    },
}
CODE = """
import json
def handler(event, context):
    order = json.loads(event['body']) if event['body'] else {'name': event['pathParameters']['id'], 'count': 1}
    return {'statusCode': 200, 'headers': {'Content-Type': 'application/json'}, 'body': json.dumps(order)}
"""


def test_nothing_that_an_exported_document_allows_or_forbids_fails(aws: Serein, tmp_path: Path) -> None:
    api = RestApi(aws)
    client = api.client
    client.create_model(restApiId=api.id, name="Order", contentType="application/json", schema=json.dumps(ORDER))
    validator = client.create_request_validator(
        restApiId=api.id, name="all", validateRequestBody=True, validateRequestParameters=True
    )["id"]
    function = api.function(CODE)
    models = {"application/json": "Order"}
    api.proxy("/orders", "POST", function, requestModels=models, requestValidatorId=validator)
    parameters = {"method.request.path.id": True, "method.request.querystring.full": True}
    api.proxy("/orders/{id}", "GET", function, requestParameters=parameters, requestValidatorId=validator)
    for path, verb in (("/orders", "POST"), ("/orders/{id}", "GET")):
        where = {"restApiId": api.id, "resourceId": api.resource(path), "httpMethod": verb}
        client.put_method_response(**where, statusCode="200", responseModels=models)
        client.put_method_response(**where, statusCode="400", responseModels={"application/json": "Error"})
    api.deploy()
    exported = client.get_export(restApiId=api.id, stageName="prod", exportType="oas30", accepts="application/json")
    document = tmp_path / "openapi.json"
    document.write_bytes(exported["body"].read())
    url = f"http://127.0.0.1:{urlsplit(aws.endpoint).port}/_serein/api/{api.id}/prod"
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or "schemathesis"
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    options = ["--url", url, "--checks", checks, "--phases", "examples,coverage,fuzzing", "--max-examples", "20"]
    ran = subprocess.run(
        [program, "run", str(document), *options, "--seed", "1", "--suppress-health-check", "all"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Tested: 2" in ran.stdout

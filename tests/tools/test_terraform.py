"""Terraform with its AWS provider, where a machine has both."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client_programs import output_of
from serein.settings import user_cache
from serein.testing import Serein

MAIN = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {}
variable "greeting" { default = "hello" }
data "aws_caller_identity" "me" {}

resource "aws_dynamodb_table" "items" {
  name         = "items"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
  tags = { team = "rain" }
}
resource "aws_sns_topic" "news" { name = "news" }
resource "aws_s3_bucket" "files" {
  bucket_prefix = "files-"
  force_destroy = true
}
resource "aws_iam_role" "run" {
  name = "run"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}
resource "aws_lambda_function" "hello" {
  function_name    = "hello"
  role             = aws_iam_role.run.arn
  runtime          = "python3.11"
  handler          = "app.handler"
  filename         = "app.zip"
  source_code_hash = filebase64sha256("app.zip")
  environment { variables = { GREETING = var.greeting } }
}
resource "aws_apigatewayv2_api" "http" {
  name          = "http"
  protocol_type = "HTTP"
  target        = aws_lambda_function.hello.arn
}
resource "aws_lambda_permission" "http" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.hello.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http.execution_arn}/*"
}
output "url" { value = "${aws_apigatewayv2_api.http.api_endpoint}/hello" }
output "account" { value = data.aws_caller_identity.me.account_id }
"""
CODE = """import json, os
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(os.environ["GREETING"])}
"""
_MIRRORS = (Path("/opt/tf-plugins"), Path("/usr/local/share/terraform/plugins"), Path("/usr/share/terraform/plugins"))
"""Where a machine may keep providers; elsewhere Terraform fetches them, once per user."""


@pytest.fixture
def terraform(program: Callable[..., Any], tmp_path: Path) -> Any:
    found = shutil.which("terraform")
    if found is None:
        pytest.skip("terraform is not installed")
    kept = user_cache() / "tests" / "terraform"
    kept.mkdir(parents=True, exist_ok=True)
    settings = tmp_path / "terraformrc"
    settings.write_text("")
    variables = {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1"}
    run = program((found,), **variables, TF_PLUGIN_CACHE_DIR=str(kept))
    run.write({"main.tf": MAIN})
    mirror = next((path for path in _MIRRORS if (path / "registry.terraform.io" / "hashicorp" / "aws").is_dir()), None)
    options = [f"-plugin-dir={mirror}"] if mirror is not None else []
    try:
        output_of([found, "init", "-no-color", *options], run.folder, variables, seconds=300)
    except AssertionError as error:
        pytest.skip(f"Terraform's AWS provider can't be had (it is fetched once, when its registry is there): {error}")
    return run


def test_terraform_makes_changes_and_removes_what_a_configuration_has(
    terraform: Any, aws: Serein, get: Callable[[str], Any]
) -> None:
    with zipfile.ZipFile(terraform.folder / "app.zip", "w") as package:
        package.writestr("app.py", CODE)
    terraform("apply", "-no-color", "-auto-approve")
    outputs = json.loads(terraform("output", "-json"))
    assert outputs["account"]["value"] == aws.account
    assert get(outputs["url"]["value"]) == "hello"
    assert "No changes." in terraform("plan", "-no-color", "-detailed-exitcode")
    assert "1 changed" in terraform("apply", "-no-color", "-auto-approve", "-var", "greeting=hi")
    assert get(outputs["url"]["value"]) == "hi"
    terraform("destroy", "-no-color", "-auto-approve")
    assert not aws.client("lambda").list_functions()["Functions"]
    assert not aws.client("dynamodb").list_tables()["TableNames"]
    assert not aws.client("s3").list_buckets()["Buckets"]

"""The contract of the Runner port for Ruby functions, with a small client in place of AWS's.

AWS's is a gem of rubygems.org, where tests don't go: a source in a folder has one that calls a method.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runner_functions import Functions, with_functions
from serein.runtime.machine import Machine
from serein.runtime.ruby import required_sdk_gems
from serein.runtime.sandbox import LinuxSandbox

HAS_RUBY = shutil.which("ruby") is not None and shutil.which("gem") is not None
needs_ruby = pytest.mark.skipif(not HAS_RUBY, reason="Ruby functions need Ruby and RubyGems on PATH")
CLIENT = """
require 'json'
require 'net/http'
module AwsLambdaRIC
  class Bootstrap
    def start
      file, name = ENV['_HANDLER'].split('.')
      require file
      api = "http://#{ENV['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
      loop do
        event = Net::HTTP.get_response(URI("#{api}next"))
        answer = Object.new.send(name, event: JSON.parse(event.body), context: nil)
        uri = URI("#{api}#{event['Lambda-Runtime-Aws-Request-Id']}/response")
        Net::HTTP.post(uri, answer.to_json)
      end
    end
  end
end
"""
SPECIFICATION = """
Gem::Specification.new do |gem|
  gem.name = %r
  gem.version = '1.0.0'
  gem.summary = gem.name
  gem.authors = ['tests']
  gem.files = Dir['lib/*.rb']
end
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source of gems, as `gem install` reads it."""
    folder = tmp_path_factory.mktemp("ruby")
    (folder / "source" / "gems").mkdir(parents=True)
    for name, code in (("aws_lambda_ric", CLIENT), ("aws-sdk-sqs", "module Aws\n WHERE = 'source'\nend\n")):
        (folder / name / "lib").mkdir(parents=True)
        (folder / name / "lib" / f"{name}.rb").write_text(code)
        (folder / name / "of.gemspec").write_text(SPECIFICATION % name)
        target = str(folder / "source" / "gems" / f"{name}-1.0.0.gem")
        run(["gem", "build", "of.gemspec", "--output", target], folder / name)
    run(["gem", "generate_index"], folder / "source")
    return folder / "source"


def run(arguments: list[str], folder: Path) -> None:
    subprocess.run(arguments, cwd=folder, check=True, timeout=120, stdout=subprocess.DEVNULL)


def machine(folder: Path, source: Path, *, is_strict: bool = False) -> Machine:
    (folder / "home").mkdir()
    (folder / "home" / ".gemrc").write_text(f":sources:\n- file://{source}/\n")
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder / "home")}
    return Machine(folder / "cache", variables, is_strict=is_strict)


@needs_ruby
def test_a_ruby_function_runs_on_the_client_that_was_installed(tmp_path: Path, source: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "require 'shared'\nrequire 'aws-sdk-sqs'\n$count = 0\ndef handler(event:, context:)\n puts 'one line'\n"
            " $stdout.flush\n"
            " {event: event, count: $count += 1, where: [WHERE, Aws::WHERE], table: ENV['TABLE']}\nend\n"
        )
        (tmp_path / "layer" / "ruby" / "lib").mkdir(parents=True)
        (tmp_path / "layer" / "ruby" / "lib" / "shared.rb").write_text("WHERE = 'layer'")
        files = {"app.rb": code}
        layers = (tmp_path / "layer",)
        spec = functions.spec(files, runtime="ruby3.3", layers=layers, environment=(("TABLE", "t"),))
        outcome = await functions.invoke(spec, b'{"a":1}')
        expected = {"event": {"a": 1}, "count": 1, "where": ["layer", "source"], "table": "t"}
        assert json.loads(outcome.payload) == expected
        assert outcome.init_ms is not None
        assert json.loads((await functions.invoke(spec, b"{}")).payload)["count"] == 2
        assert "one line\n" in functions.log

    with_functions(tmp_path, case, machine=machine(tmp_path, source))


@needs_ruby
@pytest.mark.skipif(sys.platform != "linux", reason="sandboxes need Linux")
def test_a_ruby_function_runs_in_a_sandbox(tmp_path: Path, source: Path) -> None:
    sandbox = LinuxSandbox(tmp_path / "sandbox")

    async def case(functions: Functions) -> None:
        code = "def handler(event:, context:)\n [__FILE__, $LOADED_FEATURES.grep(/lambda_ric/)]\nend\n"
        outcome = await functions.invoke(functions.spec({"app.rb": code}, runtime="ruby3.3"))
        if sandbox.mode != "sandbox":
            pytest.skip(f"sandboxes can't be made here: {sandbox.notices}")
        assert json.loads(outcome.payload) == ["/var/task/app.rb", ["/var/runtime/lib/aws_lambda_ric.rb"]]

    with_functions(tmp_path, case, sandbox=sandbox, machine=machine(tmp_path, source))


@needs_ruby
def test_a_gem_that_cannot_be_installed_is_named(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec({"app.rb": ""}, runtime="ruby3.3")
        error = json.loads((await functions.invoke(spec)).payload)
        assert error["errorType"] == "Runtime.InvalidEntrypoint"
        assert "Ruby functions need AWS's runtime client (the gem aws_lambda_ric)" in error["errorMessage"]

    with_functions(tmp_path, case, machine=machine(tmp_path, tmp_path / "nonexistent"))


def test_a_version_of_ruby_that_is_missing_is_named(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        error = json.loads((await functions.invoke(functions.spec({"app.rb": ""}, runtime="ruby2.0"))).payload)
        assert error["errorType"] == "Runtime.InvalidEntrypoint"
        assert "Ruby 2.0 is needed to run this function" in error["errorMessage"]

    with_functions(tmp_path, case, machine=machine(tmp_path, tmp_path, is_strict=True))


def test_the_gems_of_the_sdk_that_a_function_requires_are_known(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "app.rb").write_text("require 'json'\nrequire \"aws-sdk-s3\"\n# require 'aws-sdk-iam'\n")
    (tmp_path / "lib" / "more.rb").write_text("  require('aws-sdk-dynamodb')\n")
    assert required_sdk_gems(tmp_path) == ("aws-sdk-dynamodb", "aws-sdk-s3")
    (tmp_path / "vendor" / "bundle").mkdir(parents=True)
    assert required_sdk_gems(tmp_path) == (), "a bundle has all that it needs"

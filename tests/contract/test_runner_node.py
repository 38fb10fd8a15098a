"""The contract of the Runner port for Node.js functions."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from runner_functions import ARN, Functions, with_functions
from serein.kernel.runner import FunctionSpec
from serein.runtime.machine import Machine

REQUEST_ID = "11111111-2222-3333-4444-555555555555"


def node(
    functions: Functions, code: str | dict[str, str], handler: str = "index.handler", **members: Any
) -> FunctionSpec:
    files = {"index.js": code} if isinstance(code, str) else code
    return functions.spec(files, handler, **{"runtime": "nodejs20.x", **members})


def test_a_callback_handler_of_nodejs24_runs_with_a_warning_on_an_older_stand_in_only(tmp_path: Path) -> None:
    code = "exports.handler = (e, c, done) => done(null, Number.parseInt(process.versions.node, 10));"

    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(node(functions, code, runtime="nodejs24.x"))
        if outcome.function_error:
            assert json.loads(outcome.payload)["errorType"] == "Runtime.CallbackHandlerDeprecated"
        else:
            assert int(outcome.payload) < 24
            await functions.until(lambda: "removed support for callback-based" in functions.log)

    with_functions(tmp_path, case)


@pytest.mark.parametrize(
    ("files", "handler"),
    [
        ({"index.js": "exports.handler = async (e) => e.n + 1;"}, "index.handler"),
        ({"index.cjs": "exports.handler = async (e) => e.n + 1;"}, "index.handler"),
        ({"index.mjs": "export const handler = async (e) => e.n + 1;"}, "index.handler"),
        (
            {"index.js": "export const handler = async (e) => e.n + 1;", "package.json": '{"type":"module"}'},
            "index.handler",
        ),
        (
            {"index.mjs": "const one = await Promise.resolve(1); export const handler = async (e) => e.n + one;"},
            "index.handler",
        ),
        ({"src/app.js": "exports.inner = { run: async (e) => e.n + 1 };"}, "src/app.inner.run"),
        ({"a/b/c.mjs": "export const run = async (e) => e.n + 1;"}, "a/b/c.run"),
        ({"index.js": "exports.handler = (e, c, done) => setTimeout(() => done(null, e.n + 1), 1);"}, "index.handler"),
        ({"index.js": "exports.handler = (e, c) => { c.succeed(e.n + 1); };"}, "index.handler"),
        (
            {
                "index.js": "exports.handler = (e, c, done) => { c.callbackWaitsForEmptyEventLoop = false; "
                "setInterval(() => {}, 1000); done(null, e.n + 1); };"
            },
            "index.handler",
        ),
    ],
)
def test_every_kind_of_handler_answers(tmp_path: Path, files: dict[str, str], handler: str) -> None:
    async def case(functions: Functions) -> None:
        spec = node(functions, files, handler)
        for n in range(3):
            outcome = await functions.invoke(spec, json.dumps({"n": n}).encode())
            assert (outcome.payload, outcome.function_error) == (str(n + 1).encode(), "")

    with_functions(tmp_path, case)


def test_a_handler_that_answers_nothing_answers_null(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        assert (await functions.invoke(node(functions, "exports.handler = async () => {};"))).payload == b"null"
        assert (await functions.invoke(node(functions, "exports.handler = () => {};"))).payload == b"null"

    with_functions(tmp_path, case)


@pytest.mark.parametrize(
    ("code", "error_type", "message"),
    [
        ("exports.handler = async () => { throw new TypeError('no'); };", "TypeError", "no"),
        ("exports.handler = (e, c, done) => done(new Error('called back'));", "Error", "called back"),
        ("exports.handler = (e, c, done) => done('text');", "string", "text"),
        (
            "exports.handler = async () => { Promise.reject(new Error('lost')); await new Promise(() => {}); };",
            "Runtime.UnhandledPromiseRejection",
            "Error: lost",
        ),
        ("exports.handler = () => { setImmediate(() => { throw new RangeError('far'); }); };", "RangeError", "far"),
        (
            "exports.handler = async () => { const a = {}; a.a = a; return a; };",
            "Error",
            "Unable to stringify response body",
        ),
        ("exports.other = 1;", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        ("exports.handler = 1;", "Runtime.HandlerNotFound", "index.handler is not a function"),
        ("exports.handler = (", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected end of input"),
        (
            "require('nonesuch');",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'nonesuch'",
        ),
    ],
)
def test_errors_are_lambdas_own(tmp_path: Path, code: str, error_type: str, message: str) -> None:
    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(node(functions, code))
        error = json.loads(outcome.payload)
        assert outcome.function_error == "Unhandled"
        assert error["errorType"] == error_type
        assert error["errorMessage"].startswith(message)
        assert isinstance(error["trace"], list)

    with_functions(tmp_path, case)


def test_the_console_writes_as_lambdas_runtime_does(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        await functions.invoke(
            node(functions, "exports.handler = async () => { console.log('a\\nb', {c: 1}); console.warn('w'); };")
        )
        first = next(line.text for line in functions.lines if "a\nb" in line.text)
        assert first.split("\t")[1:] == [REQUEST_ID, "INFO", "a\nb { c: 1 }\n"]
        assert any(line.text.endswith(f"\t{REQUEST_ID}\tWARN\tw\n") for line in functions.lines)

    with_functions(tmp_path, case)


def test_the_context_and_environment_are_lambdas(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "exports.handler = async (e, c) => ({ id: c.awsRequestId, arn: c.invokedFunctionArn, "
            "memory: c.memoryLimitInMB, left: c.getRemainingTimeInMillis(), env: process.env, cwd: process.cwd() });"
        )
        spec = node(functions, code, environment=(("TABLE", "t"),))
        given = json.loads((await functions.invoke(spec)).payload)
        assert (given["id"], given["arn"], given["memory"], given["cwd"]) == (REQUEST_ID, ARN, "256", str(spec.code))
        assert 8_000 < given["left"] <= 10_000
        assert given["env"]["TABLE"] == "t" and given["env"]["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs20.x"

    with_functions(tmp_path, case)


def test_variables_that_matter_at_the_start_are_there_at_the_start(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = "exports.handler = async () => Error.stackTraceLimit;"
        assert (await functions.invoke(node(functions, code))).payload == b"10"
        spec = node(functions, code, environment=(("NODE_OPTIONS", "--stack-trace-limit=3"),))
        assert (await functions.invoke(spec)).payload == b"3"

    with_functions(tmp_path, case)


def test_layers_and_the_runtimes_sdk_are_found_by_require_and_import(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        layer = tmp_path / "layer"
        shared = layer / "nodejs" / "node_modules" / "shared"
        shared.mkdir(parents=True)
        (shared / "index.js").write_text("exports.where = 'layer';")
        sdk = tmp_path / "node-sdk" / "v3" / "node_modules" / "@aws-sdk" / "client-s3"
        sdk.mkdir(parents=True)
        (sdk / "package.json").write_text('{"main":"index.js"}')
        (sdk / "index.js").write_text("exports.where = 'sdk';")
        common = "exports.handler = async () => [require('shared').where, require('@aws-sdk/client-s3').where];"
        module = (
            "import shared from 'shared'; import { where } from '@aws-sdk/client-s3';"
            "export const handler = async () => [shared.where, where];"
        )
        for files in ({"index.js": common}, {"index.mjs": module}):
            outcome = await functions.invoke(node(functions, files, layers=(layer,)))
            assert json.loads(outcome.payload) == ["layer", "sdk"]

    with_functions(tmp_path, case, machine=Machine(tmp_path))


NPM = """#!/bin/sh
echo "$*" >> "$HOME/asked"
if [ -e "$HOME/offline" ]; then echo "ENOTFOUND" >&2; exit 1; fi
for word in "$@"; do
  case "$word" in
    *missing*) echo "404 $word" >&2; exit 1 ;;
    @aws-sdk/*|aws-sdk@*)
      name="${word%@*}"
      mkdir -p "node_modules/$name"
      echo "exports.where = '$name';" > "node_modules/$name/index.js" ;;
  esac
done
"""


def with_npm(folder: Path) -> Machine:
    """A machine whose npm makes packages that tell their names."""
    (folder / "bin").mkdir()
    (folder / "bin" / "npm").write_text(NPM)
    (folder / "bin" / "npm").chmod(0o755)
    variables = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder)}
    return Machine(folder / "cache", variables)


def test_a_function_that_names_the_sdk_has_it_installed_once(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = "const p = require('@aws-sdk/client-s3'); exports.handler = async () => p.where;"
        for _ in range(2):
            assert (await functions.invoke(node(functions, code))).payload == b'"@aws-sdk/client-s3"'
        other = node(functions, code.replace("client-s3", "client-kms"))
        assert (await functions.invoke(other)).payload == b'"@aws-sdk/client-kms"', "what is not among the usual ones"
        older = node(functions, code.replace("@aws-sdk/client-s3", "aws-sdk"), runtime="nodejs16.x")
        assert (await functions.invoke(older)).payload == b'"aws-sdk"'
        assert len((tmp_path / "asked").read_text().splitlines()) == 3

    with_functions(tmp_path, case, machine=with_npm(tmp_path))


def test_an_installation_that_failed_is_tried_again_with_the_next_invocation(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        (tmp_path / "offline").touch()
        spec = node(functions, "const p = require('@aws-sdk/client-s3'); exports.handler = async () => p.where;")
        error = json.loads((await functions.invoke(spec)).payload)
        assert error["errorType"] == "Runtime.ImportModuleError" and "ENOTFOUND" in error["errorMessage"]
        (tmp_path / "offline").unlink()
        assert (await functions.invoke(spec)).payload == b'"@aws-sdk/client-s3"'

    with_functions(tmp_path, case, machine=with_npm(tmp_path))


def test_an_sdk_that_the_runtime_does_not_carry_is_not_found(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        for runtime, package in (
            ("nodejs20.x", "aws-sdk"),
            ("nodejs16.x", "@aws-sdk/client-s3"),
            ("nodejs20.x", "@aws-sdk/missing"),
        ):
            code = f"require('{package}'); exports.handler = async () => 1;"
            error = json.loads((await functions.invoke(node(functions, code, runtime=runtime))).payload)
            assert error["errorType"] == "Runtime.ImportModuleError"
            assert error["errorMessage"].startswith(f"Error: Cannot find module '{package}'")

    with_functions(tmp_path, case, machine=with_npm(tmp_path))


def test_traces_are_mapped_to_sources_when_the_function_asks_for_that(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        sources = {"version": 3, "sources": ["src/index.ts"], "names": [], "mappings": "AAAA;AACA;AAUA"}
        files = {
            "index.js": "exports.handler = async () => {\n\nthrow new Error('x');\n};\n"
            "//# sourceMappingURL=index.js.map",
            "index.js.map": json.dumps(sources),
        }
        asked = node(functions, files, environment=(("NODE_OPTIONS", "--enable-source-maps"),))
        assert "src/index.ts:12:" in json.loads((await functions.invoke(asked)).payload)["trace"][1]
        assert "index.js:3:" in json.loads((await functions.invoke(node(functions, files))).payload)["trace"][1]

    with_functions(tmp_path, case)


def test_a_hanging_node_function_is_stopped(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(
            node(functions, "exports.handler = async () => { while (true); };", timeout_seconds=1)
        )
        assert json.loads(outcome.payload)["errorType"] == "Sandbox.Timedout"
        exited = await functions.invoke(node(functions, "exports.handler = async () => process.exit(3);"))
        assert json.loads(exited.payload)["errorMessage"].endswith("exit status 3")

    with_functions(tmp_path, case)

"""The contract of the Runner port for Java functions, with a small client in place of AWS's.

AWS's is on Maven Central, where tests don't go: a repository in a folder has one that calls a static method.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner_functions import Functions, with_functions
from serein.kernel.runner import FunctionSpec
from serein.runtime.java import JARS
from serein.runtime.machine import Machine
from serein.runtime.sandbox import LinuxSandbox

pytestmark = pytest.mark.skipif(shutil.which("javac") is None, reason="Java functions need a JDK (javac) on PATH")
CLIENT = """
package com.amazonaws.services.lambda.runtime.api.client;
import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;
public class AWSLambda {
  public static void main(String[] given) throws Exception {
    String[] handler = given[0].split("::");
    URL[] code = { new File(System.getProperty("user.dir")).toURI().toURL() };
    ClassLoader loader = new URLClassLoader(code);
    String api = "http://" + System.getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/";
    while (true) {
      URLConnection next = new URL(api + "next").openConnection();
      String event = new Scanner(next.getInputStream(), "UTF-8").useDelimiter("\\\\A").next();
      String id = next.getHeaderField("Lambda-Runtime-Aws-Request-Id");
      Object answer = loader.loadClass(handler[0]).getMethod(handler[1], String.class).invoke(null, event);
      HttpURLConnection reply = (HttpURLConnection) new URL(api + id + "/response").openConnection();
      reply.setDoOutput(true);
      reply.getOutputStream().write(answer.toString().getBytes(StandardCharsets.UTF_8));
      reply.getResponseCode();
    }
  }
}
"""
FUNCTION = """
package example;
public class App {
  static int count = 0;
  public static String run(String event) throws Exception {
    System.out.println("one line");
    java.io.File written = java.io.File.createTempFile("abc", null);
    return "{\\"event\\":" + event + ",\\"count\\":" + ++count + ",\\"heap\\":" + Runtime.getRuntime().maxMemory()
      + ",\\"table\\":\\"" + System.getenv("TABLE") + "\\",\\"file\\":\\"" + written + "\\"}";
  }
  public static String layer(String event) throws Exception {
    ClassLoader loader = ClassLoader.getSystemClassLoader();
    return Class.forName("shared.Shared", true, loader).getField("WHERE").get(null).toString();
  }
}
"""
SHARED = 'package shared; public class Shared { public static final String WHERE = "\\"layer\\""; }'


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of classes: `client`, `function` and `shared`."""
    folder = tmp_path_factory.mktemp("java")
    for name, file, text in (
        ("client", "AWSLambda.java", CLIENT),
        ("function", "App.java", FUNCTION),
        ("shared", "Shared.java", SHARED),
    ):
        (folder / file).write_text(text)
        subprocess.run(["javac", "-nowarn", "-d", str(folder / name), str(folder / file)], check=True, timeout=120)
    return folder


def write_jar(file: Path, classes: Path | None) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w") as archive:
        for each in classes.rglob("*.class") if classes else ():
            archive.write(each, each.relative_to(classes or each))
    file.with_name(f"{file.name}.sha1").write_text(hashlib.sha1(file.read_bytes()).hexdigest())


def write_repository(folder: Path, compiled: Path) -> Path:
    """A Maven repository with the jars of the runtime client; gives the client's."""
    files = [folder / group / name / version / f"{name}-{version}.jar" for group, name, version in JARS]
    for file in files:
        write_jar(file, compiled / "client" if file is files[0] else None)
    return files[0]


def machine(folder: Path, repository: str, *, is_strict: bool = False) -> Machine:
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder / "home")}
    return Machine(folder / "cache", variables, repository, is_strict=is_strict)


@pytest.fixture
def java(compiled: Path) -> Callable[..., FunctionSpec]:
    def java(functions: Functions, handler: str = "example.App::run", **members: Any) -> FunctionSpec:
        spec = functions.spec({}, handler, **{"runtime": "java17", **members})
        shutil.copytree(compiled / "function", spec.code)
        return spec

    return java


def test_a_java_function_runs_on_the_client_that_was_downloaded(
    tmp_path: Path, compiled: Path, java: Callable[..., FunctionSpec]
) -> None:
    write_repository(tmp_path / "repository", compiled)

    async def case(functions: Functions) -> None:
        spec = java(functions, memory_mb=200, environment=(("TABLE", "t"),))
        outcome = await functions.invoke(spec, b'{"a":1}')
        given = json.loads(outcome.payload)
        assert (given["event"], given["count"], given["table"]) == ({"a": 1}, 1, "t")
        assert outcome.init_ms is not None
        assert 100 << 20 < given["heap"] <= 170 << 20, "its heap is most of its memory size"
        assert str(tmp_path) in given["file"], "temporary files are the environment's own"
        again = await functions.invoke(spec, b"[]")
        assert json.loads(again.payload)["count"] == 2
        assert "one line\n" in functions.log

    with_functions(tmp_path, case, machine=machine(tmp_path, f"file://{tmp_path}/repository"))


@pytest.mark.skipif(sys.platform != "linux", reason="sandboxes need Linux")
def test_a_java_function_runs_in_a_sandbox(tmp_path: Path, compiled: Path, java: Callable[..., FunctionSpec]) -> None:
    write_repository(tmp_path / "repository", compiled)
    write_jar(tmp_path / "layer" / "java" / "lib" / "shared.jar", compiled / "shared")
    sandbox = LinuxSandbox(tmp_path / "sandbox")

    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(java(functions, layers=(tmp_path / "layer",)), b'{"a":1}')
        if sandbox.mode != "sandbox":
            pytest.skip(f"sandboxes can't be made here: {sandbox.notices}")
        given = json.loads(outcome.payload)
        assert given["event"] == {"a": 1}
        assert given["file"].startswith("/tmp/abc")

    with_functions(tmp_path, case, sandbox=sandbox, machine=machine(tmp_path, f"file://{tmp_path}/repository"))


def test_java_functions_find_the_jars_of_their_layers(
    tmp_path: Path, compiled: Path, java: Callable[..., FunctionSpec]
) -> None:
    write_repository(tmp_path / "home" / ".m2" / "repository", compiled)
    write_jar(tmp_path / "layer" / "java" / "lib" / "shared.jar", compiled / "shared")

    async def case(functions: Functions) -> None:
        spec = java(functions, "example.App::layer", layers=(tmp_path / "layer",))
        assert (await functions.invoke(spec)).payload == b'"layer"'

    # What Maven has downloaded already is not downloaded again.
    with_functions(tmp_path, case, machine=machine(tmp_path, "file:///nonexistent"))


def test_a_client_that_cannot_be_downloaded_is_named(tmp_path: Path, java: Callable[..., FunctionSpec]) -> None:
    async def case(functions: Functions) -> None:
        error = json.loads((await functions.invoke(java(functions))).payload)
        assert error["errorType"] == "Runtime.InvalidEntrypoint"
        assert "AWS's runtime client (com.amazonaws:aws-lambda-java-runtime-interface-client:" in error["errorMessage"]
        assert "file:///nonexistent" in error["errorMessage"]

    with_functions(tmp_path, case, machine=machine(tmp_path, "file:///nonexistent"))


def test_a_client_that_is_not_what_its_digest_says_is_refused(
    tmp_path: Path, compiled: Path, java: Callable[..., FunctionSpec]
) -> None:
    jar = write_repository(tmp_path / "repository", compiled)
    jar.with_name(f"{jar.name}.sha1").write_text("0" * 40)

    async def case(functions: Functions) -> None:
        error = json.loads((await functions.invoke(java(functions))).payload)
        assert "is not what its SHA-1 says" in error["errorMessage"]
        assert not list((tmp_path / "cache" / "java-runtime").glob("*/*.jar"))

    with_functions(tmp_path, case, machine=machine(tmp_path, f"file://{tmp_path}/repository"))


def test_a_version_of_java_that_is_missing_is_named(tmp_path: Path, java: Callable[..., FunctionSpec]) -> None:
    async def case(functions: Functions) -> None:
        error = json.loads((await functions.invoke(java(functions, runtime="java7"))).payload)
        assert error["errorType"] == "Runtime.InvalidEntrypoint"
        assert "Java 7 is needed to run this function" in error["errorMessage"]

    with_functions(tmp_path, case, machine=machine(tmp_path, "file:///nonexistent", is_strict=True))

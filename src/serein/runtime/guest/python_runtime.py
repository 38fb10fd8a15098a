"""Lambda's Python runtime in a forked process: AWS's own runtime client, loaded once and shared by all environments.

Runs in the functions' interpreter, without Serein. `preload` runs in the fork server: it loads the runtime client and
the SDK that AWS's runtimes carry, and reads the API models that functions use most, so that a function's first
`boto3.client` costs milliseconds. `run` turns a child into the function's runtime and never returns normally.
"""

# ruff: noqa: PTH112, PTH120, PTH208

import contextlib
import gc
import importlib
import os
import site
import sys
import time

import aws_hosts

_WARM_SERVICES = ("dynamodb", "s3", "sqs", "sns", "lambda", "stepfunctions", "events", "ssm", "secretsmanager")


def preload(runtime_path, loads_sdk):
    """Load the runtime client and, if wanted, the SDK from `runtime_path`, the folder that stands for /var/runtime.

    Returns the names of the modules that a function may replace by its own.
    """
    sys.path.insert(0, runtime_path)
    site.setquit()
    site.setcopyright()
    site.sethelper()
    importlib.import_module("awslambdaric.bootstrap")
    importlib.import_module("tempfile")
    essential = set(sys.modules)
    # Why suppress: another interpreter may have the runtime client without the SDK; functions then bring their own.
    with contextlib.suppress(ImportError):
        if loads_sdk:
            warm_sdk()
    return set(sys.modules) - essential


def warm_sdk():
    """Load boto3, and keep what botocore reads from disk for every session that a function creates."""
    import boto3
    import botocore.loaders
    import botocore.session

    session = boto3.Session(aws_access_key_id="-", aws_secret_access_key="-", region_name="us-east-1")
    for service in _WARM_SERVICES:
        session.client(service)
    session.resource("dynamodb")
    session.resource("s3")
    warm = session._session.get_component("data_loader")
    kept = dict(warm._cache)
    create_loader = botocore.loaders.create_loader
    builtin = botocore.loaders.Loader.BUILTIN_DATA_PATH

    def create_warm_loader(search_path_string=None):
        loader = create_loader(search_path_string)
        # Why: a user's own models would change what is available, so they switch the shared copy off.
        if not any(
            os.path.isdir(path) for path in loader.search_paths if not path.startswith(os.path.dirname(builtin))
        ):
            loader._cache.update(kept)
        return loader

    botocore.session.create_loader = create_warm_loader
    del session, warm
    gc.collect()


def run(order, preloaded):
    """Become the function: its variables, its folder, its path, then AWS's loop."""
    os.environ.clear()
    os.environ.update(order["env"])
    if address := os.environ.pop("SEREIN_AWS_HOSTS", ""):
        aws_hosts.redirect(address)
    time.tzset()
    sys.modules["tempfile"].tempdir = None
    os.chdir(order["cwd"])
    sys.path[:] = order["path"] + sys.path
    sys.pycache_prefix = order["pycache"] or None
    sys.argv = ["/var/runtime/bootstrap.py"]
    forget_shadowed(order["path"], preloaded)
    if port := os.environ.pop("SEREIN_DEBUG_PORT", ""):
        importlib.import_module("serein_debugger").wait(int(port))
    serve(os.environ.get("_HANDLER", ""))


def forget_shadowed(path, preloaded):
    """Unload what was preloaded when the function ships a module of the same name: its own wins, as on AWS."""
    shipped = set()
    for folder in path:
        try:
            shipped.update(name.split(".")[0] for name in os.listdir(folder))
        except OSError:
            continue
    if any(name.split(".")[0] in shipped for name in preloaded):
        for name in preloaded:
            module = sys.modules.get(name)
            # Why: extension modules can't be loaded twice in a process.
            if str(getattr(module, "__file__", None) or "").endswith(".py"):
                del sys.modules[name]


def serve(handler):
    """AWS's loop, with what its modules read from the environment when they were loaded read again."""
    from awslambdaric import bootstrap, lambda_runtime_client
    from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

    lambda_runtime_client.runtime_client.initialize_client(lambda_runtime_client._user_agent())
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") or os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
        bootstrap = importlib.reload(bootstrap)
    lambda_runtime_client.BaseLambdaRuntimeClient.marshaller = LambdaMarshaller()
    bootstrap.run(handler, lambda_runtime_client.LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))

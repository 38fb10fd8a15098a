"""`stacks` and `outputs`: what is deployed."""

import json
import shlex
from pathlib import Path
from typing import Any

import click

from serein.cli.connection import CommandFailed, new_session, require_server


@click.command()
@click.option("--region", metavar="NAME", help="The region.  [default: AWS_REGION, or us-east-1]")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def stacks(region: str | None, as_json: bool) -> None:
    """List the stacks: their status, how many resources each has, and when it was changed last."""
    found = []
    client = _client(region)
    for stack in _stacks(client):
        pages = client.get_paginator("list_stack_resources").paginate(StackName=stack["StackName"])
        changed = stack.get("LastUpdatedTime") or stack["CreationTime"]
        found.append(
            {
                "stack": stack["StackName"],
                "status": stack["StackStatus"],
                "resources": sum(len(page["StackResourceSummaries"]) for page in pages),
                "changed": changed.isoformat(timespec="seconds"),
                **({"parent": stack["ParentId"].split("/")[1]} if "ParentId" in stack else {}),
            }
        )
    if as_json:
        click.echo(json.dumps({"stacks": found}))
        return
    if not found:
        click.echo("There are no stacks.")
    width = max((len(each["stack"]) for each in found), default=0)
    for each in found:
        colour = "red" if "FAILED" in each["status"] or "ROLLBACK" in each["status"] else "green"
        status = click.style(f"{each['status']:<24}", fg=colour)
        parent = f"  in {each['parent']}" if "parent" in each else ""
        click.echo(f"{each['stack']:<{width}}  {status}  {each['resources']:>3} resources  {each['changed']}{parent}")


@click.command()
@click.argument("stack", required=False)
@click.option("--stage", metavar="NAME", help="The stage of the project that is here.")
@click.option("--region", metavar="NAME", help="The region.  [default: AWS_REGION, or us-east-1]")
@click.option("--json", "as_json", is_flag=True, help="Print them as one JSON object.")
@click.option("--env", "as_environment", is_flag=True, help="Print them as shell lines, which .env files take too.")
def outputs(stack: str | None, stage: str | None, region: str | None, as_json: bool, as_environment: bool) -> None:
    """Show the outputs of a stack: of the project that is here, or of the only one there is, when none is named.

    URLs of APIs are those that answer here; the table has those of AWS too. To have the outputs as variables:

    eval "$(serein outputs my-stack --env)"
    """
    if as_json and as_environment:
        raise click.UsageError("--json and --env exclude each other.")
    address = require_server()
    # Why here: `--help` needs none of it.
    from serein.cli.summary import local_outputs

    client = _client(region)
    found = _require_stack(client, stack, stage or "")
    values = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
    here = local_outputs(values, address)
    if as_json:
        click.echo(json.dumps(here))
    elif as_environment:
        for name, value in here.items():
            click.echo(f"export {name}={shlex.quote(value)}")
    else:
        _print_table(found, values, here)


def _print_table(stack: dict[str, Any], values: dict[str, str], here: dict[str, str]) -> None:
    if not values:
        click.echo(f"{stack['StackName']} has no outputs.")
    width = max((len(name) for name in values), default=0)
    told = {each["OutputKey"]: each.get("Description", "") for each in stack.get("Outputs", [])}
    for name, value in values.items():
        about = f"  {click.style(told[name], dim=True)}" if told[name] else ""
        click.echo(f"{name:<{width}}  {value}{about}")
        if here[name] != value:
            click.echo(f"{'':<{width}}  here  {here[name]}")


def _require_stack(client: Any, name: str | None, stage: str) -> dict[str, Any]:
    """Raises CommandFailed, with the stacks there are."""
    there = {stack["StackName"]: stack for stack in _stacks(client)}
    wanted = name or _stack_here(stage)
    if not wanted and len(there) == 1:
        wanted = next(iter(there))
    if wanted in there:
        return there[wanted]
    names = ", ".join(sorted(there)) or "none"
    raise CommandFailed(f"There is no stack {wanted}. Stacks: {names}." if wanted else f"Which stack? Stacks: {names}.")


def _stack_here(stage: str) -> str:
    """The stack of the project in this folder; empty when there is none, or several."""
    # Why here: `--help` needs none of it.
    from serein.deploy import DeployFailed, stack_name_of
    from serein.deploy.configuration import read_configuration

    try:
        parts = read_configuration(Path()).parts
        if len(parts) > 1:
            return ""
        return parts[0].stack or stack_name_of(parts[0].path, stage or parts[0].stage)
    except DeployFailed:
        return ""


def _client(region: str | None) -> Any:
    return new_session(region or "").client("cloudformation", endpoint_url=require_server())


def _stacks(client: Any) -> list[dict[str, Any]]:
    pages = client.get_paginator("describe_stacks").paginate()
    return [stack for page in pages for stack in page["Stacks"]]

"""AWS::CloudFormation::Macro: a name under which templates have themselves changed by a function."""

import re

from serein.kernel.database import Transaction
from serein.kernel.resource import Deployment, Made, Properties
from serein.services.cloudformation.builtin.answers import inner
from serein.services.cloudformation.errors import ResourceFailure
from serein.services.cloudformation.store import macros

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


class MacroType:
    """Ref is the macro's name."""

    properties = frozenset({"Description", "FunctionName", "LogGroupName", "LogRoleARN", "Name"})
    replaced_by = frozenset({"Name"})
    stored = frozenset({"LogGroupName", "LogRoleARN"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        own, name = inner(deployment), str(properties["Name"])
        if not _NAME.fullmatch(name):
            raise ResourceFailure(f"Macro name {name} must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*")

        def write(tx: Transaction) -> None:
            if macros.find_function(tx, own.scope, name) not in (None, properties["FunctionName"]):
                raise ResourceFailure(f"{name} already exists in stack")
            macros.put_macro(tx, own.scope, name, properties["FunctionName"])

        await own.platform.database.write(write)
        return Made(name, {"Id": name})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        own = inner(deployment)
        function = new["FunctionName"]
        await own.platform.database.write(lambda tx: macros.put_macro(tx, own.scope, physical_id, function))
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        own = inner(deployment)
        await own.platform.database.write(lambda tx: macros.delete_macro(tx, own.scope, physical_id))

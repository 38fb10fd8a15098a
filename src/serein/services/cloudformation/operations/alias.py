"""A stack's alias: another name that every operation takes in place of the stack's own."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation import starting
from serein.services.cloudformation.errors import AlreadyExistsException, ValidationError
from serein.services.cloudformation.store import aliases, stacks


@operation("SetAlias")
async def set_alias(call: Call, request: Request) -> Reply:
    alias = request["AliasName"]
    starting.check_name(alias)

    def write(tx: Transaction) -> None:
        stack = stacks.require_stack(tx, call.scope, request["StackName"])
        if not stack.is_live:
            raise ValidationError(f"Stack with id {stack.stack_id} does not exist")
        own = aliases.alias_of(tx, stack.stack_id)
        if own == alias:
            return
        if own:
            raise AlreadyExistsException(f"Stack [{stack.name}] already has the alias [{own}]")
        if stacks.find_stack(tx, call.scope, alias) is not None:
            raise AlreadyExistsException(f"A stack with the name or the alias [{alias}] already exists")
        aliases.put_alias(tx, call.scope, alias, stack.stack_id)

    await call.write(write)
    return {}


@operation("RemoveAlias")
async def remove_alias(call: Call, request: Request) -> Reply:
    alias = request["AliasName"]

    def write(tx: Transaction) -> None:
        if aliases.find_stack_id(tx, call.scope, alias) is None:
            raise ValidationError(f"Alias [{alias}] does not exist")
        aliases.delete_alias(tx, call.scope, alias)

    await call.write(write)
    return {}

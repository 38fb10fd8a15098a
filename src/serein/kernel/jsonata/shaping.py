"""From the tree as it is written to the one that is evaluated: paths are lists of steps, and parents are found."""

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.nodes import Node, Slot

_AS_THEY_ARE = frozenset({"string", "number", "value", "wildcard", "descendant", "variable", "regex"})


def shape(tree: Node) -> Node:
    """The tree to evaluate. Raises JsonataError."""
    shaped = _Shaper().shape(tree)
    if shaped.type == "parent" or shaped.seeking:
        raise JsonataError("S0217", shaped.position, token=shaped.type)
    return shaped


def _push_seeking(holder: Node, part: Node) -> None:
    if part.seeking is None and part.type != "parent":
        return
    slots = part.seeking if part.seeking is not None else []
    if part.type == "parent":
        slots.append(part.slot)
    if holder.seeking is None:
        holder.seeking = slots
    else:
        holder.seeking.extend(slots)


def _with_tail_calls(node: Node) -> Node:
    """The body of a lambda, whose last calls are left to who calls the lambda."""
    if node.type == "function" and not node.predicates:
        return Node("lambda", node.position, is_thunk=True, body=node)
    if node.type == "condition":
        node.then = _with_tail_calls(node.then)
        if node.otherwise is not None:
            node.otherwise = _with_tail_calls(node.otherwise)
    elif node.type == "block" and node.expressions:
        node.expressions[-1] = _with_tail_calls(node.expressions[-1])
    return node


class _Shaper:
    def __init__(self) -> None:
        self._parents: list[Node] = []

    def shape(self, node: Node) -> Node:
        if node.type == "binary":
            shaped: Node = getattr(self, f"_{_BINARY.get(node.value, 'operator')}")(node)
        elif node.type in _AS_THEY_ARE:
            shaped = node
        else:
            shaped = getattr(self, f"_{node.type}")(node)
        if node.keep_array:
            shaped.keep_array = True
        return shaped

    def _operator(self, node: Node) -> Node:
        if node.type == "operator":
            return self._word(node)
        node.lhs, node.rhs = self.shape(node.lhs), self.shape(node.rhs)
        _push_seeking(node, node.lhs)
        _push_seeking(node, node.rhs)
        return node

    def _word(self, node: Node) -> Node:
        if node.value in ("and", "or", "in"):
            node.type = "name"
            return self.shape(node)
        if node.value == "?":
            return node
        raise JsonataError("S0201", node.position, token=node.value)

    def _name(self, node: Node) -> Node:
        return Node("path", node.position, steps=[node], keep_singleton_array=node.keep_array)

    def _parent(self, node: Node) -> Node:
        node.slot = Slot(len(self._parents))
        self._parents.append(node)
        return node

    def _map(self, node: Node) -> Node:
        left = self.shape(node.lhs)
        path = left if left.type == "path" else Node("path", node.position, steps=[left])
        if left.type == "parent":
            path.seeking = [left.slot]
        rest = self.shape(node.rhs)
        if rest.type == "path":
            path.steps.extend(rest.steps)
        else:
            if rest.predicates is not None:
                rest.stages, rest.predicates = rest.predicates, None
            path.steps.append(rest)
        for step in path.steps:
            if step.type in ("number", "value"):
                raise JsonataError("S0213", step.position, value=step.value)
            if step.type == "string":
                step.type = "name"
        if any(step.keep_array for step in path.steps):
            path.keep_singleton_array = True
        for step in (path.steps[0], path.steps[-1]):
            if step.type == "unary" and step.value == "[":
                step.is_cons_array = True
        self._resolve(path)
        return path

    def _filter(self, node: Node) -> Node:
        result = self.shape(node.lhs)
        is_path = result.type == "path"
        step = result.steps[-1] if is_path else result
        if step.group is not None:
            raise JsonataError("S0209", node.position)
        predicate = self.shape(node.rhs)
        if predicate.seeking is not None:
            for slot in predicate.seeking:
                if slot.level == 1:
                    self._seek(step, slot)
                else:
                    slot.level -= 1
            _push_seeking(step, predicate)
        stage = Node("filter", node.position, expression=predicate)
        if is_path:
            step.stages = [*(step.stages or []), stage]
        else:
            step.predicates = [*(step.predicates or []), stage]
        return result

    def _group(self, node: Node) -> Node:
        result = self.shape(node.lhs)
        if result.group is not None:
            raise JsonataError("S0210", node.position)
        pairs = [(self.shape(key), self.shape(value)) for key, value in node.pairs]
        result.group = Node("group", node.position, pairs=pairs)
        return result

    def _sort(self, node: Node) -> Node:
        result = self.shape(node.lhs)
        if result.type != "path":
            result = Node("path", node.position, steps=[result])
        sort = Node("sort", node.position)
        for term in node.terms:
            term.expression = self.shape(term.expression)
            _push_seeking(sort, term.expression)
            sort.terms.append(term)
        result.steps.append(sort)
        self._resolve(result)
        return result

    def _bind(self, node: Node) -> Node:
        bind = Node("bind", node.position, node.value, lhs=self.shape(node.lhs), rhs=self.shape(node.rhs))
        _push_seeking(bind, bind.rhs)
        return bind

    def _focus(self, node: Node) -> Node:
        result = self.shape(node.lhs)
        step = result.steps[-1] if result.type == "path" else result
        if step.stages is not None or step.predicates is not None:
            raise JsonataError("S0215", node.position)
        if step.type == "sort":
            raise JsonataError("S0216", node.position)
        step.keep_array = step.keep_array or node.keep_array
        step.focus = node.rhs.value
        step.is_tuple = True
        return result

    def _index(self, node: Node) -> Node:
        result = self.shape(node.lhs)
        step = result
        if result.type == "path":
            step = result.steps[-1]
        else:
            result = Node("path", node.position, steps=[step])
            if step.predicates is not None:
                step.stages, step.predicates = step.predicates, None
        if step.stages is None:
            step.index = node.rhs.value
        else:
            step.stages.append(Node("index", node.position, node.rhs.value))
        step.is_tuple = True
        return result

    def _apply(self, node: Node) -> Node:
        apply = Node("apply", node.position, node.value, lhs=self.shape(node.lhs), rhs=self.shape(node.rhs))
        apply.keep_array = apply.lhs.keep_array or apply.rhs.keep_array
        return apply

    def _unary(self, node: Node) -> Node:
        if node.value == "-":
            node.expression = self.shape(node.expression)
            if node.expression.type == "number":
                node.expression.value = -node.expression.value
                return node.expression  # type: ignore[no-any-return]
            _push_seeking(node, node.expression)
            return node
        node.expressions = [self._part(node, each) for each in node.expressions]
        node.pairs = [(self._part(node, key), self._part(node, value)) for key, value in node.pairs]
        return node

    def _part(self, holder: Node, part: Node) -> Node:
        shaped = self.shape(part)
        _push_seeking(holder, shaped)
        return shaped

    def _function(self, node: Node) -> Node:
        node.arguments = [self._part(node, each) for each in node.arguments]
        node.procedure = self.shape(node.procedure)
        return node

    _partial = _function

    def _lambda(self, node: Node) -> Node:
        node.body = _with_tail_calls(self.shape(node.body))
        return node

    def _condition(self, node: Node) -> Node:
        node.condition = self._part(node, node.condition)
        node.then = self._part(node, node.then)
        if node.otherwise is not None:
            node.otherwise = self._part(node, node.otherwise)
        return node

    def _transform(self, node: Node) -> Node:
        node.pattern, node.update = self.shape(node.pattern), self.shape(node.update)
        if node.delete is not None:
            node.delete = self.shape(node.delete)
        return node

    def _block(self, node: Node) -> Node:
        node.expressions = [self._part(node, each) for each in node.expressions]
        node.is_cons_array = any(
            each.is_cons_array or (each.type == "path" and each.steps[0].is_cons_array) for each in node.expressions
        )
        return node

    def _resolve(self, path: Node) -> None:
        """Find the steps that the parents (`%`) of a path's last step stand for."""
        last = path.steps[-1]
        slots = list(last.seeking or [])
        if last.type == "parent":
            slots.append(last.slot)
        for found in slots:
            slot, index = found, len(path.steps) - 2
            while slot.level > 0:
                if index < 0:
                    path.seeking = [*(path.seeking or []), slot]
                    break
                step = path.steps[index]
                index -= 1
                while index >= 0 and step.focus and path.steps[index].focus:
                    step = path.steps[index]
                    index -= 1
                slot = self._seek(step, slot)

    def _seek(self, node: Node, slot: Slot) -> Slot:
        if node.type in ("name", "wildcard"):
            slot.level -= 1
            if slot.level == 0:
                if node.ancestor is not None:
                    self._parents[slot.index].slot.label = node.ancestor.label
                node.ancestor = slot
                node.is_tuple = True
        elif node.type == "parent":
            slot.level += 1
        elif node.type == "block":
            if node.expressions:
                node.is_tuple = True
                slot = self._seek(node.expressions[-1], slot)
        elif node.type == "path":
            node.is_tuple = True
            for step in reversed(node.steps):
                slot = self._seek(step, slot)
                if slot.level <= 0:
                    break
        else:
            raise JsonataError("S0217", node.position, token=node.type)
        return slot


_BINARY = {
    ".": "map",
    "[": "filter",
    "{": "group",
    "^": "sort",
    ":=": "bind",
    "@": "focus",
    "#": "index",
    "~>": "apply",
}

"""Which names a cell binds at its top level, and how: told from its syntax alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

_LITERAL_NODES = (
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.UnaryOp,
    ast.BinOp,
    ast.operator,
    ast.unaryop,
    ast.expr_context,
)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_CLOCKS = {"time", "perf_counter", "monotonic", "process_time", "thread_time", "default_timer", "timestamp"}
_SEEDING = {"seed", "manual_seed", "manual_seed_all", "default_rng", "RandomState", "set_seed", "seed_everything"}


@dataclass(frozen=True)
class Seed:
    """A call that seeds a random generator: what is called, and the source of its first argument."""

    call: str
    argument: str


@dataclass(frozen=True)
class Bindings:
    """Names by the line that binds them last. A name stands in one of the two.

    ``literals`` are bound to what is written there: numbers, texts, True, None, containers of them, and arithmetic on
    them. ``computed`` are bound to anything else.
    """

    literals: dict[str, int] = field(default_factory=dict)
    computed: dict[str, int] = field(default_factory=dict)
    seeds: tuple[Seed, ...] = ()


def bindings_of(source: str) -> Bindings:
    """Read the bindings of a cell's source, which is plain Python or what IPython makes of its magics.

    Source that does not parse binds nothing.
    """
    try:
        tree = compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Bindings()
    assert isinstance(tree, ast.Module)  # noqa: S101 what PyCF_ONLY_AST gives for exec
    literals: dict[str, int] = {}
    computed: dict[str, int] = {}
    for statement in tree.body:
        literal_names = set(_literal_targets(statement))
        if _is_clock_reading(statement):
            continue  # a moment, for a duration to be told from later; by itself it measures nothing
        for name, line in _bound_names(statement):
            is_literal = name in literal_names
            (literals if is_literal else computed)[name] = line
            (computed if is_literal else literals).pop(name, None)
    return Bindings(literals, computed, tuple(_seeds(tree)))


def _literal_targets(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _literal_pairs(target, statement.value)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield from _literal_pairs(statement.target, statement.value)


def _is_clock_reading(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    if not isinstance(value, ast.Call) or value.args:
        return False
    name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
    return name in _CLOCKS


def _literal_pairs(target: ast.expr, value: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        if _is_literal(value):
            yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        are_pairs = len(target.elts) == len(value.elts)
        for part, its_value in zip(target.elts, value.elts, strict=True) if are_pairs else ():
            yield from _literal_pairs(part, its_value)


def _is_literal(value: ast.expr) -> bool:
    return all(isinstance(node, _LITERAL_NODES) for node in ast.walk(value))


def _bound_names(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the names that a statement binds in its own scope, with their lines."""
    if isinstance(node, _SCOPES):
        return  # a function or class is nothing that is logged, and its inside is a scope of its own
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id, node.lineno
        return
    captured = _captured_name(node)
    if captured is not None:
        yield captured, getattr(node, "lineno", 0)
    is_comprehension = isinstance(node, _COMPREHENSIONS)
    for child in ast.iter_child_nodes(node):
        if is_comprehension and isinstance(child, ast.comprehension):
            continue  # its targets live and die inside it
        yield from _bound_names(child)


def _captured_name(node: ast.AST) -> str | None:
    """Return the name that a pattern of a match statement binds by itself."""
    if isinstance(node, (ast.MatchAs, ast.MatchStar)):
        return node.name
    return node.rest if isinstance(node, ast.MatchMapping) else None


def _seeds(tree: ast.Module) -> Iterator[Seed]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name in _SEEDING and len(node.args) + len(node.keywords) == 1:
                argument = node.args[0] if node.args else node.keywords[0].value
                yield Seed(ast.unparse(node.func), ast.unparse(argument))

"""Statements that every message needs, run on the driver itself.

SQLAlchemy builds and compiles them once; after that, its way from a statement to the driver costs three times what the
database does. Whatever is not marked as hot, or needs more than parameters in and rows out, goes that way all the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Executable, Insert, Update
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

S = TypeVar("S", bound=Executable)
_Process = Callable[[Any], Any]
_hot: dict[int, Executable] = {}


def hot(statement: S) -> S:
    """Marks a statement that is built once, for the life of the process, and run for every message."""
    _hot[id(statement)] = statement
    return statement


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The text for the driver, how its parameters are made of ours, and what its rows are."""

    text: str
    names: Sequence[str]
    processes: Sequence[tuple[str, _Process]]
    columns: SimpleResultMetaData | None
    columns_processed: Sequence[tuple[int, _Process]]


Known = dict[tuple[Any, ...], _Compiled | None]
"""By statement and names of its parameters, in their order."""


class Quick:
    """A connection in a transaction, for the statements of the store."""

    def __init__(self, connection: Connection, known: "Known") -> None:
        self._connection, self._known = connection, known
        self._dialect = connection.dialect
        self._cursor: Any = None

    def execute(self, statement: Executable, parameters: Any = None, /) -> Any:
        """As SQLAlchemy's `Connection.execute`; the same exceptions."""
        if id(statement) not in _hot or not parameters:
            return self._connection.execute(statement, parameters)
        many = isinstance(parameters, list)
        first = parameters[0] if many else parameters
        key = (id(statement), *first)
        if key not in self._known:
            self._known[key] = _compiled(statement, list(first), self._dialect)
        compiled = self._known[key]
        if compiled is None:
            return self._connection.execute(statement, parameters)
        return self._run(compiled, parameters, many)

    def _run(self, compiled: _Compiled, parameters: Any, many: bool) -> Any:
        if self._cursor is None:
            self._cursor = self._connection.connection.cursor()
        try:
            if many:
                return self._cursor.executemany(compiled.text, [_given(compiled, one) for one in parameters])
            self._cursor.execute(compiled.text, _given(compiled, parameters))
            return self._cursor if compiled.columns is None else _rows(compiled, self._cursor.fetchall())
        except self._dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemy(error, compiled.text, parameters, self._dialect) from error


def as_sqlalchemy(error: Exception, statement: str, parameters: Any, dialect: Dialect) -> BaseException:
    """What SQLAlchemy raises for an error of the driver."""
    return DBAPIError.instance(statement, parameters, error, dialect.loaded_dbapi.Error, dialect=dialect)


def _given(compiled: _Compiled, parameters: Mapping[str, Any]) -> Sequence[Any]:
    if compiled.processes:
        parameters = {**parameters, **{name: process(parameters[name]) for name, process in compiled.processes}}
    return [parameters[name] for name in compiled.names]


def _rows(compiled: _Compiled, rows: list[Any]) -> Any:
    for place, process in compiled.columns_processed:
        rows = [(*row[:place], process(row[place]), *row[place + 1 :]) for row in rows]
    return IteratorResult(compiled.columns, iter(rows))  # type: ignore[arg-type]


def _compiled(statement: Any, names: list[str], dialect: Dialect) -> _Compiled | None:
    """None for what takes more than its own parameters: defaults, lists, parameters by name."""
    keys = names if isinstance(statement, (Insert, Update)) else None
    made = statement.compile(dialect=dialect, column_keys=keys)
    if not isinstance(made, SQLCompiler) or not made.positional or made.positiontup is None:
        return None
    if made.insert_prefetch or made.update_prefetch or set(made.positiontup) != set(names):
        return None
    if any(parameter.expanding for parameter in made.binds.values()):
        return None
    processes = [(name, process) for name, process in made._bind_processors.items() if callable(process)]
    found = made._result_columns
    reads = [one[3].dialect_impl(dialect).result_processor(dialect, None) for one in found]
    return _Compiled(
        text=str(made),
        names=list(made.positiontup),
        processes=processes,
        columns=SimpleResultMetaData([one[0] for one in found]) if found else None,
        columns_processed=[(place, process) for place, process in enumerate(reads) if process is not None],
    )

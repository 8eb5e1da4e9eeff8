"""What is found of the same objects over and over: the parts that the records of a long list have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, TypeVarTuple

Objects = TypeVarTuple("Objects")
T = TypeVar("T")
_REMEMBERED = 2048


def same_again(function: Callable[[*Objects], T]) -> Callable[[*Objects], T]:
    """`function`, whose result for the very same objects is found once; texts are the same where they are equal.

    Only for objects that are never changed, and for results that may be shared. It keeps some of both.
    """
    found: dict[tuple[Any, ...], tuple[tuple[*Objects], T]] = {}

    @wraps(function)
    def call(*objects: *Objects) -> T:
        key = tuple([one if type(one) is str else id(one) for one in objects])
        known = found.get(key)
        if known is None:
            if len(found) >= _REMEMBERED:
                found.clear()
            known = found[key] = objects, function(*objects)
        return known[1]

    return call

"""Keeps an error in an overridden Qt method from ending the program.

Shiboken 6.8 to 6.12 reads the arguments of an exception that a Python override of a C++ method
let through.  Below Python 3.12 the interpreter's own errors (an index out of range, a division by
zero, a call with a wrong type) are at that time no objects yet but a type and a text, and the
process dies of a segmentation fault.  An `except` makes them objects; so each override of a class
that is defined after `install` gets one around it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, MethodDescriptorType
from typing import Any

from shiboken6 import Shiboken

NEEDED = sys.version_info < (3, 12)
_BASE: Any = Shiboken.Object


def install() -> None:
    """Guards the classes defined from now on.  Does nothing where nothing is needed."""
    if NEEDED:
        _BASE.__init_subclass__ = classmethod(_begin)


def _begin(cls: Any, /, **options: Any) -> None:
    super(_BASE, cls).__init_subclass__(**options)
    for name, function in list(_overrides(cls)):
        setattr(cls, name, _guarded(function))


def _overrides(cls: type) -> Iterator[tuple[str, FunctionType]]:
    """Methods of Qt's that the class itself or a mixin of it replaces."""
    own = [part for part in cls.__mro__ if part is cls or not issubclass(part, _BASE)]
    found = {
        name: value
        for part in reversed(own)
        for name, value in vars(part).items()
        if isinstance(value, FunctionType)
    }
    for name, function in found.items():
        replaced = (vars(part).get(name) for part in cls.__mro__ if part not in own)
        if any(isinstance(value, MethodDescriptorType) for value in replaced):
            yield name, function


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def guarded(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except BaseException:  # passed on as it is: catching it is what makes it an object
            raise

    return guarded

"""What a model needs from pip: read from the metadata of what is installed, or as the user wrote it down."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbtrack.distributions import distribution_of
from nbtrack.errors import InvalidInput

_DEEPEST = 8


@dataclass(frozen=True)
class Requirements:
    """Lines of a requirements.txt, and of the constraints.txt that it points to if there are any."""

    lines: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()

    def with_extra(self, extra: Requirements) -> Requirements:
        """Return both; what ``extra`` says of a package takes the place of what was known of it."""
        stated = {name for name in map(package_of, extra.lines) if name}
        kept = tuple(line for line in self.lines if package_of(line) not in stated)
        return Requirements((*kept, *extra.lines), (*self.constraints, *extra.constraints))


def pinned(import_names: Iterable[str]) -> list[str]:
    """Return ``name==version`` for the distributions that bring these import names, sorted.

    Modules of the standard library, of the user's own folders, and names that nothing installed brings, are left out.
    """
    modules = {name.partition(".")[0] for name in import_names} - sys.stdlib_module_names - {"__main__"}
    found = {distribution_of(module) for module in modules}
    return sorted(f"{_normalized(name)}=={version}" for name, version in filter(None, found))


def requirements_of(given: str | Path | Iterable[str]) -> Requirements:
    """Read what a user gives as requirements.

    Parameters
    ----------
    given
        The path of a requirements file, or lines of one. ``-r FILE`` and ``-c FILE`` lines are followed, from the
        folder of the file that they stand in; pip's other options are kept.

    Raises
    ------
    InvalidInput
        A file is not there, or a line is none that pip understands.
    """
    if isinstance(given, (str, Path)):
        found = _of_file(Path(given), 0)
    else:
        found = _of_lines(given, Path(), "the list of requirements", 0)
    return Requirements(tuple(dict.fromkeys(found.lines)), tuple(dict.fromkeys(found.constraints)))


def package_of(line: str) -> str | None:
    """Return the normalized name of the package that a line is about; None for URLs, paths and options."""
    name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)
    return _normalized(name[0]) if name and not _is_place(line) else None


def _of_file(path: Path, depth: int) -> Requirements:
    if depth > _DEEPEST:
        raise InvalidInput(f"The requirements file {path} includes files that include each other.")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The requirements file {path} can't be read: {error}") from None
    return _of_lines(lines, path.parent, str(path), depth)


def _of_lines(lines: Iterable[str], folder: Path, where: str, depth: int) -> Requirements:
    found = Requirements()
    for line in _joined(lines):
        option, file = _included(line)
        if option is None:
            found = Requirements((*found.lines, _checked(line, where)), found.constraints)
            continue
        inner = _of_file(folder / file, depth + 1)
        if option == "c":
            inner = Requirements(constraints=(*inner.lines, *inner.constraints))
        found = Requirements((*found.lines, *inner.lines), (*found.constraints, *inner.constraints))
    return found


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Return lines without comments; one that ends in a backslash goes on in the next."""
    begun = ""
    for line in lines:
        begun += re.sub(r"(^|\s)#.*$", "", str(line)).strip()
        if begun.endswith("\\"):
            begun = begun[:-1]
            continue
        if begun:
            yield begun
        begun = ""
    if begun:
        yield begun


def _included(line: str) -> tuple[str | None, str]:
    match = re.match(r"(?:-([rc])\s*|--(requirement|constraint)[\s=]+)(\S.*)$", line)
    return (None, "") if match is None else ((match[1] or match[2])[0], match[3].strip())


def _checked(line: str, where: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    if line.startswith("-") or _is_place(line):
        return line
    try:
        Requirement(re.split(r"\s--", line)[0])
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise InvalidInput(f"{line!r} in {where} is no requirement that pip understands: {reason}") from None
    return line


def _is_place(line: str) -> bool:
    return " @ " not in line and ("/" in line.split(";")[0] or line.endswith((".whl", ".zip", ".tar.gz")))


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

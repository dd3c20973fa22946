"""What loading a model folder would import and run, read without importing or running any of it."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path, PurePath
from typing import Any

from nbtrack.errors import MalformedModel
from nbtrack.flavors.keras import CONFIG, FILES, ModelConfig, read_config
from nbtrack.flavors.selection import CUSTOM_MODEL_LOADERS, PYTHON_FUNCTION
from nbtrack.flavors.skops_types import REVIEWED
from nbtrack.models import Model, files_of, imports_of_pickle, imports_of_source

# Keys of the MLmodel file that name a pickle. Others may name one too, or something else.
_PICKLES = frozenset({"python_model", "pickled_model"})
# Flavors whose files another language's runtime makes objects of: what is in them can't be told from here.
_ELSEWHERE = {
    "crate": "starts R, which makes a function of the crate and calls it; what it does is not looked into",
    "h2o": "starts Java with the settings of h2o.yaml, which makes objects of the classes that the model file names",
    "spark": "starts Java for Spark, and looks up and calls the classes of Java and of Python that its files name",
}
_OF_KERAS = ("keras", "tensorflow")
_BINARIES = tuple({*EXTENSION_SUFFIXES, ".so", ".pyd", ".dll", ".dylib", ".pyc"})


@dataclass(frozen=True)
class Inspection:
    """What there is to know before a model is trusted.

    Parameters
    ----------
    imports
        What each pickle would look up, by its path; a pickle in an archive is ``ARCHIVE!MEMBER``.
    sources
        The modules that each file of Python code imports, by its path.
    unreviewed
        The types that each skops file holds and that nobody reviewed, by its path.
    binaries
        Files of machine code or bytecode, which can't be looked into.
    runs
        In words, what is run by name: the loader module, the script that makes the model.
    """

    imports: Mapping[str, list[str]] = field(default_factory=dict)
    sources: Mapping[str, list[str]] = field(default_factory=dict)
    unreviewed: Mapping[str, list[str]] = field(default_factory=dict)
    binaries: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)


def inspect_model(directory: Path) -> Inspection:
    """Look into a model folder.

    Raises
    ------
    MalformedModel
        It is no model, holds links, or a pickle or a source of it can't be read: then nobody can say what it does.
    """
    flavors = Model.load(directory).flavors
    files = {path: directory / path for path in sorted(files_of(directory))}
    is_of_keras = not flavors.keys().isdisjoint(_OF_KERAS)
    configs = {path: read_config(file) for path, file in files.items() if is_of_keras and file.name in FILES}
    return Inspection(
        imports={**_pickles(files, flavors), **dict(_named(configs))},
        sources={path: imports_of_source(file) for path, file in files.items() if file.suffix in (".py", ".pyw")},
        unreviewed={path: types for path, file in files.items() if (types := _unreviewed(file))},
        binaries=[path for path in files if path.endswith(_BINARIES)],
        runs=[
            *_runs(flavors.get(PYTHON_FUNCTION, {})),
            *_calls(flavors.get("pytorch", {})),
            *_programs(flavors),
            *_parts_that_run(configs),
            *(told for name, told in _ELSEWHERE.items() if name in flavors),
        ],
    )


def _pickles(files: Mapping[str, Path], flavors: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    sections = list(flavors.values())
    surely = {value for section in sections for key, value in section.items() if key in _PICKLES}
    maybe = {value for section in sections for value in section.values() if isinstance(value, str)}
    found: dict[str, list[str]] = {}
    for path, file in files.items():
        if zipfile.is_zipfile(file):
            found |= {f"{path}!{member}": names for member, names in _pickles_of_archive(file)}
        elif path in surely or file.suffix in (".pkl", ".pickle") or _starts_as_pickle(file):
            found[path] = _told(path, file)
        elif path in maybe:
            # Pickles of the oldest protocols can't be told by their start.
            try:
                found[path] = imports_of_pickle(file)
            except MalformedModel:
                continue
    return found


def _told(path: str, content: bytes | Path) -> list[str]:
    try:
        return imports_of_pickle(content)
    except MalformedModel as error:
        raise MalformedModel(f"What {path} would do can't be told, for it can't be read to its end. {error}") from None


def _starts_as_pickle(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(1) == pickle.PROTO


def _pickles_of_archive(file: Path) -> Iterator[tuple[str, list[str]]]:
    """PyTorch's files are archives with a pickle inside."""
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                with archive.open(member) as stream:
                    is_pickle = stream.read(1) == pickle.PROTO or member.filename.endswith(".pkl")
                if is_pickle:
                    yield member.filename, _told(f"{file.name}!{member.filename}", archive.read(member))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise MalformedModel(f"The archive {file} can't be looked into: {error}") from None


def _unreviewed(file: Path) -> list[str]:
    if file.suffix != ".skops":
        return []
    import skops.io

    try:
        types = skops.io.get_untrusted_types(file=file)
    except Exception as error:  # noqa: BLE001 - a damaged file fails in many ways
        raise MalformedModel(f"{file} is no whole skops file: {error}") from None
    return sorted(set(types) - set(REVIEWED))


def _runs(pyfunc: Mapping[str, Any]) -> Iterator[str]:
    loader = pyfunc.get("loader_module")
    if pyfunc.get("model_code_path") is not None:
        yield f"runs the script {PurePath(str(pyfunc['model_code_path'])).name}"
    elif loader not in CUSTOM_MODEL_LOADERS and str(loader).partition(".")[0] not in ("mlflow", "None"):
        yield f"imports the module {loader} and calls its _load_pyfunc()"
    if pyfunc.get("code") is not None:
        yield f"may import any module of the folder {pyfunc['code']}"


def _calls(section: Mapping[str, Any]) -> Iterator[str]:
    """PyTorch's weights lie beside the name of their class."""
    if section.get("model_class") is not None:
        yield f"imports and calls the class {section['model_class']} with {section.get('arguments') or {}}"


def _programs(flavors: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name in _OF_KERAS:
        section = flavors.get(name, {})
        if section.get("saved_model_dir") is not None or section.get("save_exported_model"):
            folder = section.get("saved_model_dir") or f"{section.get('data')}/model"
            yield f"runs the program in {folder}, which may read and write files"


def _named(configs: Mapping[str, ModelConfig]) -> Iterator[tuple[str, list[str]]]:
    for path, config in configs.items():
        if config.references:
            yield f"{path}!{CONFIG}", [str(reference) for reference in config.references]


def _parts_that_run(configs: Mapping[str, ModelConfig]) -> Iterator[str]:
    for path, config in configs.items():
        yield from (f"{line} (in {path})" for line in config.runs)

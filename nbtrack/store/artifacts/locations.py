"""Locations of artifacts: a folder of this machine, or the URL of a place that fsspec reaches."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nbtrack.errors import InvalidInput
from nbtrack.store.artifacts.local import LocalPlace
from nbtrack.store.artifacts.paths import check_relative, normal
from nbtrack.store.artifacts.place import Place
from nbtrack.store.artifacts.schemes import SCHEMES, check_installed


def check_location(location: str) -> str:
    """Return a location if artifacts can be kept there: an absolute folder, or a URL without secrets.

    Nothing is asked of the place itself, so that it may be away.

    Raises
    ------
    InvalidInput
        The message never repeats a password.
    MissingPackage
        Nothing is installed that reaches the URL.
    """
    if "://" in location and not location.startswith("file:"):
        _check_url(location)
    elif not _folder(location).is_absolute():
        raise InvalidInput(f"The artifact location {location!r} is relative. Give the whole path, or a URL.")
    return location


def is_remote(location: str) -> bool:
    """Tell a URL of a kind at which artifacts can be kept."""
    scheme, separator, _ = location.partition("://")
    return bool(separator) and scheme.lower() in SCHEMES


def child(location: str, *names: str) -> str:
    """Return the location of a folder inside another one."""
    if is_remote(location):
        return "/".join((location.rstrip("/"), *names))
    return str(_folder(location).joinpath(*names))


def place_at(location: str, owner_id: str) -> Place:
    """Return the place of an owner's artifacts at a location.

    Raises
    ------
    InvalidInput
        It is no location.
    MissingPackage
        Nothing is installed that reaches the URL.
    """
    check_location(location)
    if not is_remote(location):
        return LocalPlace(_folder(location), owner_id)
    # Who logs to a folder does not wait for the import of what others need.
    from nbtrack.store.artifacts.remote import RemotePlace

    return RemotePlace(location, owner_id)


def check_there(url: str) -> None:
    """Ask for the bucket or container of a URL, which may yet have nothing at the URL itself.

    Raises
    ------
    InvalidInput, MissingPackage
        It is no URL of a place.
    StoreUnavailable
        It isn't there, or can't be asked.
    """
    from nbtrack.store.artifacts.filesystems import explaining, filesystem_at

    root = bucket_of(check_location(url))
    # Who may not look at the whole may well read what lies deeper.
    with explaining("Nothing can be read", root), suppress(PermissionError):
        filesystem, key = filesystem_at(root)
        filesystem.info(key)


def bucket_of(url: str) -> str:
    """Return the URL of the bucket, container or host that a URL names."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def fetch(url: str) -> Path:
    """Return where a file or folder behind a URL can be read on this machine, after downloading it if need be.

    Raises
    ------
    InvalidInput, MissingPackage
        It is no URL of a place.
    ArtifactNotFound, StoreUnavailable
        Nothing is there, or it can't be asked.
    """
    above, _, name = url.rstrip("/").rpartition("/")
    return place_at(above, above).fetch(normal(name))


def _folder(location: str) -> Path:
    if location.startswith("file:"):
        return Path(unquote(urlsplit(location).path))
    return Path(location)


def _check_url(url: str) -> None:
    # None of the messages repeats more of the URL than its scheme: it may hold a key anywhere.
    scheme = url.partition("://")[0].lower()
    if scheme not in SCHEMES or "::" in url:
        raise InvalidInput(
            f"Artifacts can't be kept at a {scheme}:// URL. Use a folder or one of {', '.join(sorted(SCHEMES))}."
        )
    try:
        parts = urlsplit(url)
        has_secret = parts.password is not None or bool(parts.query or parts.fragment)
        has_secret = has_secret or (parts.username is not None and not SCHEMES[scheme].has_users)
    except ValueError as error:
        raise InvalidInput(f"The {scheme}:// URL of the artifacts is not valid: {error}.") from None
    if has_secret or "?" in url or "#" in url:
        raise InvalidInput(
            f"The {scheme}:// URL of the artifacts holds a user, password, query or fragment. Leave them out: "
            f"credentials are taken from where {SCHEMES[scheme].credentials}, and are never stored."
        )
    if not parts.netloc:
        raise InvalidInput(f"The {scheme}:// URL of the artifacts names no bucket or host.")
    check_relative(parts.path.lstrip("/"))
    check_installed(url)

from __future__ import annotations

from pathlib import Path

_NETWORK_TYPES = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ncpfs",
    "fuse.sshfs",
    "fuse.s3fs",
    "lustre",
    "ceph",
}


def is_on_network(folder: Path) -> bool:
    """Tell whether a folder lies on a network file system, as far as the mount table says."""
    import psutil

    resolved = folder.resolve()
    deepest, its_type = -1, ""
    for partition in psutil.disk_partitions(all=True):
        mount = Path(partition.mountpoint)
        if resolved.is_relative_to(mount) and len(mount.parts) > deepest:
            deepest, its_type = len(mount.parts), partition.fstype.lower()
    return its_type in _NETWORK_TYPES

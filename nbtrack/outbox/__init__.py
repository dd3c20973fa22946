"""What a process logs and the store does not have yet: kept in files first, brought to the store in the background.

A call that has returned survives the death of the process. Each process appends to a segment of its own
(``segments``), in frames of its own kind (``records``); one thread delivers them (``outbox``); what a dead process
left is delivered by whoever opens the store next (``recovery``). Files wait only while their place is away
(``spool``), and are brought there by another thread (``uploads``).
"""

from nbtrack.outbox.backlog import Backlog, backlog_of, examine_outbox
from nbtrack.outbox.durability import Durability
from nbtrack.outbox.outbox import Outbox, OutboxStatus
from nbtrack.outbox.recovery import recover
from nbtrack.outbox.spool import Spool, SpoolFull, Waiting
from nbtrack.outbox.uploads import Uploads, UploadStatus, examine_files, to_be_recorded

__all__ = [
    "Backlog",
    "Durability",
    "Outbox",
    "OutboxStatus",
    "Spool",
    "SpoolFull",
    "UploadStatus",
    "Uploads",
    "Waiting",
    "backlog_of",
    "examine_files",
    "examine_outbox",
    "recover",
    "to_be_recorded",
]

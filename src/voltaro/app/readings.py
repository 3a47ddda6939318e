"""What is measured, and where each figure is read."""

from voltaro.api.metrics import Metrics, Readings
from voltaro.edge.refusals import Reason
from voltaro.edge.server import Edge
from voltaro.protocol.errors import ErrorCode, wire_code
from voltaro.protocol.schemas import actions
from voltaro.protocol.versions import OcppVersion
from voltaro.services.directory import Directory
from voltaro.services.intake import Intake
from voltaro.services.open_commands import OpenCommands
from voltaro.store.database import Database


def metrics_of(
    edge: Edge,
    intake: Intake,
    open_commands: OpenCommands,
    database: Database,
    directory: Directory,
) -> Metrics:
    writer, upkeep = database.writer, database.upkeep
    codes = {wire_code(code, version) for code in ErrorCode for version in OcppVersion}
    verdicts = {"ok", "repeated", "quarantined", "ignored", "malformed"}
    verdicts |= {"late", "timed_out", "unknown", "invalid_answer"}
    return Metrics(
        Readings(
            actions=frozenset().union(*(actions(version) for version in OcppVersion)),
            verdicts=codes | verdicts,
            stations=lambda: len(directory),
            connected=edge.connected,
            admitted=lambda: edge.admitted,
            refused=lambda: {each.value: edge.refused[each.value] for each in Reason},
            messages=lambda: writer.counts.messages,
            handling=intake.handling_seconds,
            commands=lambda: open_commands.entered,
            open_commands=lambda: len(open_commands),
            batch_entries=writer.counts.batch_entries,
            batch_seconds=writer.counts.batch_seconds,
            waiting_commits=writer.waiting,
            stalled_s=writer.stalled_s,
            notes_dropped=lambda: writer.counts.notes_dropped,
            database_up=database.there.is_set,
            database_bytes=lambda: upkeep.database_bytes,
            journal_rows=lambda: upkeep.journal_rows,
            journal_bytes=lambda: upkeep.journal_bytes,
            journal_left_out=lambda: writer.counts.journal_left_out,
            partitions_dropped=lambda: upkeep.partitions_dropped,
            upkeep_failures=lambda: upkeep.failures,
            disk_free_bytes=lambda: upkeep.free_bytes,
            disk_state=lambda: upkeep.disk.value,
        )
    )

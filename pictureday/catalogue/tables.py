"""The catalogue's tables: the truth about deliveries, files, roster, grants, messages and mails.

Times are UTC. `arrival` and `accepted_no` are catalogue-wide sequence numbers (design, 5.8 and 5.10).
Changes to this file need a migration in `catalogue/migrations/`; a test compares the two.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from pictureday.catalogue.types import PathText, Utc

__all__ = [
    "audit",
    "contacts",
    "deliveries",
    "drops",
    "files",
    "grants",
    "intakes",
    "leases",
    "listings",
    "mails",
    "messages",
    "metadata",
    "nights",
    "notices",
    "numbers",
    "reports",
    "schools",
    "students",
    "vendors",
]


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite only autonumbers a plain INTEGER primary key.
Id = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True)


def _needed(name: str, kind: Any, *more: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, *more, nullable=False, **options)


def _only(condition: str) -> dict[str, str]:
    """Which rows an index holds; the migrations, which make it, say it to the database.

    SQLAlchemy's own words for it load both dialects with all their drivers, in every command.
    """
    return {"where": condition}


vendors = Table(
    "vendors",
    metadata,
    Column("name", String(64), primary_key=True),  # the folder's name
    _needed("title", Text, server_default=""),
    _needed("email", Text, server_default=""),
    _needed("state", String(16)),  # pending, active, suspended
    _needed("created_at", Utc),
)

schools = Table(
    "schools",
    metadata,
    Column("code", String(64), primary_key=True),
    _needed("name", Text),
)

contacts = Table(
    "contacts",
    metadata,
    Column("school_code", String(64), ForeignKey("schools.code"), primary_key=True),
    Column("email", String(320), primary_key=True),
    _needed("role", String(32)),  # principal, designee
)

students = Table(
    "students",
    metadata,
    Column("code", String(10), primary_key=True),
    _needed("school_code", String(64), ForeignKey("schools.code"), index=True),
    _needed("name", Text, server_default=""),
    _needed("grade", String(16), server_default=""),
    _needed("do_not_photograph", Boolean),
    _needed("no_release", Boolean),
    _needed("enrolled", Boolean),  # False: left the roster; kept, so that history still has its student
)

grants = Table(
    "grants",
    metadata,
    _id(),
    _needed("vendor", String(64), ForeignKey("vendors.name")),
    _needed("school_code", String(64), ForeignKey("schools.code")),
    _needed("granted_by", Text),
    _needed("granted_at", Utc),
    Column("revoked_by", Text),
    Column("revoked_at", Utc),
    Index(
        "uq_grants_in_force",
        "vendor",
        "school_code",
        unique=True,
        info=_only("revoked_at IS NULL"),
    ),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _needed("vendor", String(64), ForeignKey("vendors.name")),
    _needed("inbox", Text),  # the inbox's URL
    _needed("kind", String(16)),  # zip, folder, loose
    _needed("name", PathText),  # of the zip or folder; '' for loose files
    _needed("state", String(16)),  # DeliveryState
    _needed("opened_at", Utc),
    Column("closed_at", Utc),
    _needed("pending", Integer, server_default="0"),  # photos without a verdict
    _needed("findings", JSON, server_default="[]"),  # why it was refused
    _needed("revision", Integer, server_default="0"),  # how often its receipt was written
    Column("told_at", Utc),
    # Two open deliveries of one folder would split its files at random.
    Index(
        "uq_deliveries_open",
        "inbox",
        "vendor",
        "kind",
        "name",
        unique=True,
        info=_only("state = 'open' AND kind <> 'zip'"),
    ),
    Index("ix_deliveries_state", "state", "told_at"),
)

drops = Table(
    "drops",
    metadata,
    Column("id", String(32), primary_key=True),  # a uuid: also the name under .taken/
    _needed("delivery_id", Id, ForeignKey("deliveries.id"), index=True),
    _needed("vendor", String(64)),
    _needed("inbox", Text),
    _needed("path", PathText),  # below the vendor's inbox/
    _needed("kind", String(16)),  # photo, archive, index, ignored, done (the marker), unfinished
    _needed("arrival", BigInteger),
    _needed("state", String(16), index=True),  # recorded, stored (its blob is safe), done
    _needed("recorded_at", Utc),
    Column("sha256", String(64)),
    Column("size", BigInteger),  # size, mtime and ctime when it was copied: a later difference is a newer drop
    Column("mtime_ns", BigInteger),
    Column("ctime_ns", BigInteger),
    _needed("removed", Boolean, server_default=text("false")),  # whether .taken/<id> is, or the object cared for
    # Of an object of a bucket: what tells it from another under the same key. Its mtime is the time it was made.
    Column("etag", Text),
    Column("version", Text),  # '' in a bucket without versions
    Column("sequencer", Text),  # where its event had one: the order of what was put under one key
    # Taken twice it can't be, whatever events say and however many ingesters think they are the one.
    Index(
        "uq_drops_object",
        "inbox",
        "vendor",
        "path",
        "etag",
        "mtime_ns",
        "version",
        unique=True,
        info=_only("etag IS NOT NULL"),
    ),
    Index("ix_drops_standing", "inbox", info=_only("NOT removed")),
)

intakes = Table(
    "intakes",
    metadata,
    Column("vendor", String(64), primary_key=True),
    Column("hour", Utc, primary_key=True),  # its beginning
    _needed("files", BigInteger),  # a zip counts as the files that it says it has, and itself
    _needed("bytes", BigInteger),
)

listings = Table(
    "listings",
    metadata,
    Column("inbox", Text, primary_key=True),  # a bucket's `s3://…`
    _needed("asked", Integer, server_default="0"),  # how often somebody asked for one
    _needed("done", Integer, server_default="0"),  # the number of the question that the last one answers
    Column("ended_at", Utc),
    _needed("seen", BigInteger, server_default="0"),  # objects in vendors' inboxes
    _needed("found", BigInteger, server_default="0"),  # those of them that no event had told of
)

files = Table(
    "files",
    metadata,
    _id(),  # photo_id
    _needed("delivery_id", Id, ForeignKey("deliveries.id")),
    _needed("drop_id", String(32), ForeignKey("drops.id")),
    _needed("entry", Integer),  # 0, or the entry's number in its archive, from 1
    _needed("vendor", String(64)),
    _needed("path", PathText),  # as the vendor knows it; in an archive `drop.zip!folder/x.jpg`
    _needed("state", String(16)),  # FileState
    _needed("arrival", BigInteger),
    _needed("received_at", Utc),
    _needed("sha256", String(64)),  # of the delivered bytes
    _needed("place", Text, server_default=""),  # the part of a blob that they are; '' where they are one
    _needed("bytes", BigInteger),
    _needed("waits", Boolean, server_default=text("false")),  # for its delivery's close: the name is no code
    Column("student_code", String(10)),
    Column("school_code", String(64)),
    Column("judged_at", Utc),
    _needed("findings", JSON, server_default="[]"),
    Column("rendition", String(64)),  # sha256 of what MiSiS gets
    _needed("rendition_place", Text, server_default=""),  # as `place`
    Column("rendition_bytes", Integer),
    Column("width", Integer),
    Column("height", Integer),
    Column("accepted_no", BigInteger),
    Column("accepted_at", Utc),
    Column("applied_at", Utc),
    Column("same_as", Id),  # the file that these very bytes joined
    UniqueConstraint("drop_id", "entry"),
    Index("ix_files_delivery_state", "delivery_id", "state"),
    Index("ix_files_student", "student_code", "arrival"),
    Index(
        "ix_files_accepted",
        "accepted_no",
        info=_only("state = 'accepted'"),
    ),
    Index(
        "ix_files_quarantined",
        "id",
        info=_only("state = 'quarantined'"),
    ),
    Index(
        "ix_files_quarantined_bytes",
        "sha256",
        info=_only("state = 'quarantined'"),
    ),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    _needed("queue", String(16)),
    _needed("vendor", String(64), server_default=""),  # for fairness; '' where nobody's turn it is
    _needed("body", Text),
    _needed("state", String(16)),  # ready, leased, said, parked
    _needed("attempts", Integer, server_default="0"),
    _needed("available_at", Utc),
    _needed("created_at", Utc),
    Column("said_at", Utc),
    Column("owner", String(32)),
    Column("lease_until", Utc),
    Column("last_error", Text),
    Index("ix_messages_queue", "queue", "state", "vendor", "id"),
)

reports = Table(
    "reports",
    metadata,
    _id(),
    _needed("delivery_id", Id, ForeignKey("deliveries.id")),
    _needed("school_code", String(64)),  # '' for ops: files whose school can't be known
    _needed("revision", Integer),
    _needed("created_at", Utc),
    _needed("content", JSON),  # what the revision tells, so that a later one tells only what changed
    Column("mail_id", Id, ForeignKey("mails.id")),
    UniqueConstraint("delivery_id", "school_code", "revision"),
    Index("ix_reports_due", "school_code", info=_only("mail_id IS NULL")),
)

mails = Table(
    "mails",
    metadata,
    _id(),
    _needed("message_id", String(255), unique=True),
    _needed("kind", String(16)),  # report, digest, night
    _needed("school_code", String(64), server_default=""),
    _needed("recipients", JSON),
    _needed("body", LargeBinary),  # the whole mail, as it goes out
    _needed("state", String(16)),  # waiting, sent, refused
    _needed("attempts", Integer, server_default="0"),
    _needed("next_at", Utc),
    _needed("created_at", Utc),
    Column("sent_at", Utc),
    Column("last_error", Text),
    Index("ix_mails_state", "state", "next_at"),
    Index("ix_mails_school", "school_code", "created_at"),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    _needed("at", Utc),
    _needed("who", Text),
    _needed("action", String(32)),
    _needed("why", Text, server_default=""),
    Column("file_id", Id, index=True),
    Column("delivery_id", Id),
    _needed("detail", JSON, server_default="{}"),
)

notices = Table(
    "notices",
    metadata,
    Column("key", String(255), primary_key=True),  # one notice for one trouble, however often it is met
    _needed("kind", String(32)),  # unknown_vendor, vendor_not_active, unfinished, parked, quota
    _needed("text", Text),
    _needed("first_at", Utc),
    _needed("last_at", Utc),
    Column("told_at", Utc),
)

nights = Table(
    "nights",
    metadata,
    _id(),
    _needed("trigger", String(16)),  # schedule, now
    _needed("started_at", Utc),
    Column("finished_at", Utc),
    _needed("mark", BigInteger),  # the highest acceptance number of this night
    _needed("counts", JSON, server_default="{}"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    _needed("owner", String(64)),
    _needed("until", Utc),
)

numbers = Table(
    "numbers",
    metadata,
    Column("name", String(32), primary_key=True),
    _needed("value", BigInteger),
)

"""Every note that the reader of OCDS may make; the codes are stable."""

from features.sources.notes import Action, NoteKind, catalogue

_KEPT, _REPAIRED, _EXCLUDED = Action.KEPT, Action.REPAIRED, Action.EXCLUDED

KINDS = catalogue(
    NoteKind(
        "OBJECT_FOR_ARRAY", "releases", _REPAIRED, "an object where an array belongs is read as an array of this object"
    ),
    NoteKind("CODE_SPELLING", "releases", _REPAIRED, "a code in another spelling (`Active`) is read as the code"),
    NoteKind(
        "RELEASE_OLDER_THAN_CONTENT",
        "releases",
        _REPAIRED,
        "a release is older than what it reports: its facts are known from the day of the latest of them",
    ),
    NoteKind(
        "MERGED_BY_1_0",
        "releases",
        _KEPT,
        "the releases of a record of version 1.0 are merged by its rules: lists of suppliers and tenderers as a whole",
    ),
    NoteKind(
        "ID_OF_TWO_TYPES",
        "releases",
        _REPAIRED,
        "an id is a number in one release and text in another: it is read as text",
    ),
    NoteKind("NULL_REMOVES", "releases", _REPAIRED, "a release sets an object or array to null: it is removed"),
    NoteKind(
        "TENDER_UNDATED",
        "tenders",
        _REPAIRED,
        "a tender without a start of its period counts as published on its release's date",
    ),
    NoteKind("INVITATION", "bids", _EXCLUDED, "an invitation to bid is not a bid: it is left out"),
    NoteKind("BID_UNDECIDED", "bids", _EXCLUDED, "a bid that is not decided yet is left out"),
    NoteKind("BID_OF_FAILED_TENDER", "bids", _EXCLUDED, "a bid of a cancelled or unsuccessful tender is left out"),
    NoteKind("AWARD_NOT_ACTIVE", "bids", _EXCLUDED, "an award that is not active gives no bid"),
    NoteKind(
        "JOINT_BID",
        "bids",
        _KEPT,
        "a joint bid gives each of its bidders a bid with the amount of the whole, like the estimate",
    ),
    NoteKind("LOTS_OF_ONE_BID", "bids", _REPAIRED, "awards of several lots to one supplier on one day are one bid"),
    NoteKind(
        "CONTRACT_BEFORE_AWARD",
        "contracts",
        _REPAIRED,
        "a contract released before its award is known from the release of its award",
    ),
    NoteKind("AWARD_ASSUMED", "contracts", _REPAIRED, "a contract that names no award belongs to the only one"),
    NoteKind(
        "NEVER_IN_FORCE",
        "contracts",
        _EXCLUDED,
        "a contract never came into force (it is pending, or its award or tender is pending, cancelled or"
        " unsuccessful): it is left out",
    ),
    NoteKind(
        "TOTAL_ON_EACH_LOT",
        "contracts",
        _REPAIRED,
        "one contract is given once for each of its lots, each with the total: it counts once",
    ),
    NoteKind(
        "EQUAL_CONTRACTS",
        "contracts",
        _KEPT,
        "contracts of one process have the same supplier, day and amount; each counts",
    ),
    NoteKind(
        "SIGNED_BY_AWARD",
        "contracts",
        _REPAIRED,
        "a contract without a date of signing takes that of its award",
    ),
    NoteKind(
        "SIGNED_BY_PERIOD",
        "contracts",
        _REPAIRED,
        "a contract without a date of signing takes that of the start of its period",
    ),
    NoteKind(
        "SIGNED_BY_RELEASE", "contracts", _REPAIRED, "a contract without a date of signing takes that of its release"
    ),
    NoteKind("END_UNKNOWN", "contracts", _EXCLUDED, "a contract terminated before it starts: how it ended is unknown"),
    NoteKind(
        "ENDED_EARLY",
        "contracts",
        _REPAIRED,
        "a contract terminated before its planned end counts as ended early, on its release's date",
    ),
    NoteKind(
        "AMENDMENT_UNDATED", "amendments", _REPAIRED, "an amendment without a date counts as made on its release's date"
    ),
    NoteKind(
        "PAYMENT_MILESTONE",
        "milestones",
        _EXCLUDED,
        "a milestone of type payment is the buyer's to meet: it is left out",
    ),
    NoteKind(
        "OTHER_MILESTONE", "milestones", _EXCLUDED, "a milestone that is neither delivery nor acceptance is left out"
    ),
    NoteKind(
        "MILESTONE_TIME_UNKNOWN",
        "milestones",
        _EXCLUDED,
        "a milestone met at an unknown time, before or after its due date: it is left out",
    ),
    NoteKind(
        "PAYMENT_UNDATED", "payments", _REPAIRED, "a transaction without a date counts as paid on its release's date"
    ),
)

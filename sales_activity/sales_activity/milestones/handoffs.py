"""The rows that say whose turn a milestone became, and what came of it.

They are written in the transaction of the move itself, so that no move is without its hand-off and no hand-off
without its move; telling the person is the business of ``delivery``, afterwards and in the background. A row stays
Open until the person does something with the milestone, or somebody else takes it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import frappe
from frappe.utils import now

from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.milestones import assignments, outbox
from sales_activity.sales_activity.milestones.receivers import receivers

DOCTYPE = "Milestone Hand-off"
HAND_OFF, RETURN, REPLY, DELEGATION = "Hand-off", "Return", "Reply", "Delegation"
REMINDER, ESCALATION = "Reminder", "Escalation"
# kinds that make the milestone the receiver's turn
TURNS = frozenset({HAND_OFF, RETURN, REPLY, DELEGATION})
OPEN, ACCEPTED, RETURNED, ANSWERED, CLOSED = "Open", "Accepted", "Returned", "Answered", "Closed"
PENDING, DELIVERED, FAILED, NOT_NEEDED = "Pending", "Delivered", "Failed", "Not Needed"

# what a move to a state makes of the milestone's open rows; whoever achieves at once has accepted as well
SETTLED_AS = {
	"In Progress": ACCEPTED,
	"Achieved": ACCEPTED,
	"Skipped": CLOSED,
	"Cancelled": CLOSED,
	"Waiting": CLOSED,
}
# what such a move is said of; other open rows are just closed by it
TAKEN_BY = {
	ACCEPTED: (HAND_OFF, REPLY, DELEGATION),
	RETURNED: (HAND_OFF, REPLY, DELEGATION),
	ANSWERED: (RETURN,),
	CLOSED: (),
}
TURN_STATES = frozenset({"Ready", "In Progress"})

_COLUMNS = (
	*("name", "owner", "creation", "modified", "modified_by", "docstatus", "idx"),
	*("sales_milestone", "sales_project", "company", "kind", "status", "due_date", "message"),
	*("from_milestone", "from_user", "from_person", "to_user", "to_person"),
	*("sent_on", "settled_on", "delivery", "attempts", "notified"),
)


def hand_over(
	milestones: Sequence[Mapping], user: str | None = None, from_milestone: str | None = None
) -> list[str]:
	"""Write that these milestones became the turn of their ``turn_of``, who is to be told. Bulk: 3 queries.

	``milestones``: documents or rows with name, sales_project, company, turn_of, due_date and sender, as they now
	stand; a row's own ``from_milestone`` goes before the argument. ``user``: who caused it (the session's). A person
	whose user that is needs no message: there is no row. Nor a second one while one is open. Returns the rows' names.
	"""
	user = user or frappe.session.user
	open_ones = _with_open_row([row.get("name") for row in milestones], HAND_OFF)
	due = [row for row in milestones if row.get("name") not in open_ones]
	rows = [
		new_row(
			milestone,
			kind=HAND_OFF,
			from_user=user,
			from_person=milestone.get("sender"),
			from_milestone=milestone.get("from_milestone") or from_milestone,
			to_person=milestone.get("turn_of"),
		)
		for milestone in due
	]
	return write(rows, cause=user, keep_own=False)


def send_back(milestone: Mapping) -> list[str]:
	"""Write that a milestone was returned to its sender with a question (``turn_of`` is the sender already). Open
	rows become Returned, the ToDo of whoever returned it is closed.

	Somebody who returns a milestone to themselves is not told, but the return counts.
	"""
	_settle([milestone.get("name")], RETURNED)
	return _pass_on(
		milestone, RETURN, _holder(milestone), milestone.get("turn_of"), milestone.get("question")
	)


def reply(milestone: Mapping) -> list[str]:
	"""Write that the sender answered and handed a milestone over again; open rows (the return) become Answered."""
	_settle([milestone.get("name")], ANSWERED)
	return _pass_on(
		milestone, REPLY, milestone.get("sender"), milestone.get("turn_of"), milestone.get("reply")
	)


def delegate(milestone: Mapping) -> list[str]:
	"""Write that a milestone was given to somebody else to do, or back to the responsible. Open rows are Closed.

	Before it is anybody's turn, or while the sender has it, there is nothing to tell: the delegate is told when the
	turn comes.
	"""
	if milestone.get("status") not in TURN_STATES:
		return []
	_settle([milestone.get("name")], CLOSED)
	to_person = milestone.get("turn_of")
	giver = None if to_person == milestone.get("responsible") else milestone.get("responsible")
	return _pass_on(milestone, DELEGATION, giver, to_person, milestone.get("reason"))


def settle(milestones: Mapping | Iterable[Mapping]) -> None:
	"""Write what a move means for what was handed over before: accepted, or closed; ToDos of milestones that are
	nobody's turn any more are closed. Documents or rows with name and ``status`` as it now is."""
	rows = [milestones] if hasattr(milestones, "get") else list(milestones)
	for status in {row.get("status") for row in rows} & SETTLED_AS.keys():
		names = [row.get("name") for row in rows if row.get("status") == status]
		_settle(names, SETTLED_AS[status], goes_on=status in TURN_STATES)


def follow_due_dates(milestones: Sequence[Mapping]) -> None:
	"""The due date of these milestones was moved: the date of the hand-off that stands follows, and that of its
	ToDo. What is over keeps the date that held for it. Documents or rows with name and due_date."""
	due = {row.get("name"): row.get("due_date") for row in milestones}
	rows = _locked_rows(list(due))
	last = {row.sales_milestone: row for row in sorted(rows, key=_sent) if row.kind in TURNS}
	standing = [row for row in last.values() if row.status in (OPEN, ACCEPTED)]
	table = frappe.qb.DocType(DOCTYPE)
	for day in sorted(set(due.values())):
		names = [row.name for row in standing if due[row.sales_milestone] == day]
		if names:
			frappe.qb.update(table).set(table.due_date, day).where(table.name.isin(names)).run()
		assignments.set_date([row.todo for row in rows if row.todo and due[row.sales_milestone] == day], day)


def is_superseded(row: Mapping) -> bool:
	"""Whether the milestone became somebody's turn again since this row (sales_milestone, sent_on) was written."""
	later = {"sales_milestone": row["sales_milestone"], "kind": ["in", sorted(TURNS)]}
	return bool(frappe.db.exists(DOCTYPE, {**later, "sent_on": [">", row["sent_on"]]}))


def write(rows: Sequence[dict], cause: str | None = None, keep_own: bool = True) -> list[str]:
	"""Insert rows made by ``new_row``, and have them delivered after the commit. Two queries.

	``to_person`` becomes the user to tell. ``cause``: the user who did it; rows to people whose own user that is are
	not delivered, or, unless ``keep_own``, not written. Returns the names of the rows written.
	"""
	known = receivers(row["to_person"] for row in rows)
	kept = []
	for row in rows:
		receiver = known.get(row["to_person"])
		row["to_user"] = receiver and receiver.user
		is_own = bool(cause and receiver == (row["to_person"], cause))
		if is_own:
			row["delivery"] = NOT_NEEDED
		if keep_own or not is_own:
			kept.append(row)
	insert_rows(DOCTYPE, _COLUMNS, [[row[column] for column in _COLUMNS] for row in kept])
	if any(row["delivery"] == PENDING for row in kept):
		outbox.deliver_after_commit()
	return [row["name"] for row in kept]


def new_row(milestone: Mapping, **values: object) -> dict:
	"""A row about a milestone, to be written by ``write``. ``values``: kind, to_person, and whatever else differs
	from an open hand-off of this moment by this user."""
	moment, user = now(), frappe.session.user
	row = {column: None for column in _COLUMNS}
	row.update(
		name=frappe.generate_hash(length=10),
		**{"owner": user, "modified_by": user, "creation": moment, "modified": moment, "sent_on": moment},
		**{"docstatus": 0, "idx": 0, "status": OPEN, "delivery": PENDING, "attempts": 0, "notified": 0},
		sales_milestone=milestone.get("name"),
		**{field: milestone.get(field) for field in ("sales_project", "company", "due_date")},
	)
	row.update(values)
	return row


def _pass_on(
	milestone: Mapping, kind: str, giver: str | None, taker: str | None, message: object
) -> list[str]:
	user = frappe.session.user
	row = new_row(
		milestone, kind=kind, from_user=user, from_person=giver, to_person=taker, message=message or None
	)
	return write([row], cause=user)


def _settle(names: Sequence[str], status: str, goes_on: bool = False) -> None:
	"""Close the open rows of milestones; unless their work ``goes_on``, the ToDos as well."""
	rows = _locked_rows(names)
	taken = TAKEN_BY[status]
	is_open = [row for row in rows if row.status == OPEN]
	_set_status([row.name for row in is_open if row.kind in taken], status)
	if not goes_on:
		# reminders stand until the turn has passed
		_set_status([row.name for row in is_open if row.kind not in taken], CLOSED)
		assignments.close({row.todo: row.sales_milestone for row in rows if row.todo})


def _locked_rows(milestones: Sequence[str]) -> list[frappe._dict]:
	"""The rows of milestones as they are now, locked.

	Looked for without a lock, then locked by name: a lock on the index of milestones would lock the gaps between
	them too, and people at work on neighbouring milestones would end in deadlocks. None is missed: whoever holds the
	milestone sees the hand-offs that it got, and only what the delivery has written since then is new.
	"""
	if not milestones:
		return []
	names = frappe.get_all(DOCTYPE, {"sales_milestone": ["in", list(milestones)]}, pluck="name", limit=0)
	if not names:
		return []
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(table).select(
		table.name, table.sales_milestone, table.kind, table.status, table.todo, table.sent_on
	)
	return query.where(table.name.isin(sorted(names))).for_update().run(as_dict=True)


def _sent(row: Mapping) -> datetime:
	return row["sent_on"]


def _set_status(names: Sequence[str], status: str) -> None:
	if not names:
		return
	table, moment = frappe.qb.DocType(DOCTYPE), now()
	query = frappe.qb.update(table).set(table.status, status).set(table.settled_on, moment)
	query = query.set(table.modified, moment).set(table.modified_by, frappe.session.user)
	query.where(table.name.isin(list(names))).run()


def _holder(milestone: Mapping) -> str | None:
	"""Whose turn a returned milestone was."""
	return milestone.get("delegated_to") or milestone.get("responsible")


def _with_open_row(names: Sequence[str], kind: str) -> set[str]:
	if not names:
		return set()
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(table).select(table.sales_milestone).distinct()
	return set(
		query.where(
			table.sales_milestone.isin(list(names)) & (table.kind == kind) & (table.status == OPEN)
		).run(pluck=True)
	)

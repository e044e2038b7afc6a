"""Telling people that it is their turn: assignment, desk notification and one e-mail, once.

Each row of Milestone Hand-off whose ``delivery`` is Pending is delivered in a transaction of its own, in which
everything that is made is made or nothing is: the ToDo, the Notification Log, the Email Queue (Frappe sends it from
there) and Delivered. A worker, mail server or database that dies in the middle leaves the row Pending, and the sweep
every five minutes takes it up. The milestone and the row are locked first, so two deliverers never do the same.

A turn that has passed before it was told (given back with a question, delegated, done) is not told any more: Not
Needed. What can't be done now (no outgoing e-mail account, nobody with a user) is put on the row and tried again, ever less
often; what could be done stays done. At last the row is Failed and Sales Operations are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import frappe
from frappe import _
from frappe.desk.doctype.notification_settings.notification_settings import (
	is_email_notifications_enabled_for_type,
	is_notifications_enabled,
)
from frappe.utils import escape_html, now, now_datetime, strip_html
from frappe.utils.user import get_users_with_role
from rq.timeouts import JobTimeoutException

from sales_activity import compat
from sales_activity.sales_activity.milestones import assignments, handoffs, messages, outbox
from sales_activity.sales_activity.milestones.receivers import Receiver, receivers
from sales_activity.transactions import by_itself

BATCH = 100
MOST_PER_RUN = 2000
MAX_ATTEMPTS = 8
FIRST_PAUSE = timedelta(minutes=5)
OPERATIONS = "Sales Operations"
MAX_ERROR = 500
MUTED_SENDER = "notifications@example.com"
_OPEN_STATES = frozenset({"Ready", "In Progress", "Returned"})

_FIELDS = (
	*("name", "sales_milestone", "sales_project", "kind", "status", "due_date", "message", "delivery"),
	*("from_user", "from_person", "to_user", "to_person", "sent_on", "attempts", "notified", "todo"),
)


class Waiting(NamedTuple):
	"""A row to deliver."""

	sent_on: datetime
	name: str
	milestone: str


class NobodyToTellError(frappe.ValidationError):
	"""Neither the person nor anybody above has a user."""


# --- the work of the job and the sweep ----------------------------------------------------------------------


def deliver_pending() -> int:
	"""Deliver whatever waits and is due, oldest first. Commits after each row. Returns how many rows it dealt with.

	A milestone that somebody works on at this moment is passed over and waited for at the end. After very many rows
	another job goes on, so that no job runs into its time limit.
	"""
	dealt, locked = 0, []
	for waiting in _waiting():
		if deliver(waiting.name, waiting.milestone, wait=False):
			dealt += 1
		else:
			locked.append(waiting)
		if dealt >= MOST_PER_RUN:
			outbox.deliver_after_commit()
			break
	for waiting in locked:
		dealt += deliver(waiting.name, waiting.milestone, wait=True)
	frappe.db.commit()
	return dealt


def deliver(name: str, milestone: str | None = None, wait: bool = True) -> bool:
	"""Deliver one row in a transaction of its own; commits. Does nothing to a row that is delivered already.

	Returns False if somebody else has the milestone locked; with ``wait`` only after the database's time limit. An
	error is kept on the row, not raised, unless it is the database that is gone.
	"""
	milestone = milestone or frappe.db.get_value(handoffs.DOCTYPE, name, "sales_milestone")
	return by_itself(
		lambda: _deliver_locked(name, milestone, wait), lambda error: _put_off_after(name, milestone, error)
	)


def deliver_again(names: list[str]) -> int:
	"""Try failed rows once more, from the beginning of the pauses. Returns how many. Who may is the caller's
	question."""
	table = frappe.qb.DocType(handoffs.DOCTYPE)
	failed = {"name": ["in", names], "delivery": handoffs.FAILED}
	found = frappe.get_all(handoffs.DOCTYPE, failed, pluck="name", limit=0)
	if found:
		query = frappe.qb.update(table).set(table.delivery, handoffs.PENDING).set(table.attempts, 0)
		query.set(table.next_attempt, None).where(table.name.isin(found)).run()
		outbox.deliver_after_commit()
	return len(found)


def _waiting() -> Iterator[Waiting]:
	"""What is to be delivered and due, in batches, each row once."""
	table = frappe.qb.DocType(handoffs.DOCTYPE)
	last: Waiting | None = None
	while True:
		query = (
			frappe.qb.from_(table)
			.select(table.sent_on, table.name, table.sales_milestone)
			.where(table.delivery == handoffs.PENDING)
			.where(table.next_attempt.isnull() | (table.next_attempt <= now()))
			.orderby(table.sent_on, table.name)
			.limit(BATCH)
		)
		if last:
			later = (table.sent_on == last.sent_on) & (table.name > last.name)
			query = query.where((table.sent_on > last.sent_on) | later)
		batch = [Waiting(*row) for row in query.run()]
		yield from batch
		if len(batch) < BATCH:
			return
		last = batch[-1]


# --- one row ------------------------------------------------------------------------------------------------


def _deliver_locked(name: str, milestone: str, wait: bool) -> bool:
	"""The milestone is locked before the row, as whoever moves it does."""
	if not _lock("Sales Milestone", milestone, wait) and not wait:
		return False
	row = _lock(handoffs.DOCTYPE, name, wait=True)
	if row and row.delivery == handoffs.PENDING:
		_deliver_row(row)
	frappe.db.commit()
	return True


def _lock(doctype: str, name: str, wait: bool) -> frappe._dict | None:
	"""Read a record under lock; None if there is none, or, unless ``wait``, if somebody else has it."""
	fields = ", ".join(f"`{field}`" for field in (_FIELDS if doctype == handoffs.DOCTYPE else ("name",)))
	skip = " skip locked" if not wait and compat.can_skip_locked() else ""
	rows = frappe.db.sql(
		f"select {fields} from `tab{doctype}` where name = %s for update{skip}", name, as_dict=True
	)
	return rows[0] if rows else None


def _deliver_row(row: frappe._dict) -> None:
	"""Everything that a row brings about. Not committed."""
	stands_at = frappe.db.get_value(
		"Sales Milestone", row.sales_milestone, ("status", "due_date", "turn_of"), as_dict=True
	)
	if not stands_at or row.status == handoffs.CLOSED or _is_past(row, stands_at):
		_save(row, delivery=handoffs.NOT_NEEDED)
		return
	receiver = _receiver(row)
	who = messages.reader(receiver.user)
	stands_in_for = row.to_person if receiver.person != row.to_person else None
	with _acting_for(row.from_user):
		with messages.reading_as(who):
			message = messages.compose(row, who, stands_in_for)
			if not row.notified:
				_notify(row, message, who, stands_at)
		problem, is_sent = _send(row, message, who)
	_save(row, to_user=who.user, todo=row.todo, notified=1)
	if is_sent:
		_save(row, delivery=handoffs.DELIVERED, delivered_on=now(), error=problem, next_attempt=None)
	else:
		_put_off(row, problem)


def _is_past(row: frappe._dict, stands_at: frappe._dict) -> bool:
	"""Whether it tells of something that is over: a turn that was given back, passed on or done meanwhile, a reminder
	of what has been done. Who accepted before the message came still has the turn, and gets it."""
	if stands_at.status not in _OPEN_STATES:
		return True
	if row.kind not in handoffs.TURNS or row.status == handoffs.OPEN:
		return False
	is_turn = row.status == handoffs.ACCEPTED and stands_at.turn_of == row.to_person
	return not is_turn or handoffs.is_superseded(row)


def _receiver(row: frappe._dict) -> Receiver:
	"""Whom to tell now: users may have come and gone since the row was written."""
	found = receivers([row.to_person]).get(row.to_person or "")
	if not found or not found.user:
		raise NobodyToTellError(
			_(
				"{0} has no user, nor has anybody above. Give the Sales Person an Employee with an enabled user."
			).format(row.to_person or _("Nobody"))
		)
	return found


def _notify(
	row: frappe._dict, message: messages.Message, who: messages.Reader, stands_at: frappe._dict
) -> None:
	"""The assignment, if it is the person's turn, and the desk notification."""
	if row.kind in handoffs.TURNS:
		row.todo = assignments.assign(
			row.sales_milestone, who.user, row.from_user, message.headline, stands_at.due_date
		)
	_log_notification(who.user, message.headline, row.sales_milestone, row.from_user)


def _log_notification(user: str, subject: str, milestone: str, from_user: str | None) -> None:
	"""A desk notification; none for users who switched them off. Frappe mails each Assignment once more, an Alert
	never (``notification_settings.is_email_notifications_enabled_for_type``). ``subject``: safe HTML."""
	if not is_notifications_enabled(user):
		return
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"for_user": user,
			"from_user": from_user or "Administrator",
			"type": "Alert",
			"document_type": "Sales Milestone",
			"document_name": milestone,
			"subject": subject,
		}
	).insert(ignore_permissions=True)


def _send(row: frappe._dict, message: messages.Message, who: messages.Reader) -> tuple[str | None, bool]:
	"""Queue the e-mail. Returns what is to be said about it on the row (in the site's language), and whether there is
	no more to do."""
	if not is_email_notifications_enabled_for_type(who.user, "Assignment"):
		return _("No e-mail: {0} has switched e-mails about assignments off.").format(who.full_name), True
	if not who.email:
		return _("No e-mail: {0} has no e-mail address.").format(who.full_name), True
	frappe.db.savepoint("hand_off_email")
	try:
		with messages.reading_as(who):
			_queue_email(row, message, who)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError, JobTimeoutException):
		raise
	except Exception as error:
		frappe.db.rollback(save_point="hand_off_email")
		if isinstance(error, frappe.OutgoingEmailError):
			return _("No e-mail yet: there is no outgoing Email Account. Set up a default one."), False
		frappe.log_error(title=_("The e-mail of a hand-off could not be written"))
		return _said(error), False
	if not frappe.db.exists("Email Queue", {"message_id": message_id(row.name)}):
		return _("No e-mail: {0} has unsubscribed from all e-mails, or the address is wrong.").format(
			who.email
		), True
	return None, True


def _queue_email(row: frappe._dict, message: messages.Message, who: messages.Reader) -> None:
	frappe.sendmail(
		recipients=[who.email],
		# the account that Frappe makes up where e-mails are muted has no address (``EmailAccount.create_dummy``)
		sender=MUTED_SENDER if frappe.are_emails_muted() else "",
		subject=message.subject,
		template=messages.TEMPLATE,
		args=message.values,
		reply_to=_address_of(row.from_user),
		reference_doctype="Sales Milestone",
		reference_name=row.sales_milestone,
		message_id=message_id(row.name),
		is_notification=True,
		add_unsubscribe_link=0,
		delayed=True,
		with_container=True,
	)


def _address_of(user: str | None) -> str | None:
	"""Where a person's reply goes; what nobody did has no such address."""
	if not user or user == "Administrator":
		return None
	return frappe.get_cached_value("User", user, "email")


def message_id(name: str) -> str:
	"""The Message-Id of a row's e-mail: always the same, so that no mail server shows a second one either."""
	return f"milestone-hand-off-{name}@{frappe.local.site}"


# --- what fails ---------------------------------------------------------------------------------------------


def _put_off_after(name: str, milestone: str, error: Exception) -> None:
	"""Keep on the row why its transaction was undone. Where the database is gone, this raises: the row is as it was."""
	if not isinstance(error, NobodyToTellError):
		frappe.log_error(title=_("A milestone could not be handed over"))
	_lock("Sales Milestone", milestone, wait=True)
	row = _lock(handoffs.DOCTYPE, name, wait=True)
	if row and row.delivery == handoffs.PENDING:
		_put_off(row, _said(error))
	frappe.db.commit()


def _put_off(row: frappe._dict, problem: str) -> None:
	"""Try again later, ever less often; at last give up and tell Sales Operations."""
	attempts = row.attempts + 1
	values = {"attempts": attempts, "error": problem[:MAX_ERROR]}
	if attempts < MAX_ATTEMPTS:
		_save(row, next_attempt=now_datetime() + pause_after(attempts), **values)
		return
	_save(row, delivery=handoffs.FAILED, next_attempt=None, **values)
	_tell_operations(row, problem)


def pause_after(attempts: int) -> timedelta:
	"""How long to wait after so many failures: 5, 10, 20 minutes, and so on; 10 hours in all."""
	return FIRST_PAUSE * 2 ** (attempts - 1)


def _tell_operations(row: frappe._dict, problem: str) -> None:
	for user in get_users_with_role(OPERATIONS):
		who = messages.reader(user)
		with messages.reading_as(who):
			subject = _("{0} could not be told of the milestone {1}: {2}").format(
				row.to_person or _("Nobody"), row.sales_milestone, problem
			)
			_log_notification(user, escape_html(subject), row.sales_milestone, row.from_user)


def _said(error: Exception) -> str:
	return strip_html(str(error)) or type(error).__name__


# --- small things -------------------------------------------------------------------------------------------


def _save(row: frappe._dict, **values: object) -> None:
	"""In SQL: nobody writes these documents."""
	row.update(values)
	table = frappe.qb.DocType(handoffs.DOCTYPE)
	query = frappe.qb.update(table).set(table.modified, now())
	for column, value in values.items():
		query = query.set(table[column], value)
	query.where(table.name == row.name).run()


class _acting_for:
	"""What the delivery makes is in the name of who handed over, as it would be if they assigned it by hand."""

	def __init__(self, user: str | None) -> None:
		self.user = user or "Administrator"

	def __enter__(self) -> None:
		self.before = frappe.session.user
		if self.user != self.before:
			frappe.set_user(self.user)

	def __exit__(self, *error: object) -> None:
		if self.user != self.before:
			frappe.set_user(self.before)

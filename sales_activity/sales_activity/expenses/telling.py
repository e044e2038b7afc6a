"""Word of a claim: to whoever has it now, once a move, with a link to the line in question; and what they have to do is
done when the claim moves on.

Whoever has a claim gets an assignment. Where nobody has it, the employee hears what was decided. A role is never told as
a whole: Accounts find what waits for them in their list, but who asked gets the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import fmt_money, formatdate, get_datetime, get_url_to_form

from sales_activity import telling
from sales_activity.sales_activity.expenses import limits, people, records, rules
from sales_activity.sales_activity.milestones import assignments, messages

TEMPLATE = "claim_told"
MOST_LINES = 20


def moved(claim: Document, came_from: str, move: rules.Move, rows: Sequence[Mapping], by_user: str) -> None:
	"""Somebody took a claim along a move: settle what was to do, and tell whoever has it now. ``rows``: its lines."""
	settle(claim)
	user = claim.holder or _who_hears(claim, came_from, move)
	if not user or user == by_user or not frappe.db.get_value("User", user, "enabled"):
		_keep_todo(claim, None)
		return
	headline = _tell(claim, user, lambda _who: _subject(claim, move), rows)
	has_it = claim.holder or move.to_state == rules.WITH_ACCOUNTS
	_keep_todo(claim, _assign(claim, user, headline) if has_it else None)


def carry_on(claim: Document) -> None:
	"""A claim was split off that nobody decided on: whoever has it has had it before, and isn't told again."""
	_keep_todo(claim, _assign(claim, claim.holder, _label(claim)) if claim.holder else None)


def overdue(claim: Mapping, users: Iterable[str], rows: Sequence[Mapping], is_reminder: bool) -> None:
	"""Tell users that a claim has waited too long."""

	def subject(_who: messages.Reader) -> str:
		text = (
			_("Reminder: {0} of {1} has waited since {2} ({3}).")
			if is_reminder
			else _("{0} of {1} has waited too long, since {2} ({3}).")
		)
		since = formatdate(get_datetime(claim.get("state_since")).date())
		return text.format(claim.get("title"), claim.get("employee_name"), since, _(claim.get("status")))

	for user in dict.fromkeys(users):
		_tell(claim, user, subject, rows)


def settle(claim: Mapping) -> None:
	"""Whoever was told of the claim has nothing to do about it any more."""
	if claim.get("todo"):
		assignments.close({claim.get("todo"): claim.get("name")}, records.CLAIM)


def hand_on(claim: Mapping, user: str) -> str:
	"""Assign a claim to somebody else; returns the ToDo."""
	settle(claim)
	return _assign(claim, user, _label(claim))


def link_to(claim: str, rows: Sequence[Mapping]) -> str:
	"""The claim's form, at the line in question: the first that was asked about or denied."""
	key = next((row.get("line_key") for row in rows if _said_of(row)), None)
	return get_url_to_form(records.CLAIM, claim) + (f"?line={key}" if key else "")


# --- steps ---------------------------------------------------------------------------------------------------


def _who_hears(claim: Mapping, came_from: str, move: rules.Move) -> str | None:
	"""Who is told of a claim that nobody has."""
	if move in (rules.REPLY_TO_ACCOUNTS, rules.ANSWER):
		return _who_asked(claim.get("name"), came_from)
	if move in (rules.APPROVE, rules.LOCK, rules.DENY_AND_LOCK, rules.CANCEL):
		return people.user_of(claim.get("employee"))
	return None


def _who_asked(claim: str, state: str) -> str | None:
	"""Who took a claim to the state in which it was asked about, last."""
	asked = frappe.get_all(
		records.MOVE,
		filters={"claim": claim, "from_state": rules.WITH_ACCOUNTS, "to_state": state},
		pluck="user",
		order_by="at desc",
		limit=1,
	)
	return asked[0] if asked else None


def _subject(claim: Mapping, move: rules.Move) -> str:
	"""One line, in the reader's language."""
	texts = {
		rules.SEND: _("{1} sent expenses for you to decide on: {0} ({2})"),
		rules.REPLY: _("{1} replied to your question: {0} ({2})"),
		rules.REPLY_TO_ACCOUNTS: _("{1} replied to your question: {0} ({2})"),
		rules.ANSWER: _("The area manager answered your question: {0} of {1} ({2})"),
		rules.APPROVE: _("Your expenses were approved: {0} ({3})"),
		rules.ASK: _("A question about your expenses: {0} ({2})"),
		rules.ASK_EMPLOYEE: _("Accounts have a question about your expenses: {0} ({2})"),
		rules.ASK_MANAGER: _("Accounts have a question about expenses of {1}: {0} ({2})"),
		rules.DENY: _("Your expenses were denied: {0} ({2})"),
		rules.LOCK: _("Your expenses are booked: {0} ({4})"),
		rules.DENY_AND_LOCK: _("Your expenses were denied by Accounts: {0} ({2})"),
		rules.CANCEL: _("Your locked claim was cancelled: {0} ({2})"),
	}
	totals = [
		fmt_money(claim.get(field), currency=claim.get("currency"))
		for field in ("total_claimed", "total_manager", "total_accounts")
	]
	return texts.get(move, "{0}").format(claim.get("title"), claim.get("employee_name"), *totals)


def _tell(claim: Mapping, user: str, subject: object, rows: Sequence[Mapping]) -> str:
	about = telling.About(records.CLAIM, claim.get("name"), TEMPLATE, link_to(claim.get("name"), rows))
	return telling.tell(about, user, subject, lambda: _known(claim, rows))


def _known(claim: Mapping, rows: Sequence[Mapping]) -> list[tuple[str, str]]:
	"""The lines with what was said of them; of many the first."""
	known = [(_line(claim, row), _said_of(row) or row.get("description") or "") for row in rows[:MOST_LINES]]
	if len(rows) > MOST_LINES:
		known.append((_("and {0} more").format(len(rows) - MOST_LINES), ""))
	return known


def _line(claim: Mapping, row: Mapping) -> str:
	amount = fmt_money(row.get("base_amount"), currency=claim.get("currency"))
	return f"{formatdate(row.get('expense_date'))} {row.get('expense_type')} {amount}"


def _said_of(row: Mapping) -> str:
	"""The question, or the reason for less than was claimed, that the line was last decided on with."""
	decided = (row.get("accounts_decision"), row.get("decision"))
	if decided[0] in ("Ask Manager", "Ask Employee") or decided[1] == "Clarification":
		return row.get("question") or ""
	if decided[0]:
		return row.get("accounts_reason") or ""
	return row.get("reply") or (row.get("manager_reason") if decided[1] else "") or ""


def _label(claim: Mapping) -> str:
	return frappe.utils.escape_html(f"{claim.get('title')} ({claim.get('employee_name')})")


def _assign(claim: Mapping, user: str, headline: str) -> str:
	return assignments.assign(
		claim.get("name"), user, frappe.session.user, headline, _due(claim), records.CLAIM
	)


def _due(claim: Mapping) -> date | None:
	return limits.due_on(claim.get("company"), claim.get("status"), claim.get("state_since"))


def _keep_todo(claim: Mapping, todo: str | None) -> None:
	if (claim.get("todo") or None) != todo:
		frappe.db.set_value(records.CLAIM, claim.get("name"), "todo", todo, update_modified=False)
		claim.update({"todo": todo})

"""The condition that each DocType's lists are filtered by: one SQL text, used for single documents too.

Frappe adds the User Permissions on Link fields (Company, Territory, Customer...) itself; what it can't know
stands here: whose figures a user may see, and that a child row is as secret as its parent
(``get_list`` on a child DocType applies no condition of the parent, frappe/model/db_query.py).

An empty text means no restriction, ``1=0`` that nothing is shown.
"""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.desk.reportview import build_match_conditions

from sales_activity.permissions.scope import (
	allowed_values,
	employees_below,
	is_unrestricted,
	persons_below,
	visible_persons,
)
from sales_activity.sales_activity.expenses import people, rules

NOTHING = "1=0"
ACCOUNTS_ROLES = frozenset({"Accounts User", "Accounts Manager"})
QUALIFIER = "Lead Qualifier"
# the fields of a Sales Milestone that name somebody who has, or had, a part in it
PARTS_IN_MILESTONE = ("responsible", "turn_of", "delegated_to", "sender")
# whose files prove something, and are as secret as they are
PROVED_BY_FILES = ("Sales Expense Claim", "Sales Milestone", "Sales Project")


def sales_project(user: str | None = None, doctype: str = "Sales Project") -> str:
	"""Projects on whose team somebody visible to the user is, or of which they have or had a milestone; and the
	user's own."""
	user = user or frappe.session.user
	persons = visible_persons(user, "Sales Project")
	if persons is None:
		return ""
	has_part = " or ".join(one_of(f"part.{field}", persons) for field in PARTS_IN_MILESTONE)
	return (
		"(`tabSales Project`.`owner` = {owner} or exists (select 1 from `tabSales Project Member` member "
		"where member.parent = `tabSales Project`.name and member.parenttype = 'Sales Project' "
		"and {member}) or exists (select 1 from `tabSales Milestone` part "
		"where part.sales_project = `tabSales Project`.name and ({has_part})))"
	).format(
		owner=frappe.db.escape(user, percent=False),
		member=one_of("member.sales_person", persons),
		has_part=has_part,
	)


def sales_milestone(user: str | None = None, doctype: str = "Sales Milestone") -> str:
	"""Milestones of visible projects: whoever has one of them sees all, and what was said in them."""
	return _rows_of_visible("Sales Project", "Sales Milestone", user, "sales_project")


def milestone_answer(user: str | None = None, doctype: str = "Milestone Answer") -> str:
	"""Rows of visible milestones."""
	return _rows_of_visible("Sales Milestone", "Milestone Answer", user)


def milestone_move(user: str | None = None, doctype: str = "Milestone Move") -> str:
	"""Moves in visible projects."""
	return _rows_of_visible("Sales Project", "Milestone Move", user, "sales_project")


def milestone_hand_off(user: str | None = None, doctype: str = "Milestone Hand-off") -> str:
	"""Hand-offs in visible projects."""
	return _rows_of_visible("Sales Project", "Milestone Hand-off", user, "sales_project")


def sales_target(user: str | None = None, doctype: str = "Sales Target") -> str:
	"""Targets that name nobody but people visible to the user: one hidden row hides the document. (The
	attainment report shows people their own rows of such targets.)"""
	user = user or frappe.session.user
	persons = visible_persons(user, "Sales Target")
	if persons is None:
		return ""
	if not persons:
		return NOTHING
	return (
		"not exists (select 1 from `tabSales Target Detail` detail "
		"where detail.parent = `tabSales Target`.name and detail.parenttype = 'Sales Target' "
		"and not {detail})"
	).format(detail=one_of("detail.sales_person", persons))


def sales_credit_entry(user: str | None = None, doctype: str = "Sales Credit Entry") -> str:
	"""Entries of people visible to the user."""
	persons = visible_persons(user or frappe.session.user, "Sales Credit Entry")
	return "" if persons is None else one_of("`tabSales Credit Entry`.`sales_person`", persons)


def sales_credit_month(user: str | None = None, doctype: str = "Sales Credit Month") -> str:
	"""Sums of the people whose entries the user may see; none where the user may see only some of these entries
	for a reason that the sums don't know, such as a User Permission on Customer."""
	user = user or frappe.session.user
	if _sees_parts_of_sums(user):
		return NOTHING
	persons = visible_persons(user, "Sales Credit Entry")
	return "" if persons is None else one_of("`tabSales Credit Month`.`sales_person`", persons)


def sales_project_member(user: str | None = None, doctype: str = "Sales Project Member") -> str:
	"""Rows of visible projects."""
	return _rows_of_visible("Sales Project", "Sales Project Member", user)


def sales_target_detail(user: str | None = None, doctype: str = "Sales Target Detail") -> str:
	"""Rows of visible targets."""
	return _rows_of_visible("Sales Target", "Sales Target Detail", user)


def sales_order_credit(user: str | None = None, doctype: str = "Sales Order Credit") -> str:
	"""Kept teams of orders that the user may see."""
	return _rows_of_visible("Sales Order", "Sales Order Credit", user, column="sales_order")


def nurture_response(user: str | None = None, doctype: str = "Nurture Response") -> str:
	"""Responses of visible Lead Nurtures."""
	return _rows_of_visible("Lead Nurture", "Nurture Response", user, "lead_nurture")


def lead_nurture(user: str | None = None, doctype: str = "Lead Nurture") -> str:
	"""Every lead for the qualification team and the unrestricted roles; for others those handed to somebody visible to
	the user, and those whose Lead is the user's own."""
	user = user or frappe.session.user
	if QUALIFIER in frappe.get_roles(user):
		return ""
	persons = visible_persons(user, "Lead Nurture")
	if persons is None:
		return ""
	return (
		"({handed_to} or exists (select 1 from `tabLead` own where own.name = `tabLead Nurture`.`lead` "
		"and own.lead_owner = {owner}))"
	).format(
		handed_to=one_of("`tabLead Nurture`.`sales_person`", persons),
		owner=frappe.db.escape(user, percent=False),
	)


def lead_answer(user: str | None = None, doctype: str = "Lead Answer") -> str:
	"""Answers of visible leads."""
	return _rows_of_visible("Lead Nurture", "Lead Answer", user)


def lead_move(user: str | None = None, doctype: str = "Lead Move") -> str:
	"""Moves of visible leads."""
	return _rows_of_visible("Lead Nurture", "Lead Move", user, "lead_nurture")


def program_enrolment(user: str | None = None, doctype: str = "Program Enrolment") -> str:
	"""Runs of visible leads."""
	return _rows_of_visible("Lead Nurture", "Program Enrolment", user, "lead_nurture")


def program_step_run(user: str | None = None, doctype: str = "Program Step Run") -> str:
	"""Steps of visible leads."""
	return _rows_of_visible("Lead Nurture", "Program Step Run", user, "lead_nurture")


def sales_expense_claim(user: str | None = None, doctype: str = "Sales Expense Claim") -> str:
	"""The user's own claims, those that are or were for them to decide on, themselves or for somebody who is away, those
	of everybody below them; for Accounts those that an area manager approved and what became of them."""
	user = user or frappe.session.user
	if is_unrestricted(user):
		return ""
	claim = "`tabSales Expense Claim`"
	own = frappe.db.escape(user, percent=False)
	parts = [
		f"{claim}.`holder` = {own}",
		one_of(f"{claim}.`area_manager`", {user, *people.stands_in_for(user)}),
		one_of(f"{claim}.`employee`", employees_below(user)),
		one_of(f"{claim}.`sales_person`", persons_below(user)),
	]
	if not ACCOUNTS_ROLES.isdisjoint(frappe.get_roles(user)):
		parts.append(one_of(f"{claim}.`status`", rules.SEEN_BY_ACCOUNTS))
		parts.append(f"ifnull({claim}.`forwarding`, '') != ''")
	return f"({' or '.join(part for part in parts if part != NOTHING)})"


def sales_expense_line(user: str | None = None, doctype: str = "Sales Expense Line") -> str:
	"""Lines of visible claims."""
	return _rows_of_visible("Sales Expense Claim", "Sales Expense Line", user)


def sales_expense_advance(user: str | None = None, doctype: str = "Sales Expense Advance") -> str:
	"""Advances that were set off in visible claims."""
	return _rows_of_visible("Sales Expense Claim", "Sales Expense Advance", user)


def expense_move(user: str | None = None, doctype: str = "Expense Move") -> str:
	"""Moves of visible claims."""
	return _rows_of_visible("Sales Expense Claim", "Expense Move", user, "claim")


def expense_forwarding_claim(user: str | None = None, doctype: str = "Expense Forwarding Claim") -> str:
	"""Rows of forwardings that the user may see; those are for whole roles."""
	return _rows_of_visible("Expense Forwarding", "Expense Forwarding Claim", user)


def expense_stand_in(user: str | None = None, doctype: str = "Expense Stand-in") -> str:
	"""Those by or for the user; all for Accounts and the unrestricted roles."""
	user = user or frappe.session.user
	if is_unrestricted(user) or not ACCOUNTS_ROLES.isdisjoint(frappe.get_roles(user)):
		return ""
	own = frappe.db.escape(user, percent=False)
	return f"(`tabExpense Stand-in`.`user` = {own} or `tabExpense Stand-in`.`stand_in` = {own})"


def file(user: str | None = None, doctype: str = "File") -> str:
	"""Besides what Frappe's own condition (``file.get_permission_query_conditions``) says, which shows the names of all
	files of a DocType that the user may read: private files of visible documents, and the user's own.

	Frappe 15 joins its own condition, which has ORs, and this one by AND without parentheses, 16 with them: what is public
	has to be shown here too.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	visible = {
		parent: _rows_of_visible(parent, "File", user, "attached_to_name") for parent in PROVED_BY_FILES
	}
	if visible["Sales Expense Claim"]:
		lines = sales_expense_line(user)
		visible["Sales Expense Line"] = (
			f"`tabFile`.`attached_to_name` in (select name from `tabSales Expense Line` where {lines})"
		)
	narrowed = {parent: condition for parent, condition in visible.items() if condition}
	if not narrowed:
		return ""
	attached_to = "ifnull(`tabFile`.`attached_to_doctype`, '')"
	parts = [
		"`tabFile`.`is_private` = 0",
		f"`tabFile`.`owner` = {frappe.db.escape(user, percent=False)}",
		f"not {one_of(attached_to, narrowed)}",
		*(f"({attached_to} = '{parent}' and {condition})" for parent, condition in narrowed.items()),
	]
	return f"({' or '.join(parts)})"


CONDITIONS = {
	"Sales Expense Claim": sales_expense_claim,
	"Expense Move": expense_move,
	"Expense Stand-in": expense_stand_in,
	"Lead Nurture": lead_nurture,
	"Lead Move": lead_move,
	"Sales Project": sales_project,
	"Sales Target": sales_target,
	"Sales Credit Entry": sales_credit_entry,
	"Sales Credit Month": sales_credit_month,
	"Sales Order Credit": sales_order_credit,
	"Sales Milestone": sales_milestone,
	"Milestone Move": milestone_move,
	"Milestone Hand-off": milestone_hand_off,
	"Nurture Response": nurture_response,
	"Program Enrolment": program_enrolment,
	"Program Step Run": program_step_run,
}


def one_of(column: str, values: Iterable[str]) -> str:
	"""SQL: the column holds one of the values; ``1=0`` for no values."""
	escaped = ", ".join(frappe.db.escape(value, percent=False) for value in sorted(values))
	return f"{column} in ({escaped})" if escaped else NOTHING


def _sees_parts_of_sums(user: str) -> bool:
	"""Whether a User Permission hides entries from the user without hiding the sums that they are in."""
	entry, month = "Sales Credit Entry", "Sales Credit Month"
	in_sums = {field.options for field in frappe.get_meta(month).get_link_fields()}
	narrowing = {entry, *(field.options for field in frappe.get_meta(entry).get_link_fields())}
	# people are compared by the condition itself
	for doctype in narrowing - {"Sales Person"}:
		allowed = allowed_values(user, doctype, entry)
		if allowed is None:
			continue
		if doctype not in in_sums or allowed != allowed_values(user, doctype, month):
			return True
	return False


def _rows_of_visible(parent: str, child: str, user: str | None, column: str = "parent") -> str:
	try:
		visible = build_match_conditions(parent, user=user or frappe.session.user)
	except frappe.PermissionError:
		frappe.clear_last_message()
		return NOTHING
	if not visible:
		return ""
	# build_match_conditions doubles the percent signs for callers that pass values; lists pass none
	visible = visible.replace("%%", "%")
	return f"`tab{child}`.`{column}` in (select name from `tab{parent}` where {visible})"

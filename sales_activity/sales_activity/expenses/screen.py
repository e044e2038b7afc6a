"""What the desk shows of claims: one claim in one piece, what waits for somebody, the trail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import frappe
from frappe.model.document import Document

from sales_activity import compat
from sales_activity.sales_activity.expenses import limits, moves, people, records, rules
from sales_activity.workflow_guard import active_workflow

MOST_LISTED = 100
# claims with their lines in one answer
MOST_TO_DECIDE = 50

_OF_CLAIM = (
	*("name", "title", "employee", "employee_name", "company", "currency", "posting_date", "purpose"),
	*("status", "state_since", "holder", "area_manager", "asked_by", "sales_person", "reason", "modified"),
	*("total_claimed", "total_manager", "total_accounts", "forwarding", "journal_entry"),
	*("payment_status", "payable_amount", "paid_amount", "split_from", "first_claim", "escalation_level"),
)
_OF_LINE = (
	*("name", "line_key", "idx", "expense_date", "expense_type", "description", "currency", "amount"),
	*("exchange_rate", "base_amount", "vehicle", "distance", "rate", "receipt", "warnings", "sales_project"),
	*("sales_milestone", "customer", "lead", "territory", "campaign_type", "campaign", "cost_center"),
	*("decision", "manager_amount", "manager_reason", "question", "reply"),
	*("accounts_decision", "accounts_amount", "accounts_reason"),
)
_OF_MOVE = ("claim", "from_state", "to_state", "at", "user", "seconds", "via", "reason")


def of(doc: Document) -> dict[str, Any]:
	"""``claim`` (fields, and ``due_on``), ``lines``, ``actions`` that the user may do now (``action``, ``to``, whether it
	``says`` something), ``side`` (``decides`` what is called how, see ``deciding_of``; None unless the user decides now),
	``may_edit`` (Draft, Denied or Clarification of their own), ``parts`` (the other claims it was split from or into) and
	``trail``."""
	rights = moves.rights_of(doc)
	return {
		"claim": _claim(doc),
		"lines": [{field: row.get(field) for field in _OF_LINE} for row in doc.expenses],
		"actions": offered(doc, rights),
		"side": deciding_of(doc, rights),
		"may_edit": rights.employee and doc.status in rules.WITH_EMPLOYEE,
		"parts": parts_of(doc),
		"trail": trail(doc),
	}


def offered(doc: Mapping, rights: moves.Rights) -> list[dict[str, Any]]:
	"""The actions of the Workflow that lead on from the claim's state and are for this user, each once."""
	workflow = active_workflow(records.CLAIM)
	roles, state = set(frappe.get_roles()), doc.get("status")
	found: dict[str, dict[str, Any]] = {}
	for row in workflow.transitions if workflow else ():
		move = rules.move_between(state, row.next_state) if row.state == state else None
		if not move or row.allowed not in roles or not rights.may(move):
			continue
		if move.action == rules.REPLY.action and move != rules.replies_to(doc.get("asked_by")):
			continue
		found.setdefault(move.action, {"action": move.action, "to": move.to_state, "says": move.says})
	return list(found.values())


def deciding_of(doc: Mapping, rights: moves.Rights) -> dict[str, Any] | None:
	"""As whom the user decides on lines now: ``name`` (Area Manager or Accounts), ``kinds`` (``name``, ``takes_amount``,
	``says``), and the line's fields ``decision``, ``amount``, ``reason`` and ``most`` (the most that can be granted)."""
	side = rules.SIDES.get(doc.get("status"))
	if not side or not {rules.MANAGER: rights.manager, rules.ACCOUNTS: rights.accounts}[side.by]:
		return None
	return _shown(side)


def sides() -> list[rules.Side]:
	"""As whom the user's roles let them decide: the area manager, Accounts, both or nobody."""
	roles = set(frappe.get_roles())
	may = {rules.MANAGER: people.ROLE in roles, rules.ACCOUNTS: not moves.ACCOUNTS.isdisjoint(roles)}
	return [side for side in rules.SIDES.values() if may[side.by]]


def deciding() -> dict[str, Any]:
	"""What a screen to decide on many claims begins with: ``sides`` as in ``deciding_of``, each with its ``state`` and how
	much is ``waiting`` there, and the claims that came ``returned`` to the user, with a question of Accounts."""
	with_counts = [{**_shown(side), "state": side.state, "waiting": waiting(side)} for side in sides()]
	return {"sides": with_counts, "returned": _returned()}


def waiting(side: rules.Side) -> list[frappe._dict]:
	"""How many claims wait for the user's decision on that side, by ``employee`` (and ``employee_name``) and ``company``:
	``total``. One query, and one for the people."""
	return frappe.get_list(
		records.CLAIM,
		**_waiting_for(side),
		fields=["employee", "employee_name", "company", compat.counted(records.CLAIM)],
		group_by="employee, employee_name, company",
		order_by="employee_name asc",
		limit=0,
	)


def to_decide(side: rules.Side, start: int = 0, filters: Sequence[list] = ()) -> list[dict[str, Any]]:
	"""Claims that wait for the user's decision on that side, the longest waiting first, each with its ``lines``; those that
	more ``filters`` find, if given. Two queries, and one for the people."""
	wanted = _waiting_for(side)
	wanted["filters"].extend(filters)
	claims = frappe.get_list(
		records.CLAIM,
		**wanted,
		fields=list(_OF_CLAIM),
		order_by="state_since asc, name asc",
		limit_start=start,
		limit=MOST_TO_DECIDE,
	)
	lines = _lines_of([claim.name for claim in claims])
	return [
		{
			**claim,
			"due_on": limits.due_on(claim.company, claim.status, claim.state_since),
			"lines": lines[claim.name],
		}
		for claim in claims
	]


def mine(status: str | None, start: int = 0) -> dict[str, Any]:
	"""The user's own claims, the newest first (of one ``status`` if given), and ``counts`` by status."""
	own = {"employee": ["in", _own_employees()]}
	filters = {**own, "status": status} if status else own
	claims = frappe.get_list(
		records.CLAIM,
		filters=filters,
		fields=list(_OF_CLAIM),
		order_by="creation desc, name desc",
		limit_start=start,
		limit=MOST_LISTED,
	)
	claim = frappe.qb.DocType(records.CLAIM)
	counts = (
		frappe.qb.from_(claim)
		.select(claim.status, frappe.query_builder.functions.Count("*"))
		.where(claim.employee.isin(own["employee"][1]))
		.groupby(claim.status)
	).run()
	return {"claims": claims, "counts": dict(counts)}


def parts_of(doc: Mapping) -> list[dict[str, Any]]:
	"""The other claims that were one with it, as far as the user may see them."""
	first = doc.get("first_claim") or doc.get("name")
	return frappe.get_list(
		records.CLAIM,
		filters={"name": ["!=", doc.get("name")]},
		or_filters={"first_claim": first, "name": first},
		fields=["name", "status", "total_claimed", "split_from"],
		order_by="name asc",
		limit=MOST_LISTED,
	)


def trail(doc: Mapping) -> list[dict[str, Any]]:
	"""What happened to the claim, the oldest first: its moves, and those of the claims it was split from until then."""
	found: list[dict[str, Any]] = []
	until, name = None, doc.get("name")
	while name and len(found) < MOST_LISTED * 10:
		filters: dict[str, Any] = {"claim": name}
		if until:
			filters["at"] = ["<", until]
		rows = frappe.get_all(
			records.MOVE,
			filters=filters,
			fields=list(_OF_MOVE),
			order_by="at asc, creation asc, seconds asc",
			limit=0,
		)
		found = [*rows, *found]
		until = rows[0].at if rows else until
		name = frappe.db.get_value(records.CLAIM, name, "split_from")
	names = {row["user"]: people.names_of([row["user"]]) for row in found}
	return [{**row, "full_name": names[row["user"]]} for row in found]


def _claim(doc: Document) -> dict[str, Any]:
	values = {field: doc.get(field) for field in _OF_CLAIM}
	return {
		**values,
		"holder_name": people.names_of([doc.holder]),
		"area_manager_name": people.names_of([doc.area_manager]),
		"due_on": limits.due_on(doc.company, doc.status, doc.state_since),
	}


def _shown(side: rules.Side) -> dict[str, Any]:
	kinds = [
		{"name": kind.name, "takes_amount": kind.takes_amount, "says": kind.move.says} for kind in side.kinds
	]
	fields = {"decision": side.decision, "amount": side.amount, "reason": side.reason, "most": side.most}
	return {"name": side.name, "kinds": kinds, **fields}


def _returned() -> list[str]:
	"""Claims that the user answers Accounts about; of many the first."""
	if rules.MANAGER_SIDE not in sides():
		return []
	wanted = _waiting_for(rules.MANAGER_SIDE, rules.RETURNED)
	return frappe.get_list(
		records.CLAIM, **wanted, pluck="name", order_by="state_since asc", limit=MOST_LISTED
	)


def _waiting_for(side: rules.Side, state: str | None = None) -> dict[str, list]:
	"""What finds the claims that the user decides on, or which wait for that side in another state: filters of a list."""
	filters = [["status", "=", state or side.state], ["employee", "not in", _own_employees()]]
	if side.by != rules.MANAGER:
		return {"filters": filters}
	user = frappe.session.user
	managers = sorted({user, *people.stands_in_for(user)})
	# others that they hold are of a time in which they stood in
	went_up = {"holder": user, "status": state or side.state, "escalation_level": [">=", rules.WENT_UP]}
	names = frappe.get_all(records.CLAIM, went_up, pluck="name", limit=0)
	return {
		"filters": filters,
		"or_filters": [["name", "in", names or [""]], ["area_manager", "in", managers]],
	}


def _own_employees() -> list[str]:
	found = frappe.get_all("Employee", filters={"user_id": frappe.session.user}, pluck="name", limit=0)
	return found or [""]


def _lines_of(claims: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
	"""The lines of claims that were listed for the user, so that the rows need no condition of their own."""
	names = list(claims)
	rows = (
		frappe.get_all(
			records.LINE,
			filters={"parenttype": records.CLAIM, "parent": ["in", names]},
			fields=["parent", *_OF_LINE],
			order_by="parent, idx",
			limit=0,
		)
		if names
		else []
	)
	found: dict[str, list[dict[str, Any]]] = defaultdict(list)
	for row in rows:
		found[row.parent].append(row)
	return found

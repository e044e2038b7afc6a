"""Expense claims over HTTP: locked is locked, whatever way is tried; and who sees whose claims.

Esha claims, Ravi is her colleague, Max decides, Vera is above him, Nora decides for Nils elsewhere, and Tara for nobody.
Anil is in Accounts, Anita manages them, Olga is in Sales Operations, Sam manages the system, Ivy is nobody here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from outside import Client, World, explain, run_script, text_of
from test_http_visibility import SINGLE, client_list, listed, rest
from test_http_writes import LEDGER_ATTACKS, LEDGER_BULK_ATTACKS, import_file

CLAIM, LINE, ADVANCE, MOVE = (
	"Sales Expense Claim",
	"Sales Expense Line",
	"Sales Expense Advance",
	"Expense Move",
)
FORWARDING, FORWARDED = "Expense Forwarding", "Expense Forwarding Claim"
CLAIMS, FORWARDINGS = "sales_activity.api.expenses", "sales_activity.api.expense_forwarding"
REFUSED = (401, 403, 404)
# everybody but Accounts
OTHERS = ("esha", "ravi", "max", "olga", "sam", "guest")
CHIEFS = ("anita", "admin")
MINE = ("locked", "cancelled", "waiting", "approved", "pending", "draft")
FORWARDED_ONES = ("locked", "cancelled", "waiting")

Attack = Callable[[Client, dict], requests.Response]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
	"""The site with its claims; takes the place of the sales that other files look at."""
	if "SA_URL" not in os.environ:
		pytest.skip("needs a served site: run `make test`, which sets SA_URL")
	with run_script(Path(__file__).with_name("expense_claims_site.py")) as made:
		yield World(os.environ["SA_URL"], {"harbour": {}, "quay": {}, **made})


@pytest.fixture(scope="module")
def known(world: World) -> list[dict]:
	"""What there was when it was last looked at."""
	return [contents(world)]


@pytest.fixture
def unchanged(world: World, known: list[dict]) -> Iterator[None]:
	"""Holds a test to changing nothing. Nothing may have changed since the test before either: reading takes as long as
	what is tried."""
	yield
	known.append(contents(world))
	assert known[-1] == known.pop(0)


def contents(world: World) -> dict[str, list]:
	"""All claims and forwardings with their rows, every field of moves and of what was booked, and the receipts."""
	found = {
		doctype: world.admin.rows(doctype, fields=["*"], order_by="name")
		for doctype in (MOVE, "Journal Entry", "GL Entry")
	}
	for doctype in (CLAIM, FORWARDING):
		names = [row["name"] for row in world.admin.rows(doctype, order_by="name")]
		found[doctype] = [world.value(doctype, name) for name in names]
	lines = [row for claim in found[CLAIM] for row in claim["expenses"] if row.get("receipt")]
	urls = sorted({row["receipt"] for row in lines})
	found["receipts"] = [world.admin.get(url.lstrip("/")).text for url in urls]
	named = [["file_url", "in", urls], ["attached_to_name", "is", "set"]]
	found["File"] = world.admin.rows("File", fields=["*"], filters=named, order_by="name")
	assert len(lines) == len(urls) == 4 and len(found["File"]) == 8, found["File"]
	return found


def name_of(world: World, key: str) -> str:
	"""A claim's name."""
	return world.made["claims"][key]


# --- what nobody writes --------------------------------------------------------------------------------------


def changed(claim: dict, **values: object) -> dict:
	"""The claim as somebody could send it back."""
	return {**claim, **values}


def with_row(claim: dict, **values: object) -> list[dict]:
	"""Its lines, the first one with other values."""
	first, *rest_of_them = claim["expenses"]
	return [{**first, **values}, *rest_of_them]


def put(**values: object) -> Attack:
	"""PUT of fields."""
	return lambda client, claim: client.write("PUT", CLAIM, claim["name"], **values)


def put_rows(rows: Callable[[dict], list[dict]]) -> Attack:
	"""PUT of lines."""
	return lambda client, claim: client.write("PUT", CLAIM, claim["name"], expenses=rows(claim))


def called(method: str, arguments: Callable[[dict], dict]) -> Attack:
	"""A method of Frappe's."""
	return lambda client, claim: client.call(method, **arguments(claim))


def resent(method: str, more: Callable[[dict], dict] = lambda claim: {}, **arguments: object) -> Attack:
	"""The whole claim with another title, or what ``more`` says, sent to a method."""

	def attack(client: Client, claim: dict) -> requests.Response:
		doc = changed(claim, title="Mine", **more(claim))
		return client.call(method, doc=doc, **arguments)

	return attack


def more_money(claim: dict) -> dict:
	"""Its lines with more of everything."""
	amounts = ("amount", "base_amount", "manager_amount", "accounts_amount")
	return {"expenses": with_row(claim, **dict.fromkeys(amounts, 10_000))}


def another(claim: dict) -> dict:
	"""One more line."""
	new = {key: claim["expenses"][0][key] for key in ("expense_date", "expense_type", "amount")}
	return {**new, "doctype": LINE}


def row_of(claim: dict) -> str:
	"""The name of its first line."""
	return claim["expenses"][0]["name"]


EDITS: dict[str, Attack] = {
	"PUT of the title": put(title="Mine"),
	"PUT of the reason": put(reason="Mine"),
	"PUT of the employee": put(employee="Nobody"),
	"PUT of totals": put(total_claimed=10_000, total_manager=10_000, total_accounts=10_000),
	"PUT of the payment": put(payment_status="Paid", paid_amount=1),
	"PUT of the journal": put(journal_entry="none", journal_status="Posted"),
	"PUT of people": put(holder="Administrator", area_manager="Administrator"),
	"PUT of advances": put(advances=[]),
	"PUT of an unknown state": put(workflow_state="Nonsense"),
	"PUT of another state": put(workflow_state="Draft", status="Draft"),
	"PUT of an older docstatus": put(docstatus=0, workflow_state="Draft"),
	"PUT of amounts": put_rows(lambda claim: more_money(claim)["expenses"]),
	"PUT of a decision": put_rows(
		lambda claim: with_row(claim, decision="Denied", accounts_decision="Denied")
	),
	"PUT of a tag": put_rows(lambda claim: with_row(claim, description="Mine")),
	"PUT of another receipt": put_rows(lambda claim: with_row(claim, receipt="/files/none.txt")),
	"PUT of no receipt": put_rows(lambda claim: with_row(claim, receipt=None)),
	"PUT of fewer lines": put_rows(lambda claim: claim["expenses"][:1]),
	"PUT of no lines": put_rows(lambda claim: []),
	"PUT of more lines": put_rows(lambda claim: [*claim["expenses"], another(claim)]),
	"PUT of a line": lambda client, claim: client.write("PUT", LINE, row_of(claim), accounts_amount=1),
	"DELETE of a line": lambda client, claim: client.write("DELETE", LINE, row_of(claim)),
	"POST of a line": lambda client, claim: client.write(
		"POST",
		LINE,
		**{**another(claim), "parent": claim["name"], "parenttype": CLAIM, "parentfield": "expenses"},
	),
	"DELETE": lambda client, claim: client.write("DELETE", CLAIM, claim["name"]),
	"frappe.client.delete": called(
		"frappe.client.delete", lambda claim: {"doctype": CLAIM, "name": claim["name"]}
	),
	"frappe.client.delete of a line": called(
		"frappe.client.delete", lambda claim: {"doctype": LINE, "name": row_of(claim)}
	),
	"frappe.client.set_value": called(
		"frappe.client.set_value",
		lambda claim: {"doctype": CLAIM, "name": claim["name"], "fieldname": "title", "value": "Mine"},
	),
	"frappe.client.set_value of a state": called(
		"frappe.client.set_value",
		lambda claim: {
			**{"doctype": CLAIM, "name": claim["name"]},
			"fieldname": {"workflow_state": "Draft", "status": "Draft", "docstatus": 0},
		},
	),
	"frappe.client.set_value of a line": called(
		"frappe.client.set_value",
		lambda claim: {"doctype": LINE, "name": row_of(claim), "fieldname": "accounts_amount", "value": 1},
	),
	"frappe.client.save": resent("frappe.client.save"),
	"frappe.client.save of amounts": resent("frappe.client.save", more_money),
	"frappe.client.save of a draft": resent(
		"frappe.client.save", lambda claim: {"docstatus": 0, "workflow_state": "Draft", "status": "Draft"}
	),
	"frappe.client.insert": resent("frappe.client.insert"),
	"frappe.client.insert of a line": called(
		"frappe.client.insert",
		lambda claim: {
			"doc": {**another(claim), "parent": claim["name"], "parenttype": CLAIM, "parentfield": "expenses"}
		},
	),
	"frappe.client.insert of its copy as locked": resent(
		"frappe.client.insert", lambda claim: {"name": None, "docstatus": 1, "amended_from": None}
	),
	"frappe.client.submit": resent("frappe.client.submit"),
	"save in the form": resent("frappe.desk.form.save.savedocs", action="Save"),
	"update in the form": resent("frappe.desk.form.save.savedocs", more_money, action="Update"),
	"submit in the form": resent("frappe.desk.form.save.savedocs", more_money, action="Submit"),
	"amend": resent(
		"frappe.client.insert",
		lambda claim: {
			**{"name": None, "docstatus": 0, "amended_from": claim["name"], "__islocal": 1},
			"expenses": [another(claim)],
		},
	),
	"method of the document": lambda client, claim: client.session.post(
		f"{client.url}/api/method/run_doc_method",
		data={"docs": json.dumps(changed(claim, title="Mine", **more_money(claim))), "method": "submit"},
		timeout=60,
	),
	"discard": called(
		"frappe.desk.form.save.discard", lambda claim: {"doctype": CLAIM, "name": claim["name"]}
	),
	"rename": called(
		"frappe.client.rename_doc",
		lambda claim: {"doctype": CLAIM, "old_name": claim["name"], "new_name": "Mine"},
	),
	"title in the form": called(
		"frappe.model.rename_doc.update_document_title",
		lambda claim: {"doctype": CLAIM, "docname": claim["name"], "title": "Mine"},
	),
	"docstatus through the method of a REST document": lambda client, claim: client.session.post(
		f"{client.url}/api/resource/{CLAIM}/{claim['name']}", data={"run_method": "discard"}, timeout=60
	),
	"our API, lines": called(
		f"{CLAIMS}.act",
		lambda claim: {
			**{"claim": claim["name"], "action": "Answer", "reason": "Mine"},
			"amounts": {claim["expenses"][0]["line_key"]: 1},
		},
	),
}

# Frappe looks for a number in an error that has none (``is_duplicate_entry``): all that counts is that nothing changes
FAILS_IN_FRAPPE = ("title in the form",)
# whose turn it is may write why, and save what changes nothing
IN_ONES_TURN = ("PUT of the reason", "PUT of advances")

# these answer 200 and name what failed
BULK_EDITS: dict[str, Attack] = {
	"frappe.client.bulk_update": called(
		"frappe.client.bulk_update",
		lambda claim: {"docs": [{"doctype": CLAIM, "docname": claim["name"], "title": "Mine"}]},
	),
	"frappe.client.bulk_update of a line": called(
		"frappe.client.bulk_update",
		lambda claim: {"docs": [{"doctype": LINE, "docname": row_of(claim), "accounts_amount": 1}]},
	),
	"edit in the list": called(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		lambda claim: {
			**{"doctype": CLAIM, "docnames": [claim["name"]], "action": "update"},
			"data": {"title": "Mine", "workflow_state": "Draft"},
		},
	),
	"deletion in the list": called(
		"frappe.desk.reportview.delete_items", lambda claim: {"doctype": CLAIM, "items": [claim["name"]]}
	),
}


def act(action: str) -> Attack:
	"""An action of the Workflow, as the form calls it."""
	return called("frappe.model.workflow.apply_workflow", lambda claim: {"doc": claim, "action": action})


def ours(action: str) -> Attack:
	"""An action through our own API."""
	return called(
		f"{CLAIMS}.act",
		lambda claim: {"claim": claim["name"], "action": action, "reason": "Mine", "replies": {}},
	)


def decided(decision: str) -> Attack:
	"""A decision on a line."""
	return called(
		f"{CLAIMS}.decide",
		lambda claim: {
			"claim": claim["name"],
			"decisions": {claim["expenses"][0]["line_key"]: {"decision": decision, "text": "Mine"}},
		},
	)


# what Accounts do with a claim that is with them, and nobody else does
OF_ACCOUNTS: dict[str, Attack] = {
	**{f"workflow: {name}": act(name) for name in ("Lock", "Deny and Lock", "Ask Manager", "Ask Employee")},
	**{f"our API: {name}": ours(name) for name in ("Lock", "Deny and Lock", "Ask Manager", "Ask Employee")},
	**{f"decision: {name}": decided(name) for name in ("Approved", "Denied", "Ask Manager", "Ask Employee")},
	"PUT of the locked state": put(workflow_state="Approved and Locked"),
	"PUT of the locked state and docstatus": put(workflow_state="Approved and Locked", docstatus=1),
	"PUT of returned": put(workflow_state="Returned to Area Manager", reason="Mine"),
	"set_value of the docstatus": called(
		"frappe.client.set_value",
		lambda claim: {"doctype": CLAIM, "name": claim["name"], "fieldname": "docstatus", "value": 1},
	),
	"submit": called("frappe.client.submit", lambda claim: {"doc": claim}),
	"submit in the form, as it is": called(
		"frappe.desk.form.save.savedocs", lambda claim: {"doc": claim, "action": "Submit"}
	),
	"share": called(
		"frappe.share.add",
		lambda claim: {"doctype": CLAIM, "name": claim["name"], "user": "claim.esha@example.com", "write": 1},
	),
}
# what an Accounts Manager does with a claim that is locked, and nobody else does
OF_CHIEFS: dict[str, Attack] = {
	"cancel": called("frappe.client.cancel", lambda claim: {"doctype": CLAIM, "name": claim["name"]}),
	"cancel in the form": called(
		"frappe.desk.form.save.cancel", lambda claim: {"doctype": CLAIM, "name": claim["name"]}
	),
	"workflow: Cancel": act("Cancel"),
	"our API: Cancel": ours("Cancel"),
	"PUT of the cancelled state": put(workflow_state="Cancelled"),
	"PUT of the cancelled state and docstatus": put(workflow_state="Cancelled", docstatus=2),
	"run_method": lambda client, claim: client.session.post(
		f"{client.url}/api/resource/{CLAIM}/{claim['name']}", data={"run_method": "cancel"}, timeout=60
	),
}
BULK_OF_CHIEFS: dict[str, Attack] = {
	"cancel in the list": called(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		lambda claim: {"doctype": CLAIM, "docnames": [claim["name"]], "action": "cancel"},
	),
	"Cancel of many": called(
		"frappe.model.workflow.bulk_workflow_approval",
		lambda claim: {"docnames": [claim["name"]], "doctype": CLAIM, "action": "Cancel"},
	),
	"decisions on many": called(
		f"{CLAIMS}.decide_many",
		lambda claim: {
			"claims": [
				{
					"claim": claim["name"],
					"decisions": {claim["expenses"][0]["line_key"]: {"decision": "Denied", "text": "Mine"}},
				}
			]
		},
	),
}
BULK_OF_ACCOUNTS: dict[str, Attack] = {
	"Lock of many": called(
		"frappe.model.workflow.bulk_workflow_approval",
		lambda claim: {"docnames": [claim["name"]], "doctype": CLAIM, "action": "Lock"},
	),
	"submit in the list": called(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		lambda claim: {"doctype": CLAIM, "docnames": [claim["name"]], "action": "submit"},
	),
	"decisions on many": BULK_OF_CHIEFS["decisions on many"],
}


@pytest.mark.parametrize("key", [*OTHERS, "anil", *CHIEFS])
@pytest.mark.parametrize("state", ["locked", "waiting"])
def test_nobody_edits_what_is_decided(world: World, unchanged: None, state: str, key: str) -> None:
	"""Neither a claim that is locked nor one that is with Accounts, not even those who may decide on it."""
	mine = state == "waiting" and key in ("anil", *CHIEFS)
	edits = {way: attack for way, attack in EDITS.items() if not (mine and way in IN_ONES_TURN)}
	attack_all(world, key, state, edits, BULK_EDITS)


@pytest.mark.parametrize("key", [*OTHERS, "anil"])
def test_only_their_manager_cancels(world: World, unchanged: None, key: str) -> None:
	attack_all(world, key, "locked", {**OF_CHIEFS, **OF_ACCOUNTS}, {**BULK_OF_CHIEFS, **BULK_OF_ACCOUNTS})


@pytest.mark.parametrize("key", OTHERS)
def test_only_accounts_decide_what_is_with_them(world: World, unchanged: None, key: str) -> None:
	attack_all(world, key, "waiting", {**OF_CHIEFS, **OF_ACCOUNTS}, {**BULK_OF_CHIEFS, **BULK_OF_ACCOUNTS})


@pytest.mark.parametrize("key", [*OTHERS, "anil"])
def test_only_their_manager_amends(world: World, unchanged: None, key: str) -> None:
	amend = {way: EDITS[way] for way in ("amend", "PUT of the title", "DELETE", "PUT of another state")}
	attack_all(world, key, "cancelled", amend, {})


def attack_all(
	world: World, key: str, state: str, attacks: dict[str, Attack], in_bulk: dict[str, Attack]
) -> None:
	"""Somebody tries everything on a claim; each is refused, or in bulk said to have failed."""
	client, claim = world.client(key), world.value(CLAIM, name_of(world, state))
	wrong = {}
	for way, attack in {**attacks, **in_bulk}.items():
		answer = attack(client, claim)
		if way not in FAILS_IN_FRAPPE and answer.status_code not in range(
			200 if way in in_bulk else 400, 500
		):
			wrong[way] = explain(answer)
	assert not wrong


@pytest.mark.parametrize("state", ["locked", "waiting"])
def test_a_receipt_stays(world: World, unchanged: None, state: str) -> None:
	"""Neither removed nor published, replaced or moved, by no role."""
	claim = world.value(CLAIM, name_of(world, state))
	url = claim["expenses"][0]["receipt"]
	files = world.admin.rows("File", fields=["name", "attached_to_doctype"], filters={"file_url": url})
	assert {file["attached_to_doctype"] for file in files} == {CLAIM, LINE}
	for key in ("esha", "max", "anil", "anita", "olga", "sam", "ravi", "admin"):
		client = world.client(key)
		for file in (file["name"] for file in files):
			attempts = [
				client.write("DELETE", "File", file),
				client.write("PUT", "File", file, is_private=0),
				client.write("PUT", "File", file, file_url="/files/none.txt"),
				client.write("PUT", "File", file, attached_to_name=None, attached_to_doctype=None),
				client.write("PUT", "File", file, attached_to_name=name_of(world, "draft")),
				client.call(
					"frappe.client.set_value", doctype="File", name=file, fieldname="is_private", value=0
				),
				client.call("frappe.client.delete", doctype="File", name=file),
				client.call("frappe.desk.form.utils.remove_attach", fid=file, dt=CLAIM, dn=claim["name"]),
			]
			for number, answer in enumerate(attempts):
				assert 400 <= answer.status_code < 500, (key, number, explain(answer))


@pytest.mark.parametrize("state", ["locked", "waiting"])
def test_another_file_takes_no_receipts_place(world: World, unchanged: None, state: str) -> None:
	"""One of the same name, uploaded to the claim or to the field of its line."""
	claim = world.value(CLAIM, name_of(world, state))
	row = claim["expenses"][0]
	for key in ("esha", "max", "anil"):
		client = world.client(key)
		for doctype, name, field in ((CLAIM, claim["name"], ""), (LINE, row["name"], "receipt")):
			answer = client.session.post(
				f"{client.url}/api/method/upload_file",
				data={"doctype": doctype, "docname": name, "fieldname": field, "is_private": 1},
				files={"file": (row["receipt"].split("/")[-1], b"Forged", "text/plain")},
				timeout=60,
			)
			assert answer.status_code < 500, explain(answer)
			if answer.ok:
				assert answer.json()["message"]["file_url"] != row["receipt"]


def test_no_file_is_imported_over_a_claim(world: World, unchanged: None, imports: None) -> None:
	"""By Administrator, who alone may import anything: the import reaches the document, which refuses."""
	for state in ("locked", "waiting"):
		claim = world.value(CLAIM, name_of(world, state))
		for content in (
			f"ID,Title\n{claim['name']},Mine\n",
			f"ID,ID (Expenses),Approved by Accounts (Expenses)\n{claim['name']},{row_of(claim)},1\n",
		):
			(row,) = import_file(world.admin, CLAIM, "Update Existing Records", content)
			assert not row["success"], row
	for key in ("esha", "max", "anil", "anita"):
		assert import_file(world.client(key), CLAIM, "Update Existing Records", "ID,Title\n") == []


@pytest.mark.parametrize("key", ["esha", "max", "anil", "anita", "olga", "admin"])
def test_nobody_writes_what_happened(world: World, unchanged: None, key: str) -> None:
	(move, *_more) = world.admin.rows(MOVE, filters={"claim": name_of(world, "locked")})
	for way, attack in LEDGER_ATTACKS.items():
		answer = attack(world.client(key), MOVE, move["name"])
		assert 400 <= answer.status_code < 500, (way, explain(answer))
	for way, attack in LEDGER_BULK_ATTACKS.items():
		answer = attack(world.client(key), MOVE, move["name"])
		assert answer.status_code < 500, (way, explain(answer))


@pytest.mark.parametrize("key", ["esha", "max", "anil", "anita", "olga", "sam", "admin"])
def test_what_was_forwarded_stays(world: World, unchanged: None, key: str) -> None:
	client, name = world.client(key), world.made["forwarding"]
	document = world.value(FORWARDING, name)
	row = document["claims"][0]
	attempts = [
		client.write("PUT", FORWARDING, name, claims=[]),
		client.write("PUT", FORWARDING, name, total=1),
		client.write("PUT", FORWARDING, name, docstatus=0),
		client.write("DELETE", FORWARDING, name),
		client.write("PUT", FORWARDED, row["name"], total_manager=1),
		client.write("DELETE", FORWARDED, row["name"]),
		client.call("frappe.client.save", doc={**document, "claims": [{**row, "total_manager": 1}]}),
		client.call("frappe.client.cancel", doctype=FORWARDING, name=name),
		client.call("frappe.desk.form.save.cancel", doctype=FORWARDING, name=name),
		client.call("frappe.desk.form.save.discard", doctype=FORWARDING, name=name),
	]
	for number, answer in enumerate(attempts):
		assert 400 <= answer.status_code < 500, (number, explain(answer))


# --- who sees what -------------------------------------------------------------------------------------------


# who sees which claims; of Nils' one Nora decides
SEEN = {
	"esha": MINE,
	"max": MINE,
	"vera": MINE,
	"nils": ("other",),
	"nora": ("other",),
	"anil": (*FORWARDED_ONES, "approved"),
	"anita": (*FORWARDED_ONES, "approved"),
	**dict.fromkeys(("olga", "sam", "admin"), (*MINE, "other")),
	**dict.fromkeys(("ravi", "tara", "ivy", "guest"), ()),
}
# DocType > a field of its rows that names the claim or what was spent, and where its rows stand
OF_A_CLAIM = {
	CLAIM: ("name", {}),
	LINE: ("description", {"parent": CLAIM}),
	MOVE: ("claim", {}),
}


def shown(world: World, doctype: str, key: str) -> str:
	"""What tells that a claim is in an answer."""
	return f"Spent {key}" if doctype == LINE else name_of(world, key)


@pytest.mark.parametrize("key", SEEN)
@pytest.mark.parametrize("doctype", OF_A_CLAIM)
def test_lists_show_whose_claims_they_are(world: World, doctype: str, key: str) -> None:
	field, where = OF_A_CLAIM[doctype]
	parent = {"parent_doctype": CLAIM} if where else {}
	ways = (
		rest(doctype, field, **where),
		client_list(doctype, field, **where),
		listed("get", doctype, field, view="Report", **parent),
		listed("get_list", doctype, field, **parent),
		*([] if where else [listed("export_query", doctype, field, file_format_type="CSV", title="x")]),
	)
	for number, way in enumerate(ways):
		answer = way(world.client(key), world)
		assert answer.ok or (not SEEN[key] and answer.status_code in REFUSED), (number, explain(answer))
		text = text_of(answer)
		assert {one for one in world.made["claims"] if shown(world, doctype, one) in text} == set(
			SEEN[key]
		), (
			number,
			text[:500],
		)


@pytest.mark.parametrize("key", SEEN)
def test_other_ways_to_lists(world: World, key: str) -> None:
	ways = (
		client_list(CLAIM, "title", "expenses.description"),
		lambda client, world: client.call(
			"frappe.desk.search.search_link", doctype=CLAIM, txt="", page_length=50
		),
		lambda client, world: client.call(
			"frappe.desk.listview.get_group_by_count", doctype=CLAIM, current_filters=[], field="title"
		),
		lambda client, world: client.call(f"{CLAIMS}.to_decide", side="Accounts"),
		lambda client, world: client.call(f"{CLAIMS}.to_decide", side="Area Manager"),
		lambda client, world: client.call(
			f"{CLAIMS}.to_decide", side="Accounts", claims=list(world.made["claims"].values())
		),
		lambda client, world: client.call(f"{CLAIMS}.waiting"),
		lambda client, world: client.call(f"{CLAIMS}.my_claims"),
	)
	hidden = set(world.made["claims"]) - set(SEEN[key])
	for number, way in enumerate(ways):
		answer = way(world.client(key), world)
		assert answer.ok or answer.status_code in REFUSED, (number, explain(answer))
		for one in hidden:
			title = f"{'Nils' if one == 'other' else 'Esha'} {one}"
			assert not any(text in answer.text for text in (name_of(world, one), f"Spent {one}", title)), (
				number,
				one,
			)


@pytest.mark.parametrize("key", SEEN)
def test_counts_count_what_the_user_may_see(world: World, key: str) -> None:
	"""Frappe counts without asking for permission, and takes any filter."""
	for doctype, field in ((CLAIM, "name"), (MOVE, "claim")):
		seen = set()
		for one, name in world.made["claims"].items():
			answer = world.client(key).call("frappe.client.get_count", doctype=doctype, filters={field: name})
			if answer.ok and answer.json()["message"]:
				seen.add(one)
			assert answer.ok or answer.status_code in REFUSED, explain(answer)
		assert seen == set(SEEN[key]), doctype
	for doctype, filters in (
		(LINE, {"description": "Spent locked"}),
		(ADVANCE, {"parent": name_of(world, "locked")}),
		(FORWARDED, {"claim": name_of(world, "locked")}),
	):
		if "locked" not in SEEN[key]:
			answer = world.client(key).call("frappe.client.get_count", doctype=doctype, filters=filters)
			assert answer.status_code in REFUSED or answer.json()["message"] == 0, explain(answer)


@pytest.mark.parametrize("key", SEEN)
def test_single_claims_open_to_whose_they_are(world: World, key: str) -> None:
	ways = {
		**SINGLE,
		"screen": lambda client, doctype, name: client.call(f"{CLAIMS}.screen", claim=name),
		"trail": lambda client, doctype, name: client.call(f"{CLAIMS}.trail", claim=name),
	}
	for one in ("locked", "pending"):
		for way, ask in ways.items():
			if way == "e-mail with the print":
				continue  # it leaves a Communication on the claim
			answer = ask(world.client(key), CLAIM, name_of(world, one))
			if one in SEEN[key]:
				assert answer.ok, (way, one, explain(answer))
			else:
				assert answer.status_code in REFUSED, (way, one, explain(answer))
				assert f"Spent {one}" not in answer.text, way


@pytest.mark.parametrize("key", SEEN)
def test_lines_open_with_their_claims(world: World, key: str) -> None:
	"""Of a row's name alone Frappe asks for its DocType (``frappe.client.has_permission``): nothing comes of it."""
	for one in ("locked", "pending"):
		line = row_of(world.value(CLAIM, name_of(world, one)))
		for way, ask in SINGLE.items():
			answer = ask(world.client(key), LINE, line)
			if way == "e-mail with the print":
				assert not answer.ok, (one, explain(answer))
			elif one not in SEEN[key]:
				assert answer.status_code in REFUSED, (way, one, explain(answer))
				assert f"Spent {one}" not in answer.text, way


@pytest.mark.parametrize("key", SEEN)
def test_receipts_are_seen_with_their_claims(world: World, key: str) -> None:
	claim = world.value(CLAIM, name_of(world, "locked"))
	url = claim["expenses"][0]["receipt"]
	answer = world.client(key).get(url.lstrip("/"))
	if "locked" in SEEN[key]:
		assert answer.text == "The bill of locked"
		return
	assert not answer.ok and "The bill" not in answer.text
	for file in world.admin.rows("File", filters={"file_url": url}):
		assert world.client(key).document("File", file["name"]).status_code in REFUSED


@pytest.mark.parametrize("key", SEEN)
def test_advances_and_forwardings(world: World, key: str) -> None:
	"""What was set off is seen with the claim; forwardings by Accounts and those who see everything."""
	sees = {ADVANCE: "locked" in SEEN[key], FORWARDED: key in ("anil", "anita", "olga", "admin", "sam")}
	for doctype, parent in ((ADVANCE, CLAIM), (FORWARDED, FORWARDING)):
		field = "parent" if doctype == ADVANCE else "claim"
		for way in (rest(doctype, field, parent=parent), client_list(doctype, field, parent=parent)):
			answer = way(world.client(key), world)
			assert answer.ok or answer.status_code in REFUSED, explain(answer)
			assert (name_of(world, "locked") in answer.text) == sees[doctype], (doctype, explain(answer))


# --- and what those may do who may -----------------------------------------------------------------------------


class TestThoseWhoMay:
	"""In this order, and last in this file: or the refusals of the others would prove nothing."""

	def test_accounts_lock(self, world: World) -> None:
		claim = world.value(CLAIM, name_of(world, "waiting"))
		answer = act("Lock")(world.client("anil"), claim)
		assert answer.ok, explain(answer)
		after = world.value(CLAIM, claim["name"])
		assert (after["docstatus"], after["status"]) == (1, "Approved and Locked")

	def test_their_manager_cancels(self, world: World) -> None:
		name = name_of(world, "waiting")
		answer = OF_CHIEFS["workflow: Cancel"](world.client("anita"), world.value(CLAIM, name))
		assert answer.ok, explain(answer)
		assert world.value(CLAIM, name)["docstatus"] == 2

	def test_their_manager_amends(self, world: World) -> None:
		claim = world.value(CLAIM, name_of(world, "waiting"))
		answer = EDITS["amend"](world.client("anita"), claim)
		assert answer.ok, explain(answer)
		after = world.value(CLAIM, answer.json()["message"]["name"])
		assert (after["status"], after["employee"]) == ("Draft", claim["employee"])
		assert after["expenses"][0]["line_key"] != claim["expenses"][0]["line_key"]

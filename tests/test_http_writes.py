"""What nobody may write over HTTP, and what bad input is answered: 4xx, a message, and nothing has changed."""

from __future__ import annotations

import ast
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from outside import Client, World, explain
from outside_site import GROUP, PRIYA, SELLER, VINOD, ZOE

ENTRY, PROJECT, TARGET = "Sales Credit Entry", "Sales Project", "Sales Target"
MEMBER, DETAIL = "Sales Project Member", "Sales Target Detail"
KEPT, MONTH = "Sales Order Credit", "Sales Credit Month"
MOVE, HAND_OFF = "Milestone Move", "Milestone Hand-off"
REFUSED = (401, 403, 404)
PACKAGE = Path(__file__).resolve().parents[1] / "sales_activity"

Attack = Callable[[Client, str, str], requests.Response]


@pytest.fixture
def unchanged(world: World) -> Iterator[None]:
	"""Holds a test to changing nothing."""
	before = contents(world)
	yield
	assert contents(world) == before


def contents(world: World) -> dict[str, list[dict]]:
	"""Every field of our documents, their rows, and the orders, of the test's companies."""
	companies = [["company", "in", [world.harbour["company"], world.quay["company"]]]]
	found = {
		doctype: world.admin.rows(doctype, fields=["*"], filters=companies, order_by="name")
		for doctype in (ENTRY, PROJECT, TARGET, "Sales Credit Repost", "Sales Order", "Quotation")
	}
	for child, parent in ((MEMBER, PROJECT), (DETAIL, TARGET)):
		found[child] = world.admin.rows(child, fields=["*"], parent=parent, order_by="name")
	for doctype in (KEPT, MONTH):
		found[doctype] = world.admin.rows(doctype, fields=["*"], order_by="name")
	return found


# --- the ledger ----------------------------------------------------------------------------------------------


# what the app writes in SQL, and nobody else writes: DocType > a number in it
LEDGER = {ENTRY: "amount", MONTH: "amount", KEPT: "credit_percent", MOVE: "seconds", HAND_OFF: "attempts"}
LEDGER |= {"Lead Move": "seconds", "Nurture Response": "robot", "Program Step Run": "day"}
LEDGER |= {"Expense Move": "seconds"}


def entry(client: Client, doctype: str, name: str) -> dict:
	"""A whole record as a client could have read it, with a better number."""
	return {**client.document(doctype, name).json()["data"], LEDGER[doctype]: 1_000_000}


def forged(client: Client, doctype: str, name: str) -> dict:
	"""One more of them."""
	return {**entry(client, doctype, name), "name": "forged"}


LEDGER_ATTACKS: dict[str, Attack] = {
	"PUT": lambda client, doctype, name: client.write("PUT", doctype, name, **{LEDGER[doctype]: 1}),
	"DELETE": lambda client, doctype, name: client.write("DELETE", doctype, name),
	"POST": lambda client, doctype, name: client.write(
		"POST", doctype, **{**forged(client, doctype, name), "name": None}
	),
	"frappe.client.save": lambda client, doctype, name: client.call(
		"frappe.client.save", doc=entry(client, doctype, name)
	),
	"frappe.client.insert": lambda client, doctype, name: client.call(
		"frappe.client.insert", doc=forged(client, doctype, name)
	),
	"frappe.client.insert_many": lambda client, doctype, name: client.call(
		"frappe.client.insert_many", docs=[forged(client, doctype, name)]
	),
	"frappe.client.set_value": lambda client, doctype, name: client.call(
		"frappe.client.set_value", doctype=doctype, name=name, fieldname=LEDGER[doctype], value=1
	),
	"frappe.client.delete": lambda client, doctype, name: client.call(
		"frappe.client.delete", doctype=doctype, name=name
	),
	"frappe.client.submit": lambda client, doctype, name: client.call(
		"frappe.client.submit", doc=entry(client, doctype, name)
	),
	"frappe.client.cancel": lambda client, doctype, name: client.call(
		"frappe.client.cancel", doctype=doctype, name=name
	),
	"discard": lambda client, doctype, name: client.call(
		"frappe.desk.form.save.discard", doctype=doctype, name=name
	),
	"rename": lambda client, doctype, name: client.call(
		"frappe.client.rename_doc", doctype=doctype, old_name=name, new_name="renamed"
	),
	"rename in the form": lambda client, doctype, name: client.call(
		"frappe.model.rename_doc.update_document_title", doctype=doctype, docname=name, name="renamed"
	),
	"save in the form": lambda client, doctype, name: client.call(
		"frappe.desk.form.save.savedocs", doc=entry(client, doctype, name), action="Save"
	),
}

# these answer 200 and name what failed
LEDGER_BULK_ATTACKS: dict[str, Attack] = {
	"frappe.client.bulk_update": lambda client, doctype, name: client.call(
		"frappe.client.bulk_update", docs=[{"doctype": doctype, "docname": name, LEDGER[doctype]: 1}]
	),
	"deletion in the list": lambda client, doctype, name: client.call(
		"frappe.desk.reportview.delete_items", doctype=doctype, items=[name]
	),
	"edit in the list": lambda client, doctype, name: client.call(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		doctype=doctype,
		docnames=[name],
		action="update",
		data={LEDGER[doctype]: 1},
	),
}


def in_the_ledger(world: World) -> dict[str, str]:
	"""A record of each DocType of credit, that Priya reads. (Moves and hand-offs: test_http_milestones.py.)"""
	harbour = world.harbour
	return {ENTRY: harbour["entries"][PRIYA][0], MONTH: harbour["months"][PRIYA][0], KEPT: harbour["kept"][0]}


@pytest.mark.parametrize("key", ["priya", "olga", "admin"])
@pytest.mark.parametrize("attack", LEDGER_ATTACKS)
def test_nobody_writes_the_ledger(world: World, unchanged: None, attack: str, key: str) -> None:
	for doctype, name in in_the_ledger(world).items():
		answer = LEDGER_ATTACKS[attack](world.client(key), doctype, name)
		assert 400 <= answer.status_code < 500, (doctype, explain(answer))


@pytest.mark.parametrize("key", ["priya", "olga", "admin"])
@pytest.mark.parametrize("attack", LEDGER_BULK_ATTACKS)
def test_nobody_writes_the_ledger_in_bulk(world: World, unchanged: None, attack: str, key: str) -> None:
	for doctype, name in in_the_ledger(world).items():
		answer = LEDGER_BULK_ATTACKS[attack](world.client(key), doctype, name)
		assert answer.status_code < 500, (doctype, explain(answer))


# who may write the others, and where that is tried: here, or in the file that is named
WRITTEN_BY_ROLE = {
	*(PROJECT, MEMBER, TARGET, DETAIL, "Sales Credit Repost"),
	# open to every role that may write them (docs/permissions.md); what they hold is checked by their controllers
	*("Sales Role", "Sales Activity Settings", "Sales Process", "Sales Process Milestone"),
	*("Milestone Form", "Milestone Form Field"),
	*("Universal Lead Definition", "Lead Criterion", "Lead Routing Rule", "Lead Routing Person"),
	*("Response Type", "Nurture Program", "Nurture Program Rule", "Nurture Program Step"),
	"Campaign Spend",
	*("Sales Expense Type", "Sales Expense Rate", "Sales Expense Account", "Expense Company Account"),
	"Expense Stand-in",
}
# test_http_expenses.py
OF_A_CLAIM = {
	*("Sales Expense Claim", "Sales Expense Line", "Sales Expense Advance"),
	*("Expense Forwarding", "Expense Forwarding Claim"),
}
OF_A_LEAD = {"Lead Nurture", "Lead Answer", "Program Enrolment"}  # test_http_leads.py
OF_A_MILESTONE = {"Sales Milestone", "Milestone Answer"}  # test_http_milestones.py


def test_every_doctype_is_known_to_these_tests() -> None:
	"""Whoever adds a DocType says here how it is written, and tries it."""
	known = [*LEDGER, *WRITTEN_BY_ROLE, *OF_A_MILESTONE, *OF_A_LEAD, *OF_A_CLAIM]
	assert sorted(known) == sorted(doctypes_of_the_app())


def doctypes_of_the_app() -> list[str]:
	"""The names of all DocTypes that the package brings."""
	files = [*PACKAGE.glob("*/doctype/*/*.json")]
	return [json.loads(file.read_text())["name"] for file in files]


def test_no_file_is_imported_into_the_ledger(world: World, unchanged: None, imports: None) -> None:
	"""By Administrator, who alone may import anything: the import reaches the document, which refuses."""
	rows = f"ID,Amount\n{world.harbour['entries'][PRIYA][0]},1\n"
	(row,) = import_file(world.admin, ENTRY, "Update Existing Records", rows)
	assert not row["success"], row


def test_imports_work_where_they_may(world: World, imports: None) -> None:
	"""Or the refusals of the others would prove nothing."""
	(row,) = import_file(world.admin, "Sales Role", "Insert New Records", "Sales Role\nOutside Imported\n")
	try:
		assert row["success"], row
		assert world.count("Sales Role", name="Outside Imported") == 1
	finally:
		world.admin.write("DELETE", "Sales Role", "Outside Imported")


def test_a_salesperson_imports_nothing(world: World, unchanged: None) -> None:
	for doctype in (ENTRY, TARGET, PROJECT):
		for key in ("priya", "mara"):
			made = world.client(key).write(
				"POST", "Data Import", reference_doctype=doctype, import_type="Insert New Records"
			)
			assert made.status_code in REFUSED, explain(made)


def import_file(client: Client, doctype: str, kind: str, content: str) -> list[dict]:
	"""Upload a CSV file, import it, wait for the end; returns what the import's log says of each row. Empty for
	those who can't even make a Data Import. An import that isn't begun proves nothing: that fails."""
	made = client.write("POST", "Data Import", reference_doctype=doctype, import_type=kind)
	if not made.ok:
		return []
	name = made.json()["data"]["name"]
	upload = client.session.post(
		f"{client.url}/api/method/upload_file",
		data={"doctype": "Data Import", "docname": name, "fieldname": "import_file", "is_private": 1},
		files={"file": ("rows.csv", io.BytesIO(content.encode()))},
		timeout=60,
	)
	client.write("PUT", "Data Import", name, import_file=upload.json()["message"]["file_url"])
	start = client.call("frappe.core.doctype.data_import.data_import.form_start_import", data_import=name)
	assert start.ok, explain(start)
	log = _log_of_import(client, name)
	client.write("DELETE", "Data Import", name)
	return log


def _log_of_import(client: Client, name: str) -> list[dict]:
	"""Waits for it. (The status of an import all of whose rows are refused goes back to Pending.)"""
	about = [["data_import", "=", name]]
	for _attempt in range(120):
		log = client.rows("Data Import Log", fields=["success", "messages", "exception"], filters=about)
		if log:
			return log
		time.sleep(0.5)
	raise AssertionError(
		f"the import was not begun, or did nothing: {client.document('Data Import', name).text}"
	)


def test_an_orders_team_is_not_for_sale(world: World, unchanged: None) -> None:
	"""The team kept of an order, from which the ledger can be rebuilt, is set by the app alone."""
	order = world.harbour["orders"]["north"]
	kept = world.admin.rows(KEPT, fields=["*"], filters=[["sales_order", "=", order]])[0]
	changed = {**kept, "doctype": KEPT, "credit_percent": 1}
	another = {**changed, "name": None, "modified": None}
	for client in (world.admin, world.client("olga"), world.client("priya")):
		attempts = [
			client.write("PUT", KEPT, kept["name"], credit_percent=1),
			client.write("DELETE", KEPT, kept["name"]),
			client.write("POST", KEPT, **another),
			client.call("frappe.client.save", doc=changed),
			client.call("frappe.client.insert", doc=another),
			client.call("frappe.client.rename_doc", doctype=KEPT, old_name=kept["name"], new_name="mine"),
		]
		for answer in attempts:
			assert 400 <= answer.status_code < 500, explain(answer)


# --- targets and projects ------------------------------------------------------------------------------------


def new_target(world: World, **values: object) -> dict:
	"""A target that would be good, in the year after next, with values of one's own."""
	year = int(world.harbour["period"]["from_date"][:4]) + 2
	row = {"sales_person": VINOD, "sales_role": SELLER, "item_group": GROUP, "target": 100}
	good = {
		"title": "Outside new plan",
		"company": world.harbour["company"],
		"from_date": f"{year}-01-01",
		"to_date": f"{year}-12-31",
		"basis": "Value",
		"targets": [row],
	}
	return {**good, **values}


def new_project(world: World, **values: object) -> dict:
	"""A project that would be good, with values of one's own."""
	good = {
		"title": "Outside new project",
		"company": world.harbour["company"],
		"party_type": "Customer",
		"party": world.harbour["customers"]["clinic"],
		"team": [{"sales_person": VINOD, "sales_role": SELLER, "credit_percent": 100}],
	}
	return {**good, **values}


@pytest.fixture
def pending(world: World) -> Iterator[str]:
	"""A target that Olga has put forward."""
	made = world.client("olga").write("POST", TARGET, **new_target(world))
	assert made.ok, explain(made)
	name = made.json()["data"]["name"]
	assert act(world, "olga", TARGET, name, "Submit for Approval").ok
	yield name
	if world.value(TARGET, name)["docstatus"] == 1:
		assert act(world, "admin", TARGET, name, "Cancel").ok
	assert world.admin.write("DELETE", TARGET, name).ok


def act(world: World, key: str, doctype: str, name: str, action: str) -> requests.Response:
	"""A workflow action, as the form's Actions menu calls it."""
	doc = world.value(doctype, name)
	return world.client(key).call("frappe.model.workflow.apply_workflow", doc=doc, action=action)


APPROVALS: dict[str, Callable[[World, str, str], requests.Response]] = {
	"workflow action": lambda world, key, name: act(world, key, TARGET, name, "Approve"),
	"bulk approval": lambda world, key, name: world.client(key).call(
		"frappe.model.workflow.bulk_workflow_approval", docnames=[name], doctype=TARGET, action="Approve"
	),
	"frappe.client.submit": lambda world, key, name: world.client(key).call(
		"frappe.client.submit", doc=world.value(TARGET, name)
	),
	"submit in the form": lambda world, key, name: world.client(key).call(
		"frappe.desk.form.save.savedocs", doc=world.value(TARGET, name), action="Submit"
	),
	"PUT of the state": lambda world, key, name: world.client(key).write(
		"PUT", TARGET, name, workflow_state="Approved"
	),
	"PUT of state and docstatus": lambda world, key, name: world.client(key).write(
		"PUT", TARGET, name, workflow_state="Approved", docstatus=1
	),
	"frappe.client.set_value": lambda world, key, name: world.client(key).call(
		"frappe.client.set_value", doctype=TARGET, name=name, fieldname="docstatus", value=1
	),
	"frappe.client.bulk_update": lambda world, key, name: world.client(key).call(
		"frappe.client.bulk_update",
		docs=[{"doctype": TARGET, "docname": name, "docstatus": 1, "workflow_state": "Approved"}],
	),
}


@pytest.mark.parametrize("way", APPROVALS)
def test_only_approvers_approve_a_target(world: World, pending: str, way: str) -> None:
	"""Neither a salesperson nor the one who put it forward, whatever way is tried."""
	for key in ("vinod", "olga", "nadia", "guest"):
		answer = APPROVALS[way](world, key, pending)
		assert answer.status_code < 500, explain(answer)
		after = world.value(TARGET, pending)
		assert (after["docstatus"], after["workflow_state"]) == (0, "Pending Approval"), (key, way)


@pytest.mark.parametrize("key", ["mara", "aaron"])
def test_an_approver_approves(world: World, pending: str, key: str) -> None:
	answer = act(world, key, TARGET, pending, "Approve")
	assert answer.ok, explain(answer)
	assert world.value(TARGET, pending)["docstatus"] == 1


def test_an_approved_target_stays_as_it_is(world: World, unchanged: None) -> None:
	name = world.harbour["targets"]["vinod"]
	document = world.value(TARGET, name)
	row = document["targets"][0]
	higher = {**document, "targets": [{**row, "target": 1}]}
	for key in ("vinod", "mara", "olga", "aaron"):
		client = world.client(key)
		attempts = [
			client.write("PUT", TARGET, name, targets=higher["targets"]),
			client.call("frappe.client.save", doc=higher),
			client.write("PUT", DETAIL, row["name"], target=1),
			client.write("DELETE", DETAIL, row["name"]),
			client.call(
				"frappe.client.set_value", doctype=DETAIL, name=row["name"], fieldname="target", value=1
			),
			client.write("DELETE", TARGET, name),
			client.call("frappe.client.delete", doctype=TARGET, name=name),
		]
		for number, answer in enumerate(attempts):
			assert 400 <= answer.status_code < 500, (key, number, explain(answer))


def test_a_salesperson_neither_makes_nor_cancels_targets(world: World, unchanged: None) -> None:
	client, name = world.client("vinod"), world.harbour["targets"]["vinod"]
	attempts = [
		client.write("POST", TARGET, **new_target(world)),
		client.call("frappe.client.insert", doc={"doctype": TARGET, **new_target(world)}),
		client.call("frappe.client.cancel", doctype=TARGET, name=name),
		client.call("frappe.desk.form.save.cancel", doctype=TARGET, name=name),
		act(world, "vinod", TARGET, name, "Cancel"),
	]
	for answer in attempts:
		assert 400 <= answer.status_code < 500, explain(answer)


def test_a_project_of_others_is_not_to_be_edited(world: World, unchanged: None) -> None:
	client, name = world.client("priya"), world.harbour["projects"]["south"]
	row = world.value(PROJECT, name)["team"][0]
	me = {"sales_person": PRIYA, "sales_role": SELLER, "credit_percent": 100}
	attempts = [
		client.write("PUT", PROJECT, name, title="Mine"),
		client.write("PUT", PROJECT, name, team=[me]),
		client.call("frappe.client.save", doc={**world.value(PROJECT, name), "team": [me]}),
		client.call("frappe.client.set_value", doctype=PROJECT, name=name, fieldname="title", value="Mine"),
		client.write("PUT", MEMBER, row["name"], sales_person=PRIYA),
		client.write("POST", MEMBER, **me, parent=name, parenttype=PROJECT, parentfield="team"),
		client.write("DELETE", PROJECT, name),
		act(world, "priya", PROJECT, name, "Win"),
		client.call(
			"frappe.share.add", doctype=PROJECT, name=name, user=world.made["users"]["priya"], read=1, write=1
		),
	]
	for number, answer in enumerate(attempts):
		assert 400 <= answer.status_code < 500, (number, explain(answer))
	assert client.document(PROJECT, name).status_code in REFUSED


def test_an_own_project_is_to_be_edited(world: World) -> None:
	name = world.harbour["projects"]["north"]
	answer = world.client("priya").write("PUT", PROJECT, name, level_of_interest="High")
	assert answer.ok, explain(answer)
	assert world.value(PROJECT, name)["level_of_interest"] == "High"


def test_a_projects_status_follows_its_workflow(world: World) -> None:
	"""Neither the status alone nor a state that no transition leads to."""
	client, name = world.client("priya"), world.harbour["projects"]["north"]
	client.write("PUT", PROJECT, name, status="Won")
	assert world.value(PROJECT, name)["status"] == "Open"
	for state in ("Nonsense", "Approved"):
		answer = client.write("PUT", PROJECT, name, workflow_state=state)
		assert 400 <= answer.status_code < 500, explain(answer)


# --- our own methods -----------------------------------------------------------------------------------------


def whitelisted() -> list[str]:
	"""The dotted paths of every method of the package that HTTP reaches."""
	found = []
	for file in sorted(PACKAGE.rglob("*.py")):
		module = ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
		for node in ast.walk(ast.parse(file.read_text())):
			if isinstance(node, ast.FunctionDef) and any(
				"whitelist" in ast.unparse(decorator) for decorator in node.decorator_list
			):
				found.append(f"{module}.{node.name}")
	return found


def arguments(world: World) -> dict[str, dict]:
	"""How each method is called, by the end of its path."""
	company = {"filters": {"company": world.harbour["company"]}}
	project = world.harbour["projects"]["south"]
	return {
		"cards.attainment_this_year": company,
		"cards.orders_closed_this_year": company,
		"cards.open_pipeline_value": company,
		"cards.credit_differences": company,
		"cards.my_milestones_due": {},
		"cards.my_next_steps": {},
		"cards.late_milestones": {},
		"cards.leads_to_qualify": {},
		"cards.leads_to_accept": {},
		"cards.qualified_this_month": {},
		"cards.claims_waiting_for_me": {},
		"cards.claims_to_decide": {},
		"cards.claims_overdue": company,
		"cards.expenses_this_month": company,
		"expense_forwarding.waiting": {},
		"expense_forwarding.forward": {"company": world.harbour["company"]},
		"expense_forwarding.post": {"claim": "none"},
		"expenses.screen": {"claim": "none"},
		"expenses.start": {},
		"expenses.to_decide": {},
		"expenses.waiting": {},
		"expenses.my_claims": {},
		"expenses.trail": {"claim": "none"},
		"expenses.decide": {"claim": "none", "decisions": {"none": {"decision": "Approved"}}},
		"expenses.decide_many": {"claims": [{"claim": "none", "decisions": {}}]},
		"expenses.act": {"claim": "none", "action": "Approve"},
		"hand_offs.deliver_again": {"names": ["none"]},
		"milestones.act": {"milestone": f"{project}-01", "action": "Achieve"},
		"milestones.path": {"doctype": PROJECT, "name": project},
		"milestones.form": {"milestone": f"{project}-01"},
		"milestones.my_next_steps": {},
		"milestones.calendar": {"start": "2020-01-01", "end": "2030-01-01"},
		"milestones.start": {"projects": [project], "process": "Solution Sale"},
		"milestones.preview_update": {"project": project},
		"milestones.update_from_process": {"project": project},
		"leads.screen": {"lead": "none"},
		"leads.queue": {},
		"leads.preview": {"lead": "none", "answers": {"budget": 1}},
		"leads.answer": {"lead": "none", "answers": {"budget": 1}},
		"leads.act": {"lead": "none", "action": "Start"},
		"leads.assign": {"leads": ["none"], "qualifier": "Administrator"},
		"leads.qualifiers": {},
		"leads.score_again": {"leads": ["none"]},
		"leads.lead_fields": {},
		"leads.new_version": {"name": "none"},
		"leads.count_without_nurture": {},
		"leads.make_missing": {},
		"leads.count_older": {"definition": "none"},
		"leads.score_again_all": {"definition": "none"},
		"responses.record": {"lead": "none", "response_type": "Reply"},
		"responses.record_many": {"rows": [{"lead": "none", "response_type": "Reply", "key": "none"}]},
		"responses.record_by_hand": {"lead": "none", "response_type": "Reply"},
		"scores.explain": {"lead": "none"},
		"scores.responses": {"lead": "none"},
		"scores.override": {"lead": "none", "score": 1, "reason": "Mine", "until": "2030-01-01"},
		"scores.end_override": {"lead": "none"},
		"programs.enrol": {"program": "none", "leads": ["none"]},
		"programs.enrol_by_rule": {"program": "none"},
		"programs.pause": {"enrolments": ["none"]},
		"programs.resume": {"enrolments": ["none"]},
		"programs.stop": {"enrolments": ["none"]},
		"programs.retry": {"enrolments": ["none"]},
		"programs.runs": {"lead": "none"},
		"programs.run": {"name": "none"},
		"programs.counts": {"program": "none"},
		"programs.preview": {"program": "none", "step": "none", "lead": "none"},
		"program_links.follow": {"t": "forged"},
		"program_links.unsubscribe": {"t": "forged"},
		"program_pictures.picture": {"t": "forged"},
		"program_pictures.page": {"t": "forged"},
		"credit.credited_team": {"sales_order": world.harbour["orders"]["north"]},
		"projects.make_sales_project_from_opportunity": {"source_name": "none"},
		"projects.make_sales_project_from_quotation": {"source_name": world.harbour["quotation"]},
		"projects.make_quotation_from_project": {"source_name": world.harbour["projects"]["south"]},
		"reposts.start": {"company": world.harbour["company"], "reason": "Because I can"},
		"sales_credit_repost.resume": {"name": "none"},
		"load.start": {},
		"frappe_methods.get_count": {"doctype": ENTRY},
		"frappe_methods.get_value": {"doctype": ENTRY, "fieldname": "amount"},
		"frappe_methods.get_chart": {
			"chart": {
				"chart_type": "Sum",
				"type": "Heatmap",
				"document_type": ENTRY,
				"based_on": "posting_date",
				"value_based_on": "amount",
			}
		},
	}


def test_every_method_is_known_to_this_test(world: World) -> None:
	paths = whitelisted()
	known = arguments(world)
	assert paths
	assert not [path for path in paths if ".".join(path.split(".")[-2:]) not in known]


@pytest.mark.parametrize("path", whitelisted())
def test_a_method_refuses_those_without_rights(world: World, unchanged: None, path: str) -> None:
	given = arguments(world)[".".join(path.split(".")[-2:])]
	for key in ("guest", "nadia"):
		answer = world.client(key).call(path, **given)
		assert answer.status_code in REFUSED, (key, explain(answer))


@pytest.mark.parametrize(
	"end",
	[
		*("cards.credit_differences", "reposts.start", "load.start", "frappe_methods.get_chart"),
		*("hand_offs.deliver_again", "milestones.path", "milestones.start", "milestones.preview_update"),
	],
)
def test_a_method_for_others_refuses_a_salesperson(world: World, unchanged: None, end: str) -> None:
	path = next(path for path in whitelisted() if path.endswith(end))
	for key in ("priya", "mara"):
		answer = world.client(key).call(path, **arguments(world)[end])
		assert answer.status_code in REFUSED, (key, explain(answer))


def test_a_repost_is_resumed_by_those_who_may_submit_one(world: World) -> None:
	scope = {"company": world.harbour["company"], "sales_order": world.harbour["orders"]["north"]}
	made = world.client("olga").write("POST", "Sales Credit Repost", reason="To resume", **scope)
	assert made.ok, explain(made)
	name = made.json()["data"]["name"]
	path = next(path for path in whitelisted() if path.endswith("sales_credit_repost.resume"))
	for key in ("guest", "nadia", "priya", "mara"):
		assert world.client(key).call(path, name=name).status_code in REFUSED, key
	answer = world.client("olga").call(path, name=name)
	assert answer.status_code == 417 and "nothing to resume" in explain(answer)
	assert world.admin.write("DELETE", "Sales Credit Repost", name).ok


def test_a_method_opens_no_document_of_others(world: World) -> None:
	path = next(path for path in whitelisted() if path.endswith("make_quotation_from_project"))
	own, other = world.harbour["projects"]["north"], world.harbour["projects"]["south"]
	assert world.client("priya").call(path, source_name=own).ok
	assert world.client("priya").call(path, source_name=other).status_code in REFUSED


# --- bad input -----------------------------------------------------------------------------------------------


def team(*percents: float, role: str = SELLER) -> list[dict]:
	"""Rows of a team: these percents, a person each."""
	return [
		{"sales_person": person, "sales_role": role, "credit_percent": percent}
		for person, percent in zip((VINOD, ZOE, PRIYA), percents, strict=False)
	]


def target_row(**values: object) -> list[dict]:
	"""One row of a target."""
	return [{"sales_person": VINOD, "sales_role": SELLER, "item_group": GROUP, "target": 100, **values}]


BAD_PROJECTS: dict[str, tuple[dict, str]] = {
	"percents over 100 in one role": ({"team": team(60, 50)}, "110"),
	"percent below zero": ({"team": team(-5)}, "above 0"),
	"percent over 100": ({"team": team(101)}, "at most 100"),
	"the same member twice": ({"team": [*team(50), *team(50)]}, "twice"),
	"an unknown person": ({"team": [{**team(50)[0], "sales_person": "Nobody"}]}, "Nobody"),
	"an unknown role": ({"team": team(50, role="Juggler")}, "Juggler"),
	"an unknown company": ({"company": "No Company"}, "No Company"),
	"an unknown customer": ({"party": "No Customer"}, "No Customer"),
	"a party that is no party": ({"party_type": "Item", "party": "OUTSIDE-SWITCH"}, "Party Type"),
	"lost from the start": ({"workflow_state": "Lost"}, ""),
}

BAD_TARGETS: dict[str, tuple[dict, str]] = {
	"a negative target": ({"targets": target_row(target=-1)}, "zero or more"),
	"a target that is not a number": ({"targets": target_row(target="nan")}, ""),
	"an infinite target": ({"targets": target_row(target="inf")}, ""),
	"a period upside down": ({"from_date": "2028-12-31", "to_date": "2028-01-01"}, "before"),
	"a period outside every fiscal year": (
		{"from_date": "1950-01-01", "to_date": "1950-12-31"},
		"fiscal year",
	),
	"the same row twice": ({"targets": [*target_row(), *target_row()]}, "repeats"),
	"an unknown person": ({"targets": target_row(sales_person="Nobody")}, "Nobody"),
	"an unknown item group": ({"targets": target_row(item_group="Nothing")}, "Nothing"),
	"an unknown basis": ({"basis": "Luck"}, "Luck"),
	"no rows": ({"targets": []}, ""),
	"a date that is none": ({"from_date": "tomorrow-ish"}, ""),
}


@pytest.mark.parametrize("case", BAD_PROJECTS)
def test_a_bad_project_is_refused(world: World, unchanged: None, case: str) -> None:
	values, message = BAD_PROJECTS[case]
	check_refused(world.client("olga").write("POST", PROJECT, **new_project(world, **values)), message)


@pytest.mark.parametrize("case", BAD_TARGETS)
def test_a_bad_target_is_refused(world: World, unchanged: None, case: str) -> None:
	values, message = BAD_TARGETS[case]
	check_refused(world.client("olga").write("POST", TARGET, **new_target(world, **values)), message)


def test_an_overlapping_target_is_not_approved(world: World, unchanged: None) -> None:
	document = new_target(world, **world.harbour["period"])
	check_refused(world.client("olga").write("POST", TARGET, **document), "already has a target")


def test_a_project_is_not_lost_without_a_reason(world: World, unchanged: None) -> None:
	name = world.harbour["projects"]["north"]
	for answer in (
		act(world, "priya", PROJECT, name, "Lose"),
		world.client("priya").write("PUT", PROJECT, name, workflow_state="Lost"),
		world.client("priya").write("PUT", PROJECT, name, workflow_state="Lost", lost_reason="  "),
	):
		check_refused(answer, "Lost Reason")


def test_documents_of_another_company_are_refused(world: World, unchanged: None) -> None:
	project = world.quay["project"]
	for doctype, name in (
		("Quotation", world.harbour["quotation"]),
		("Sales Order", world.harbour["orders"]["north"]),
	):
		check_refused(world.admin.write("PUT", doctype, name, sales_project=project), "belongs to")
	order = {
		"customer": world.harbour["customers"]["clinic"],
		"company": world.harbour["company"],
		"transaction_date": world.harbour["period"]["to_date"],
		"delivery_date": world.harbour["period"]["to_date"],
		"selling_price_list": world.quay["price_list"],
		"currency": "INR",
		"sales_project": project,
		"items": [{"item_code": "OUTSIDE-SWITCH", "qty": 1, "rate": 10}],
	}
	check_refused(world.admin.write("POST", "Sales Order", **order), "belongs to")


BAD_FILTERS: dict[str, tuple[dict, str]] = {
	"unknown filter": ({"salesperson": "x"}, "Unknown filter"),
	"a filter with markup": ({"<script>alert(1)</script>": "x"}, "Unknown filter"),
	"unknown company": ({"company": "No Company"}, "does not exist"),
	"no company": ({"company": ""}, "Company"),
	"dates upside down": ({"from_date": "2026-12-31", "to_date": "2026-01-01"}, "before"),
}
REPORTS = ("Role Target Attainment", "Sales Credit Ledger", "Sales Pipeline Detail", "Sales Target Breakdown")


@pytest.mark.parametrize("case", BAD_FILTERS)
@pytest.mark.parametrize("report", REPORTS)
def test_a_bad_filter_is_refused(world: World, report: str, case: str) -> None:
	values, message = BAD_FILTERS[case]
	period = world.harbour["period"]
	answer = world.client("olga").report(report, **{"company": world.harbour["company"], **period, **values})
	check_refused(answer, message)
	assert "<script>" not in json.loads(answer.json().get("_server_messages", '[""]'))[0]


@pytest.mark.parametrize("value", ["Fortnightly", "' or 1=1 --"])
def test_a_bad_choice_is_refused(world: World, value: str) -> None:
	filters = {"company": world.harbour["company"], **world.harbour["period"]}
	for name in ("basis", "periodicity"):
		answer = world.client("olga").report("Role Target Attainment", **filters, **{name: value})
		check_refused(answer, "must be one of")


@pytest.mark.parametrize("name", ["sales_person", "sales_role", "item_group", "sales_project", "voucher_no"])
def test_sql_in_a_filter_finds_nothing(world: World, name: str) -> None:
	filters = {"company": world.harbour["company"], name: "x' or '1'='1"}
	answer = world.client("priya").report("Sales Credit Ledger", **filters)
	assert answer.status_code < 500, explain(answer)
	assert ZOE not in answer.text and VINOD not in answer.text


def check_refused(answer: requests.Response, message: str) -> None:
	"""A client's error with a message that says what is wrong."""
	assert 400 <= answer.status_code < 500, explain(answer)
	said = explain(answer)
	assert message.lower() in said.lower(), said
	assert len(said) > 8 and "Traceback" not in said

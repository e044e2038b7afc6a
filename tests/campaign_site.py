"""A campaign of 200 leads on a site: makes it, plays the site's workers in it, tells how it stands, takes it away.

	campaign_site.py SITE make FILE              (writes to FILE, as JSON, what was made)
	campaign_site.py SITE do FILE DEED...        (does deeds of `DEEDS` in order; writes to FILE what the last one says)
	campaign_site.py SITE clear

Runs with the bench's Python in `sites/`, and commits. While deeds are done nothing is as in a test: e-mails really go out
and come in, as far as the site's Email Account leads.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections import defaultdict
from pathlib import Path

import frappe
from frappe.email.queue import flush
from frappe.model.workflow import apply_workflow
from frappe.utils import now_datetime
from site_script import run

from sales_activity import tasks
from sales_activity.demo.removal import remove_document
from sales_activity.sales_activity.nurture import enrolment, scoring
from sales_activity.sales_activity.nurture.program_delivery import NOT_DELIVERED
from sales_activity.sales_activity.nurture.programs import ENROLMENT, PROGRAM, RUN
from sales_activity.tests import factories
from sales_activity.tests import lead_house as people
from sales_activity.tests import program_house as house

LEADS = 200
COMPANY, ACCOUNT, PROGRAM_NAME = "Campaign House", "Campaign House", "Campaign of 200"
BOX, DOMAIN = "campaign", "campaign.example"
ADDRESS = f"{BOX}@{DOMAIN}"
# page of each link of the e-mails, by their number
PAGES = (
	("https://example.com/guide?size=200&lang=en", "https://example.com/prices"),
	("https://example.com/cases", "https://example.com/webinar"),
)
TEMPLATES = ("Campaign Mail One", "Campaign Mail Two")
# fit of every lead 10, a click 5, a reply 15 (``setup/masters/response_types.json``)
FIT, CLICK, REPLY, THRESHOLD = 10, 5, 15, 30
USERS = {people.SAM: people.SAM_USER, people.SARA: people.SARA_USER}


# --- made and taken away -------------------------------------------------------------------------------------


def make() -> dict:
	"""The company's definition, routing, program and leads, all of them enrolled; the names of the leads by their number."""
	factories.masters()
	people.build()
	factories.user(house.OWNER, "Sales User")
	factories.company(COMPANY)
	criteria = [people.rule("Revenue", "annual_revenue", ">=", "1000000", points=FIT), *people.rows()[1:]]
	people.definition(criteria, company=COMPANY)
	people.routing(people.SAM, people.SARA, company=COMPANY, title=COMPANY)
	program = _program()
	leads = [people.lead(f"Campaign {number}", **_of_lead(number)) for number in range(LEADS)]
	found = enrolment.enrol(program, leads)
	assert len(found.runs) == LEADS, found
	return {"leads": leads, "program": program.name, "owner": house.OWNER}


def _of_lead(number: int) -> dict:
	"""The mail server refuses the address of the last lead."""
	local = "refused" if number == LEADS - 1 else f"lead{number:03}"
	return {"company": COMPANY, "email_id": f"{local}@{DOMAIN}", "lead_owner": house.OWNER}


def _program() -> frappe.model.document.Document:
	for name, pages in zip(TEMPLATES, PAGES, strict=True):
		links = "".join(f'<p><a href="{frappe.utils.escape_html(page)}">read</a></p>' for page in pages)
		house.template(name, f"{name} for {{{{ first_name }}}}", f"<p>Dear {{{{ lead_name }}}},</p>{links}")
	return house.program(
		house.mail(0, "One", email_template=TEMPLATES[0]),
		house.mail(2, "Two", email_template=TEMPLATES[1]),
		house.call(4, "Call"),
		{"day": 6, "channel": "Webinar", "title": "Webinar", "link": PAGES[1][1]},
		name=PROGRAM_NAME,
		company=COMPANY,
		threshold=THRESHOLD,
		stop_on_reply=1,
	)


def clear() -> None:
	"""Take everything away but the company and the people."""
	frappe.flags.mute_emails = True
	for doctype in ("Sales Order", "Sales Project", "Opportunity"):
		for name in frappe.get_all(doctype, {"company": COMPANY}, pluck="name", limit=0):
			remove_document(doctype, name)
	leads = frappe.get_all("Lead", {"company": COMPANY}, pluck="name", limit=0)
	# an empty text among these would stand for every Customer without a Lead
	of_leads = {"lead_name": ["in", leads or ["none of them"]]}
	for name in frappe.get_all("Customer", of_leads, pluck="name", limit=0):
		frappe.delete_doc("Customer", name, force=True)
	for doctype in (RUN, ENROLMENT, "Nurture Response", "Lead Move", "Lead Nurture", "Lead"):
		frappe.db.delete(doctype, {"company": COMPANY})
	for doctype in ("ToDo", "Email Queue", "Communication", "Comment"):
		field = "reference_type" if doctype == "ToDo" else "reference_doctype"
		of_leads = {
			field: ["in", ["Lead", "Lead Nurture"]],
			"reference_name": ["in", leads or ["none of them"]],
		}
		frappe.db.delete(doctype, of_leads)
	for doctype in (PROGRAM, "Lead Routing Rule", "Universal Lead Definition"):
		for name in frappe.get_all(doctype, {"company": COMPANY}, pluck="name", limit=0):
			for table in frappe.get_meta(doctype).get_table_fields():
				frappe.db.delete(table.options, {"parenttype": doctype, "parent": name})
			frappe.db.delete(doctype, {"name": name})
	frappe.db.delete("Lead Answer", {"parenttype": "Lead Nurture", "parent": ["in", leads or [""]]})
	frappe.db.delete("Email Account", {"name": ACCOUNT})
	frappe.db.delete("Communication", {"email_account": ACCOUNT})
	frappe.clear_cache()


# --- deeds of the site's workers -----------------------------------------------------------------------------


def account(smtp: str, pop3: str, password: str) -> None:
	"""The account that sends and fetches; Frappe logs in to both servers before it is saved."""
	values = {"email_account_name": ACCOUNT, "email_id": ADDRESS, "password": password}
	incoming = {"enable_incoming": 1, "default_incoming": 1, "email_server": "127.0.0.1"}
	incoming.update(use_imap=0, use_ssl=0, incoming_port=pop3, login_id_is_different=1, login_id=BOX)
	outgoing = {"enable_outgoing": 1, "default_outgoing": 1, "smtp_server": "127.0.0.1", "smtp_port": smtp}
	outgoing.update(use_tls=0)
	factories.make("Email Account", **values, **incoming, **outgoing)


def sweep() -> None:
	"""What the scheduler does every five minutes."""
	tasks.step_through_programs()


def send() -> None:
	"""What the scheduler does with Frappe's queue, until nothing waits there. In 15.0 it hands each e-mail to a worker;
	the same is done here at once."""
	at_once = {"from_test": True} if "from_test" in inspect.signature(flush).parameters else {}
	waiting = {"status": ["in", ["Not Sent", "Partially Sent"]]}
	while frappe.db.count("Email Queue", waiting):
		flush(**at_once)
		frappe.db.commit()


def fetch() -> None:
	"""What the scheduler does with the accounts that are fetched."""
	frappe.get_doc("Email Account", ACCOUNT).receive()


def days(number: str) -> None:
	"""So many days pass for the program."""
	for doctype, fields in ((ENROLMENT, ("enrolled_on", "last_done_on")), (RUN, ("done_on",))):
		earlier = ", ".join(f"{field} = {field} - interval %(days)s day" for field in fields)
		values = {"days": int(number), "company": COMPANY}
		frappe.db.sql(f"update `tab{doctype}` set {earlier} where company = %(company)s", values)
	now = {"now": now_datetime(), "company": COMPANY}
	frappe.db.sql(
		f"update `tab{ENROLMENT}` set next_due = %(now)s where company = %(company)s and status = 'Active'",
		now,
	)


def send_again(*names: str) -> None:
	"""An administrator looked after e-mails that a worker died over, and has them sent."""
	frappe.db.set_value("Email Queue", {"name": ["in", names]}, "status", "Not Sent")


def rebuild() -> None:
	"""All scores anew."""
	scoring.refresh(frappe.get_all("Lead Nurture", {"company": COMPANY}, pluck="name", limit=0))


def act(state: str, *leads: str) -> None:
	"""Whoever has them takes leads to a state."""
	answers = {"answers": people.RIPE} if state == "Qualified" else {}
	reason = {"reason": "So it is."} if state in ("Disqualified", "Do Not Contact") else {}
	for lead in leads:
		nurture = people.nurture(lead)
		is_with_sales = nurture.status == "With Sales"
		user = USERS[nurture.sales_person] if is_with_sales else people.QUALIFIER
		rejected = {"reason": "No need"} if is_with_sales and state == "Qualifying" else {}
		people.act(lead, state, user, **answers, **reason, **rejected)


def order(*leads: str) -> None:
	"""Their customers order."""
	item = factories.item("CAMPAIGN-ITEM", factories.item_group("Campaign Goods"))
	for lead in leads:
		customer = frappe.get_attr("erpnext.crm.doctype.lead.lead.make_customer")(lead)
		customer.update(
			{"customer_group": factories.customer_group(), "territory": factories.territory("India")}
		)
		customer.insert(ignore_permissions=True)
		project = frappe.db.get_value("Lead Nurture", lead, "sales_project")
		factories.sales_order(customer.name, [(item, 2, 500)], company=COMPANY, sales_project=project)
		apply_workflow(frappe.get_doc("Sales Project", project), "Win")


# --- how it stands -------------------------------------------------------------------------------------------


def look() -> dict:
	"""Everything that is kept of the leads, by lead; and of the e-mails in the queue, by lead and title of the step."""
	found = {
		row.name: {"state": row.status, "score": row.score, "engagement": row.engagement_score, "run": {}}
		for row in _of_company("Lead Nurture", "status", "score", "engagement_score")
	}
	kept = defaultdict(lambda: defaultdict(list))
	for row in _of_company(ENROLMENT, "lead", "status", "stop_reason"):
		found[row.lead]["run"] = {"name": row.name, "status": row.status, "reason": row.stop_reason}
	for row in _of_company(RUN, "lead", "title", "outcome", "why", "email_queue", "message_id"):
		kept[row.lead]["steps"].append(row)
	for row in _of_company("Nurture Response", "lead", "response_type", "robot", "url", "title"):
		kept[row.lead]["responses"].append(row)
	for row in _of_company("Lead Move", "lead", "from_state", "to_state"):
		kept[row.lead]["moves"].append(row)
	for doctype, key, fields in (
		("Email Queue", "queued", ("name", "status", "message_id", "retry")),
		(
			"Communication",
			"mails",
			("sent_or_received", "sender", "delivery_status", "in_reply_to", "content"),
		),
	):
		of_leads = {"reference_doctype": "Lead", "reference_name": ["in", list(found)]}
		for row in frappe.get_all(doctype, of_leads, ["reference_name", *fields], limit=0):
			kept[row.reference_name][key].append(row)
	tables = ("steps", "responses", "moves", "queued", "mails")
	return {
		"leads": {lead: {**one, **{key: kept[lead][key] for key in tables}} for lead, one in found.items()},
		"orders": frappe.db.count("Sales Order", {"company": COMPANY, "docstatus": 1}),
		"deals": frappe.db.count("Opportunity", {"company": COMPANY}),
		"projects": frappe.db.count("Sales Project", {"company": COMPANY}),
		"not_delivered": frappe.db.count(RUN, {"company": COMPANY, "outcome": NOT_DELIVERED}),
	}


def _of_company(doctype: str, *fields: str) -> list[frappe._dict]:
	return frappe.get_all(
		doctype, {"company": COMPANY}, ["name", *fields], order_by="creation, name", limit=0
	)


# --- the process ---------------------------------------------------------------------------------------------

DEEDS = {
	function.__name__: function
	for function in (account, sweep, send, fetch, days, send_again, rebuild, act, order, look)
}


def do(site: str, file: str, *deeds: str) -> None:
	"""Do deeds, each a name and its values: `days:2`. Commits after each."""
	frappe.init(site=site)
	frappe.connect()
	frappe.conf.mute_emails = 0
	said = None
	for deed in deeds:
		name, *values = deed.split(":")
		said = DEEDS[name](*values)
		frappe.db.commit()
	Path(file).write_text(json.dumps(said, default=str))
	frappe.destroy()


if __name__ == "__main__":
	if sys.argv[2] == "do":
		do(sys.argv[1], *sys.argv[3:])
	else:
		run(clear, make)

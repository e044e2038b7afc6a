"""Puts a company that qualifies and nurtures leads on a site, for the test of its desk; or takes it away again.

	leads_site.py SITE make FILE     (writes to FILE, as JSON, what was made)
	leads_site.py SITE clear

Runs with the bench's Python in `sites/`, and commits. Quinn qualifies, Sam sells. Meera's lead has read and attended
things, and is in a program; the others fill the list.
"""

from __future__ import annotations

import frappe
from frappe.utils import add_days, now_datetime
from frappe.utils.password import update_password
from outside_site import PASSWORD
from site_script import run

from sales_activity.demo.removal import remove_document
from sales_activity.sales_activity.nurture import enrolment, responses, scoring, stepping
from sales_activity.sales_activity.nurture.response_rules import Response
from sales_activity.tests import factories, lead_house, program_house

COMPANY, ABBR = "Ripe Energy", "RPE"
PROGRAM, SECOND = "Energy Meters in Practice", "After the Fair"
TEMPLATE = "Ripe Welcome"
SAM = "Ripe Sam"
USERS = {"quinn": ("Lead Qualifier", "Sales User"), "sam": ("Sales User",)}
PEOPLE = (
	("Meera Rao", "Head of Maintenance", "Shree Textiles", "New"),
	("Arjun Nair", "Plant Manager", "Kaveri Foods", "New"),
	("Lena Vogt", "Buyer", "Nordhafen Kühlung", "Nurturing"),
	("Tomas Ruiz", "Owner", "Talleres Ruiz", "Nurturing"),
	("Ines Moreau", "Energy Officer", "Moreau & Fils", "Disqualified"),
)
DID = (
	("Webinar Attended", 3, "Where the energy goes", "https://example.com/webinars/energy"),
	("Link Clicked", 5, "Guide to energy meters", "https://example.com/guides/meters"),
	("Event Attended", 40, "Pune Energy Fair", ""),
)


def clear() -> None:
	"""Take the company's leads away, and all that was made of them or told about them."""
	frappe.flags.mute_emails = True
	sales = ("Sales Project", "Opportunity", "Lead")
	for doctype in (*sales, "Nurture Program", "Lead Routing Rule", "Universal Lead Definition"):
		for name in frappe.get_all(doctype, {"company": COMPANY}, pluck="name"):
			remove_document(doctype, name)
	for doctype, field in (("ToDo", "allocated_to"), ("Notification Log", "for_user")):
		frappe.db.delete(doctype, {field: ["in", [email(key) for key in USERS]]})
	frappe.db.delete("Email Queue", {"reference_doctype": ["in", ["Lead", "Lead Nurture"]]})


def make() -> dict:
	"""Make everything; returns the names of what the test asks about."""
	factories.masters()
	factories.company(COMPANY, ABBR)
	for key, roles in USERS.items():
		_user(key, *roles)
	factories.sales_role("Sales Person")
	factories.sales_person(SAM, of_user=email("sam"), of_company=COMPANY)
	definition = lead_house.definition(
		_criteria(), threshold=45, company=COMPANY, title="Energy Projects", submit=False
	)
	definition.introduction = (
		"Good morning, this is Quinn of Ripe Energy. You looked at our guide to energy meters."
	)
	definition.submit()
	lead_house.routing(SAM, company=COMPANY, title="West")
	program = _program(PROGRAM)
	_program(SECOND)
	leads = {first: _lead(first, *rest) for first, *rest in PEOPLE}
	meera = leads["Meera Rao"]
	_respond(meera)
	enrolment.enrol(program, [meera, leads["Lena Vogt"], leads["Tomas Ruiz"]])
	frappe.db.commit()
	for name in frappe.get_all("Program Enrolment", {"program": PROGRAM}, pluck="name"):
		stepping.take(name, frappe.db.get_value("Program Enrolment", name, "lead"))
	return {
		"company": COMPANY,
		"leads": leads,
		"lead": meera,
		"program": PROGRAM,
		"second": SECOND,
		"sales_person": SAM,
		"users": {key: email(key) for key in USERS},
		"password": PASSWORD,
	}


def email(key: str) -> str:
	"""The address, and so the name, of a user."""
	return f"{key}@ripe.example.com"


def _criteria() -> list[dict]:
	return [
		lead_house.rule("Reachable by Phone", "mobile_no", "is set", points=5),
		lead_house.choice(
			"Who Decides", "They do = 20\nThey and others = 10\nSomebody else = 0", mandatory=1
		),
		lead_house.choice("Budget", "Approved = 20\nPlanned = 10\nNone = 0"),
		lead_house.question(
			"Meters Needed", "Int", 15, operator=">=", value="10", help="In all their plants"
		),
		lead_house.tick("Visit Wanted", 10),
	]


def _program(name: str) -> object:
	program_house.template(
		TEMPLATE,
		"{{ first_name }}, where does the energy go?",
		"<p>Dear {{ first_name }},</p><p>four out of ten plants find a tenth of their bill in one week of measuring. "
		'<a href="https://example.com/guides/meters">How they do it</a>.</p><p>{{ owner_name }}</p>',
	)
	steps = (
		program_house.mail(
			0, "Guide to energy meters", email_template=TEMPLATE, response_type="Link Clicked"
		),
		program_house.call(7, "Ask what they measured", description="Which machines, which hours"),
		{
			"day": 14,
			"channel": "Webinar",
			"title": "Invite to the webinar",
			"link": "https://example.com/webinars",
		},
	)
	rules = [{"lead_field": "industry", "operator": "is set"}]
	values = {"company": COMPANY, "threshold": 90, "work_until": "23:59:00"}
	description = "Warm-up for plants that have no energy meters yet"
	return program_house.program(*steps, name=name, rules=rules, description=description, **values)


def _lead(name: str, job: str, company: str, state: str) -> str:
	first, last = name.split(" ", 1)
	made = factories.make(
		"Lead",
		first_name=first,
		last_name=last,
		job_title=job,
		company_name=company,
		company=COMPANY,
		email_id=f"{frappe.scrub(first)}.{frappe.scrub(last)}@ripe.example",
		mobile_no="+91 98220 12345",
		city="Pune",
		lead_owner=email("quinn"),
	)
	if state != "New":
		lead_house.act(made.name, state, email("quinn"), reason="Buys from a sister company")
	return made.name


def _respond(lead: str) -> None:
	now = now_datetime()
	for kind, days, title, url in DID:
		on = add_days(now, -days)
		responses.record(Response(lead, kind, "API", responded_on=on, title=title, url=url))
	scoring.refresh([lead])


def _user(key: str, *roles: str) -> None:
	user = frappe.get_doc("User", factories.user(email(key), *roles))
	user.simultaneous_sessions = 50
	user.flags.ignore_permissions = True
	user.save()
	update_password(user.name, PASSWORD)


if __name__ == "__main__":
	run(clear, make)

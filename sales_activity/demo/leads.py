"""The demo company's leads: the definition, the routing, a program, and leads on their way, done by the people themselves.

What happens to which lead stands in ``lead_plan``; that it happened in the past is the business of ``lead_history``. A lead
is one transaction: it is there as a whole, under its e-mail address, or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow

from sales_activity import compat
from sales_activity.demo import catalogue, company, documents, lead_history, lead_plan, masters
from sales_activity.demo.catalogue import COMPANY
from sales_activity.demo.history import Timeline, count_as_sent
from sales_activity.demo.lead_plan import Deed, Prospect
from sales_activity.demo.progress import Progress
from sales_activity.sales_activity.nurture import enrolment, program_responses, responses, rules, stepping
from sales_activity.sales_activity.nurture.program_links import UNSUBSCRIBE, Link
from sales_activity.sales_activity.nurture.programs import ENROLMENT, PROGRAM, RUN
from sales_activity.sales_activity.nurture.records import NURTURE
from sales_activity.sales_activity.nurture.response_rules import Response

STEPS = 2
DEFINITION, PROGRAM_NAME = "Worth a Visit", "Networks That Last"
ROLE = "Lead Qualifier"
EMAILS = {person.name: person.email for person in catalogue.PEOPLE}
TO_STATE = {move.action: move.to_state for move in rules.MOVES}
# title > subject and text of the program's e-mails
MAILS = {
	"Demo: What a Network Has to Stand": (
		"{{ first_name }}, what does your network have to stand?",
		"<p>Dear {{ first_name }},</p><p>how much an hour without a network costs a company like {{ company_name }} "
		'can be worked out: <a href="https://meridian.example/standstill">five questions, two minutes</a>.</p>'
		"<p>{{ owner_name }}</p>",
	),
	"Demo: A Core Without a Weak Point": (
		"A core without a weak point",
		'<p>Dear {{ first_name }},</p><p>how others did it: <a href="{{ link }}">three plants, one drawing</a>.</p>'
		"<p>{{ owner_name }}</p>",
	),
}
WEBINAR = "Webinar: A Core Without a Weak Point"


def load(progress: Progress, scale: float = 1.0) -> None:
	"""Make what is missing; ``scale`` 1 is 115 leads. Two steps of progress, after those of ``company``."""
	for step in progress.over("Definition of a lead, routing, program", _FOUNDATION):
		step()
	planned = lead_plan.prospects(company.today(), scale)
	missing = [one for one in planned if not _lead_of(one)]
	with letters_kept(), _around_the_clock(bool(missing)):
		for prospect in progress.over("Leads: qualified, nurtured, handed over", missing):
			make_lead(prospect)


def summary() -> str:
	"""A line for the terminal: how many leads there are in which state."""
	states = Counter(frappe.get_all(NURTURE, {"company": COMPANY}, pluck="status", limit=0))
	told = ", ".join(f"{states[state]} {state}" for state in rules.STATES if states[state])
	return (
		f"Leads: {told}.\nLook at Lead Nurture and the reports Nurture Funnel, Lead Conversion, Campaign Return, "
		"Program Performance, Speed to Lead."
	)


# --- what leads are measured by, who gets them, what they get ------------------------------------------------


def _make_qualifiers() -> None:
	"""Also where the people are those of an older demo."""
	for person in catalogue.PEOPLE:
		if person.name in catalogue.QUALIFIERS:
			frappe.get_doc("User", person.email).add_roles(ROLE)


def _make_definition() -> None:
	"""Unless the company has one."""
	if frappe.db.exists("Universal Lead Definition", {"company": COMPANY}):
		return
	rows = (
		{
			"label": "Big Enough",
			"kind": "Rule on a Lead Field",
			"lead_field": "annual_revenue",
			"operator": ">=",
			"value": "50000000",
			"points": 15,
		},
		{
			"label": "Who decides?",
			"kind": "Question",
			"fieldtype": "Select",
			"scored_answers": "Yes = 25\nHas a say = 10\nNo = 0",
			"mandatory": 1,
			"help": "Does the person we talk to decide? Who else is asked?",
		},
		{"label": "Budget Approved", "kind": "Question", "fieldtype": "Check", "points": 20},
		{
			"label": "Number of Sites",
			"kind": "Question",
			"fieldtype": "Int",
			"operator": ">=",
			"value": "2",
			"points": 15,
		},
		{
			"label": "Wanted By",
			"kind": "Question",
			"fieldtype": "Date",
			"operator": "is set",
			"points": 10,
			"mandatory": 1,
		},
	)
	doc = frappe.get_doc(
		{
			"doctype": "Universal Lead Definition",
			"title": DEFINITION,
			"company": COMPANY,
			"threshold": 60,
			"introduction": "Good morning, this is Meridian Network Systems. You asked us about your network.",
			"criteria": rows,
		}
	)
	doc.insert(ignore_permissions=True)
	doc.submit()


def _make_routing() -> None:
	for territory, (sellers, _leader) in catalogue.REGIONS.items():
		title = f"Leads of {territory}"
		if not frappe.db.exists("Lead Routing Rule", {"title": title, "company": COMPANY}):
			people = [{"sales_person": person} for person in sellers]
			values = {"title": title, "company": COMPANY, "territory": territory, "people": people}
			masters.make("Lead Routing Rule", **values)


def _make_origins() -> None:
	"""With what each campaign has cost."""
	for source in catalogue.LEAD_SOURCES:
		masters.lead_source(source)
	for name, (spent, first, last) in catalogue.CAMPAIGNS.items():
		campaign = masters.campaign(name)
		if frappe.db.exists("Campaign Spend", {"company": COMPANY, "campaign": campaign}):
			continue
		for text, part, ago in (
			("Print and stand", 0.4, first),
			("Advertisements", 0.6, (first + last) // 2),
		):
			day = company.today() - timedelta(days=ago)
			values = {"company": COMPANY, "campaign": campaign, "posting_date": day, "amount": spent * part}
			masters.make("Campaign Spend", **values, description=text)


def _make_program() -> None:
	for name, (subject, body) in MAILS.items():
		masters.make_once(
			"Email Template", name, name=name, subject=subject, use_html=1, response_html=body, response=body
		)
	if frappe.db.exists(PROGRAM, PROGRAM_NAME):
		return
	first, second = MAILS
	rows = (
		{"channel": "E-mail", "title": "What a network has to stand", "email_template": first},
		{
			"channel": "E-mail",
			"title": "A core without a weak point",
			"email_template": second,
			"link": "https://meridian.example/three-plants",
		},
		{
			"channel": "Webinar",
			"title": WEBINAR,
			"link": "https://meridian.example/webinar",
			"description": "Invite them by telephone; say that the head of design takes the questions.",
		},
		{"channel": "Call", "title": "Ask what has become of it"},
	)
	masters.make(
		PROGRAM,
		program_name=PROGRAM_NAME,
		company=COMPANY,
		status="Running",
		description="For those who are not ready yet: three weeks, then a call.",
		work_from="09:00:00",
		work_until="18:00:00",
		stop_on_reply=1,
		threshold=100,
		send_as="Lead Owner",
		tasks_for="Lead Owner",
		task_user=EMAILS[catalogue.QUALIFIERS[0]],
		steps=[{"day": day, **row} for day, row in zip(lead_plan.STEP_DAYS, rows, strict=True)],
	)


_FOUNDATION: tuple[Callable[[], None], ...] = (
	_make_qualifiers,
	_make_definition,
	_make_routing,
	_make_origins,
	_make_program,
)


@contextmanager
def letters_kept() -> Iterator[None]:
	"""No e-mail leaves the site, nor does a missing account stop anything."""
	muted = frappe.flags.mute_emails
	frappe.flags.mute_emails = True
	try:
		yield
	finally:
		frappe.flags.mute_emails = muted


@contextmanager
def _around_the_clock(wanted: bool) -> Iterator[None]:
	"""The demo is loaded at any hour; the program's steps are done then."""
	if not wanted:
		yield
		return
	_work("00:00:00", "23:59:59")
	try:
		yield
	finally:
		_work("09:00:00", "18:00:00")
		for run in frappe.get_all(ENROLMENT, {"program": PROGRAM_NAME, "status": "Active"}, ["name", "lead"]):
			stepping.take_locked(run.name, run.lead)


def _work(opens: str, closes: str) -> None:
	program = frappe.get_doc(PROGRAM, PROGRAM_NAME)
	program.update({"work_from": opens, "work_until": closes})
	program.save(ignore_permissions=True)


# --- one lead ------------------------------------------------------------------------------------------------


def _lead_of(prospect: Prospect) -> str | None:
	return frappe.db.get_value("Lead", {"email_id": prospect.email})


def make_lead(prospect: Prospect) -> str:
	"""A lead and everything that has happened to it; returns its name."""
	timeline = Timeline()
	timeline.mark(prospect.begins)
	lead = _Lead(prospect, _insert(prospect), timeline)
	user = frappe.session.user
	try:
		for deed in prospect.deeds:
			timeline.mark(deed.at)
			lead.do(deed)
	finally:
		frappe.set_user(user)
	lead.settle()
	return lead.name


def _insert(prospect: Prospect) -> str:
	origin = compat.lead_origin()
	campaign = prospect.campaign and masters.campaign(prospect.campaign)
	values = {origin["source"]: masters.lead_source(prospect.source), origin["campaign"]: campaign}
	return masters.make(
		"Lead",
		first_name=prospect.first_name,
		last_name=prospect.last_name,
		company_name=prospect.organisation,
		email_id=prospect.email,
		company=COMPANY,
		territory=prospect.territory,
		annual_revenue=prospect.revenue,
		lead_owner=EMAILS[prospect.qualifier],
		**values,
	).name


class _Lead:
	"""A lead on its way. ``name`` is that of its Lead, and of its nurture."""

	def __init__(self, prospect: Prospect, name: str, timeline: Timeline) -> None:
		self.prospect, self.name, self.timeline = prospect, name, timeline
		self.run: str | None = None
		self.enrolled: datetime | None = None

	def do(self, deed: Deed) -> None:
		"""One deed, by whoever does it."""
		other = {
			lead_plan.ENROL: self._enrol,
			lead_plan.STEP: self._step,
			lead_plan.CLICK: self._click,
			lead_plan.REPLY: self._reply,
			lead_plan.ATTEND: self._attend,
			lead_plan.UNSUBSCRIBE: self._unsubscribe,
			lead_plan.ORDER: self._order,
		}.get(deed.what, self._move)
		other(deed)

	def settle(self) -> None:
		"""When everything has happened: the program looks what has become of the lead, and the times are moved."""
		if self.run:
			self._step(Deed(datetime.max, lead_plan.STEP))
			frappe.db.set_value(ENROLMENT, self.run, "enrolled_on", self.enrolled, update_modified=False)
		project = frappe.db.get_value(NURTURE, self.name, "sales_project")
		if project:
			self.timeline.write(project)
		lead_history.write(self.timeline, self.name)

	# --- by the people ---

	def _move(self, deed: Deed) -> None:
		"""A move of the workflow, by the qualifier or the salesperson."""
		doc = frappe.get_doc(NURTURE, self.name)
		to_state = TO_STATE[deed.what]
		move = rules.move_between(doc.status, to_state)
		if not move:
			return
		by = doc.sales_person if rules.SALES in move.by and doc.status == rules.WITH_SALES else None
		frappe.set_user(EMAILS[by or self.prospect.qualifier])
		doc = frappe.get_doc(NURTURE, self.name)
		if move == rules.QUALIFY:
			self._answer(doc, deed.at)
		if deed.said:
			doc.reason = deed.said
		doc.workflow_state = to_state
		doc.save()
		frappe.set_user("Administrator")

	def _answer(self, doc: Document, at: datetime) -> None:
		answers = {
			"who_decides": self.prospect.decides,
			"budget_approved": 1,
			"number_of_sites": self.prospect.sites,
			"wanted_by": str(at.date() + timedelta(days=90)),
		}
		asked = frappe.get_all(
			"Lead Criterion", {"parent": doc.definition, "kind": "Question"}, pluck="fieldname", limit=0
		)
		for fieldname in asked:
			if fieldname in answers:
				doc.append("answers", {"fieldname": fieldname, "value": answers[fieldname]})

	# --- by the program ---

	def _enrol(self, deed: Deed) -> None:
		found = enrolment.enrol(frappe.get_doc(PROGRAM, PROGRAM_NAME), [self.name])
		if found.runs:
			(self.run,), self.enrolled = found.runs, deed.at
			self._date(deed.at, last_done_on=None)

	def _date(self, at: datetime, **values: object) -> None:
		"""The run stands as it would have stood then, so that its next step is due."""
		frappe.db.set_value(
			ENROLMENT, self.run, {"enrolled_on": self.enrolled, **values}, update_modified=False
		)

	def _step(self, deed: Deed) -> None:
		"""The next step, or the end of the run."""
		if not self.run or frappe.db.get_value(ENROLMENT, self.run, "status") != enrolment.ACTIVE:
			return
		before = frappe.db.count(RUN, {"enrolment": self.run})
		frappe.db.set_value(
			ENROLMENT, self.run, "next_due", frappe.utils.now_datetime(), update_modified=False
		)
		stepping.take_locked(self.run, self.name)
		count_as_sent("Lead", self.name)
		if frappe.db.count(RUN, {"enrolment": self.run}) > before:
			self._date(deed.at, last_done_on=min(deed.at, frappe.utils.now_datetime()))

	# --- by the lead ---

	def _respond(self, event: str, deed: Deed, source: str, title: str, **more: str) -> None:
		kind = responses.type_for(event) or frappe.db.exists("Response Type", {"name": event, "disabled": 0})
		if kind:
			key = f"demo {self.name} {deed.what} {deed.at:%Y-%m-%d %H:%M}"
			response = Response(self.name, kind, source, deed.at, title, key=key, **more)
			responses.record(response)

	def _last_mail(self) -> frappe._dict | None:
		return frappe.db.get_value(
			RUN,
			{"enrolment": self.run or "", "outcome": stepping.SENT},
			["name", "title", "links"],
			as_dict=True,
			order_by="day desc",
		)

	def _click(self, deed: Deed) -> None:
		mail = self._last_mail()
		links = frappe.parse_json(mail.links) if mail else []
		if links:
			more = {"url": links[0], "reference_doctype": RUN, "reference_name": mail.name}
			self._respond(program_responses.CLICKED, deed, program_responses.SOURCE, mail.title or "", **more)

	def _reply(self, deed: Deed) -> None:
		mail = self._last_mail()
		self._respond("Reply", deed, "E-mail", f"Re: {mail.title}" if mail else "Question")

	def _attend(self, deed: Deed) -> None:
		self._respond("Webinar Attended", deed, "API", WEBINAR)

	def _unsubscribe(self, deed: Deed) -> None:
		mail = self._last_mail()
		if mail:
			program_responses.unsubscribe(Link(UNSUBSCRIBE, mail.name, 0))
			reference = {"lead": self.name, "reference_doctype": ENROLMENT}
			frappe.db.set_value("Nurture Response", reference, "responded_on", deed.at, update_modified=False)

	def _order(self, deed: Deed) -> None:
		"""Of the customer that ERPNext makes of the lead, for the project that its acceptance opened."""
		project = frappe.db.get_value(NURTURE, self.name, "sales_project")
		if not project:
			return
		customer = frappe.get_attr("erpnext.crm.doctype.lead.lead.make_customer")(self.name)
		customer.customer_group = masters.customer_group()
		customer.territory = self.prospect.territory
		customer.insert(ignore_permissions=True)
		foreign = self.prospect.territory == "Export"
		documents.sales_order(
			customer.name,
			company.rows(self.prospect.lines),
			on=deed.at.date(),
			company=COMPANY,
			currency=catalogue.FOREIGN_CURRENCY if foreign else catalogue.CURRENCY,
			conversion_rate=catalogue.EXCHANGE_RATE if foreign else 1,
			territory=self.prospect.territory,
			sales_project=project,
		)
		apply_workflow(frappe.get_doc("Sales Project", project), "Win")

"""The reports on leads, each against the figures that it is about asked straight in SQL: sums and averages, where the
report has medians, without filters and permissions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import frappe
from frappe.utils import getdate, now_datetime

from benchmarks import company, load
from benchmarks.measure import Cost, Meter, new_request, queries
from sales_activity.sales_activity.nurture.programs import ENROLMENT, PROGRAM, RUN
from sales_activity.sales_activity.nurture.records import MOVE, NURTURE
from sales_activity.sales_activity.nurture.scoring import RESPONSE
from sales_activity.sales_activity.report.campaign_return import campaign_return
from sales_activity.sales_activity.report.lead_conversion import lead_conversion
from sales_activity.sales_activity.report.nurture_funnel import nurture_funnel
from sales_activity.sales_activity.report.program_performance import program_performance
from sales_activity.sales_activity.report.speed_to_lead import speed_to_lead

PREFIX = "BENCH-LR"
PROGRAMS, STEPS = 5, 4
SOURCES, CAMPAIGNS = 10, 20
ORDERS, LINES = 5, 3
DEALS = ("Sales Order Item", "Sales Order", "Quotation", "Sales Project", "Opportunity", "Customer")
TABLES = (*DEALS, RESPONSE, RUN, ENROLMENT, MOVE, NURTURE, "Lead")
# the ways of a lead: states, and how often they are gone
WAYS = (
	(("New",), 2),
	(("New", "Qualifying", "Nurturing"), 3),
	(("New", "Qualifying", "Nurturing", "Qualifying", "Qualified", "With Sales", "Converted"), 2),
	(("New", "Qualifying", "Qualified", "With Sales", "Converted"), 2),
	(("New", "Qualifying", "Qualified", "With Sales", "Qualifying", "Disqualified"), 1),
)
REPORTS = {
	"Nurture Funnel": nurture_funnel.execute,
	"Speed to Lead": speed_to_lead.execute,
	"Program Performance": program_performance.execute,
	"Lead Conversion": lead_conversion.execute,
	"Campaign Return": campaign_return.execute,
}
USERS = {"everybody": "Administrator", "head of all": load.HEAD_USER, "manager of 20": load.MANAGER_USER}

_LEADS = f"`tab{NURTURE}` nurture"
_OF_PERIOD = "nurture.company = %(company)s and nurture.creation >= %(start)s"
# an order that several leads claim counts once for each
_WON = f"""
	with won as (
		select first.name, first.base_net_total, customer.lead_name as `lead`
		from (
			select name, customer, base_net_total,
				row_number() over (partition by customer order by transaction_date, creation) as place
			from `tabSales Order` where company = %(company)s and docstatus = 1
		) first
		join tabCustomer customer on customer.name = first.customer
		where first.place = 1 and customer.lead_name != ''
		union
		select ordered.name, ordered.base_net_total, deal.party_name
		from tabOpportunity deal
		join `tabSales Project` project on project.reference_name = deal.name
		join `tabSales Order` ordered on ordered.sales_project = project.name and ordered.docstatus = 1
		where deal.opportunity_from = 'Lead' and project.reference_doctype = 'Opportunity'
		union
		select ordered.name, ordered.base_net_total, deal.party_name
		from tabQuotation quotation
		join tabOpportunity deal on deal.name = quotation.opportunity and deal.opportunity_from = 'Lead'
		join `tabSales Order Item` line on line.prevdoc_docname = quotation.name
		join `tabSales Order` ordered on ordered.name = line.parent and ordered.docstatus = 1
	)
	select nurture.{{key}}, count(*), sum(nurture.status in ('Qualified', 'With Sales', 'Converted')),
		sum(dealt.number), sum(offered.number), sum(brought.number), sum(brought.value)
	from {_LEADS}
	left join (
		select deal.party_name, count(*) as number from tabOpportunity deal
		where deal.opportunity_from = 'Lead' group by 1
	) dealt on dealt.party_name = nurture.`lead`
	left join (
		select deal.party_name, count(*) as number
		from tabQuotation quotation join tabOpportunity deal on deal.name = quotation.opportunity
		where quotation.docstatus = 1 and deal.opportunity_from = 'Lead' group by 1
	) offered on offered.party_name = nurture.`lead`
	left join (
		select `lead`, count(*) as number, sum(base_net_total) as value from won group by 1
	) brought on brought.`lead` = nurture.`lead`
	where {_OF_PERIOD} group by 1
"""
PLAIN_SQL = {
	"Nurture Funnel": f"""
		select move.from_state, move.to_state, count(*), count(distinct move.lead_nurture), avg(move.seconds)
		from {_LEADS} join `tab{MOVE}` move on move.lead_nurture = nurture.name
		where {_OF_PERIOD} group by 1, 2
	""",
	"Speed to Lead": f"""
		select came.sales_person, count(*), sum(went.to_state = 'Converted'), avg(went.seconds)
		from {_LEADS} join `tab{MOVE}` came on came.lead_nurture = nurture.name and came.to_state = 'With Sales'
		left join `tab{MOVE}` went on went.lead_nurture = nurture.name and went.from_state = 'With Sales'
			and went.at > came.at
		where {_OF_PERIOD} group by 1
	""",
	"Program Performance": f"""
		select step.program, step.step_key, step.outcome, count(distinct step.name),
			count(distinct response.lead_nurture)
		from `tab{ENROLMENT}` run join `tab{RUN}` step on step.enrolment = run.name
		left join `tab{RESPONSE}` response on response.reference_name = step.name and response.robot = 0
		where run.company = %(company)s and run.enrolled_on >= %(start)s group by 1, 2, 3
	""",
	"Lead Conversion": _WON.format(key="source"),
	"Campaign Return": _WON.format(key="campaign"),
}


def fill(count: int) -> None:
	"""Replace what was loaded before by ``count`` leads, four moves each on average, all of them in a program. Four in ten
	are converted: each has an Opportunity, a Quotation, a Customer and five Sales Orders, every other one a project."""
	empty()
	dice = random.Random(5)
	load.insert("Lead", ({"name": _name(number), "lead_name": _name(number)} for number in range(count)))
	ways = [
		dice.choices([way for way, _often in WAYS], [often for _way, often in WAYS])[0] for _ in range(count)
	]
	people = [person for person, _manager in company.people()]
	load.insert(NURTURE, (_nurture(number, way, people) for number, way in enumerate(ways)))
	load.insert(MOVE, (row for number, way in enumerate(ways) for row in _moves(number, way, people, dice)))
	_make_deals([number for number, way in enumerate(ways) if way[-1] == "Converted"])
	_make_programs()
	load.insert(ENROLMENT, (_run(number) for number in range(count)))
	load.insert(RUN, (_step(number, step) for number in range(count) for step in range(STEPS)))
	load.insert(RESPONSE, (row for number in range(count) for row in _responses(number, dice)))
	for doctype in TABLES:
		frappe.db.sql_ddl(f"analyze table `tab{doctype}`")


def empty() -> None:
	"""Take it all away."""
	for doctype in TABLES:
		frappe.db.delete(doctype, {"name": ["like", f"{PREFIX}-%"]})
		frappe.db.commit()
	for number in range(PROGRAMS):
		frappe.db.delete(PROGRAM, {"name": _program(number)})
		frappe.db.delete(f"{PROGRAM} Step", {"parent": _program(number)})
	frappe.db.commit()


def counts() -> dict[str, int]:
	"""How many rows there are of each kind."""
	return {doctype: frappe.db.count(doctype, {"name": ["like", f"{PREFIX}-%"]}) for doctype in TABLES}


def run_report(name: str, user: str) -> tuple:
	"""The report on the last year, as a user's browser would ask for it."""
	new_request(user)
	today = getdate()
	period = {"from_date": str(today.replace(year=today.year - 1)), "to_date": str(today)}
	try:
		return REPORTS[name]({"company": load.COMPANY, **period})
	finally:
		frappe.set_user("Administrator")


def plain_sql(name: str) -> tuple:
	"""The figures of the report, straight."""
	new_request()
	today = getdate()
	return frappe.db.sql(
		PLAIN_SQL[name], {"company": load.COMPANY, "start": today.replace(year=today.year - 1)}
	)


def compare(meter: Meter, name: str, rounds: int) -> tuple[dict[str, Cost], dict[str, int]]:
	"""The median costs of the plain SQL and of the report for each user, in turns; the report's statements."""
	ways = {who: lambda user=user: run_report(name, user) for who, user in USERS.items()}
	costs = meter.take_turns({"plain SQL": lambda: plain_sql(name), **ways}, rounds)
	return costs, {who: queries(way) for who, way in ways.items()}


# --- rows ----------------------------------------------------------------------------------------------------


def _name(number: int, part: str = "") -> str:
	return f"{PREFIX}-{number:06}{part}"


def _program(number: int) -> str:
	return f"{PREFIX} {number}"


def _person(number: int, people: list[str]) -> str:
	return people[number % len(people)]


def _nurture(number: int, way: tuple[str, ...], people: list[str]) -> load.Row:
	name, state = _name(number), way[-1]
	return {
		**load.document(name, docstatus=0),
		**{"lead": name, "lead_name": name, "territory": load.TERRITORY},
		**{"source": f"Source {number % SOURCES}", "campaign": f"Campaign {number % CAMPAIGNS}"},
		**{"status": state, "workflow_state": state, "state_since": now_datetime()},
		"sales_person": _person(number, people) if state == "Converted" else None,
		"sales_project": _name(number, "-project") if state == "Converted" and _has_project(number) else None,
	}


def _moves(number: int, way: tuple[str, ...], people: list[str], dice: random.Random) -> Iterator[load.Row]:
	at = _start(number)
	for place, state in enumerate(way):
		seconds = dice.uniform(0, 20) * 86400 if place else 0
		at += timedelta(seconds=seconds)
		is_sales = "With Sales" in (state, way[place - 1] if place else "")
		yield {
			**load.document(_name(number, f"-{place}"), docstatus=0),
			**{"lead_nurture": _name(number), "lead": _name(number)},
			**{"from_state": way[place - 1] if place else "", "to_state": state},
			**{"at": at, "seconds": seconds, "accept_by": at},
			"sales_person": _person(number, people) if is_sales else None,
		}


def _start(number: int) -> datetime:
	return datetime.combine(getdate(), datetime.min.time()) - timedelta(days=200 + number % 100)


def _make_deals(leads: list[int]) -> None:
	"""Two orders belong to a lead with a project, one to each other lead: later ones are the account's."""
	load.insert("Customer", (_customer(number) for number in leads))
	load.insert("Opportunity", (_opportunity(number) for number in leads))
	load.insert("Sales Project", (_project(number) for number in leads if _has_project(number)))
	load.insert("Quotation", (_quotation(number) for number in leads))
	load.insert("Sales Order", (_order(number, place) for number in leads for place in range(ORDERS)))
	lines = (
		_order_line(number, place, idx)
		for number in leads
		for place in range(ORDERS)
		for idx in range(1, LINES + 1)
	)
	load.insert("Sales Order Item", lines)


def _has_project(number: int) -> bool:
	return number % 2 == 0


def _customer(number: int) -> load.Row:
	name = _name(number, "-customer")
	return {"name": name, "customer_name": name, "lead_name": _name(number), "territory": load.TERRITORY}


def _opportunity(number: int) -> load.Row:
	row = load.document(_name(number, "-opportunity"), docstatus=0)
	return {**row, "opportunity_from": "Lead", "party_name": _name(number)}


def _project(number: int) -> load.Row:
	customer = _name(number, "-customer")
	return {
		**load.document(_name(number, "-project"), docstatus=0),
		**{"title": customer, "party_type": "Customer", "party": customer, "customer": customer},
		**{"reference_doctype": "Opportunity", "reference_name": _name(number, "-opportunity")},
		**{"status": "Won", "workflow_state": "Won"},
	}


def _quotation(number: int) -> load.Row:
	return {
		**load.document(_name(number, "-quotation")),
		**{"quotation_to": "Customer", "party_name": _name(number, "-customer"), "status": "Ordered"},
		"opportunity": _name(number, "-opportunity"),
	}


def _order(number: int, place: int) -> load.Row:
	"""The first is of the quotation, the second of the project."""
	of_project = place == 1 and _has_project(number)
	return {
		**load.document(_name(number, f"-order-{place}")),
		**load.money(1000 * (place + 1)),
		**{"customer": _name(number, "-customer"), "status": "To Deliver and Bill"},
		"transaction_date": _start(number).date() + timedelta(days=30 * (place + 1)),
		"sales_project": _name(number, "-project") if of_project else None,
	}


def _order_line(number: int, place: int, idx: int) -> load.Row:
	order = _name(number, f"-order-{place}")
	return {
		**load.child("Sales Order", "items", order, idx),
		**{"name": f"{order}-{idx}", "qty": 1, "base_net_amount": 1000 * (place + 1) / LINES},
		"prevdoc_docname": _name(number, "-quotation") if place == 0 else None,
	}


def _make_programs() -> None:
	programs = [_program(number) for number in range(PROGRAMS)]
	load.insert(PROGRAM, ({**load.document(name, docstatus=0), "program_name": name} for name in programs))
	load.insert(
		f"{PROGRAM} Step",
		(
			{
				**{"name": f"{name}-{step}", "parent": name, "parenttype": PROGRAM, "parentfield": "steps"},
				**{"idx": step, "day": step, "number": step, "channel": "E-mail", "title": f"Mail {step}"},
				"step_key": f"{name}-{step}",
			}
			for name in programs
			for step in range(STEPS)
		),
	)


def _of_lead(number: int) -> load.Row:
	return {"program": _program(number % PROGRAMS), "lead_nurture": _name(number), "lead": _name(number)}


def _run(number: int) -> load.Row:
	gone = number % 50 == 0
	return {
		**load.document(_name(number, "-run"), docstatus=0),
		**_of_lead(number),
		**{"status": "Stopped" if gone else "Completed", "stop_reason": "Unsubscribed" if gone else None},
		**{"stopped_on": now_datetime() if gone else None, "enrolled_on": _start(number)},
		"run_key": _name(number),
	}


def _step(number: int, step: int) -> load.Row:
	return {
		**load.document(_name(number, f"-step-{step}"), docstatus=0),
		**_of_lead(number),
		**{"enrolment": _name(number, "-run"), "step_key": f"{_program(number % PROGRAMS)}-{step}"},
		**{"outcome": "Sent", "done_on": _start(number) + timedelta(days=step), "day": step, "number": step},
	}


def _responses(number: int, dice: random.Random) -> Iterator[load.Row]:
	"""One lead in two opens a link of an e-mail or two, one in ten replies."""
	steps = [f"-step-{step}" for step in range(STEPS) if dice.random() < 0.25]
	for place, step in enumerate((*steps, *([None] if dice.random() < 0.1 else []))):
		yield {
			**load.document(_name(number, f"-{place}"), docstatus=0),
			**{"lead_nurture": _name(number), "lead": _name(number), "responded_on": now_datetime()},
			**{"response_type": "Link Clicked" if step else "Reply", "robot": int(dice.random() < 0.05)},
			"reference_doctype": RUN if step else "Communication",
			"reference_name": _name(number, step or "-mail"),
		}

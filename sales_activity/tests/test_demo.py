"""The demo data: the worked example's figures, the company's year, resuming, and taking it all away again."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime
from PIL import Image
from pypdf import PdfReader

from sales_activity.demo import (
	catalogue,
	claim_plan,
	claim_receipts,
	claim_removal,
	claims,
	company,
	course,
	course_plan,
	lead_plan,
	leads,
	load,
	plan,
	removal,
	worked_example,
)
from sales_activity.demo.course_plan import ACHIEVE, Task
from sales_activity.demo.history import Timeline
from sales_activity.demo.progress import Progress
from sales_activity.demo.worked_example import Row
from sales_activity.sales_activity.credit.reconcile import differences
from sales_activity.sales_activity.milestones.due import due_date
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase

TODAY = date(2026, 11, 22)
SMALL = 0.01  # one sale of each kind
COUNTED = (
	*("Sales Project", "Sales Target", "Quotation", "Sales Order", "Delivery Note", "Opportunity"),
	*("Sales Milestone", "Milestone Move", "Milestone Hand-off", "File"),
	*("Lead Nurture", "Lead Move", "Nurture Response", "Program Enrolment", "Program Step Run"),
	*("Universal Lead Definition", "Nurture Program", "Lead Routing Rule", "Campaign Spend"),
	*("Sales Expense Claim", "Sales Expense Line", "Expense Move", "Expense Forwarding", "Expense Stand-in"),
	*("Journal Entry", "Payment Entry", "GL Entry", "Payment Ledger Entry", "Sales Expense Type", "ToDo"),
	*("Sales Credit Entry", "Customer", "Lead", "Item", "Item Group", "Sales Person", "Employee", "User"),
)
NO_TARGET = ("Priyesh", "Design Consultant", "Enclosures", None)
BEFORE = [
	Row("Priyesh", "Sales Person", "Active Equipment", 1000, 0, 0),
	Row("Priyesh", "Design Consultant", "Active Equipment", 2000, 50, 0),
	Row("Vinodkumar", "Sales Person", "Active Equipment", 500, 50, 0),
	Row("Vinodkumar", "Sales Person", "Enclosures", 500, 100, 0),
	Row(*NO_TARGET, 100, 0),
]
AFTER = [
	Row("Priyesh", "Sales Person", "Active Equipment", 1000, 0, 0),
	Row("Priyesh", "Design Consultant", "Active Equipment", 2000, 0, 75),
	Row("Vinodkumar", "Sales Person", "Active Equipment", 500, 0, 75),
	Row("Vinodkumar", "Sales Person", "Enclosures", 500, 0, 110),
	Row(*NO_TARGET, 0, 110),
]


def quiet(said: list[str] | None = None) -> Progress:
	"""Progress that commits nothing and collects what it says."""
	lines = [] if said is None else said
	return Progress(9, say=lines.append, commit=lambda: None)


def counts() -> dict[str, int]:
	"""How many records there are of everything that the demo makes."""
	return {doctype: frappe.db.count(doctype) for doctype in COUNTED}


class TestWorkedExample(TestCase):
	def test_attainment_before_and_after_the_order(self) -> None:
		figures = worked_example.load(quiet())
		self.assertEqual(figures.before, BEFORE)
		self.assertEqual(figures.after, AFTER)

	def test_order_is_made_from_the_quotation_with_a_third_line(self) -> None:
		worked_example.load(quiet())
		order = frappe.get_doc("Sales Order", {"company": worked_example.COMPANY, "docstatus": 1})
		lines = [(row.item_group, row.qty, row.rate, bool(row.quotation_item)) for row in order.items]
		self.assertEqual(
			lines,
			[
				("Active Equipment", 2, 25, True),
				("Enclosures", 2, 55, True),
				("Active Equipment", 1, 25, False),
			],
		)

	def test_target_went_through_its_workflow(self) -> None:
		worked_example.load(quiet())
		target = frappe.get_doc("Sales Target", {"company": worked_example.COMPANY})
		self.assertEqual((target.docstatus, target.workflow_state), (1, "Approved"))

	def test_second_run_gives_the_same_figures_and_makes_nothing(self) -> None:
		first = worked_example.load(quiet())
		made = counts()
		self.assertEqual(worked_example.load(quiet()), first)
		self.assertEqual(counts(), made)

	def test_run_that_ended_before_the_order_is_completed(self) -> None:
		factories.groundwork()
		worked_example.make_masters()
		worked_example.quotation()
		figures = worked_example.load(quiet())
		self.assertEqual((figures.before, figures.after), (BEFORE, AFTER))

	def test_text_names_both_tables_and_every_figure(self) -> None:
		text = worked_example.as_text(worked_example.Figures(BEFORE, AFTER))
		self.assertIn("Before the order", text)
		cells = [line.split() for line in text.splitlines() if line.startswith("Vinodkumar")]
		self.assertEqual(
			[line[-3:] for line in cells][1:], [["500", "100", "0"], ["500", "0", "75"], ["500", "0", "110"]]
		)


class TestPlan(TestCase):
	def test_full_year_is_of_the_promised_size(self) -> None:
		year = plan.sales(TODAY)
		quotations = sum(len(sale.offers) for sale in year)
		orders = sum(len(sale.orders) + sum(len(offer.orders) for offer in sale.offers) for sale in year)
		self.assertTrue(140 <= quotations <= 160, quotations)
		self.assertTrue(85 <= orders <= 95, orders)
		self.assertEqual(
			(len(catalogue.PEOPLE), len(catalogue.SALES_ROLES), len(catalogue.PRODUCTS)), (12, 5, 40)
		)

	def test_same_day_gives_the_same_plan(self) -> None:
		self.assertEqual(plan.sales(TODAY), plan.sales(TODAY))

	def test_titles_are_distinct(self) -> None:
		titles = [sale.title for sale in plan.sales(TODAY)]
		self.assertEqual(len(titles), len(set(titles)))

	def test_nothing_happens_after_today(self) -> None:
		for sale in plan.sales(TODAY):
			days = [sale.begins, *(offer.day for offer in sale.offers), *(order.day for order in sale.orders)]
			days += [order.day for offer in sale.offers for order in offer.orders]
			self.assertLessEqual(max(days), TODAY, sale)

	def test_shares_of_a_role_total_a_hundred(self) -> None:
		for sale in plan.sales(TODAY):
			totals: Counter = Counter()
			for member in sale.team:
				totals[member.role] += member.credit
			self.assertEqual(set(totals.values()), {100.0})

	def test_every_kind_variety_and_currency_occurs(self) -> None:
		year = plan.sales(TODAY)
		self.assertEqual({sale.kind for sale in year}, set(plan.KINDS))
		self.assertEqual({sale.currency for sale in year}, {catalogue.CURRENCY, catalogue.FOREIGN_CURRENCY})
		self.assertTrue(
			any(line.is_alternative for sale in year for offer in sale.offers for line in offer.lines)
		)
		self.assertTrue(any(sale.party_type == "Lead" for sale in year))


class TestCoursePlan(TestCase):
	TASKS = (
		Task("Call", 1, 2),
		Task("Design", 2, 8),
		Task("Estimate", 2, 5),
		Task("Quotation", 3, 3, is_by_document=True),
		Task("Order", 4, 15, is_by_document=True),
		Task("Delivered", 5, 30),
	)

	def test_every_kind_runs_and_nothing_that_is_younger_than_its_opportunity(self) -> None:
		chosen = course_plan.chosen(plan.sales(TODAY))
		counts = Counter(sale.kind for sale in chosen)
		self.assertEqual(set(counts), set(course_plan.KINDS))
		self.assertTrue(all(counts[kind] <= most for kind, most in course_plan.KINDS.items()))
		self.assertTrue(all(not sale.from_opportunity or not sale.offers for sale in chosen))

	def test_all_is_done_when_the_first_quotation_is_made(self) -> None:
		for sale in course_plan.chosen(plan.sales(TODAY)):
			start, acts = course_plan.before_documents(sale, self.TASKS)
			times = [act.at for act in acts]
			self.assertEqual(times, sorted(times))
			self.assertLessEqual(start, times[0])
			self.assertEqual({act.milestone for act in acts}, {"Call", "Design", "Estimate"})
			if sale.offers:
				self.assertLessEqual(times[-1].date(), sale.offers[0].day)
				self.assertLess((sale.offers[0].day - times[-1].date()).days, 3)

	def test_what_comes_after_the_order_comes_after_it(self) -> None:
		for sale in course_plan.chosen(plan.sales(TODAY)):
			if sale.kind == "won":
				acts = course_plan.after_documents(sale, self.TASKS)
				self.assertEqual({act.milestone for act in acts}, {"Delivered"})
				self.assertGreaterEqual(acts[0].at.date(), course_plan.last_order(sale))

	def test_each_step_begins_when_the_one_before_is_done(self) -> None:
		for sale in course_plan.chosen(plan.sales(TODAY)):
			_start, acts = course_plan.before_documents(sale, self.TASKS)
			called = next(act.at for act in acts if (act.milestone, act.action) == ("Call", ACHIEVE))
			self.assertTrue(all(act.at >= called for act in acts if act.milestone != "Call"))

	def test_timeline_maps_what_follows_a_mark_to_its_moment(self) -> None:
		timeline = Timeline()
		self.assertIsNone(timeline.moment(None))
		meant = [datetime(2026, 1, 5, 9), datetime(2026, 1, 7, 9), datetime(2026, 1, 6, 9)]
		real = []
		for moment in meant:
			timeline.mark(moment)
			real.append(now_datetime())
		found = [timeline.moment(moment) for moment in real]
		self.assertEqual(found, [meant[0], meant[1], meant[1]])
		self.assertEqual(timeline.moment(datetime(2020, 1, 1)), meant[0])


class TestLeadPlan(TestCase):
	def test_full_demo_is_of_the_promised_size_and_the_same_every_time(self) -> None:
		planned = lead_plan.prospects(TODAY)
		self.assertEqual(len(planned), 115)
		self.assertEqual(planned, lead_plan.prospects(TODAY))
		self.assertEqual({one.kind for one in planned}, set(lead_plan.KINDS))
		for distinct in ("name", "email", "organisation"):
			self.assertEqual(len({getattr(one, distinct) for one in planned}), len(planned))

	def test_nothing_happens_after_today_and_all_in_order(self) -> None:
		for one in lead_plan.prospects(TODAY):
			times = [one.begins, *(deed.at for deed in one.deeds)]
			self.assertEqual(times, sorted(times))
			self.assertLess(times[-1].date(), TODAY)

	def test_every_end_occurs(self) -> None:
		deeds = Counter(deed.what for one in lead_plan.prospects(TODAY) for deed in one.deeds)
		wanted = {
			"Accept",
			"Reject",
			"Disqualify",
			"Do Not Contact",
			*(lead_plan.ORDER, lead_plan.UNSUBSCRIBE),
		}
		self.assertLessEqual(wanted, set(deeds))
		self.assertGreater(deeds[lead_plan.STEP], 100)


class TestClaimPlan(TestCase):
	def test_full_demo_is_of_the_promised_size_and_the_same_every_time(self) -> None:
		planned = claim_plan.claims(TODAY)
		self.assertEqual(len(planned), 40)
		self.assertEqual(planned, claim_plan.claims(TODAY))
		self.assertEqual({one.kind for one in planned}, set(claim_plan.KINDS))
		self.assertEqual(len({one.title for one in planned}), len(planned))
		for one in planned:
			self.assertEqual(len({expense.text for expense in one.expenses}), len(one.expenses))

	def test_every_course_ends_before_today_whatever_weekday_it_is(self) -> None:
		for number in range(7):
			today = TODAY + timedelta(days=number)
			whole = {one.kind: len(one.deeds) for one in claim_plan.claims(TODAY)}
			for one in claim_plan.claims(today):
				with self.subTest(today=today, title=one.title):
					times = [deed.at for deed in one.deeds]
					self.assertEqual(times, sorted(times))
					self.assertLess(times[-1].date(), today)
					self.assertEqual(len(one.deeds), whole[one.kind])
					self.assertLess(max(expense.day for expense in one.expenses), one.begins.date())

	def test_weeks_hold_every_deed_once_between_their_forwardings(self) -> None:
		planned = claim_plan.claims(TODAY)
		found = claim_plan.weeks(planned, TODAY)
		self.assertEqual(sum(len(week.deeds) for week in found), sum(len(one.deeds) for one in planned))
		for week, after in pairwise(found):
			self.assertTrue(all(deed.at < after.begins for _claim, deed in week.deeds))
			self.assertTrue(all(not week.begins or deed.at >= week.begins for _claim, deed in week.deeds))
		self.assertTrue(all(week.begins.weekday() == claim_plan.FRIDAY for week in found[1:]))
		self.assertLess(found[-1].begins.date(), TODAY)

	def test_receipts_are_files_of_three_kinds_that_can_be_opened(self) -> None:
		made = dict(claim_receipts.receipt(f"Night at (number) {number}\nINR 90.00") for number in range(12))
		begin = {"png": b"\x89PNG", "pdf": b"%PDF", "txt": b"Night"}
		self.assertEqual({name.rsplit(".", 1)[1] for name in made}, set(begin))
		for name, content in made.items():
			kind = name.rsplit(".", 1)[1]
			self.assertTrue(content.startswith(begin[kind]))
			if kind == "png":
				Image.open(io.BytesIO(content)).verify()
			if kind == "pdf":
				text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
				self.assertIn("Night at (number)", text)


class TestCompany(TestCase):
	"""A year of one sale, one lead and one claim of each kind, loaded once for all tests here."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		company.load(quiet(), SMALL)
		leads.load(quiet(), SMALL)
		claims.load(quiet(), SMALL)

	def _states(self, doctype: str, fieldname: str = "status") -> set[str]:
		return set(frappe.get_all(doctype, {"company": catalogue.COMPANY}, pluck=fieldname))

	def test_projects_are_open_won_lost_and_on_hold(self) -> None:
		self.assertEqual(self._states("Sales Project"), {"Open", "Won", "Lost", "On Hold"})
		lost = frappe.get_all(
			"Sales Project", {"company": catalogue.COMPANY, "status": "Lost"}, pluck="lost_reason"
		)
		self.assertTrue(all(lost))

	def test_quotations_are_open_expired_lost_and_ordered(self) -> None:
		wanted = {"Open", "Expired", "Lost", "Ordered", "Partially Ordered"}
		self.assertLessEqual(wanted, self._states("Quotation"))

	def test_orders_are_closed_cancelled_amended_and_open(self) -> None:
		self.assertLessEqual({"Closed", "Cancelled", "To Deliver and Bill"}, self._states("Sales Order"))
		self.assertTrue(
			frappe.db.exists("Sales Order", {"company": catalogue.COMPANY, "amended_from": ("is", "set")})
		)

	def test_targets_are_approved_pending_and_draft(self) -> None:
		states = self._states("Sales Target", "workflow_state")
		self.assertLessEqual({"Approved", "Draft"}, states)
		self.assertLessEqual(states, {"Approved", "Draft", "Pending Approval"})

	def test_ledger_agrees_with_the_orders(self) -> None:
		self.assertTrue(frappe.db.count("Sales Credit Entry", {"company": catalogue.COMPANY}))
		self.assertFalse(list(differences(catalogue.COMPANY)))

	def test_people_form_a_tree_of_three_levels_with_users(self) -> None:
		boss = frappe.get_doc("Sales Person", "Asha Menon")
		below = frappe.get_all("Sales Person", {"parent_sales_person": boss.name}, pluck="name")
		self.assertEqual(sorted(below), ["Farah Khan", "Lakshmi Iyer", "Rohan Kapoor"])
		employee = frappe.db.get_value("Sales Person", "Divya Nair", "employee")
		self.assertEqual(frappe.db.get_value("Employee", employee, "user_id"), "divya.nair@example.com")

	def _of_company(self, doctype: str, *fields: str) -> list[frappe._dict]:
		return frappe.get_all(doctype, {"company": catalogue.COMPANY}, ["name", *fields])

	def test_projects_run_the_process(self) -> None:
		milestones = self._of_company("Sales Milestone", "status", "sales_project")
		chosen = course_plan.chosen(plan.sales(company.today(), SMALL))
		self.assertEqual(len({row.sales_project for row in milestones}), len(chosen))
		states = Counter(row.status for row in milestones)
		self.assertGreater(states["Achieved"], 15)
		self.assertGreater(states["Waiting"], 5)
		self.assertTrue(states["Ready"] + states["In Progress"] + states["Returned"])

	def test_what_happened_lies_in_the_past_and_adds_up(self) -> None:
		fields = ("opened_on", "state_since", "creation", "status", "due_date", "expected_days", "company")
		moves = frappe.get_all("Milestone Move", {"company": catalogue.COMPANY}, ["*"])
		spent: Counter = Counter()
		for move in moves:
			spent[move.sales_milestone] += move.seconds + move.held_seconds
		for row in self._of_company("Sales Milestone", *fields):
			self.assertAlmostEqual(spent[row.name], (row.state_since - row.creation).total_seconds(), delta=1)
			if row.opened_on:
				due = due_date(row.company, row.opened_on.date(), row.expected_days)
				self.assertEqual(row.due_date, due)
		days = {move["at"].date() for move in moves}
		self.assertLessEqual(max(days), company.today())
		self.assertGreater(len(days), 20)

	def test_projects_were_closed_when_they_were_won_or_lost(self) -> None:
		closed = frappe.get_all(
			"Sales Project",
			{"company": catalogue.COMPANY, "status": ("in", ("Won", "Lost"))},
			["creation", "closed_on"],
		)
		self.assertTrue(closed)
		self.assertTrue(all(row.creation < row.closed_on for row in closed))
		self.assertGreater(len({row.closed_on.date() for row in closed}), len(closed) // 2)

	def test_nobody_gets_an_e_mail(self) -> None:
		rows = self._of_company("Milestone Hand-off", "delivery")
		self.assertEqual({row.delivery for row in rows}, {"Not Needed"})

	def test_every_answer_has_its_question_and_every_evidence_its_file(self) -> None:
		names = [row.name for row in self._of_company("Sales Milestone")]
		answers = frappe.get_all("Milestone Answer", {"parent": ("in", names)}, ["label", "value"])
		self.assertGreater(len(answers), 50)
		proven = frappe.get_all(
			"Sales Milestone", {"name": ("in", names), "evidence": ("is", "set")}, pluck="evidence"
		)
		self.assertTrue(proven)
		for url in proven:
			self.assertTrue(frappe.db.exists("File", {"file_url": url, "is_private": 1}))

	def _planned(self) -> dict[str, str]:
		"""The leads of the plan by kind."""
		planned = {one.kind: one.email for one in lead_plan.prospects(company.today(), SMALL)}
		return {kind: frappe.db.get_value("Lead", {"email_id": email}) for kind, email in planned.items()}

	def test_leads_are_where_their_courses_lead(self) -> None:
		found = {
			kind: frappe.db.get_value("Lead Nurture", lead, ["status", "sales_project", "rejections"])
			for kind, lead in self._planned().items()
		}
		states = {kind: status for kind, (status, *_rest) in found.items()}
		wanted = {
			"new": "New",
			"in qualification": "Qualifying",
			"disqualified": "Disqualified",
			"do not contact": "Do Not Contact",
			"in nurture": "Nurturing",
			"replied": "Qualifying",
			"unsubscribed": "Nurturing",
			"nurtured, then sold": "Converted",
			"accepted": "Converted",
			"rejected": "Nurturing",
			"to accept": "With Sales",
		}
		self.assertEqual(states, wanted)
		self.assertTrue(found["accepted"][1])
		self.assertEqual(found["rejected"][2], 1)

	def test_leads_went_through_the_program(self) -> None:
		runs = {
			kind: frappe.db.get_value("Program Enrolment", {"lead": lead}, ["status", "stop_reason"])
			for kind, lead in self._planned().items()
		}
		self.assertEqual(runs["unsubscribed"], ("Stopped", "Unsubscribed"))
		self.assertEqual(runs["replied"], ("Stopped", "Replied"))
		self.assertIsNone(runs["accepted"])
		outcomes = Counter(self._outcomes())
		self.assertGreater(outcomes["Sent"], 5)
		self.assertLessEqual(set(outcomes), {"Sent", "Task"})
		self.assertEqual(
			str(frappe.db.get_value("Nurture Program", leads.PROGRAM_NAME, "work_from")), "9:00:00"
		)

	def _outcomes(self) -> list[str]:
		return frappe.get_all("Program Step Run", {"company": catalogue.COMPANY}, pluck="outcome", limit=0)

	def test_what_happened_to_leads_lies_in_the_past(self) -> None:
		times = [
			*frappe.get_all("Lead Move", {"lead": ("in", list(self._planned().values()))}, pluck="at"),
			*frappe.get_all("Program Step Run", {"company": catalogue.COMPANY}, pluck="done_on"),
			*frappe.get_all("Nurture Response", {"company": catalogue.COMPANY}, pluck="responded_on"),
		]
		self.assertLess(max(times).date(), company.today())
		self.assertGreater(len({at.date() for at in times}), 15)
		for lead in self._planned().values():
			fields = ("creation", "state_since")
			began, since = frappe.db.get_value("Lead Nurture", lead, fields)
			spent = sum(frappe.get_all("Lead Move", {"lead": lead}, pluck="seconds"))
			self.assertAlmostEqual(spent, (since - began).total_seconds(), delta=1)

	def test_no_lead_gets_an_e_mail(self) -> None:
		leads_of_plan = list(self._planned().values())
		waiting = {"reference_name": ("in", leads_of_plan), "status": "Not Sent"}
		self.assertFalse(frappe.db.count("Email Queue", waiting))
		self.assertTrue(frappe.db.count("Email Queue", {"reference_name": ("in", leads_of_plan)}))

	def test_the_reports_have_something_to_tell(self) -> None:
		reports = (
			*("pipeline_velocity", "milestone_time", "standing_still", "hand_off_quality"),
			*("nurture_funnel", "lead_conversion", "campaign_return"),
		)
		for report in reports:
			execute = frappe.get_attr(f"sales_activity.sales_activity.report.{report}.{report}.execute")
			filters = {"company": catalogue.COMPANY}
			if report != "standing_still":
				today = company.today()
				filters.update(from_date=str(today.replace(year=today.year - 1)), to_date=str(today))
			with self.subTest(report):
				self.assertTrue(execute(filters)[1])

	def test_summary_names_the_process(self) -> None:
		self.assertIn("run the process Solution Sale", course.summary(catalogue.COMPANY))
		self.assertIn("1 With Sales", leads.summary())
		self.assertIn("1 Returned to Area Manager", claims.summary())

	def test_second_run_makes_nothing(self) -> None:
		made = counts()
		company.load(quiet(), SMALL)
		leads.load(quiet(), SMALL)
		claims.load(quiet(), SMALL)
		self.assertEqual(counts(), made)

	def test_missing_lead_is_made_again(self) -> None:
		made = counts()
		removal.remove_document("Lead", self._planned()["in nurture"])
		self.assertEqual(frappe.db.count("Lead"), made["Lead"] - 1)
		leads.load(quiet(), SMALL)
		self.assertEqual(counts(), made)

	def _claims(self) -> dict[str, list[frappe._dict]]:
		"""The claims of the plan by kind, each with what was split off it."""
		fields = ["name", "status", "title", "split_from", "forwarding", "journal_status", "payment_status"]
		fields += ["escalation_level", "total_claimed", "total_manager", "total_accounts", "docstatus"]
		found: dict[str, list[frappe._dict]] = {}
		for one in claim_plan.claims(company.today(), SMALL):
			filters = {"company": catalogue.COMPANY, "title": one.title}
			rows = frappe.get_all("Sales Expense Claim", filters, fields, order_by="name")
			found.setdefault(one.kind, []).extend(rows)
		return found

	def test_claims_are_where_their_courses_lead(self) -> None:
		found = {kind: sorted(row.status for row in rows) for kind, rows in self._claims().items()}
		locked, pending = ["Approved and Locked"], ["Pending Area Manager"]
		wanted = {
			**dict.fromkeys(("paid", "paid in part", "locked", "lowered", "sent again", "set off"), locked),
			**dict.fromkeys(("asked by Accounts", "manager asked"), locked),
			**dict.fromkeys(("pending", "overdue"), pending),
			"claimed twice": pending * 2,
			"split": [*locked * 2, "Denied"],
			"denied": ["Denied"],
			"denied by Accounts": ["Denied and Locked"],
			"cancelled": ["Cancelled"],
			"with Accounts": ["With Accounts"],
			"waits for a reply": ["Clarification"],
			"waits for an answer": ["Returned to Area Manager"],
			"approved": ["Approved"],
			"draft": ["Draft"],
		}
		self.assertEqual(found, wanted)

	def test_claims_are_booked_set_off_and_paid(self) -> None:
		found = {kind: rows[0] for kind, rows in self._claims().items()}
		self.assertEqual((found["paid"].journal_status, found["paid"].payment_status), ("Posted", "Paid"))
		self.assertEqual(found["paid in part"].payment_status, "Partly Paid")
		self.assertEqual(found["locked"].payment_status, "Unpaid")
		advances = {"parent": found["set off"].name, "parenttype": "Sales Expense Claim"}
		self.assertTrue(frappe.db.get_value("Sales Expense Advance", advances, "set_off_amount"))
		self.assertLess(found["lowered"].total_manager, found["lowered"].total_claimed)
		self.assertLess(found["manager asked"].total_accounts, found["manager asked"].total_claimed)
		self.assertEqual(found["overdue"].escalation_level, 2)
		entries = frappe.get_all("GL Entry", {"company": catalogue.COMPANY}, ["debit", "credit"], limit=0)
		self.assertTrue(entries)
		self.assertAlmostEqual(sum(row.debit - row.credit for row in entries), 0, places=2)

	def test_what_may_be_claimed_twice_is_flagged(self) -> None:
		names = [row.name for row in self._claims()["claimed twice"]]
		said = frappe.get_all("Sales Expense Line", {"parent": ("in", names)}, pluck="warnings")
		self.assertEqual(len(names), 2)
		self.assertEqual(sum("The same receipt" in (text or "") for text in said), 1)
		self.assertEqual(sum("The same day, type and amount" in (text or "") for text in said), 1)

	def test_what_happened_to_claims_lies_in_the_past_and_adds_up(self) -> None:
		today = company.today()
		moves = frappe.get_all("Expense Move", {"company": catalogue.COMPANY}, ["*"], limit=0)
		self.assertLess(max(move["at"] for move in moves).date(), today)
		self.assertGreater(len({move["at"].date() for move in moves}), 20)
		spent: Counter = Counter()
		for move in moves:
			self.assertGreaterEqual(move.seconds, 0)
			spent[move.claim] += move.seconds
		for kind, rows in self._claims().items():
			if len(rows) > 1:
				continue
			began, since = frappe.db.get_value(
				"Sales Expense Claim", rows[0].name, ["creation", "state_since"]
			)
			with self.subTest(kind):
				self.assertAlmostEqual(spent[rows[0].name], (since - began).total_seconds(), delta=1)
		for doctype in ("Journal Entry", "Payment Entry", "GL Entry", "Payment Ledger Entry"):
			days = frappe.get_all(doctype, {"company": catalogue.COMPANY}, pluck="posting_date", limit=0)
			self.assertLess(max(days), today, doctype)
		for row in self._of_company("Expense Forwarding", "forwarded_on", "week_to", "by_schedule"):
			self.assertEqual((row.forwarded_on.weekday(), row.by_schedule), (claim_plan.FRIDAY, 1))
			self.assertLess(row.forwarded_on.date(), row.week_to)

	def test_nobody_gets_an_e_mail_about_a_claim(self) -> None:
		mails = {"reference_doctype": "Sales Expense Claim"}
		self.assertFalse(frappe.db.count("Email Queue", {**mails, "status": "Not Sent"}))
		self.assertTrue(frappe.db.count("Email Queue", mails))

	def test_setting_of_bookings_is_as_it_was(self) -> None:
		frappe.db.set_single_value("Sales Activity Settings", "journal_as", "Submitted")
		drafts = {"company": catalogue.COMPANY, "docstatus": 0}
		for key in claim_removal.keys(removal.COMPANIES):
			claim_removal.remove(*key)
		claims.load(quiet(), SMALL)
		self.assertEqual(
			frappe.db.get_single_value("Sales Activity Settings", "journal_as", cache=False), "Submitted"
		)
		self.assertFalse(frappe.db.count("Journal Entry", drafts))

	def test_missing_sale_is_made_again(self) -> None:
		project = frappe.get_all("Sales Project", {"company": catalogue.COMPANY, "status": "Lost"})[0].name
		made = counts()
		for quoted in frappe.get_all("Quotation", {"sales_project": project}, pluck="name"):
			removal.remove_document("Quotation", quoted)
		removal.remove_document("Sales Project", project)
		company.load(quiet(), SMALL)
		self.assertEqual({**counts(), "Opportunity": 0}, {**made, "Opportunity": 0})

	def test_clearing_removes_all_and_nothing_else(self) -> None:
		worked_example.load(quiet())
		bystander = factories.sales_order(
			factories.customer(), [factories.line(factories.item("X-1"), 1, 10)], company=factories.COMPANY
		)
		of_claims = (*claim_removal.DOCTYPES, *claim_removal.LEDGERS)
		others = {
			doctype: self._of_others(doctype) for doctype in (*removal.VOUCHERS, *removal.PLANS, *of_claims)
		}
		repost = factories.make(
			"Sales Credit Repost", company=catalogue.COMPANY, reason="refuses to be cancelled"
		)
		repost.submit()
		repost.db_set("status", "Completed")
		said: list[str] = []
		removal.remove(quiet(said))
		self.assertEqual(len(said), removal.STEPS)
		self.assertEqual(others, {doctype: frappe.db.count(doctype) for doctype in others})
		self.assertTrue(frappe.db.exists("Sales Order", bystander.name))
		for name in removal.COMPANIES:
			self.assertFalse(frappe.db.exists("Company", name))
			self.assertFalse(frappe.db.count("Sales Credit Entry", {"company": name}))
			of_leads = ("Lead Nurture", "Nurture Response", "Program Enrolment", "Campaign Spend")
			of_others = ("Expense Move", *claim_removal.PER_COMPANY)
			for doctype in ("Sales Milestone", "Milestone Move", "Milestone Hand-off", *of_leads, *of_others):
				self.assertFalse(frappe.db.count(doctype, {"company": name}))
		for doctype in ("Sales Milestone", "Sales Project", "Sales Expense Claim", "Sales Expense Line"):
			self.assertFalse(frappe.db.count("File", {"attached_to_doctype": doctype}))
		for doctype, field in (("ToDo", "reference_type"), ("Email Queue", "reference_doctype")):
			self.assertFalse(frappe.db.count(doctype, {field: "Sales Expense Claim"}))
		for doctype in ("Sales Expense Line", "Sales Expense Advance"):
			self.assertFalse(frappe.db.count(doctype, {"parenttype": "Sales Expense Claim"}))
		self.assertFalse(frappe.db.exists("Expense Stand-in", {"user": claims.AWAY}))
		self.assertFalse(frappe.db.get_single_value("Sales Activity Settings", "escalate_to"))
		gone = {"Sales Person", "Employee", "User", "Item", "Email Template", "Sales Expense Type"}
		self.assertFalse([key for key in removal.masters() if key[0] in gone])

	def _of_others(self, doctype: str) -> int:
		return frappe.db.count(doctype) - frappe.db.count(doctype, {"company": ("in", removal.COMPANIES)})


class TestStart(TestCase):
	def test_only_a_system_manager_may_start(self) -> None:
		frappe.set_user(factories.user("seller-of-demo@example.com", "Sales User"))
		# Frappe asks for no role while it runs tests
		with (
			patch.object(frappe.local, "flags", frappe._dict(frappe.flags, in_test=False)),
			patch.object(frappe, "enqueue") as enqueue,
			self.assertRaises(frappe.PermissionError),
		):
			load.start()
		enqueue.assert_not_called()

	def test_start_queues_one_job_and_says_so_to_its_user(self) -> None:
		with patch.object(frappe, "enqueue") as enqueue:
			load.start()
		self.assertEqual(enqueue.call_args.args, (load.run,))
		wanted = {"queue": "long", "job_id": load.JOB, "deduplicate": True, "watcher": "Administrator"}
		self.assertEqual({key: enqueue.call_args.kwargs[key] for key in wanted}, wanted)

	def test_progress_counts_commits_and_tells_the_watcher(self) -> None:
		commits, said = [], []
		progress = Progress(1, say=said.append, watcher="Administrator", commit=lambda: commits.append(1))
		with patch.object(frappe, "publish_realtime") as publish:
			self.assertEqual(list(progress.over("Things", [1, 2, 3])), [1, 2, 3])
		self.assertEqual(len(commits), 3)
		self.assertEqual(publish.call_args.args[1]["percent"], 100)
		self.assertTrue(said[0].startswith("[1/1] Things: 3, "))

"""Pipeline Velocity, Milestone Time, Standing Still, Hand-off Quality and Hand-off Detail: exact rows, every filter,
what each user sees by every way in, the way from a figure to its documents, how much they ask of the database."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import frappe
from frappe.desk import query_report, reportview
from frappe.utils import add_days, getdate, now_datetime

from sales_activity.sales_activity.milestones.velocity.values import project_values
from sales_activity.sales_activity.reports.filters import ReportFilterError
from sales_activity.tests import desk_house as house
from sales_activity.tests import factories
from sales_activity.tests import milestone_rows as rows
from sales_activity.tests.base import TestCase
from sales_activity.tests.desk_house import ASHA, DESIGNER, MANAGER, OUTSIDER, RAVI, SELLER
from sales_activity.tests.milestone_rows import DAY, Stay, midnight
from sales_activity.tests.test_reports import (
	MOST_QUERIES,
	Reports,
	counted_queries,
	drill_downs,
	execute,
	exported,
	forget_requests,
)

VELOCITY, TIME, STILL = "Pipeline Velocity", "Milestone Time", "Standing Still"
QUALITY, DETAIL = "Hand-off Quality", "Hand-off Detail"
REPORTS = (VELOCITY, TIME, STILL, QUALITY, DETAIL)
OF_A_PERIOD = (VELOCITY, TIME, QUALITY, DETAIL)
YEAR = house.YEAR - 1
DAYS = (midnight(YEAR + 1, 1, 1) - midnight(YEAR, 1, 1)).days
SPAN = {"company": house.COMPANY, "from_date": f"{YEAR}-01-01", "to_date": f"{YEAR}-12-31"}
SHORT, LONG = "Velocity Short", "Velocity Long"
NORTH, NORTH_EAST, SOUTH = "Velocity North", "Velocity North East", "Velocity South"
TODAY = getdate()
GROUPS = {
	VELOCITY: ("Process", "Person", "Territory"),
	TIME: ("Process", "Person", "Role", "Territory"),
	QUALITY: ("Hand-off", "Sender", "Receiver"),
}


def filters_of(report: str) -> dict:
	return {"company": house.COMPANY} if report == STILL else dict(SPAN)


class House:
	"""Six sales: two won, one lost, three open, of which two stand still."""

	def __init__(self) -> None:
		house.make_masters()
		factories.territory(NORTH, is_group=True)
		factories.territory(NORTH_EAST, NORTH)
		factories.territory(SOUTH)
		self.one = self.sale("One", [(ASHA, SELLER, 100)], NORTH_EAST)
		self.two = self.sale("Two", [(ASHA, SELLER, 60), (RAVI, SELLER, 40)], SOUTH)
		self.three = self.sale("Three", [(RAVI, SELLER, 100)], SOUTH)
		self.four = self.sale("Four", [(OUTSIDER, SELLER, 100)], NORTH)
		self.five = self.sale("Five", [(ASHA, SELLER, 100), (ASHA, DESIGNER, 100)], None)
		self.six = self.sale("Six", [(ASHA, SELLER, 100)], SOUTH)
		self.make_orders()
		self.set_histories()
		self.make_milestones()
		self.make_late_ones()
		self.make_hand_offs()

	def sale(self, title: str, team: list[tuple], territory: str | None) -> str:
		return house.project(f"Velocity {title}", team, territory=territory)

	def make_orders(self) -> None:
		"""1,000 for the first; 500 for the second, and 100 of 400, closed short."""
		item = f"{house.SWITCHES} 1"
		house.order(self.one, [(item, 10, 100)], f"{YEAR}-01-30")
		house.order(self.two, [(item, 5, 100)], f"{YEAR}-03-10")
		short = house.order(self.two, [(item, 4, 100)], f"{YEAR}-03-10")
		factories.deliver(short, {short.items[0].name: 1})
		factories.close(short)
		house.quote(self.four, [(item, 7, 100)])

	def set_histories(self) -> None:
		january, february, march = (midnight(YEAR, month, 1) for month in (1, 2, 3))
		history = rows.set_history
		history(self.one, january + 10 * DAY, january + 30 * DAY, status="Won", sales_process=SHORT)
		history(self.two, february, february + 40 * DAY, status="Won", sales_process=SHORT)
		history(self.three, march, march + 10 * DAY, status="Lost", sales_process=SHORT)
		history(self.four, january, sales_process=LONG)
		history(self.five, None, creation=midnight(YEAR, 7, 1))
		history(self.six, january - 50 * DAY, january - 10 * DAY, status="Won", sales_process=SHORT)

	def make_milestones(self) -> None:
		"""Three achieved, one skipped; one waits."""
		start = midnight(YEAR, 1, 11)
		self.one_1 = rows.milestone(
			self.one,
			house.COMPANY,
			start,
			[Stay("Ready", 1), Stay("In Progress", 2, held=0.5)],
			**self.values(SHORT, ASHA, SELLER, NORTH_EAST, due_date=f"{YEAR}-01-13"),
		)
		self.one_2 = rows.milestone(
			self.one,
			house.COMPANY,
			start + 3.5 * DAY,
			[Stay("Ready", 0.5), Stay("Returned", 1), Stay("Ready", 0.5)],
			**self.values(SHORT, OUTSIDER, DESIGNER, NORTH_EAST, due_date=f"{YEAR}-01-20", returns=1),
		)
		second = midnight(YEAR, 2, 1)
		self.two_1 = rows.milestone(
			self.two,
			house.COMPANY,
			second,
			[Stay("Ready", 1)],
			**self.values(SHORT, RAVI, SELLER, SOUTH, due_date=f"{YEAR}-02-03", returns=2),
		)
		skipped = self.values(SHORT, RAVI, DESIGNER, SOUTH, due_date=f"{YEAR}-02-20")
		rows.milestone(self.two, house.COMPANY, second + DAY, [Stay("Ready", 9)], "Skipped", **skipped)

	def make_late_ones(self) -> None:
		"""The lost project's milestone doesn't count; of the fifth project the second is worse."""
		opened = now_datetime() - 20 * DAY
		for project, process, person, role, territory, overdue, held in (
			(self.four, LONG, OUTSIDER, SELLER, NORTH, 10, 5),
			(self.five, SHORT, ASHA, SELLER, None, 3, 0),
			(self.five, SHORT, RAVI, DESIGNER, None, 8, 0),
			(self.three, SHORT, RAVI, SELLER, SOUTH, 30, 0),
			(self.two, SHORT, RAVI, SELLER, SOUTH, 0, 0),
		):
			values = self.values(process, person, role, territory, due_date=add_days(TODAY, -overdue))
			values["held_seconds"] = held * 86400
			rows.milestone(project, house.COMPANY, opened, [Stay("Ready", 2)], "In Progress", **values)
		rows.milestone(self.four, house.COMPANY, None, status="Waiting", milestone="Later", position=9)

	def values(
		self, process: str, person: str, role: str, territory: str | None, **more: object
	) -> dict[str, object]:
		return {
			"sales_process": process,
			"responsible": person,
			"turn_of": person,
			"sales_role": role,
			"territory": territory,
			"expected_days": 2,
			**more,
		}

	def make_hand_offs(self) -> None:
		start = midnight(YEAR, 1, 11)
		between = {"from_person": MANAGER}
		rows.hand_off(self.one_1, "Hand-off", start, 1.0, to_person=ASHA, **between)
		rows.hand_off(
			self.one_2,
			"Hand-off",
			start + 3.5 * DAY,
			2.0,
			from_milestone=self.one_1,
			from_person=ASHA,
			to_person=OUTSIDER,
		)
		rows.hand_off(self.one_2, "Return", start + 4 * DAY, 1.0, message="Which floor?")
		rows.hand_off(self.one_2, "Reminder", start + 5 * DAY)
		rows.hand_off(self.two_1, "Hand-off", midnight(YEAR, 2, 1), 3.0, to_person=RAVI, **between)
		rows.hand_off(self.two_1, "Return", midnight(YEAR, 2, 2), 0.1, message="Who decides?")
		rows.hand_off(self.two_1, "Return", midnight(YEAR, 2, 3), 0.1, message="What budget?")
		rows.hand_off(self.two_1, "Escalation", midnight(YEAR, 2, 9))


class Velocity(Reports):
	"""What the groups of tests below share."""

	def rows(self, report: str, **filters: Any) -> list[dict]:
		return execute(report, {**filters_of(report), **filters})[1]


class VelocityTests(Velocity):
	VELOCITY_FIELDS = (
		"key",
		"started",
		"won",
		"lost",
		"win_rate",
		"in_work",
		"average_value",
		"cycle",
		"velocity",
	)

	def table_of(self, **filters: Any) -> list[tuple]:
		return self.table(self.rows(VELOCITY, **filters), *self.VELOCITY_FIELDS)

	def test_velocity_by_process(self) -> None:
		rest_of_year = (midnight(YEAR + 1, 1, 1) - midnight(YEAR, 7, 1)).days
		velocity = 70 / DAYS * (2 / 3) * 800 / 30
		self.assertEqual(
			self.table_of(),
			[
				(SHORT, 3, 2, 1, 66.67, round(70 / DAYS, 4), 800, 30, round(velocity, 4)),
				(LONG, 1, 0, 0, None, 1, None, None, None),
				(None, 1, 0, 0, None, round(rest_of_year / DAYS, 4), None, None, None),
			],
		)

	def test_by_person_counts_a_project_once_for_each_member(self) -> None:
		found = {row[0]: row[1:4] for row in self.table_of(group_by="Person")}
		self.assertEqual(found, {ASHA: (3, 2, 0), RAVI: (2, 1, 1), OUTSIDER: (1, 0, 0)})

	def test_velocity_by_territory(self) -> None:
		found = {row[0]: row[1:4] for row in self.table_of(group_by="Territory")}
		by_default = frappe.new_doc("Sales Project").territory  # ERPNext may have one for whoever names none
		self.assertEqual(
			found, {NORTH_EAST: (1, 1, 0), SOUTH: (2, 1, 1), NORTH: (1, 0, 0), by_default or None: (1, 0, 0)}
		)

	def test_cards_count_a_project_once(self) -> None:
		for group_by in GROUPS[VELOCITY]:
			with self.subTest(group_by):
				cards = {
					card["label"]: card["value"]
					for card in execute(VELOCITY, {**SPAN, "group_by": group_by})[4]
				}
				self.assertEqual((cards["Started"], cards["Won"], cards["Lost"]), (5, 2, 1))
				self.assertEqual((cards["Average Value"], cards["Cycle (median days)"]), (800, 30))

	def test_velocity_filters(self) -> None:
		started = lambda **filters: sum(row["started"] for row in self.rows(VELOCITY, **filters))  # noqa: E731
		for filters, count in (
			({"sales_process": SHORT}, 3),
			({"sales_process": "No such process"}, 0),
			({"territory": NORTH}, 2),
			({"territory": NORTH_EAST}, 1),
			({"sales_person": MANAGER}, 4),
			({"sales_person": RAVI}, 2),
			({"sales_person": RAVI, "group_by": "Person"}, 2),
			({"from_date": f"{YEAR}-02-01", "to_date": f"{YEAR}-02-01"}, 1),
			({"from_date": f"{YEAR}-02-02"}, 2),
		):
			with self.subTest(filters):
				self.assertEqual(started(**filters), count)

	def test_the_last_day_counts_to_its_end(self) -> None:
		noon = midnight(YEAR, 5, 5) + timedelta(hours=12)
		rows.set_history(self.house.four, midnight(YEAR, 1, 1), noon, status="Won", sales_process=LONG)
		(row,) = self.rows(VELOCITY, sales_process=LONG, from_date=f"{YEAR}-05-05", to_date=f"{YEAR}-05-05")
		self.assertEqual((row["won"], row["in_work"]), (1, 0.5))

	def test_a_period_that_lies_ahead_is_empty(self) -> None:
		ahead = {"from_date": f"{YEAR + 3}-01-01", "to_date": f"{YEAR + 3}-12-31"}
		self.assertEqual({row["velocity"] for row in self.rows(VELOCITY, **ahead)}, {None})

	def test_values(self) -> None:
		found = project_values([self.house.one, self.house.two, self.house.three, self.house.four])
		self.assertEqual(list(found.values()), [1000, 600, 0, 700])
		self.assertEqual(project_values([]), {})

	def test_value_of_an_opportunity(self) -> None:
		deal = factories.opportunity(house.CUSTOMER, [(f"{house.SWITCHES} 1", 3, 100)], company=house.COMPANY)
		self.house_project_of(deal)
		name = frappe.db.get_value("Sales Project", {"reference_name": deal.name})
		self.assertEqual(project_values([name]), {name: 300})

	def house_project_of(self, deal: Any) -> None:
		house.project(
			"Velocity Deal",
			[(ASHA, SELLER, 100)],
			reference_doctype="Opportunity",
			reference_name=deal.name,
		)


class TimeTests(Velocity):
	TIME_FIELDS = (
		"key",
		"milestone",
		"count",
		"expected",
		"allowed",
		"median",
		"p90",
		"late",
		"late_share",
		"returns",
	)

	def test_time_by_process(self) -> None:
		self.assertEqual(
			self.table(self.rows(TIME), *self.TIME_FIELDS),
			[
				(SHORT, "Milestone 1", 2, 2, 1.75, 2, 2.8, 1, 50, 2),
				(SHORT, "Milestone 2", 1, 2, 6, 2, 2, 0, 0, 1),
			],
		)

	def test_by_person_role_territory(self) -> None:
		fields = ("key", "milestone", "count", "median")
		for group_by, expected in (
			("Person", [(ASHA, 1, 1, 3), (OUTSIDER, 2, 1, 2), (RAVI, 1, 1, 1)]),
			("Role", [(DESIGNER, 2, 1, 2), (SELLER, 1, 2, 2)]),
			("Territory", [(NORTH_EAST, 1, 1, 3), (NORTH_EAST, 2, 1, 2), (SOUTH, 1, 1, 1)]),
		):
			with self.subTest(group_by):
				wanted = [(key, f"Milestone {number}", *rest) for key, number, *rest in expected]
				self.assertEqual(self.table(self.rows(TIME, group_by=group_by), *fields), wanted)

	def test_time_filters(self) -> None:
		count = lambda **filters: sum(row["count"] for row in self.rows(TIME, **filters))  # noqa: E731
		for filters, wanted in (
			({"sales_process": LONG}, 0),
			({"sales_person": MANAGER}, 2),
			({"sales_person": OUTSIDER}, 1),
			({"sales_role": DESIGNER}, 1),
			({"territory": NORTH}, 2),
			({"milestone": "Milestone 1"}, 2),
			({"from_date": f"{YEAR}-01-15"}, 2),
			({"to_date": f"{YEAR}-01-14"}, 1),
			({"company": factories.COMPANY}, 0),
		):
			with self.subTest(filters):
				self.assertEqual(count(**filters), wanted)

	def test_time_is_what_the_moves_say(self) -> None:
		seconds = frappe.db.sql(
			"select sum(seconds) from `tabMilestone Move` where sales_milestone = %s and from_state != 'Waiting'",
			self.house.one_1,
		)[0][0]
		(row,) = self.rows(TIME, sales_person=ASHA)
		self.assertEqual(row["median"], seconds / 86400)

	def test_time_cards_and_chart(self) -> None:
		chart, summary = execute(TIME, SPAN)[3:5]
		self.assertEqual([card["value"] for card in summary], [3, 1, 33.33, 1, 3])
		self.assertEqual(chart["data"]["labels"], ["Milestone 1", "Milestone 2"])
		several = execute(TIME, {**SPAN, "group_by": "Role"})[3]
		self.assertEqual(several["data"]["labels"][0], f"Milestone 2 ({DESIGNER})")


class StandingStillTests(Velocity):
	STILL_FIELDS = (
		"sales_project",
		"turn_of",
		"days_over",
		"late_milestones",
		"value",
		"milestone",
		"status",
	)

	def test_worst_first(self) -> None:
		found = self.rows(STILL)
		self.assertEqual(
			self.table(found, *self.STILL_FIELDS),
			[
				(self.house.four, OUTSIDER, 10, 1, 700, "Milestone 1", "In Progress"),
				(self.house.five, RAVI, 8, 2, 0, "Milestone 2", "In Progress"),
			],
		)
		self.assertEqual(found[0]["due_date"], getdate(add_days(TODAY, -10)))
		self.assertEqual([round(row["actual_days"], 2) for row in found], [15, 20])
		self.assertAlmostEqual((now_datetime() - found[0]["last_move"]) / DAY, 18, places=2)
		self.assertEqual((found[0]["party"], found[0]["title"]), (house.CUSTOMER, "Velocity Four"))

	def test_still_filters(self) -> None:
		for filters, wanted in (
			({"sales_process": LONG}, [self.house.four]),
			({"sales_person": MANAGER}, [self.house.five]),
			({"sales_person": ASHA}, [self.house.five]),
			({"sales_role": DESIGNER}, [self.house.five]),
			({"territory": NORTH}, [self.house.four]),
			({"territory": SOUTH}, []),
			({"company": factories.COMPANY}, []),
		):
			with self.subTest(filters):
				self.assertEqual([row["sales_project"] for row in self.rows(STILL, **filters)], wanted)

	def test_holidays_are_no_days_over(self) -> None:
		days = [add_days(TODAY, -number) for number in (1, 2, 9)]
		holidays = factories.make(
			"Holiday List",
			holiday_list_name="Velocity Holidays",
			from_date=add_days(TODAY, -30),
			to_date=add_days(TODAY, 30),
			holidays=[{"holiday_date": day, "description": "Day off"} for day in days],
		)
		frappe.db.set_value("Company", house.COMPANY, "default_holiday_list", holidays.name)
		frappe.clear_document_cache("Company", house.COMPANY)
		self.addCleanup(frappe.clear_document_cache, "Company", house.COMPANY)
		forget_requests()
		self.assertEqual([row["days_over"] for row in self.rows(STILL)], [7, 6])

	def test_projects_on_hold_and_lost_ones_are_left_out(self) -> None:
		for status in ("On Hold", "Lost"):
			rows.set_history(self.house.four, midnight(YEAR, 1, 1), status=status)
			self.assertEqual([row["sales_project"] for row in self.rows(STILL)], [self.house.five])
		rows.set_history(self.house.four, midnight(YEAR, 1, 1), now_datetime(), status="Won")
		self.assertEqual(len(self.rows(STILL)), 2)

	def test_still_cards_and_chart(self) -> None:
		_columns, _rows, message, chart, summary = execute(STILL, filters_of(STILL))
		self.assertEqual([card["value"] for card in summary], [2, 700, 10, 3])
		self.assertEqual(sorted(chart["data"]["labels"]), sorted([OUTSIDER, RAVI]))
		self.assertIsNone(message)
		self.assertIn("Nothing", execute(STILL, {"company": factories.COMPANY})[2])


class QualityTests(Velocity):
	QUALITY_FIELDS = ("hand_offs", "returned", "return_rate", "returns", "waited", "reminders", "escalations")

	def test_by_hand_off(self) -> None:
		ends = ("from_role", "from_milestone", "to_role", "to_milestone")
		self.assertEqual(
			self.table(self.rows(QUALITY), *ends, *self.QUALITY_FIELDS),
			[
				(None, None, SELLER, "Milestone 1", 2, 1, 50, 2, 2, 0, 1),
				(SELLER, "Milestone 1", DESIGNER, "Milestone 2", 1, 1, 100, 1, 2, 1, 0),
			],
		)

	def test_quality_by_person(self) -> None:
		sender = self.table(self.rows(QUALITY, group_by="Sender"), "sender", *self.QUALITY_FIELDS)
		self.assertEqual(
			sorted(sender), sorted([(MANAGER, 2, 1, 50, 2, 2, 0, 1), (ASHA, 1, 1, 100, 1, 2, 1, 0)])
		)
		receiver = self.table(self.rows(QUALITY, group_by="Receiver"), "receiver", "returns", "waited")
		self.assertEqual(sorted(receiver), sorted([(ASHA, 0, 1), (OUTSIDER, 1, 2), (RAVI, 2, 3)]))

	def test_quality_filters(self) -> None:
		for report in (QUALITY, DETAIL):
			for filters, wanted in (
				({"sales_process": SHORT}, 3),
				({"sales_process": LONG}, 0),
				({"territory": NORTH}, 2),
				({"sender": MANAGER}, 2),
				({"receiver": OUTSIDER}, 1),
				({"to_date": f"{YEAR}-01-11"}, 1),
				({"from_date": f"{YEAR}-01-14", "to_date": f"{YEAR}-01-14"}, 1),
				({"company": factories.COMPANY}, 0),
			):
				with self.subTest(report, filters=filters):
					self.assertEqual(sum(row["hand_offs"] for row in self.rows(report, **filters)), wanted)

	def test_what_was_missing(self) -> None:
		fields = ("sales_milestone", "sender", "receiver", "returns", "questions", "waited")
		self.assertEqual(
			self.table(self.rows(DETAIL), *fields),
			[
				(self.house.one_1, MANAGER, ASHA, 0, "", 1),
				(self.house.one_2, ASHA, OUTSIDER, 1, "Which floor?", 2),
				(self.house.two_1, MANAGER, RAVI, 2, "Who decides?\nWhat budget?", 3),
			],
		)

	def test_filters_of_the_detail(self) -> None:
		for filters, wanted in (
			({"only_returned": 1}, [self.house.one_2, self.house.two_1]),
			({"only_reminded": 1}, [self.house.one_2]),
			({"only_escalated": 1}, [self.house.two_1]),
			({"only_first": 1}, [self.house.one_1, self.house.two_1]),
			({"only_first": 0, "from_role": SELLER}, [self.house.one_2]),
			({"from_milestone": "Milestone 1"}, [self.house.one_2]),
			({"to_role": DESIGNER}, [self.house.one_2]),
			({"to_milestone": "Milestone 1"}, [self.house.one_1, self.house.two_1]),
		):
			with self.subTest(filters):
				found = [row["sales_milestone"] for row in self.rows(DETAIL, **filters)]
				self.assertEqual(found, wanted)


class DocumentsTests(Velocity):
	"""Every linked figure leads to as many documents."""

	def test_as_everybody(self) -> None:
		self.follow_all("Administrator", 60)

	def test_as_manager(self) -> None:
		self.follow_all(house.MANAGER_USER, 40)

	def test_as_salesperson(self) -> None:
		self.follow_all(house.ASHA_USER, 25)

	def follow_all(self, user: str, least: int) -> None:
		self.as_user(user)
		asked = ({}, {"territory": NORTH}, {"sales_process": SHORT}, {"from_date": f"{YEAR}-01-12"})
		followed = 0
		for report, groups in GROUPS.items():
			more = ({"sender": MANAGER},) if report == QUALITY else ({"sales_person": MANAGER},)
			for group_by in groups:
				for filters in (*asked, *more):
					followed += self.follow(report, {**SPAN, "group_by": group_by, **filters})
		self.assertGreater(followed, least)

	def follow(self, report: str, filters: dict) -> int:
		followed = 0
		for figure, documents, asked, value in drill_downs(*execute(report, filters)[:2]):
			with self.subTest(report, figure=figure, asked=asked, filters=filters):
				self.assertEqual(self.found(documents, asked, figure), value)
			followed += 1
		return followed

	def found(self, documents: dict, asked: dict, figure: str) -> int:
		if "report" in documents:
			rows_of = execute(documents["report"], asked)[1]
			if figure == "returned":
				return sum(bool(row["returns"]) for row in rows_of)
			return sum(row[figure] for row in rows_of)
		doctype = documents["doctype"]
		names = [one.name for one in listed(doctype, asked)]
		if figure == "returns":
			return sum(frappe.get_all(doctype, {"name": ("in", names)}, pluck="returns"))
		return len(names)


def listed(doctype: str, asked: dict, *more_fields: str) -> list[frappe._dict]:
	"""What the desk's list of an address shows. It has a method of its own: in early releases of Frappe 16 ``get_list``
	ends a period of moments at the last day's midnight, the list counts that day whole."""
	return reportview.execute(
		doctype,
		fields=["name", *more_fields],
		filters=as_filters(doctype, asked),
		distinct=True,
		limit_page_length=0,
	)


def as_filters(doctype: str, asked: dict) -> list[list]:
	"""The filters of a list's address as Frappe's list reads them."""
	filters = []
	for name, value in asked.items():
		table, fieldname = name.split(".") if "." in name else (doctype, name)
		operator, operand = value if isinstance(value, list) else ("=", value)
		filters.append([table, fieldname, operator, operand])
	return filters


class EveryReportTests(Velocity):
	def test_unknown_filters_are_refused(self) -> None:
		for report in REPORTS:
			for unknown in ("owner", "sales_person; drop table x", "<b>x</b>"):
				with self.subTest(report, unknown=unknown), self.assertRaises(ReportFilterError) as refused:
					execute(report, {**filters_of(report), unknown: "1"})
				self.assertNotIn("<b>x</b>", str(refused.exception))

	def test_company_is_required_and_must_exist(self) -> None:
		for report in REPORTS:
			for company in (None, "", "No Such House"):
				with self.subTest(report, company=company), self.assertRaises(ReportFilterError):
					execute(report, {**filters_of(report), "company": company})

	def test_periods_that_make_no_sense(self) -> None:
		for report in OF_A_PERIOD:
			for dates in (
				{"from_date": f"{YEAR}-12-01", "to_date": f"{YEAR}-01-01"},
				{"from_date": None},
				{"to_date": ""},
			):
				with self.subTest(report, dates=dates), self.assertRaises(ReportFilterError):
					execute(report, {**SPAN, **dates})

	def test_unknown_groups_are_refused(self) -> None:
		for report in GROUPS:
			with self.subTest(report), self.assertRaises(ReportFilterError):
				execute(report, {**SPAN, "group_by": "owner"})

	def test_values_are_data(self) -> None:
		"""Nothing that a filter holds reaches the SQL as text."""
		hostile = "x' or '1'='1 %s %(company)s"
		names = {
			VELOCITY: ("sales_process", "sales_person", "territory"),
			TIME: ("sales_process", "sales_person", "sales_role", "territory", "milestone"),
			STILL: ("sales_process", "sales_person", "sales_role", "territory"),
			QUALITY: ("sales_process", "territory", "sender", "receiver"),
			DETAIL: ("sales_process", "sender", "from_role", "from_milestone", "to_role", "to_milestone"),
		}
		for report, filters in names.items():
			for name in filters:
				with self.subTest(report, name=name):
					self.assertEqual(self.rows(report, **{name: hostile}), [])

	def test_an_empty_company(self) -> None:
		factories.company("Desk Empty", "DKE")
		for report in REPORTS:
			with self.subTest(report):
				columns, found, _message, chart, summary = execute(
					report, {**filters_of(report), "company": "Desk Empty"}
				)
				self.assertTrue(columns)
				self.assertEqual((found, chart), ([], None))
				self.assertEqual({card["value"] for card in summary}, {0})

	def test_a_company_that_the_user_may_not_see(self) -> None:
		self.restrict(house.MANAGER_USER, "Company", factories.COMPANY)
		self.as_user(house.MANAGER_USER)
		for report in REPORTS:
			with self.subTest(report), self.assertRaises(frappe.PermissionError):
				execute(report, filters_of(report))

	def test_user_permission_on_a_territory(self) -> None:
		self.restrict(house.OPERATIONS_USER, "Territory", SOUTH)
		self.as_user(house.OPERATIONS_USER)
		self.assertEqual({row["key"] for row in self.rows(TIME, group_by="Territory")}, {SOUTH})
		found = {row["key"] for row in self.rows(VELOCITY, group_by="Territory")}
		self.assertLessEqual(found, {SOUTH, None})

	def test_at_most_twelve_queries(self) -> None:
		for report in REPORTS:
			for user in ("Administrator", house.MANAGER_USER, house.ASHA_USER):
				for group_by in GROUPS.get(report, (None,)):
					self.as_user(user)
					asked = {**filters_of(report), "territory": NORTH}
					if group_by:
						asked["group_by"] = group_by
					execute(report, asked)
					forget_requests()
					with self.subTest(report, user=user), counted_queries() as statements:
						execute(report, asked)
					self.assertLessEqual(len(statements), MOST_QUERIES, "\n".join(statements))
					self.assertGreater(len(statements), 0)

	def test_the_indexes_that_spare_reading_whole_rows(self) -> None:
		for doctype, index in (
			("Sales Project Member", "project_member"),
			("Sales Milestone", "milestone_parts"),
			("Milestone Move", "velocity_held"),
			("Milestone Move", "milestone_held"),
		):
			self.assertTrue(frappe.db.has_index(f"tab{doctype}", index), index)

	def test_summary_cards_and_charts(self) -> None:
		for report in REPORTS:
			for group_by in GROUPS.get(report, (None,)):
				with self.subTest(report, group_by=group_by):
					asked = {**filters_of(report), **({"group_by": group_by} if group_by else {})}
					chart, summary = execute(report, asked)[3:5]
					values = [value for series in chart["data"]["datasets"] for value in series["values"]]
					self.assertTrue(any(values))
					self.assertTrue(all(card["label"] and card["datatype"] for card in summary))


class WaysInTests(Velocity):
	"""A salesperson sees the figures of visible projects, and by name only own ones."""

	def test_sales_of_others_stay_hidden(self) -> None:
		self.as_user(house.ASHA_USER)
		(short, none) = self.rows(VELOCITY)
		self.assertEqual((short["key"], short["started"], short["lost"]), (SHORT, 2, 0))
		self.assertEqual((none["key"], none["started"]), (None, 1))
		self.assertEqual([row["sales_project"] for row in self.rows(STILL)], [self.house.five])
		self.assertEqual(sum(row["count"] for row in self.rows(TIME)), 3)

	def test_by_name_only_own_figures(self) -> None:
		self.as_user(house.ASHA_USER)
		self.assertEqual({row["key"] for row in self.rows(VELOCITY, group_by="Person")}, {ASHA})
		self.assertEqual({row["key"] for row in self.rows(TIME, group_by="Person")}, {ASHA})
		self.assertEqual({row["sender"] for row in self.rows(QUALITY, group_by="Sender")}, {ASHA})
		self.assertEqual({row["receiver"] for row in self.rows(QUALITY, group_by="Receiver")}, {ASHA})

	def test_a_manager_sees_everybody_below(self) -> None:
		self.as_user(house.MANAGER_USER)
		self.assertEqual({row["key"] for row in self.rows(VELOCITY, group_by="Person")}, {ASHA, RAVI})
		self.assertEqual({row["key"] for row in self.rows(TIME, group_by="Person")}, {ASHA, RAVI})
		self.assertNotIn(self.house.four, [row["sales_project"] for row in self.rows(STILL)])

	def test_operations_see_everybody(self) -> None:
		"""Their role alone reads no Sales Person, no Territory: those columns are plain text then."""
		self.as_user(house.OPERATIONS_USER)
		for report in REPORTS:
			with self.subTest(report):
				result = query_report.run(report, filters_of(report))["result"]
				self.assertEqual(
					len([row for row in result if isinstance(row, dict)]), len(self.rows(report))
				)
		self.assertIn(OUTSIDER, json.dumps(query_report.run(STILL, filters_of(STILL)), default=str))

	def test_a_user_without_sales_person_sees_nothing(self) -> None:
		self.as_user(house.NOBODY_USER)
		for report in REPORTS:
			with self.subTest(report):
				self.assertEqual(self.rows(report), [])
				self.assertEqual(query_report.run(report, filters_of(report))["result"], [])

	def test_export(self) -> None:
		self.as_user(house.ASHA_USER)
		for report in REPORTS:
			with self.subTest(report):
				text = exported(report, filters_of(report))
				self.assertGreater(len(text.splitlines()), 1)
				self.assertNotIn(self.house.four, text)
				self.assertNotIn("Velocity Long", text)

	def test_guests_get_nothing(self) -> None:
		frappe.set_user("Guest")
		for report in REPORTS:
			with self.subTest(report), self.assertRaises(frappe.PermissionError):
				query_report.run(report, {"company": house.COMPANY})


class TestVelocityReports(
	VelocityTests,
	TimeTests,
	StandingStillTests,
	QualityTests,
	DocumentsTests,
	EveryReportTests,
	WaysInTests,
	TestCase,
):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.house = House()

	def setUp(self) -> None:
		super().setUp()
		forget_requests()

"""What the tests of the reports on leads share: a company of its own with a short history, the people of
``lead_house``, and what the checks of every report need."""

from __future__ import annotations

from typing import Any

import frappe

from sales_activity.tests import factories, lead_house, lead_rows, report_checks
from sales_activity.tests.base import TestCase
from sales_activity.tests.lead_house import MAX_USER, NILS_USER, OPERATIONS, QUALIFIER, SAM, SAM_USER, SARA
from sales_activity.tests.lead_rows import Go
from sales_activity.tests.milestone_rows import midnight
from sales_activity.tests.test_reports import execute, forget_requests

COMPANY, EMPTY = "Lead Reports", "Lead Reports Empty"
YEAR = 2024
SPAN = {"company": COMPANY, "from_date": f"{YEAR}-01-01", "to_date": f"{YEAR}-12-31"}
NORTH, NORTH_EAST, SOUTH = "Leads North", "Leads North East", "Leads South"
STRANGER = "lead.stranger@example.com"


class RealDocuments(TestCase):
	"""Base class of tests of what people did with leads of ``company`` today, through their documents."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		lead_house.build()
		cls.company = factories.company(COMPANY, "LRP")
		lead_house.definition(company=cls.company)

	def setUp(self) -> None:
		super().setUp()
		forget_requests()

	def of_today(self, report: str) -> list[dict[str, Any]]:
		"""The rows of a report on the leads that came in today."""
		today = frappe.utils.today()
		return execute(report, {"company": self.company, "from_date": today, "to_date": today})[1]


class House:
	"""Seven leads: one sold by Sam, one that Sara rejected and one that Sam has, one from before the app...

	A second one of the company Sam may see nothing of, and one of another year.
	"""

	def __init__(self) -> None:
		lead_house.build()
		factories.user(STRANGER, "Employee")
		factories.company(COMPANY, "LRP")
		factories.company(EMPTY, "LRE")
		factories.territory(NORTH, is_group=True)
		factories.territory(NORTH_EAST, NORTH)
		factories.territory(SOUTH)
		self.sold = self.lead(
			1,
			*(Go(1, "Qualifying"), Go(2, "Qualified"), Go(0, "With Sales", SAM, 1), Go(3, "Converted")),
			**{"source": "Web", "campaign": "Spring", "territory": NORTH_EAST, "qualifier": QUALIFIER},
		)
		self.rejected = self.lead(
			2,
			*(Go(2, "Qualifying"), Go(4, "Nurturing"), Go(10, "Qualifying"), Go(1, "Qualified")),
			*(Go(0, "With Sales", SARA, 3), Go(2, "Qualifying")),
			**{"source": "Web", "territory": SOUTH, "qualifier": QUALIFIER},
		)
		self.new = self.lead(3, source="Fair", territory=NORTH)
		self.unfit = self.lead(4, Go(5, "Disqualified"), source="Fair", lead_owner=SAM_USER)
		self.old = self.lead(5, state="Converted", lead_made=midnight(YEAR - 2, 1, 1))
		self.open = self.lead(
			32,
			*(Go(3, "Qualifying"), Go(1, "Qualified"), Go(2, "With Sales", SAM, 2)),
			escalated=True,
			campaign="Spring",
			qualifier=OPERATIONS,
		)
		lead_rows.lead(COMPANY, midnight(YEAR - 1, 12, 31), Go(1, "Qualifying"))
		lead_rows.lead(COMPANY, midnight(YEAR + 1, 1, 1))
		lead_rows.lead(lead_house.COMPANY, midnight(YEAR, 1, 1), Go(1, "Nurturing"))

	def lead(self, day: int, *moves: Go, **values: Any) -> str:
		"""A lead that was made at noon of a day of the year."""
		made = midnight(YEAR, 1, 1) + (day - 0.5) * lead_rows.DAY
		return lead_rows.lead(COMPANY, made, *moves, **values)


class ReportChecks(report_checks.ReportChecks):
	"""Checks of every report in ``reports``, mixed into a TestCase whose class has a House."""

	span = SPAN
	empty = EMPTY
	narrow = {"territory": NORTH}
	sees = (QUALIFIER, OPERATIONS, MAX_USER, SAM_USER)
	idle = NILS_USER
	strangers = (STRANGER,)
	restricted = OPERATIONS

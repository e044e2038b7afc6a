"""Leads that became orders, by every way that ERPNext and the app know, for the tests of Lead Conversion and Campaign
Return. Real documents; only the days on which the leads came in are set back."""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe.model.document import Document

from sales_activity import compat
from sales_activity.demo import masters
from sales_activity.tests import factories, lead_house
from sales_activity.tests.lead_house import SAM, SAM_USER, SARA
from sales_activity.tests.lead_report_house import COMPANY, EMPTY, NORTH, NORTH_EAST, SOUTH, STRANGER, YEAR
from sales_activity.tests.milestone_rows import midnight

ITEM = "Lead Sales Item"
OTHER = "Lead Sales Elsewhere"
WEB, FAIR = "Lead Sales Web", "Lead Sales Fair"
SPRING, SUMMER, UNUSED = "Lead Sales Spring", "Lead Sales Summer", "Lead Sales Unused"
ACCOUNTANT = "lead.accounts@example.com"


class House:
	"""Eight leads of a year, one of the year before. The orders are worth 1, 2, 4, 8...: a sum says which are in it."""

	def __init__(self) -> None:
		self.make_masters()
		self.accepted = self.lead(1, WEB, SPRING, territory=NORTH_EAST)
		self.deal = self.lead(2, WEB, SPRING, territory=SOUTH)
		self.quoted = self.lead(3, WEB, SUMMER)
		self.account = self.lead(4, FAIR, SPRING, territory=NORTH)
		self.project = self.lead(5, FAIR, None)
		self.late = self.lead(6, FAIR, None)
		self.lost = self.lead(7, None, SUMMER, lead_owner=SAM_USER)
		self.idle = self.lead(8, None, None)
		self.older = self.lead(-30, WEB, SPRING)
		self.elsewhere = factories.customer("Lead Sales Somebody")
		self.make_accepted()
		self.make_deal()
		self.make_quoted()
		self.make_account()
		self.make_projects()
		self.make_others()
		for name, day in self.came:
			at = midnight(YEAR, 1, 1) + timedelta(days=day - 0.5)
			# only now: ERPNext and the app set what they set by today
			frappe.db.set_value("Lead", name, "creation", at, update_modified=False)

	def make_masters(self) -> None:
		lead_house.build()
		factories.user(STRANGER, "Employee")
		factories.user(ACCOUNTANT, "Accounts User")
		factories.company(COMPANY, "LRP")
		factories.company(EMPTY, "LRE")
		factories.company(OTHER, "LSE")
		factories.territory(NORTH, is_group=True)
		factories.territory(NORTH_EAST, NORTH)
		factories.territory(SOUTH)
		factories.item(ITEM)
		factories.fiscal_year(YEAR)
		lead_house.definition(company=COMPANY)
		self.sources = {name: masters.lead_source(name) for name in (WEB, FAIR)}
		self.campaigns = {name: masters.campaign(name) for name in (SPRING, SUMMER, UNUSED)}
		self.came: list[tuple[str, int]] = []

	def lead(self, day: int, source: str | None, campaign: str | None, **values: object) -> str:
		"""A lead that came in on a day of the year."""
		fields = compat.lead_origin()
		origins = {
			fields["source"]: self.sources.get(source),
			fields["campaign"]: self.campaigns.get(campaign),
		}
		name = lead_house.lead(f"Lead Sales {day}", company=COMPANY, **origins, **values)
		self.came.append((name, day))
		return name

	def order(self, customer: str, value: float, **values: object) -> Document:
		return factories.sales_order(customer, [(ITEM, 1, value)], company=COMPANY, **values)

	def make_accepted(self) -> None:
		"""Qualified, handed over, accepted; the project brings two orders (1, 2) for whatever customer."""
		lead_house.with_sales(self.accepted)
		lead_house.act(self.accepted, "Converted", SAM_USER)
		project = frappe.db.get_value("Lead Nurture", self.accepted, "sales_project")
		self.order(self.elsewhere, 1, sales_project=project)
		self.order(self.elsewhere, 2, sales_project=project)

	def make_deal(self) -> None:
		"""By ERPNext's own way: Opportunity, Quotation, Customer and Order (4). A second Opportunity is lost."""
		deal = self.opportunity(self.deal, 4)
		quoted = factories.quotation_from(deal)
		factories.order_from(quoted)
		self.opportunity(self.deal, 1000)

	def opportunity(self, lead: str, value: float) -> Document:
		return factories.opportunity(lead, [(ITEM, 1, value)], "Lead", company=COMPANY)

	def make_quoted(self) -> None:
		"""Quotations to the lead: one ordered (8), one not, a draft."""
		lead_house.qualified(self.quoted)
		factories.order_from(self.quotation(self.quoted, 8))
		self.quotation(self.quoted, 1000)
		self.quotation(self.quoted, 1000, submit=False)

	def quotation(self, lead: str, value: float, **values: object) -> Document:
		return factories.quotation(lead, [(ITEM, 1, value)], "Lead", company=COMPANY, **values)

	def make_account(self) -> None:
		"""A customer made from the lead: its first order (16) counts, whatever was written down before; the next one
		doesn't."""
		self.customer = factories.customer("Lead Sales Account", lead_name=self.account)
		self.second = self.order(self.customer, 1000, on=f"{YEAR + 1}-06-01")
		self.order(self.customer, 16, on=f"{YEAR + 1}-03-01")

	def make_projects(self) -> None:
		"""A project that names the lead (32), one of an Opportunity of the lead (64); an order that two leads claim
		(128) is the earlier one's."""
		named = factories.sales_project(self.project, company=COMPANY, party_type="Lead")
		self.order(self.elsewhere, 32, sales_project=named.name)
		deal = self.opportunity(self.project, 64)
		about = {"reference_doctype": "Opportunity", "reference_name": deal.name}
		found = frappe.db.get_value("Sales Project", about)
		of_deal = found or factories.sales_project(self.elsewhere, company=COMPANY, **about).name
		self.order(self.elsewhere, 64, sales_project=of_deal)
		factories.order_from(self.quotation(self.late, 128), sales_project=named.name)

	def make_others(self) -> None:
		"""What counts for nobody: a draft, a cancelled order, one of another company, one of a customer of their own;
		and for the lead of the year before (256)."""
		self.order(self.elsewhere, 1000)
		project = frappe.db.get_value("Lead Nurture", self.accepted, "sales_project")
		self.order(self.elsewhere, 1000, sales_project=project, submit=False)
		factories.cancel(self.order(self.elsewhere, 1000, sales_project=project))
		self.of_lost = factories.customer("Lead Sales Lost", lead_name=self.lost)
		factories.sales_order(self.of_lost, [(ITEM, 1, 1000)], company=OTHER)
		factories.order_from(self.quotation(self.older, 256))

	def spend(self, campaign: str, amount: float, on: str, **values: object) -> Document:
		"""What a campaign cost on a day."""
		values = {"company": COMPANY, "campaign": self.campaigns[campaign], "posting_date": on, **values}
		return factories.make("Campaign Spend", amount=amount, **values)


def target() -> Document:
	"""Targets of the year: 1,000 for Sam, of which 400 in one item group; 500 for Sara; another role's."""
	root = factories.root("Item Group", "All Item Groups")
	group = factories.item_group("Products")
	factories.sales_role("Design Consultant")
	rows = [(SAM, "Sales Person", root, 1000), (SAM, "Sales Person", group, 400)]
	rows += [(SARA, "Sales Person", root, 500), (SARA, "Design Consultant", root, 50)]
	span = {"from_date": f"{YEAR}-01-01", "to_date": f"{YEAR}-12-31"}
	return factories.sales_target(rows, company=COMPANY, **span)

"""Lead Conversion and Campaign Return: which order belongs to which lead, exact rows, every filter, what each user sees."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe.utils import cstr

from sales_activity import compat
from sales_activity.sales_activity.doctype.campaign_spend.campaign_spend import CampaignSpendError
from sales_activity.sales_activity.nurture.figures import arrivals, spend
from sales_activity.sales_activity.nurture.figures.claims import Placed, first_orders, owners
from sales_activity.sales_activity.reports import lists
from sales_activity.tests import factories, lead_house, lead_report_house
from sales_activity.tests import lead_sales_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.lead_house import MAX_USER, OPERATIONS, QUALIFIER, SAM_USER, SARA_USER
from sales_activity.tests.lead_report_house import COMPANY, NORTH, SOUTH, SPAN, YEAR, ReportChecks
from sales_activity.tests.lead_sales_house import FAIR, SPRING, SUMMER, UNUSED, WEB
from sales_activity.tests.test_reports import Reports, execute, forget_requests
from sales_activity.tests.test_velocity_reports import listed

CONVERSION, RETURN = "Lead Conversion", "Campaign Return"
FIELDS = ("leads", "qualified", "accepted", "opportunities", "quotations", "orders", "order_value")


class ConversionTests(ReportChecks):
	reports = (CONVERSION, RETURN)
	filters = {
		CONVERSION: ("source", "campaign", "territory", "qualifier", "definition"),
		RETURN: ("campaign",),
	}
	groups = {CONVERSION: tuple(arrivals.KEYS)}

	def by_key(self, **filters: Any) -> dict:
		return {row["key"]: tuple(row[field] for field in FIELDS) for row in self.rows(CONVERSION, **filters)}

	def value(self, **filters: Any) -> float:
		return sum(row["order_value"] for row in self.rows(CONVERSION, **filters))

	# --- whose order it is -----------------------------------------------------------------------------------

	def test_by_source(self) -> None:
		self.assertEqual(
			self.by_key(),
			{
				self.house.sources[FAIR]: (3, 0, 0, 1, 1, 4, 16 + 32 + 64 + 128),
				self.house.sources[WEB]: (3, 2, 1, 3, 3, 4, 1 + 2 + 4 + 8),
				None: (2, 0, 0, 0, 0, 0, 0),
			},
		)

	def test_rates(self) -> None:
		fields = ("qualified_share", "orders_per_lead", "orders_per_opportunity")
		rates = {row["key"]: tuple(row[field] for field in fields) for row in self.rows(CONVERSION)}
		self.assertEqual(rates[self.house.sources[WEB]], (66.67, 133.33, 133.33))
		self.assertEqual(rates[None], (0, 0, None))

	def test_by_campaign_qualifier_and_territory(self) -> None:
		campaigns = self.by_key(group_by="Campaign")
		self.assertEqual(campaigns[self.house.campaigns[SPRING]][-1], 1 + 2 + 4 + 16)
		self.assertEqual(campaigns[None][-1], 32 + 64 + 128)
		qualifiers = self.by_key(group_by="Qualifier")
		self.assertEqual((qualifiers[QUALIFIER][0], qualifiers[QUALIFIER][-1]), (2, 1 + 2 + 8))
		territories = self.by_key(group_by="Territory")
		self.assertEqual(territories[NORTH][-1], 16)
		self.assertEqual(territories[SOUTH][-1], 4)

	def test_an_order_that_two_claim_is_the_earlier_ones(self) -> None:
		frappe.db.set_value("Lead Nurture", self.house.late, "territory", SOUTH)
		self.assertEqual(self.value(territory=SOUTH), 4)
		frappe.db.set_value("Lead", self.house.project, "creation", f"{YEAR}-11-01", update_modified=False)
		self.assertEqual(self.value(territory=SOUTH), 4 + 128)

	def test_who_asks_does_not_change_whose_order_it_is(self) -> None:
		"""Sam sees the later lead only: the order stays the earlier one's."""
		frappe.db.set_value("Lead", self.house.late, "lead_owner", SAM_USER)
		self.as_user(SAM_USER)
		seen = frappe.get_list("Lead Nurture", {"company": COMPANY}, pluck="name")
		self.assertIn(self.house.late, seen)
		self.assertNotIn(self.house.project, seen)
		self.assertEqual(self.value(source=self.house.sources[FAIR]), 0)

	def test_a_customers_first_order_only(self) -> None:
		self.assertEqual(self.value(territory=NORTH), 1 + 2 + 16)
		frappe.db.set_value("Sales Order", self.house.second.name, "transaction_date", f"{YEAR}-12-01")
		self.assertEqual(self.value(territory=NORTH), 1 + 2 + 1000)

	def test_a_lead_of_another_company_claims_nothing(self) -> None:
		frappe.db.set_value("Lead Nurture", self.house.project, "company", house.OTHER)
		self.assertEqual(self.value(source=self.house.sources[FAIR]), 16 + 128)
		self.assertEqual(self.value(company=house.OTHER), 0)

	def test_closed_short(self) -> None:
		"""What was delivered counts, as in the credit ledger."""
		project = frappe.db.get_value("Lead Nurture", self.house.accepted, "sales_project")
		short = factories.sales_order(
			self.house.elsewhere, [(house.ITEM, 4, 512)], company=COMPANY, sales_project=project
		)
		factories.deliver(short, {short.items[0].name: 1})
		factories.close(short)
		self.assertEqual(self.value(territory=NORTH, source=self.house.sources[WEB]), 1 + 2 + 512)

	def test_old_leads_count_when_they_came_in(self) -> None:
		"""However young their nurtures are."""
		self.assertGreater(frappe.db.get_value("Lead Nurture", self.house.older, "creation").year, YEAR)
		last = {"from_date": f"{YEAR - 1}-01-01", "to_date": f"{YEAR - 1}-12-31"}
		self.assertEqual(self.by_key(**last), {self.house.sources[WEB]: (1, 0, 0, 0, 1, 1, 256)})

	def test_the_last_day_counts_to_its_end(self) -> None:
		late = f"{YEAR}-12-31 23:59:59.999999"
		frappe.db.set_value("Lead", self.house.idle, "creation", late, update_modified=False)
		self.assertEqual(sum(row["leads"] for row in self.rows(CONVERSION)), 8)

	# --- filters and target ----------------------------------------------------------------------------------

	def test_filters(self) -> None:
		measure = frappe.db.get_value("Lead Nurture", self.house.quoted, "definition")
		frappe.db.set_value("Lead Nurture", self.house.idle, "definition", None)
		for filters, leads in (
			({"source": self.house.sources[WEB]}, 3),
			({"campaign": self.house.campaigns[SUMMER]}, 2),
			({"campaign": self.house.campaigns[UNUSED]}, 0),
			({"territory": NORTH}, 2),
			({"territory": SOUTH, "source": self.house.sources[WEB]}, 1),
			({"qualifier": QUALIFIER}, 2),
			({"definition": measure}, 7),
			({"from_date": f"{YEAR}-01-05"}, 4),
			({"to_date": f"{YEAR}-01-05"}, 5),
			({"company": lead_house.COMPANY}, 0),
		):
			with self.subTest(filters):
				self.assertEqual(sum(row["leads"] for row in self.rows(CONVERSION, **filters)), leads)

	def test_target(self) -> None:
		"""Nested targets count once; the default role's, or the one that was asked for; the period's share."""
		for row in self.rows(CONVERSION):
			self.assertIsNone(row["target"])
			self.assertIsNone(row["value_converted"])
		house.target()
		for filters, wanted in (
			({}, 1500),
			({"sales_role": "Design Consultant"}, 50),
			({"sales_role": "No such role"}, 0),
			({"from_date": f"{YEAR}-01-01", "to_date": f"{YEAR}-06-30"}, 750),
		):
			with self.subTest(filters):
				rows = self.rows(CONVERSION, **filters)
				self.assertEqual({row["target"] for row in rows}, {wanted or None})
		cards = {card["label"]: card["value"] for card in execute(CONVERSION, SPAN)[4]}
		self.assertEqual(cards["Value Converted"], 17)  # 255 of 1500
		self.assertAlmostEqual(sum(row["value_converted"] for row in self.rows(CONVERSION)), 17, places=1)

	def test_cards(self) -> None:
		cards = [card["value"] for card in execute(CONVERSION, SPAN)[4]]
		self.assertEqual(cards, [8, 2, 4, 8, 255, 0, 100, 200, 0])

	# --- what each user sees ---------------------------------------------------------------------------------

	def test_own_leads(self) -> None:
		self.as_user(SAM_USER)
		self.assertEqual(self.by_key()[self.house.sources[WEB]], (1, 1, 1, 1, 0, 2, 3))
		self.as_user(MAX_USER)
		self.assertEqual(self.value(), 3)
		self.as_user(SARA_USER)
		self.assertEqual(self.rows(CONVERSION), [])

	def test_own_target(self) -> None:
		house.target()
		self.as_user(SAM_USER)
		self.assertEqual({row["target"] for row in self.rows(CONVERSION)}, {1000})

	def test_who_may_read_no_orders_gets_no_columns_of_them(self) -> None:
		factories.user("lead.only@example.com", "Lead Qualifier")
		self.as_user("lead.only@example.com")
		self.assertFalse(frappe.has_permission("Sales Order", "read"))
		columns, rows, _message, chart, summary = execute(CONVERSION, SPAN)
		self.assertFalse({"orders", "order_value", "target"} & {column["fieldname"] for column in columns})
		self.assertEqual(sum(row["leads"] for row in rows), 8)
		self.assertFalse({"orders", "order_value", "target"} & set(rows[0]))
		self.assertEqual((len(chart["data"]["datasets"]), len(summary)), (2, 3))
		columns, rows = execute(RETURN, SPAN)[:2]
		self.assertEqual(
			[column["fieldname"] for column in columns], ["campaign", "leads", "qualified", "currency"]
		)
		self.assertEqual({(row["spend"], row["order_value"]) for row in rows}, {(None, None)})

	def test_user_permissions_hold(self) -> None:
		self.restrict(OPERATIONS, "Territory", SOUTH)
		self.restrict(OPERATIONS, "Customer", self.house.elsewhere)
		self.as_user(OPERATIONS)
		self.assertNotIn(NORTH, self.by_key(group_by="Territory"))
		orders = frappe.get_list("Sales Order", {"company": COMPANY, "docstatus": 1}, pluck="base_net_total")
		self.assertLessEqual(self.value(), sum(orders))
		self.assertEqual(self.value(territory=SOUTH), 0)

	# --- the way to the documents ----------------------------------------------------------------------------

	def test_figures_lead_to_their_documents(self) -> None:
		followed = 0
		self.spend_some()
		for user in ("Administrator", OPERATIONS, SAM_USER):
			self.as_user(user)
			for report, asked in self.each():
				followed += self.follow(report, asked)
		self.assertGreater(followed, 60)

	def follow(self, report: str, asked: dict) -> int:
		columns, rows = execute(report, asked)[:2]
		followed = 0
		for row in rows:
			for column in columns:
				documents = column.get("documents")
				if not documents or not row[column["fieldname"]]:
					continue
				if column["fieldname"] == "spend" and not row["campaign"]:
					continue
				filters = {**documents["filters"], **row["documents"][documents["kind"]]}
				with self.subTest(report, column=column["fieldname"], filters=filters):
					found = self.listed(documents["doctype"], filters)
					figure = (
						sum(one.amount for one in found) if column["fieldname"] == "spend" else len(found)
					)
					self.assertEqual(figure, row[column["fieldname"]])
				followed += 1
		return followed

	def listed(self, doctype: str, filters: dict) -> list[frappe._dict]:
		return listed(doctype, filters, *(["amount"] if doctype == spend.SPEND else []))

	def test_too_many_to_name(self) -> None:
		names = [f"LEAD-{number}" for number in range(lists.MOST_NAMES)]
		self.assertEqual(lists.named("leads", names), {"leads": {"name": ["in", ",".join(names)]}})
		for unfit in ((), [*names, "LEAD-X"], ["One, Two", "Three"]):
			self.assertEqual(lists.named("leads", unfit), {})

	# --- campaigns -------------------------------------------------------------------------------------------

	def spend_some(self) -> None:
		self.house.spend(SPRING, 100, f"{YEAR}-01-01")
		self.house.spend(SPRING, -20, f"{YEAR}-12-31")
		self.house.spend(UNUSED, 7, f"{YEAR}-05-05")
		self.house.spend(SUMMER, 1000, f"{YEAR - 1}-12-31")
		self.house.spend(SUMMER, 1000, f"{YEAR + 1}-01-01")

	def test_campaigns(self) -> None:
		self.spend_some()
		fields = ("campaign", "spend", "leads", "qualified", "orders", "order_value")
		ratios = ("cost_per_lead", "cost_per_qualified", "value_per_spend")
		named = self.house.campaigns
		self.assertEqual(
			self.table(self.rows(RETURN), *fields, *ratios),
			[
				(named[SPRING], 80, 3, 1, 4, 23, 26.6667, 80, 0.2875),
				(named[UNUSED], 7, 0, 0, 0, 0, None, None, 0),
				(None, 0, 3, 0, 3, 224, 0, None, None),
				(named[SUMMER], 0, 2, 1, 1, 8, 0, 0, None),
			],
		)
		cards = {card["label"]: card["value"] for card in execute(RETURN, SPAN)[4]}
		self.assertEqual((cards["Spend"], cards["Leads"], cards["Order Value"]), (87, 8, 255))
		self.assertEqual(cards["Order Value per Spend"], 2.93)

	def test_one_campaign(self) -> None:
		self.spend_some()
		(row,) = self.rows(RETURN, campaign=self.house.campaigns[UNUSED])
		self.assertEqual((row["spend"], row["leads"]), (7, 0))
		(row,) = self.rows(RETURN, campaign=self.house.campaigns[SPRING])
		self.assertEqual((row["spend"], row["order_value"]), (80, 23))

	def test_more_came_back_than_was_spent(self) -> None:
		self.house.spend(SPRING, -5, f"{YEAR}-01-01")
		(row,) = self.rows(RETURN, campaign=self.house.campaigns[SPRING])
		self.assertEqual((row["spend"], row["value_per_spend"]), (-5, None))

	def test_spend_of_users(self) -> None:
		self.spend_some()
		self.as_user(OPERATIONS)
		self.assertEqual(sum(row["spend"] for row in self.rows(RETURN)), 87)
		self.assertIsNone(execute(RETURN, SPAN)[2])
		self.as_user(SAM_USER)
		columns, rows, message, _chart, summary = execute(RETURN, SPAN)
		self.assertFalse({"spend", "cost_per_lead", "value_per_spend"} & {c["fieldname"] for c in columns})
		self.assertEqual({row["spend"] for row in rows}, {None})
		self.assertNotIn("Spend", {card["label"] for card in summary})
		self.assertIsNone(message)
		self.as_user(MAX_USER)
		self.assertIn("all leads", execute(RETURN, SPAN)[2])

	def test_spend_of_a_company_that_the_user_may_not_see(self) -> None:
		self.spend_some()
		self.house.spend(SPRING, 9, f"{YEAR}-01-01", company=house.OTHER)
		self.restrict(OPERATIONS, "Company", COMPANY)
		self.as_user(OPERATIONS)
		self.assertEqual(sum(row["spend"] for row in self.rows(RETURN)), 87)
		with self.assertRaises(frappe.PermissionError):
			execute(RETURN, {**SPAN, "company": house.OTHER})

	def test_a_renamed_campaign(self) -> None:
		self.spend_some()
		kinds = compat.lead_origin_doctypes()
		rename(kinds["campaign"], self.house.campaigns[SPRING], "Lead Sales April")
		rename(kinds["source"], self.house.sources[WEB], "Lead Sales Net")
		(row,) = self.rows(RETURN, campaign="Lead Sales April")
		self.assertEqual((row["spend"], row["leads"]), (80, 3))
		self.assertEqual(self.by_key()["Lead Sales Net"][0], 3)

	def test_campaigns_made_one(self) -> None:
		self.spend_some()
		kind = compat.lead_origin_doctypes()["campaign"]
		named = self.house.campaigns
		rename(kind, named[UNUSED], named[SPRING], merge=True)
		(row,) = self.rows(RETURN, campaign=named[SPRING])
		self.assertEqual((row["spend"], row["leads"]), (87, 3))


def rename(doctype: str, old: str, new: str, merge: bool = False) -> None:
	"""Rename or merge as a request does, which knows nothing of earlier ones: Frappe keeps which DocTypes Dynamic Links
	lead to until a request ends, and Frappe 16 in tests, too."""
	frappe.local.dynamic_link_map = None
	frappe.rename_doc(doctype, old, new, force=True, merge=merge)


class OwnerTests:
	"""Random claims against an oracle that asks for each order."""

	def test_owners(self) -> None:
		for seed in range(50):
			dice = random.Random(f"owners {seed}")
			came = {f"L{n}": dice.randint(1, 5) for n in range(dice.randint(1, 8))}
			names = [*came, "stranger"]
			claims = [(f"O{dice.randint(1, 6)}", dice.choice(names)) for _ in range(dice.randint(0, 30))]
			wanted = {}
			for order in {order for order, lead in claims if lead in came}:
				who = {lead for one, lead in claims if one == order and lead in came}
				wanted[order] = min(who, key=lambda lead: (came[lead], lead))
			self.assertEqual(owners(claims, came), wanted)
			self.assertEqual(owners([*reversed(claims), *claims], came), wanted)

	def test_first_orders(self) -> None:
		at = datetime(YEAR, 1, 1)
		rows = [
			Placed("SO-3", "Acme", "L1", at.date(), at),
			Placed("SO-2", "Acme", "L1", at.date(), at - timedelta(hours=1)),
			Placed("SO-1", "Acme", "L1", (at + timedelta(days=1)).date(), at - timedelta(days=9)),
			Placed("SO-5", "Best", "L2", at.date(), at),
			Placed("SO-4", "Best", "L2", at.date(), at),
		]
		for orders in (rows, rows[::-1]):
			self.assertEqual(sorted(first_orders(orders)), [("SO-2", "L1"), ("SO-4", "L2")])


class SpendTests(Reports):
	"""Campaign Spend itself."""

	def spend(self, amount: float = 10, **values: Any) -> Any:
		return self.house.spend(SPRING, amount, f"{YEAR}-01-01", **values)

	def test_what_is_no_amount(self) -> None:
		for amount in (0, None, 0.0001, "", "many", 1e12, -1e13, float("nan"), float("inf")):
			with self.subTest(amount), self.assertRaises(frappe.ValidationError):
				self.spend(amount)
		self.assertEqual(self.spend(1234.567).amount, 1234.57)

	def test_what_is_missing(self) -> None:
		for field in ("company", "campaign", "posting_date"):
			values = {"company": COMPANY, "campaign": self.house.campaigns[SPRING], "amount": 5}
			values = {"posting_date": f"{YEAR}-01-01", **values, field: ""}
			with self.subTest(field), self.assertRaises(frappe.ValidationError):
				factories.make("Campaign Spend", **values)

	def test_a_campaign_that_does_not_exist(self) -> None:
		with self.assertRaises(frappe.LinkValidationError):
			factories.make(
				"Campaign Spend",
				company=COMPANY,
				campaign="No such one",
				posting_date=f"{YEAR}-01-01",
				amount=1,
			)

	def test_the_kind_of_campaign_is_erpnexts(self) -> None:
		kind = compat.lead_origin_doctypes()["campaign"]
		self.assertEqual(self.spend(campaign_type="Customer").campaign_type, kind)

	def test_a_campaign_that_money_was_spent_on_stays(self) -> None:
		self.spend()
		kind = compat.lead_origin_doctypes()["campaign"]
		spent = self.house.campaigns[SPRING]
		with self.assertRaises(frappe.LinkExistsError):
			frappe.delete_doc(kind, spent)

	def voucher(self, **values: Any) -> dict:
		project = factories.make("Project", project_name="Lead Sales Fair Stand", company=COMPANY, **values)
		return {"reference_doctype": "Project", "reference_name": project.name}

	def test_voucher(self) -> None:
		voucher = self.voucher()
		doc = self.spend(**voucher)
		self.assertEqual(doc.reference_name, voucher["reference_name"])
		with self.assertRaisesRegex(CampaignSpendError, "belongs to"):
			self.spend(company=house.OTHER, **voucher)
		frappe.db.set_value("Project", voucher["reference_name"], "docstatus", 2)
		with self.assertRaisesRegex(CampaignSpendError, "cancelled"):
			self.spend(**voucher)

	def test_what_is_no_voucher(self) -> None:
		for kind, name in (
			("Lead", self.house.deal),
			("User", "Administrator"),
			("No Such Thing", "One"),
			("<b>x</b>", "One"),
			("", "One"),
		):
			with self.subTest(kind), self.assertRaises(CampaignSpendError) as refused:
				self.spend(reference_doctype=kind, reference_name=name)
			self.assertNotIn("<b>x</b>", cstr(refused.exception))
		with self.assertRaises(frappe.LinkValidationError):
			self.spend(reference_doctype="Project", reference_name="No such project")
		self.assertIsNone(self.spend(reference_doctype="Project").reference_doctype)

	def test_a_voucher_that_the_user_may_not_read(self) -> None:
		voucher = self.voucher()
		self.as_user(house.ACCOUNTANT)
		self.assertFalse(frappe.has_permission("Project", "read"))
		values = {"company": COMPANY, "campaign": self.house.campaigns[SPRING], "amount": 5}
		doc = frappe.get_doc({"doctype": "Campaign Spend", "posting_date": f"{YEAR}-01-01", **values})
		doc.update(voucher).flags.ignore_links = True
		with self.assertRaises(frappe.PermissionError):
			doc.insert()

	def test_who_keeps_them(self) -> None:
		values = {"company": COMPANY, "campaign": self.house.campaigns[SPRING], "amount": 5}
		values["posting_date"] = f"{YEAR}-01-01"
		for user in (house.ACCOUNTANT, OPERATIONS, MAX_USER):
			self.as_user(user)
			with self.subTest(user):
				name = frappe.get_doc({"doctype": "Campaign Spend", **values}).insert().name
				self.assertIn(name, frappe.get_list("Campaign Spend", pluck="name"))
		for user in (SAM_USER, QUALIFIER, lead_report_house.STRANGER):
			self.as_user(user)
			with self.subTest(user):
				with self.assertRaises(frappe.PermissionError):
					frappe.get_doc({"doctype": "Campaign Spend", **values}).insert()
				with self.assertRaises(frappe.PermissionError):
					frappe.get_list("Campaign Spend")

	def test_after_an_upgrade_of_erpnext(self) -> None:
		"""Campaigns become UTM Campaigns of the same names; spends of others are left as they are."""
		one, other = self.spend(), self.spend()
		frappe.db.set_value("Campaign Spend", one.name, "campaign_type", "Customer")
		gone = {"campaign_type": "Customer", "campaign": "Gone"}
		frappe.db.set_value("Campaign Spend", other.name, gone)
		frappe.get_attr("sales_activity.install.after_migrate")()
		kind = compat.lead_origin_doctypes()["campaign"]
		self.assertEqual(frappe.db.get_value("Campaign Spend", one.name, "campaign_type"), kind)
		self.assertEqual(frappe.db.get_value("Campaign Spend", other.name, "campaign_type"), "Customer")

	def test_the_index_that_it_is_summed_by(self) -> None:
		self.assertTrue(frappe.db.has_index("tabCampaign Spend", "spend_of_period"))


class TestLeadConversion(ConversionTests, OwnerTests, SpendTests, TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.house = house.House()

	def setUp(self) -> None:
		super().setUp()
		forget_requests()

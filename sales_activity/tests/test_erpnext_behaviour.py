"""What this app takes for granted about ERPNext's documents; holds on ERPNext 15, 16 and the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, getdate

from sales_activity.tests import factories as make
from sales_activity.tests.base import TestCase

EVENTS = ("on_submit", "on_update_after_submit", "on_cancel", "on_change")


@contextmanager
def events_of(doctype: str) -> Iterator[list[tuple[str, str, int]]]:
	"""Record (event, status, docstatus) of every event that Frappe runs on documents of the DocType."""
	seen: list[tuple[str, str, int]] = []
	original = Document.run_method

	def run_method(doc: Document, method: str, *args: object, **kwargs: object) -> object:
		if doc.doctype == doctype and method in EVENTS:
			seen.append((method, doc.status, int(doc.docstatus)))
		return original(doc, method, *args, **kwargs)

	with patch.object(Document, "run_method", run_method):
		yield seen


class ERPNextCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.group = make.item_group("Active Equipment")
		cls.pump = make.item("Pump", cls.group, boxes_of=12)
		cls.rack = make.item("Rack", make.item_group("Enclosures"))
		cls.customer = make.customer()

	def quote(self, **values: object) -> Document:
		return make.quotation(self.customer, [(self.pump, 2, 25), (self.rack, 2, 50)], **values)

	def order(self, **values: object) -> Document:
		return make.sales_order(self.customer, [(self.pump, 4, 25), (self.rack, 2, 50)], **values)


class TestAmounts(ERPNextCase):
	def test_plain(self):
		order = self.order()
		self.assertEqual([row.base_net_amount for row in order.items], [100, 100])
		self.assertEqual([row.item_group for row in order.items], ["Active Equipment", "Enclosures"])
		self.assertEqual((order.base_net_total, order.total_qty), (200, 6))

	def test_discount_in_percent_is_spread_over_net_amounts(self):
		order = self.order(additional_discount_percentage=10, apply_discount_on="Net Total")
		self.assertEqual([row.base_net_amount for row in order.items], [90, 90])
		self.assertEqual([row.base_amount for row in order.items], [100, 100])
		self.assertEqual(order.base_net_total, 180)

	def test_discount_amount_adds_up_to_the_cent(self):
		lines = [(self.pump, 1, 10), (self.rack, 1, 10), (self.pump, 1, 10)]
		order = make.sales_order(self.customer, lines, discount_amount=10, apply_discount_on="Grand Total")
		net = [row.base_net_amount for row in order.items]
		self.assertEqual((round(sum(net), 2), order.base_net_total), (20, 20))
		self.assertTrue(all(abs(amount - 6.67) < 0.02 for amount in net), net)

	def test_discount_on_a_line(self):
		order = make.sales_order(
			self.customer, [make.line(self.pump, 2, 0, price_list_rate=100, discount_percentage=25)]
		)
		self.assertEqual((order.items[0].rate, order.items[0].base_net_amount), (75, 150))

	def test_foreign_currency(self):
		order = self.order(currency="USD", conversion_rate=80.5)
		row = order.items[0]
		self.assertEqual((row.amount, row.net_amount, row.base_net_amount), (100, 100, 8050))
		self.assertEqual(order.base_net_total, 16100)

	def test_stock_quantity(self):
		order = make.sales_order(self.customer, [make.line(self.pump, 2, 300, uom=make.BOX)])
		row = order.items[0]
		self.assertEqual((row.qty, row.conversion_factor, row.stock_qty), (2, 12, 24))

	def test_free_item(self):
		order = make.sales_order(
			self.customer, [(self.pump, 1, 5), make.line(self.rack, 1, 0, is_free_item=1)]
		)
		free = order.items[1]
		self.assertEqual((free.is_free_item, free.base_net_amount, free.stock_qty), (1, 0, 1))

	def test_alternatives_have_amounts_outside_the_totals(self):
		quoted = make.quotation(
			self.customer, [(self.pump, 1, 10), make.line(self.rack, 1, 40, is_alternative=1)]
		)
		self.assertEqual((quoted.base_net_total, quoted.items[1].base_net_amount), (10, 40))
		self.assertEqual([row.has_alternative_item for row in quoted.items], [1, 0])
		self.assertEqual([row.item_code for row in make.order_from(quoted).items], [self.pump])

	def test_item_group_is_a_snapshot_of_the_last_save_as_draft(self):
		draft = self.quote(submit=False)
		other = make.item_group("Moved")
		frappe.get_doc("Item", self.pump).update({"item_group": other}).save()
		draft.save()
		self.assertEqual(draft.items[0].item_group, other)
		draft.submit()
		frappe.get_doc("Item", self.pump).update({"item_group": self.group}).save()
		self.assertEqual(make.fresh(draft).items[0].item_group, other)

	def test_line_without_item(self):
		row = make.line(None, 1, 500, item_name="Advice", description="Advice", uom=make.UOM)
		quoted = make.quotation(self.customer, [row])
		self.assertFalse(quoted.items[0].item_group)
		self.assertEqual((quoted.items[0].stock_qty, quoted.base_net_total), (1, 500))

	def test_sales_team_weighs_the_order_and_comes_from_the_customer_by_mapping_only(self):
		asha, ravi = make.sales_person("Asha"), make.sales_person("Ravi")
		shares = {asha: 60, ravi: 40}
		customer = make.customer("With Team", sales_team=make.team_rows(shares))
		mapped = make.order_from(make.quotation(customer, [(self.pump, 1, 100)]))
		weights = [(row.sales_person, row.allocated_amount) for row in mapped.sales_team]
		self.assertEqual(weights, [(asha, 60), (ravi, 40)])
		self.assertEqual(make.sales_order(customer, [(self.pump, 1, 100)]).sales_team, [])

	def test_opportunity(self):
		deal = make.opportunity(self.customer, [(self.pump, 2, 25)], currency="USD", conversion_rate=80)
		self.assertEqual((deal.total, deal.base_total, deal.items[0].base_amount), (50, 4000, 4000))
		self.assertEqual((deal.items[0].item_group, deal.status), ("Active Equipment", "Open"))


class TestMapping(ERPNextCase):
	def test_order_knows_quotation_and_line(self):
		quoted = self.quote()
		order = make.order_from(quoted)
		links = [(row.prevdoc_docname, row.quotation_item) for row in order.items]
		self.assertEqual(links, [(quoted.name, row.name) for row in quoted.items])

	def test_second_order_gets_the_rest(self):
		quoted = self.quote()
		pump, rack = quoted.items
		make.order_from(quoted, {pump.name: {"qty": 1}, rack.name: None})
		self.assertEqual(make.fresh(quoted).status, "Partially Ordered")
		rest = make.order_from(quoted)
		self.assertEqual([(r.quotation_item, r.qty) for r in rest.items], [(pump.name, 1), (rack.name, 2)])
		self.assertEqual(make.fresh(quoted).status, "Ordered")

	def test_added_line_has_no_quotation(self):
		order = make.order_from(self.quote(), extra=[(self.pump, 1, 25)])
		self.assertEqual((order.items[2].prevdoc_docname, order.items[2].quotation_item), (None, None))
		self.assertEqual(order.base_net_total, 175)

	def test_opportunity_to_quotation(self):
		deal = make.opportunity(self.customer, [(self.pump, 2, 25)])
		quoted = make.quotation_from(deal)
		row = quoted.items[0]
		self.assertEqual((quoted.opportunity, row.prevdoc_docname), (deal.name, deal.name))
		self.assertEqual((row.qty, row.base_net_amount, make.fresh(deal).status), (2, 50, "Quotation"))
		make.order_from(quoted)
		self.assertEqual(make.fresh(deal).status, "Converted")

	def test_opportunity_without_items(self):
		deal = make.opportunity(self.customer)
		quoted = self.quote(opportunity=deal.name)
		self.assertEqual(make.fresh(deal).status, "Quotation")
		make.cancel(quoted)
		self.assertEqual(make.fresh(deal).status, "Open")

	def test_lead_becomes_customer_when_ordered(self):
		lead = make.lead("Meera", company_name="Meera Labs")
		self.assertEqual(frappe.db.get_value("Lead", lead, "status"), "Lead")
		quoted = make.quotation(lead, [(self.pump, 1, 10)], quotation_to="Lead")
		self.assertEqual(frappe.db.get_value("Lead", lead, "status"), "Quotation")
		order = make.order_from(quoted)
		self.assertEqual(frappe.db.get_value("Customer", order.customer, "lead_name"), lead)
		self.assertEqual(frappe.db.get_value("Lead", lead, "status"), "Converted")
		again = make.order_from(make.quotation(lead, [(self.pump, 1, 10)], quotation_to="Lead"))
		self.assertEqual(again.customer, order.customer)

	def test_prospect_becomes_customer_when_ordered(self):
		prospect = make.prospect("Sunrise")
		order = make.order_from(make.quotation(prospect, [(self.pump, 1, 10)], quotation_to="Prospect"))
		self.assertEqual(frappe.db.get_value("Customer", order.customer, "customer_name"), prospect)

	def test_order_of_another_company_than_its_quotation_is_refused(self):
		other = make.company("Second House", "ZH", "EUR")
		with self.assertRaises(frappe.ValidationError):
			make.order_from(self.quote(), company=other, submit=False)

	def test_expired_quotation_gives_no_order(self):
		day = add_days(getdate(), -9)
		quoted = self.quote(on=day, valid_till=add_days(day, 1))
		with self.assertRaises(frappe.ValidationError):
			make.order_from(quoted)

	def test_expiry_skips_what_is_partly_ordered(self):
		from erpnext.selling.doctype.quotation.quotation import set_expired_status

		untouched, partly = self.quote(), self.quote()
		make.order_from(partly, {partly.items[0].name: None})
		for quoted in (untouched, partly):
			frappe.db.set_value("Quotation", quoted.name, "valid_till", add_days(getdate(), -1))
		set_expired_status()
		self.assertEqual(make.fresh(untouched).status, "Expired")
		self.assertEqual(make.fresh(partly).status, "Partially Ordered")


class TestProgress(ERPNextCase):
	def test_delivering_and_billing(self):
		order = self.order()
		pump, rack = (row.name for row in order.items)
		make.deliver(order, {pump: 3})
		order = make.fresh(order)
		self.assertEqual(
			(order.status, order.per_delivered, order.items[0].delivered_qty), ("To Deliver and Bill", 50, 3)
		)
		make.bill(order, {rack: 1})
		order = make.fresh(order)
		self.assertEqual((order.per_billed, order.items[1].billed_amt), (25, 50))
		make.deliver(order)
		self.assertEqual(make.fresh(order).status, "To Bill")
		make.bill(order)
		order = make.fresh(order)
		self.assertEqual((order.status, order.per_delivered, order.per_billed), ("Completed", 100, 100))

	def test_billed_amount_is_in_the_order_s_currency(self):
		order = self.order(currency="USD", conversion_rate=80)
		make.bill(order)
		self.assertEqual([row.billed_amt for row in make.fresh(order).items], [100, 100])

	def test_cancelled_delivery_and_bill_are_undone(self):
		order = self.order()
		note, invoice = make.deliver(order), make.bill(order)
		make.cancel(note)
		make.cancel(invoice)
		order = make.fresh(order)
		self.assertEqual((order.status, order.per_delivered, order.per_billed), ("To Deliver and Bill", 0, 0))
		self.assertEqual([(row.delivered_qty, row.billed_amt) for row in order.items], [(0, 0), (0, 0)])

	def test_return_reduces_what_is_delivered_not_the_amounts(self):
		order = self.order()
		note = make.deliver(order)
		row = note.items[0]
		make.take_back(note, {row.name: 1})
		order = make.fresh(order)
		self.assertEqual((order.items[0].delivered_qty, order.items[0].returned_qty), (3, 1))
		self.assertEqual((order.base_net_total, round(order.per_delivered, 2)), (200, 83.33))

	def test_credit_note_reduces_what_is_billed(self):
		order = self.order()
		invoice = make.bill(order)
		make.take_back(invoice, {invoice.items[0].name: 2})
		self.assertEqual(make.fresh(order).items[0].billed_amt, 50)

	def test_more_than_ordered_is_refused(self):
		order = self.order()
		for post in (make.deliver, make.bill):
			with self.assertRaises(frappe.ValidationError):
				post(order, {order.items[0].name: 5})

	def test_closed_and_held_orders_keep_their_amounts_and_refuse_deliveries(self):
		for stop, status in ((make.close, "Closed"), (make.hold, "On Hold")):
			order = stop(self.order())
			self.assertEqual((order.status, order.docstatus, order.base_net_total), (status, 1, 200))
			with self.assertRaises(frappe.ValidationError):
				make.deliver(order)
			self.assertEqual(make.reopen(order).status, "To Deliver and Bill")

	def test_closing_stays_when_shares_are_worked_out_anew(self):
		order = self.order()
		note = make.deliver(order, {order.items[0].name: 1})
		make.close(order)
		make.take_back(note)
		order = make.fresh(order)
		self.assertEqual((order.status, order.items[0].delivered_qty), ("Closed", 0))

	def test_closed_order_cannot_be_cancelled(self):
		with self.assertRaises(frappe.ValidationError):
			make.cancel(make.close(self.order()))

	def test_cancelled_order_gives_the_quantity_back(self):
		quoted = self.quote()
		order = make.order_from(quoted)
		self.assertEqual(make.cancel(order).status, "Cancelled")
		self.assertEqual(make.fresh(quoted).status, "Open")

	def test_amended_order_keeps_its_quotation_and_starts_anew(self):
		order = make.order_from(self.quote())
		note = make.deliver(order)
		make.cancel(note)
		amended = make.amend(make.cancel(order))
		self.assertEqual((amended.amended_from, amended.status), (order.name, "To Deliver and Bill"))
		self.assertEqual(
			[(r.prevdoc_docname, r.quotation_item) for r in amended.items],
			[(r.prevdoc_docname, r.quotation_item) for r in order.items],
		)
		self.assertEqual([(r.delivered_qty, r.billed_amt) for r in amended.items], [(0, 0), (0, 0)])

	def test_lost_quotation(self):
		quoted = make.lose(self.quote())
		self.assertEqual(quoted.status, "Lost")
		ordered = self.quote()
		make.order_from(ordered)
		with self.assertRaises(frappe.ValidationError):
			make.lose(ordered)


class TestUpdateItems(ERPNextCase):
	def test_changed_line(self):
		order = self.order()
		order = make.update_items(order, {order.items[0].name: {"qty": 6, "rate": 30}})
		row = order.items[0]
		self.assertEqual(
			(row.qty, row.stock_qty, row.base_net_amount, order.base_net_total), (6, 6, 180, 280)
		)

	def test_removed_line_is_gone(self):
		order = self.order()
		gone = order.items[0].name
		order = make.update_items(order, remove=[gone])
		self.assertFalse(frappe.db.exists("Sales Order Item", gone))
		self.assertEqual(([r.item_code for r in order.items], order.base_net_total), ([self.rack], 100))

	def test_added_line(self):
		order = make.update_items(make.order_from(self.quote()), add=[(self.rack, 1, 40)])
		row = order.items[2]
		self.assertEqual((row.docstatus, row.item_group, row.quotation_item), (1, "Enclosures", None))
		self.assertEqual((row.base_net_amount, order.base_net_total), (40, 190))

	def test_quotation_follows(self):
		quoted = self.quote()
		order = make.order_from(quoted)
		make.update_items(order, {order.items[0].name: {"qty": 1}})
		self.assertEqual(make.fresh(quoted).status, "Partially Ordered")

	def test_discount_is_spread_anew(self):
		order = self.order(additional_discount_percentage=10, apply_discount_on="Net Total")
		order = make.update_items(order, {order.items[0].name: {"qty": 8}})
		self.assertEqual([row.base_net_amount for row in order.items], [180, 90])

	def test_less_than_delivered_is_refused(self):
		order = self.order()
		pump = order.items[0].name
		make.deliver(order, {pump: 3})
		with self.assertRaises(frappe.ValidationError):
			make.update_items(order, {pump: {"qty": 2}})
		with self.assertRaises(frappe.ValidationError):
			make.update_items(order, remove=[pump])


class TestEvents(ERPNextCase):
	"""Which events of the order the app can hang on, and what it sees in them."""

	def test_close_hold_and_reopen_fire_on_change_last_with_the_final_status(self):
		order = self.order()
		steps = ((make.close, "Closed"), (make.reopen, "To Deliver and Bill"), (make.hold, "On Hold"))
		for step, status in steps:
			with events_of("Sales Order") as seen:
				step(order)
			self.assertEqual(seen[-1], ("on_change", status, 1))
			self.assertEqual({event for event, _status, _docstatus in seen}, {"on_change"})

	def test_delivery_bill_and_return_fire_on_change_with_quantities_written(self):
		order = self.order()
		with events_of("Sales Order") as seen:
			note = make.deliver(order, {order.items[0].name: 4})
		self.assertEqual(seen[-1], ("on_change", "To Deliver and Bill", 1))
		with events_of("Sales Order") as seen:
			make.bill(order)
		self.assertEqual(seen[-1], ("on_change", "To Deliver", 1))
		with events_of("Sales Order") as seen:
			make.take_back(note)
		self.assertEqual(seen[-1], ("on_change", "To Deliver", 1))
		with events_of("Sales Order") as seen:
			make.deliver(order)
		self.assertEqual(seen[-1], ("on_change", "Completed", 1))

	def test_quantities_are_in_the_database_when_on_change_fires(self):
		order = self.order()
		row, found = order.items[0].name, []
		original = Document.run_method

		def run_method(doc: Document, method: str, *args: object, **kwargs: object) -> object:
			if doc.doctype == "Sales Order" and method == "on_change":
				found.append(frappe.db.get_value("Sales Order Item", row, "delivered_qty"))
			return original(doc, method, *args, **kwargs)

		with patch.object(Document, "run_method", run_method):
			make.deliver(order, {row: 2})
		self.assertEqual(set(found), {2})

	def test_update_items_saves_the_order(self):
		order = self.order()
		with events_of("Sales Order") as seen:
			make.update_items(order, {order.items[0].name: {"qty": 5}}, add=[(self.rack, 1, 1)])
		events = [event for event, _status, _docstatus in seen]
		self.assertIn("on_update_after_submit", events)
		self.assertLess(events.index("on_update_after_submit"), len(events) - 1, "on_change comes after")

	def test_lines_are_in_the_document_when_update_items_saves_it(self):
		order = self.order()
		amounts = []
		original = Document.run_method

		def run_method(doc: Document, method: str, *args: object, **kwargs: object) -> object:
			if doc.doctype == "Sales Order" and method == "on_update_after_submit":
				amounts.append([row.base_net_amount for row in doc.items])
			return original(doc, method, *args, **kwargs)

		with patch.object(Document, "run_method", run_method):
			make.update_items(order, {order.items[0].name: {"qty": 5}}, add=[(self.rack, 1, 7)])
		self.assertEqual(amounts, [[125, 100, 7]])

	def test_submit_and_cancel(self):
		with events_of("Sales Order") as seen:
			order = self.order()
		self.assertIn(("on_submit", "To Deliver and Bill", 1), seen)
		with events_of("Sales Order") as seen:
			make.cancel(order)
		self.assertEqual(
			[event for event, _status, _docstatus in seen if event == "on_cancel"], ["on_cancel"]
		)
		self.assertEqual(seen[-1], ("on_change", "Cancelled", 2))

	def test_quotation_changes_when_it_is_ordered_and_when_that_is_cancelled(self):
		quoted = self.quote()
		with events_of("Quotation") as seen:
			order = make.order_from(quoted)
		self.assertEqual(seen[-1], ("on_change", "Ordered", 1))
		with events_of("Quotation") as seen:
			make.cancel(order)
		self.assertEqual(seen[-1], ("on_change", "Open", 1))


class TestMasters(ERPNextCase):
	def test_a_sales_person_per_employee(self):
		employee = make.employee()
		make.make("Sales Person", sales_person_name="One", employee=employee, is_group=0, enabled=1)
		with self.assertRaises(frappe.ValidationError):
			make.make("Sales Person", sales_person_name="Two", employee=employee, is_group=0, enabled=1)

	def test_disabled_person_and_shares_other_than_100_are_refused_in_the_sales_team(self):
		disabled = make.sales_person("Gone", enabled=False)
		for team in ({disabled: 100}, {make.sales_person("Asha"): 90}):
			with self.assertRaises(frappe.ValidationError):
				self.order(sales_team=team, submit=False)

	def test_only_invoices_need_a_fiscal_year(self):
		order = self.order(on="1999-05-05")
		self.assertEqual(order.docstatus, 1)
		with self.assertRaises(Exception) as caught:
			make.bill(order)
		self.assertIn("Fiscal Year", str(caught.exception))

	def test_fiscal_years_do_not_overlap(self):
		year = getdate().year
		with self.assertRaises(frappe.NameError):
			make.make(
				"Fiscal Year",
				year="Twice",
				year_start_date=f"{year}-02-01",
				year_end_date=f"{year + 1}-01-31",
			)

	def test_monthly_distribution_adds_up(self):
		with self.assertRaises(frappe.ValidationError):
			make.monthly_distribution("Half", {"January": 50})

	def test_same_email_for_two_leads_is_refused(self):
		make.lead("First", email_id="same@example.com")
		with self.assertRaises(frappe.DuplicateEntryError):
			make.lead("Second", email_id="same@example.com")

	def test_trees_have_one_root(self):
		for doctype in make.ROOTS:
			field = f"parent_{frappe.scrub(doctype)}"
			self.assertEqual(frappe.db.count(doctype, {field: ("is", "not set")}), 1)

	def test_selling_roles(self):
		seller = make.user("seller@example.com", "Sales User")
		self.assertTrue(frappe.has_permission("Sales Order", "submit", user=seller))
		self.assertTrue(frappe.has_permission("Sales Person", "read", user=seller))
		self.assertFalse(frappe.has_permission("Sales Person", "write", user=seller))
		clerk = make.user("clerk@example.com", "Accounts User")
		self.assertFalse(frappe.has_permission("Quotation", "read", user=clerk))

"""Expenses that may be claimed twice are flagged, whoever claims them; nothing is refused."""

from __future__ import annotations

from sales_activity.sales_activity.expenses import duplicates
from sales_activity.tests import expense_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.expense_house import ANITA, HOTEL, RAVI, act, claim, fresh, line, sent


class TestExpenseDuplicates(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.build()

	def said(self, name: str) -> list[str]:
		return [row.warnings or "" for row in fresh(name).expenses]

	def test_the_same_day_type_and_amount(self) -> None:
		first = sent(100, 200)
		second = claim(100, line(200, days_ago=2), line(200, HOTEL), 201)
		said = self.said(second.name)
		self.assertIn(f"The same day, type and amount are in {first.name}.", said[0])
		self.assertEqual(said[1:], ["", "", ""])
		self.assertEqual(self.said(first.name), ["", ""])

	def test_two_lines_of_one_claim(self) -> None:
		said = self.said(claim(70, 70, 71).name)
		self.assertEqual(said, ["The same day, type and amount are in this claim."] * 2 + [""])

	def test_the_same_receipt_of_somebody_else_tells_the_claim_and_no_more(self) -> None:
		first = sent(line(100, receipt=house.receipt("a bill")))
		copy = house.receipt("a bill", RAVI, "copy.txt")
		second = claim(line(30, days_ago=5, receipt=copy), user=RAVI)
		self.assertEqual(self.said(second.name), [f"The same receipt is in {first.name}."])

	def test_others_may_spend_as_much(self) -> None:
		sent(100)
		self.assertEqual(self.said(claim(100, user=RAVI).name), [""])

	def test_what_was_cancelled_is_claimed_no_more(self) -> None:
		gone = act(house.with_accounts(100).name, "Deny and Lock", ANITA, reason="No")
		self.assertIn(gone.name, self.said(claim(100).name)[0])
		act(gone.name, "Cancel", ANITA)
		self.assertEqual(self.said(claim(100).name)[0].count(gone.name), 0)

	def test_a_handful_of_queries_however_many_lines(self) -> None:
		doc = claim(*(line(100 + number, receipt=house.receipt(str(number))) for number in range(5)))
		with self.assertQueryCount(2):
			duplicates.warnings(doc)

"""What the people of `expense_site.py` do with claims over the HTTP API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import expense_steps
from expense_steps import CLAIM
from outside import Client, explain


class Site(expense_steps.Site):
	"""What was made, and what its people do."""

	def client(self, user: str) -> Client:
		"""A session of one of them."""
		return Client(self.url, self.made["users"][user], self.made["password"])

	def call(self, user: str, method: str, **arguments: Any) -> Any:
		"""What a method of the app answers to one of them."""
		answer = self.client(user).call(f"sales_activity.api.{method}", **arguments)
		assert answer.ok, explain(answer)
		return answer.json().get("message")

	def sent(self, user: str, *lines: float | Mapping) -> str:
		"""A claim of somebody that waits for the area manager; lines as amounts, or with what else they say."""
		day = (date.today() - timedelta(days=1)).isoformat()
		common = {"expense_date": day, "expense_type": self.made["taxi"]}
		rows = [{**common, **(one if isinstance(one, Mapping) else {"amount": one})} for one in lines]
		answer = self.client(user).write(
			"POST", CLAIM, title=f"Journey for {rows[0]['amount']}", expenses=rows
		)
		assert answer.ok, explain(answer)
		name = answer.json()["data"]["name"]
		self.call(user, "expenses.act", claim=name, action="Send")
		return name

	def approved(self, user: str, *lines: float | Mapping) -> str:
		"""A claim that Max approved."""
		name = self.sent(user, *lines)
		self.call("max", "expenses.act", claim=name, action="Approve")
		return name

	def forward(self) -> str:
		"""The forwarding of all that is approved."""
		return self.call("anil", "expense_forwarding.forward", company=self.made["company"])["name"]

	def uploaded(self, user: str, name: str) -> str:
		"""The address of a file that somebody uploaded."""
		client = self.client(user)
		answer = client.session.post(
			f"{client.url}/api/method/upload_file",
			data={"is_private": 1},
			files={"file": (name, f"Receipt {name}".encode(), "text/plain")},
			timeout=60,
		)
		assert answer.ok, explain(answer)
		return answer.json()["message"]["file_url"]

	def parts(self, first: str) -> dict[str, str]:
		"""State > name of each part of a claim, of which there is one in each state here."""
		filters = {"name": first}, {"first_claim": first}
		rows = [
			row for one in filters for row in self.admin.rows(CLAIM, fields=["name", "status"], filters=one)
		]
		return {row["status"]: row["name"] for row in rows}

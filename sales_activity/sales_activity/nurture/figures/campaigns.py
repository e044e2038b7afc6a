"""What campaigns cost and brought: the figures of Campaign Return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sales_activity.sales_activity.nurture.figures import arrivals, spend
from sales_activity.sales_activity.nurture.figures.conversion import Came, Won, lead_counts, won_orders
from sales_activity.sales_activity.targets.rules import Period


class Return(NamedTuple):
	"""What a campaign cost and brought, in company currency; ``spend`` is None for users who may see no spend, ``won``
	for those who may see no orders. The ratios are None where there is nothing to divide, or by."""

	spend: float | None
	came: Came
	won: Won | None

	@property
	def per_lead(self) -> float | None:
		"""What a lead cost."""
		return _ratio(self.spend, self.came.leads.count)

	@property
	def per_qualified(self) -> float | None:
		"""What a qualified lead cost."""
		return _ratio(self.spend, self.came.qualified)

	@property
	def value_per_spend(self) -> float | None:
		"""How much is ordered for each unit of money; None where more came back than was spent."""
		return self.won.value / self.spend if self.won and self.spend and self.spend > 0 else None


def returns(asked: Mapping[str, object], span: Period) -> dict[str | None, Return]:
	"""By campaign (None: leads without one) what was spent in the period, which leads came in in it, and what these have
	ordered until now. ``asked`` holds ``company`` and may hold ``campaign``. Three queries. Raises PermissionError where
	the user may read no leads."""
	came = lead_counts(asked, span, arrivals.CAMPAIGN)
	won = won_orders(asked, span, arrivals.CAMPAIGN)
	spent = spend.by_campaign(asked, span)
	return {
		campaign: Return(
			None if spent is None else spent.get(campaign, 0.0),
			came.get(campaign, Came()),
			None if won is None else won.get(campaign, Won()),
		)
		for campaign in dict.fromkeys((*came, *(spent or ())))
	}


def together(found: Iterable[Return]) -> Return:
	"""Several campaigns as one, for the session's user (see Return)."""
	spent, came, won = 0.0, Came(), Won()
	for one in found:
		spent += one.spend or 0.0
		came = came.plus(one.came)
		won = won.plus(one.won or Won())
	return Return(spent if spend.may_see() else None, came, won if arrivals.may_see_orders() else None)


def _ratio(part: float | None, whole: float) -> float | None:
	return part / whole if part is not None and whole else None

"""What campaigns cost and brought: the figures of Campaign Return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sales_activity.sales_activity.nurture.figures import arrivals, conversion, spend
from sales_activity.sales_activity.nurture.figures.conversion import Converted
from sales_activity.sales_activity.nurture.figures.orders import may_see
from sales_activity.sales_activity.targets.rules import Period


class Return(NamedTuple):
	"""What a campaign cost, in company currency, and what it brought; ``spend`` is None for users who may see no spend.
	The ratios are None where there is nothing to divide, or by."""

	spend: float | None
	brought: Converted

	@property
	def per_lead(self) -> float | None:
		"""What a lead cost."""
		return _ratio(self.spend, len(self.brought.leads))

	@property
	def per_qualified(self) -> float | None:
		"""What a qualified lead cost."""
		return _ratio(self.spend, self.brought.qualified)

	@property
	def value_per_spend(self) -> float | None:
		"""How much is ordered for each unit of money; None where more came back than was spent."""
		return _ratio(self.brought.value, max(self.spend or 0, 0))


def returns(asked: Mapping[str, object], span: Period) -> dict[str | None, Return]:
	"""By campaign (None: leads without one) what was spent in the period, which leads came in in it, and what these have
	ordered until now. ``asked`` holds ``company`` and may hold ``campaign``. Six queries. Raises PermissionError where
	the user may read no leads."""
	brought = conversion.conversion(asked, span, arrivals.CAMPAIGN)
	spent = spend.by_campaign(asked, span)
	nothing = Converted(orders=() if may_see() else None)
	return {
		campaign: Return(None if spent is None else spent.get(campaign, 0.0), brought.get(campaign, nothing))
		for campaign in dict.fromkeys((*brought, *(spent or ())))
	}


def together(found: Iterable[Return]) -> Return:
	"""Several campaigns as one, for the session's user."""
	parts = list(found)
	spent = sum(one.spend or 0.0 for one in parts) if spend.may_see() else None
	return Return(spent, conversion.together(one.brought for one in parts))


def _ratio(part: float | None, whole: float) -> float | None:
	return part / whole if part is not None and whole else None

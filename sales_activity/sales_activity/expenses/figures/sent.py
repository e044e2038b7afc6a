"""Since when a claim is on its way: the moment of its last Send from Draft.

What was denied and sent again is on its way since it was sent first; what was taken back begins anew. A part that was split
off was sent with the claim that it was split from.
"""

from __future__ import annotations

from sales_activity.sales_activity.expenses import rules
from sales_activity.sales_activity.expenses.figures.scope import CLAIMS
from sales_activity.sales_activity.expenses.records import MOVE

_SEND = f"""
	select max(send.at) from `tab{MOVE}` send
	where send.from_state = '{rules.DRAFT}' and send.to_state = '{rules.PENDING}' and send.claim
"""
# SQL of a moment for each of CLAIMS; null where the claim was never sent
SENT = f"""
	coalesce(({_SEND} = {CLAIMS}.name), ({_SEND} = {CLAIMS}.first_claim and send.at <= {CLAIMS}.creation))
"""

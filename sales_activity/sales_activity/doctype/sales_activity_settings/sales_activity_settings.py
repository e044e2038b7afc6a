import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_time

from sales_activity.sales_activity.expenses import masters
from sales_activity.sales_activity.nurture.hours import take_defaults


class SalesActivitySettings(Document):
	"""The settings of the app."""

	def before_validate(self) -> None:
		take_defaults(self, "working_from", "working_until")

	def validate(self) -> None:
		"""Equal times mean around the clock."""
		if get_time(self.working_from) > get_time(self.working_until):
			frappe.throw(_("Work must end later in the day than it begins, such as 09:00 to 17:00."))
		masters.check_settings(self)

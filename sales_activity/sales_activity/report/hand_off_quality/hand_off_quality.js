frappe.query_reports["Hand-off Quality"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		sales_activity.filters.group_by("Hand-off", "Sender", "Receiver"),
		sales_activity.filters.sales_process(),
		...sales_activity.filters.hand_off_ends(),
		sales_activity.filters.territory(),
	],
	formatter: sales_activity.format_cell,
};

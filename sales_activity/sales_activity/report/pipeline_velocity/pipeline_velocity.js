frappe.query_reports["Pipeline Velocity"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		sales_activity.filters.group_by("Process", "Person", "Territory"),
		sales_activity.filters.sales_process(),
		sales_activity.filters.sales_person(),
		sales_activity.filters.territory(),
	],
	formatter: sales_activity.format_cell,
};

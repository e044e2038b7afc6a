frappe.query_reports["Speed to Lead"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		sales_activity.filters.group_by("Sales Person", "Qualifier", "Source", "Territory"),
		{ ...sales_activity.filters.sales_person(), label: __("Sales Person") },
		...sales_activity.filters.leads(),
		sales_activity.filters.definition(),
	],
	formatter: sales_activity.format_cell,
};

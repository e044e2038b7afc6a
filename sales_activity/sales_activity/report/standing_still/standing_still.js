frappe.query_reports["Standing Still"] = {
	filters: [
		sales_activity.filters.company(),
		sales_activity.filters.sales_process(),
		{ ...sales_activity.filters.sales_person(), label: __("Whose Turn") },
		sales_activity.filters.sales_role(),
		sales_activity.filters.territory(),
	],
	formatter: sales_activity.format_cell,
};

frappe.query_reports["Sales Pipeline Detail"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.dates(),
		...sales_activity.filters.choice(),
		{
			fieldname: "sales_project",
			label: __("Sales Project"),
			fieldtype: "Link",
			options: "Sales Project",
		},
		...sales_activity.filters.exact_days(),
	],
};

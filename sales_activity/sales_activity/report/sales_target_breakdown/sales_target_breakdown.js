frappe.query_reports["Sales Target Breakdown"] = {
	filters: [
		sales_activity.filters.company(),
		sales_activity.filters.fiscal_year(),
		...sales_activity.filters.dates(),
		sales_activity.filters.basis(),
		...sales_activity.filters.choice(),
		{
			fieldname: "each_once",
			label: __("Leave Out What a Target Above Includes"),
			fieldtype: "Check",
		},
	],
};

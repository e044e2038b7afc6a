frappe.query_reports["Program Performance"] = {
	tree: true,
	initial_depth: 1,
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		sales_activity.filters.program(),
		...sales_activity.filters.leads(),
	],

	formatter(value, row, column, data, default_formatter) {
		const html = sales_activity.format_cell(value, row, column, data, default_formatter);
		return data && !data.indent && column.fieldname === "label" ? `<b>${html}</b>` : html;
	},
};

frappe.query_reports["Milestone Time"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		sales_activity.filters.group_by("Process", "Person", "Role", "Territory"),
		sales_activity.filters.sales_process(),
		sales_activity.filters.sales_person(),
		sales_activity.filters.sales_role(),
		sales_activity.filters.territory(),
		{ fieldname: "milestone", label: __("Milestone"), fieldtype: "Data" },
	],

	formatter(value, row, column, data, default_formatter) {
		const html = sales_activity.format_cell(value, row, column, data, default_formatter);
		const is_slow =
			["median", "p90"].includes(column.fieldname) && data && shown(value) > shown(data.allowed);
		return is_slow ? `<span style="color: var(--text-on-red)">${html}</span>` : html;
	},
};

/** As much of the days as is shown: what reads the same isn't slower. */
const shown = (days) => flt(days, 1);

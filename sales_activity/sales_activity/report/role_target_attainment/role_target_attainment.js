frappe.query_reports["Role Target Attainment"] = {
	tree: true,
	filters: [
		sales_activity.filters.company(),
		sales_activity.filters.fiscal_year(),
		...sales_activity.filters.dates(),
		sales_activity.filters.sales_person(),
		sales_activity.filters.sales_role(),
		sales_activity.filters.item_group(),
		sales_activity.filters.basis(),
		{
			fieldname: "periodicity",
			label: __("Periodicity"),
			fieldtype: "Select",
			options: [
				{ value: "Yearly", label: __("Yearly") },
				{ value: "Quarterly", label: __("Quarterly") },
				{ value: "Monthly", label: __("Monthly") },
			],
			default: "Yearly",
			reqd: 1,
		},
		{ fieldname: "only_mine", label: __("Only Mine"), fieldtype: "Check" },
		{ fieldname: "flat", label: __("Without Totals of People"), fieldtype: "Check" },
	],

	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "item_group" && data?.row_type === "no_target") {
			return no_target_group(value, row, column, data, default_formatter);
		}
		if (value === null || value === undefined) return "";
		let html = default_formatter(value, row, column, data);
		if (!data) return html;
		if (column.fieldname.startsWith("attainment")) html = coloured(html, value, column, data);
		if (value) html = sales_activity.linked(html, column, data);
		return data.row_type === "person" ? `<b>${html}</b>` : html;
	},
};

/** Credit without a target says so, beside its item group if it has one. */
function no_target_group(value, row, column, data, default_formatter) {
	const group = value ? default_formatter(value, row, column, data) : __("None");
	return `${group} <span class="text-muted">(${__("No target")})</span>`;
}

/** Green on or above what the target should be today, orange up to a fifth below, red under that. */
function coloured(html, attainment, column, data) {
	const in_period = column.fieldname !== "attainment";
	const expected = in_period || !data.target ? 100 : (data.target_to_date / data.target) * 100;
	const colour = attainment >= expected ? "green" : attainment >= expected * 0.8 ? "orange" : "red";
	return `<span style="color: var(--text-on-${colour})">${html}</span>`;
}

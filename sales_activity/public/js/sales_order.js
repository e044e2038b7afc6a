frappe.ui.form.on("Sales Order", {
	setup(frm) {
		frm.set_query("sales_project", () => ({
			filters: { company: frm.doc.company, status: ["in", ["Open", "On Hold", "Won"]] },
		}));
	},

	refresh(frm) {
		show_credited_team(frm);
		sales_activity.milestones.show_small_path(frm);
		if (frm.doc.docstatus === 0) return;
		const voucher = () => ({ voucher_no: frm.doc.name });
		sales_activity.add_ledger_button(frm, __("Ledger"), voucher, __("Sales Credit"));
		if (!sales_activity.can_repost()) return;
		const scope = () => ({ company: frm.doc.company, sales_order: frm.doc.name });
		const ask = () => sales_activity.repost_credit(scope(), { with_team: true });
		frm.add_custom_button(__("Repost Credit"), ask, __("Sales Credit"));
	},
});

// The team stands beside the order, not in a table of it (see credit/team.py), so it is asked for.
function show_credited_team(frm) {
	const field = frm.get_field("credited_team");
	if (!field) return;
	field.$wrapper.empty();
	if (frm.is_new()) return;
	const { name } = frm.doc;
	frappe.xcall("sales_activity.api.credit.credited_team", { sales_order: name }).then((team) => {
		if (frm.doc.name === name) field.$wrapper.html(credited_team_html(team));
	});
}

function credited_team_html(team) {
	const escape = frappe.utils.escape_html;
	const cell = (value, align = "left") => `<td class="text-${align}">${value}</td>`;
	const percent = (value) => frappe.format(value, { fieldtype: "Percent" }, { inline: true });
	const lines = team.rows.map(
		(row) => `<tr>
			${cell(escape(row.sales_person))}
			${cell(escape(__(row.sales_role)))}
			${cell(percent(row.credit_percent), "right")}
		</tr>`
	);
	const head = `<tr>
		<th>${__("Sales Person")}</th>
		<th>${__("Sales Role")}</th>
		<th class="text-right">${__("Credit (%)")}</th>
	</tr>`;
	const table = `<table class="table table-bordered"><thead>${head}</thead><tbody>${lines.join(
		""
	)}</tbody></table>`;
	return `<div class="form-group">
		<label class="control-label">${__("Credited Team")}</label>
		${lines.length ? table : ""}
		<p class="help-box small text-muted">${credited_team_note(team)}</p>
	</div>`;
}

function credited_team_note({ is_draft, is_hidden, rows }) {
	if (is_hidden) return __("The team of the Sales Project, which you may not see, will be credited.");
	if (!rows.length) return is_draft ? __("Nobody would be credited.") : __("Nobody is credited.");
	return is_draft
		? __("Who would be credited if the order were submitted now, as it was saved.")
		: __("The team that this order was won with; kept when it was submitted.");
}

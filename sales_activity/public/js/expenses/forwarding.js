// Forwarding approved claims to Accounts by hand.

frappe.provide("sales_activity.expenses");

const { expenses, milestones } = sales_activity;
const { escape } = milestones;
const API = "sales_activity.api.expense_forwarding";
const MOST = 200;

/** A button for those who may forward, on a list of claims or forwardings. */
expenses.add_forward_button = (page) => {
	// early releases of Frappe 15 don't tell the desk who may submit; whoever may make one, may
	if (!frappe.model.can_create("Expense Forwarding")) return;
	page.add_inner_button(__("Forward to Accounts"), () => expenses.forward());
};

/** Asks for the company, shows which approved claims wait there, and opens the forwarding that takes them. */
expenses.forward = async () => {
	const waiting = await expenses.call(`${API}.waiting`);
	if (!waiting) return;
	if (!waiting.length) {
		frappe.msgprint({
			title: __("Nothing to forward"),
			message: __("No approved claim waits to be forwarded."),
			indicator: "blue",
		});
		return;
	}
	new expenses.ForwardDialog(waiting);
};

/** `waiting`: company by company, as the server says it. */
expenses.ForwardDialog = class ForwardDialog {
	constructor(waiting) {
		this.waiting = waiting;
		const companies = waiting.map((one) => one.company);
		this.dialog = new frappe.ui.Dialog({
			title: __("Forward to Accounts"),
			fields: [
				{
					fieldname: "company",
					fieldtype: "Select",
					label: __("Company"),
					options: companies,
					default: companies[0],
					reqd: 1,
					onchange: () => this.show(),
				},
				{ fieldname: "claims", fieldtype: "HTML" },
			],
			primary_action_label: __("Forward"),
			primary_action: ({ company }) => this.forward(company),
		});
		this.dialog.show();
		this.show();
	}

	async show() {
		const company = this.dialog.get_value("company");
		const found = this.waiting.find((one) => one.company === company);
		if (!found || this.shown === company) return;
		this.shown = company;
		const claims = await frappe.db.get_list(expenses.CLAIM, {
			filters: { company, status: "Approved" },
			fields: ["name", "title", "employee_name", "total_manager", "currency"],
			order_by: "employee_name asc, name asc",
			limit: MOST,
		});
		if (this.shown === company) this.draw(found, claims);
	}

	draw({ claims: count, total }, claims) {
		const rows = claims.map(
			(claim) => `<tr><td>${escape(claim.employee_name)}</td>
				<td>${expenses.link(claim.name)} ${escape(claim.title)}</td>
				<td class="text-right">${expenses.money(claim.total_manager, claim.currency)}</td></tr>`
		);
		const currency = claims[0]?.currency;
		const sum = count === 1 ? __("1 approved claim waits") : __("{0} approved claims wait", [count]);
		const more = count - claims.length;
		this.dialog.get_field("claims").$wrapper.html(`<div class="sa-forward" role="status">
			<p><b>${sum}: ${expenses.money(total, currency)}</b></p>
			<table class="table table-sm"><tbody>${rows.join("")}</tbody></table>
			${more > 0 ? `<p class="text-muted">${__("and {0} more", [more])}</p>` : ""}
		</div>`);
	}

	async forward(company) {
		const done = await expenses.call(`${API}.forward`, { company }, true);
		if (!done) return;
		this.dialog.hide();
		const claims = done.claims === 1 ? __("1 claim") : __("{0} claims", [done.claims]);
		frappe.show_alert({ message: __("Forwarded: {0}", [claims]), indicator: "green" });
		frappe.set_route("Form", "Expense Forwarding", done.name);
	}
};

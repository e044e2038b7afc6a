// What a user does with a milestone: one call for each action, after asking what the action needs.

frappe.provide("sales_activity.milestones");

const { milestones } = sales_activity;

const ASKED = {
	question: () => ({
		label: __("Question"),
		description: __("What do you need to know? It goes back to the person who handed it over."),
	}),
	reply: () => ({ label: __("Reply"), description: __("Goes to the person who asked.") }),
	reason: () => ({ label: __("Reason"), description: __("Stays on the record.") }),
};

/** Calls the server; resolves to its answer, or to null when it refused (the user has been told why). */
milestones.act = (milestone, action, values = {}) =>
	frappe
		.call({
			method: "sales_activity.api.milestones.act",
			args: { milestone, action, ...values },
			freeze: true,
		})
		.then(({ message }) => message)
		.catch(() => null);

/**
 * Asks what the action needs, then acts. `row`: of the path; `action`: one of its actions; `values`: what goes
 * with it (answers, evidence, remark). Resolves to the answer; to null when refused or called off.
 */
milestones.ask_and_act = async (row, { action, needs }, values = {}) => {
	const asked = needs
		? await ask(__(action), [{ fieldname: needs, ...ASKED[needs](), ...words }], row)
		: {};
	if (!asked) return null;
	return milestones.act(row.name, action, { ...values, ...asked });
};

/** Asks to whom and why, then delegates. */
milestones.delegate = async (row) => {
	const person = {
		fieldname: "delegate_to",
		fieldtype: "Link",
		options: "Sales Person",
		label: __("To"),
		reqd: 1,
		get_query: () => ({ filters: { enabled: 1, is_group: 0 } }),
	};
	const asked = await ask(
		__("Delegate"),
		[person, { fieldname: "reason", ...ASKED.reason(), ...words }],
		row
	);
	return asked && milestones.act(row.name, "Delegate", asked);
};

const words = { fieldtype: "Small Text", reqd: 1 };

/** Resolves to the values, or to null when the dialog is closed. */
function ask(title, fields, row) {
	return new Promise((resolve) => {
		let values = null;
		const dialog = new frappe.ui.Dialog({
			title: `${title}: ${row.milestone || row.what}`,
			fields,
			primary_action_label: title,
			primary_action: (given) => {
				values = given;
				dialog.hide();
			},
		});
		dialog.onhide = () => resolve(values);
		dialog.show();
	});
}

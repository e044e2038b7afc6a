const { expenses, milestones } = sales_activity;
const EXPENSES = "sales_activity.api.expenses";
// filled in by the app: nothing to look at before there is anything
const KEPT = ["status", "state_since", "holder", "area_manager", "sales_person", "reason", "totals_section"];
// what the employee says of the whole claim
const SAID = ["title", "posting_date", "purpose"];
// Accounts book it (again)
const NOT_POSTED = ["To Post", "Cancelled", "Deleted"];

frappe.ui.form.on("Sales Expense Claim", {
	setup(frm) {
		frm.set_query("expense_type", "expenses", () => ({ filters: { disabled: 0 } }));
		// asked for when an action needs it
		frm.set_df_property("reason", "read_only", 1);
		// people claim their own expenses only
		frm.set_df_property("employee", "read_only", 1);
		$(frm.wrapper).on("dirty", () => show_actions(frm));
		// the form says whose turn it is
		frm.show_workflow_read_only_banner = () => {};
	},

	onload(frm) {
		// Frappe offers what the user's roles may do; we offer what this user may do with this claim
		if (frm.states) frm.states.show_actions = () => show_actions(frm);
		if (!frm.is_new()) return;
		frm.tags = expenses.tags_of_next || {};
		expenses.tags_of_next = null;
	},

	async refresh(frm) {
		// Frappe refreshes a form that it reloads more than once: only the last one draws
		const refresh = (frm.last_refresh = {});
		frm.shown = null;
		frm.toggle_display("expenses", false);
		frm.toggle_display(KEPT, !frm.is_new());
		if (frm.is_new()) {
			for (const field of SAID) frm.set_df_property(field, "read_only", 0);
			await begin(frm);
			return;
		}
		const shown = await expenses.call(`${EXPENSES}.screen`, { claim: frm.doc.name });
		if (shown?.may_edit) frm.begun ||= await expenses.call(`${EXPENSES}.start`);
		if (!shown || frm.last_refresh !== refresh) return;
		frm.shown = shown;
		draw_lines(frm);
		show_decided(frm);
		show_line(frm);
		expenses.draw_trail(frm.get_field("trail_html").$wrapper, frm.shown);
		show_actions(frm);
		show_turn(frm);
		add_buttons(frm);
		// the tab Trail tells it
		frm.dashboard.links_area.hide();
		const may_say = frm.shown.may_edit && frm.doc.status !== "Clarification";
		for (const field of SAID) frm.set_df_property(field, "read_only", may_say ? 0 : 1);
		if (!frm.shown.may_edit) frm.disable_save();
	},
});

/** A new claim is the user's own; what it is worth the server works out when it is saved. */
async function begin(frm) {
	const own = (frm.begun ||= await expenses.call(`${EXPENSES}.start`));
	if (!own || !frm.is_new()) return;
	const { employee, employee_name, company, currency } = own;
	Object.assign(frm.doc, { employee, employee_name, company, currency });
	frm.refresh_fields();
	draw_entry(frm, { editable: true });
}

/** What may be chosen in an expense. */
function offered({ begun }) {
	return { types: begun?.types || [], currencies: begun?.currencies || [] };
}

function draw_lines(frm) {
	const { shown } = frm;
	const $parent = frm.get_field("expenses_html").$wrapper;
	if (shown.side) {
		const on_done = (parts) => {
			frm.decided = { name: frm.doc.name, parts };
			frm.deciding = null;
			frm.reload_doc();
		};
		// Frappe draws a form anew for a comment of somebody else, too: what was decided until then stays
		const before = frm.deciding?.claim === frm.doc.name ? frm.deciding.typed() : {};
		frm.deciding = new expenses.Deciding({ frm, $parent, shown, before, on_done });
		return;
	}
	frm.deciding = null;
	const action = shown.actions.find((one) => expenses.said_with(one) === "reply")?.action;
	if (action) draw_replies(frm, action);
	else draw_entry(frm, { editable: shown.may_edit });
}

/** What was decided just now stays to be read until something else is opened. */
function show_decided(frm) {
	const { name, parts } = frm.decided || {};
	if (name !== frm.doc.name) {
		frm.decided = null;
		return;
	}
	const $parent = frm.get_field("expenses_html").$wrapper;
	expenses.show_parts($parent, parts, name);
	$parent.find(".sa-decided")[0].scrollIntoView({ block: "center" });
}

/** The line that a message was about: its link says so. */
function show_line(frm) {
	const key = new URLSearchParams(window.location.search).get("line") || frappe.route_options?.line;
	if (!key) return;
	frappe.route_options = null; // or the next list would take it for a filter
	const $lines = frm.get_field("expenses_html").$wrapper.find(".sa-expense");
	const [line] = $lines.filter((_index, one) => one.dataset.key === key);
	if (!line) return;
	$lines.removeClass("sa-expense--asked");
	$(line).addClass("sa-expense--asked");
	line.scrollIntoView({ block: "center" });
}

function draw_entry(frm, options) {
	const $parent = frm.get_field("expenses_html").$wrapper;
	frm.entry = new expenses.Entry({ frm, $parent, tags: frm.tags, ...offered(frm), ...options });
	if (!options.editable) return;
	const $send = $(`<button type="button" class="btn btn-primary btn-lg sa-send">`)
		.text(__("Send"))
		.on("click", () => send(frm));
	const place = () => frm.entry.rows.length && $send.clone(true).appendTo($parent.children(".sa-expenses"));
	frm.entry.on_change = place;
	place();
}

/** Saved first, so that nobody has to know that there are two steps. */
async function send(frm) {
	if (frm.is_new() || frm.is_dirty()) {
		try {
			await frm.save();
		} catch {
			return; // the user was told why
		}
	}
	if (frm.is_new() || frm.is_dirty()) return;
	await act(frm, { action: "Send" });
}

function draw_replies(frm, action) {
	const $parent = frm.get_field("expenses_html").$wrapper;
	const on_done = () => frm.reload_doc();
	frm.replies = new expenses.Replies({ frm, $parent, action, on_done });
	if (action !== "Reply") return;
	const entry = new expenses.Entry({
		frm,
		$parent: $("<div>"),
		...offered(frm),
		only_said: frm.doc.asked_by === "Accounts",
	});
	frm.replies.edit = (row) => {
		frm.replies.typed = frm.replies.replies();
		entry.edit(row);
	};
	entry.on_change = () => frm.replies.draw();
	frm.replies.draw();
}

function show_actions(frm) {
	frm.page.clear_actions_menu();
	if (frm.is_dirty()) return;
	for (const action of frm.shown?.actions || []) {
		// said line by line, on the form
		if (expenses.said_with(action) !== "reply")
			frm.page.add_action_item(__(action.action), () => act(frm, action));
	}
}

async function act(frm, offered) {
	const { action } = offered;
	const said = expenses.said_with(offered);
	const asked = said ? await ask(action, said) : {};
	if (!asked) return;
	const args = { claim: frm.doc.name, action, modified: frm.doc.modified, ...asked };
	const after = await expenses.call(`${EXPENSES}.act`, args, true);
	if (after) {
		frappe.show_alert({
			message: __("{0}: {1}", [frm.doc.name, __(after.claim.status)]),
			indicator: "green",
		});
		frm.reload_doc();
	} else if (after !== null) frappe.set_route("List", expenses.CLAIM);
}

function ask(action, said) {
	return new Promise((resolve) => {
		let values = null;
		const label = said === "question" ? __("Question") : __("Reason");
		const dialog = new frappe.ui.Dialog({
			title: __(action),
			fields: [{ fieldtype: "Small Text", fieldname: "reason", label, reqd: 1 }],
			primary_action_label: __(action),
			primary_action: (given) => {
				values = given;
				dialog.hide();
			},
		});
		dialog.onhide = () => resolve(values);
		dialog.show();
	});
}

/** Whose turn it is, since when, until when. */
function show_turn(frm) {
	const { claim, side, may_edit, actions } = frm.shown;
	const since = frappe.datetime.str_to_user(claim.state_since);
	const mine = side || may_edit || actions.some((one) => one.action === "Answer");
	const turn = { "With Accounts": __("Accounts"), Approved: __("the next forwarding") }[claim.status];
	const who = milestones.escape(turn || claim.holder_name);
	const parts = [`<b>${milestones.escape(__(claim.status))}.</b>`];
	if (mine) parts.push(__("Your turn, since {0}.", [since]));
	else if (who) parts.push(__("Waits for {0}, since {1}.", [who, since]));
	if (claim.due_on) parts.push(__("Wanted by {0}.", [frappe.datetime.str_to_user(claim.due_on)]));
	frm.set_intro(parts.join(" "), "blue");
}

function add_buttons(frm) {
	const { doc } = frm;
	if (doc.journal_entry && frappe.model.can_read("Journal Entry")) {
		const open = () => frappe.set_route("Form", "Journal Entry", doc.journal_entry);
		frm.add_custom_button(__("Journal Entry"), open, __("View"));
	}
	const waits = doc.status === "Approved and Locked" && NOT_POSTED.includes(doc.journal_status);
	if (!waits || !frappe.user.has_role(["Accounts User", "Accounts Manager"])) return;
	frm.add_custom_button(__("Book It"), async () => {
		const args = { claim: doc.name };
		if (await expenses.call("sales_activity.api.expense_forwarding.post", args, true)) frm.reload_doc();
	});
}

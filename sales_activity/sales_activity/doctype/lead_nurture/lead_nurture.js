/* global format_number */
const { milestones } = sales_activity;
const LEADS = "sales_activity.api.leads";

frappe.ui.form.on("Lead Nurture", {
	setup(frm) {
		// asked for when an action needs it
		frm.set_df_property("reason", "read_only", 1);
		$(frm.wrapper).on("dirty", () => show_actions(frm));
	},

	onload(frm) {
		// Frappe offers what the user's roles may do; we offer what this user may do with this lead
		if (frm.states) frm.states.show_actions = () => show_actions(frm);
	},

	async refresh(frm) {
		if (frm.is_new()) return;
		frm.add_custom_button(__("Lead"), () => frappe.set_route("Form", "Lead", frm.doc.lead), __("View"));
		frm.shown = await call(`${LEADS}.screen`, { lead: frm.doc.name });
		if (!frm.shown) return;
		draw_questions(frm);
		show_actions(frm);
		const score = await call("sales_activity.api.scores.explain", { lead: frm.doc.name });
		if (score) draw_score(frm, score);
	},
});

/** Resolves to the server's answer, or to null when it refused (the user has been told why). */
const call = (method, args, freeze = false) =>
	frappe
		.call({ method, args, freeze })
		.then(({ message }) => message)
		.catch(() => null);

const points = (value) => format_number(value, null, 2);

/** What to say and ask, with what is known already; the points grow with every saved answer. */
function draw_questions(frm) {
	const { lines, may_answer, currency, missing, nurture, most_points, newer } = frm.shown;
	const $wrapper = frm.get_field("qualification_html").$wrapper.empty();
	frm.answer_form = null;
	if (!lines.length) {
		$wrapper.append(
			`<p class="text-muted">${__(
				"There is no active Universal Lead Definition for this company. Submit one, then start qualifying."
			)}</p>`
		);
		return;
	}
	const asked = lines.filter((line) => line.question);
	const of_lines = Object.fromEntries(asked.map((line) => [line.fieldname, line.value || ""]));
	if (may_answer && asked.length) {
		frm.answer_form = new milestones.AnswerForm({
			parent: $("<div>").appendTo($wrapper),
			questions: asked.map((line) => line.question),
			answers: of_lines,
			currency,
		});
		$(`<button class="btn btn-default btn-sm">${__("Save Answers")}</button>`)
			.appendTo($wrapper)
			.on("click", () => save_answers(frm));
	}
	const rows = lines.map(
		(line) => `<tr>
			<th scope="row">${milestones.escape(__(line.label))}${line.mandatory ? " *" : ""}</th>
			<td>${milestones.escape(line.shown || "")}</td>
			<td class="text-right">${points(line.points)} / ${points(line.most)}</td>
		</tr>`
	);
	$wrapper.append(`<table class="table table-sm mt-3">
		<thead><tr><th>${__("Criterion")}</th><th>${__("Known")}</th><th class="text-right">${__(
		"Points"
	)}</th></tr></thead>
		<tbody>${rows.join("")}</tbody>
		<tfoot><tr><th>${__("Fit")}</th><td>${__("{0} points are needed", [points(nurture.fit_threshold)])}</td>
			<th class="text-right">${points(nurture.fit_score)} / ${points(most_points)}</th></tr></tfoot>
	</table>`);
	if (missing.length) {
		const names = missing.map((label) => milestones.escape(__(label))).join(", ");
		$wrapper.append(`<p class="text-muted">${__("Still missing: {0}", [names])}</p>`);
	}
	if (newer)
		frm.add_custom_button(__("Score Again"), async () => {
			if (await call(`${LEADS}.score_again`, { leads: [frm.doc.name] }, true)) frm.reload_doc();
		});
}

/** What gave how much: the lines add up to the score. */
function draw_score(frm, { lines, fit, engagement, override }) {
	const rows = lines
		.filter((line) => line.points)
		.map(
			(line) => `<tr>
				<td>${__(line.kind)}</td>
				<td>${milestones.escape(__(line.label))}${line.count > 1 ? ` &times; ${line.count}` : ""}</td>
				<td class="text-right">${points(line.points)}</td>
			</tr>`
		);
	const sum = `<tr><th>${__("Together")}</th><td>${__("Fit {0}, engagement {1}", [
		points(fit),
		points(engagement),
	])}</td><th class="text-right">${points(Number(fit) + Number(engagement))}</th></tr>`;
	const instead = override ? `<p class="text-muted">${about_override(override)}</p>` : "";
	frm.get_field("score_html").$wrapper.html(
		`<table class="table table-sm"><tbody>${rows.join("")}</tbody><tfoot>${sum}</tfoot></table>${instead}`
	);
}

function about_override({ until, score, reason }) {
	const parts = [frappe.datetime.str_to_user(until), points(score), milestones.escape(reason || "")];
	return __("Until {0} it is {1} instead: {2}", parts);
}

const typed = (frm) =>
	frm.answer_form
		? Object.fromEntries(frm.answer_form.rows().map((row) => [row.fieldname, row.value]))
		: undefined;

async function save_answers(frm) {
	const args = { lead: frm.doc.name, answers: typed(frm), modified: frm.doc.modified };
	if (await call(`${LEADS}.answer`, args, true)) frm.reload_doc();
}

function show_actions(frm) {
	frm.page.clear_actions_menu();
	if (frm.is_dirty()) return;
	for (const action of frm.shown?.actions || [])
		frm.page.add_action_item(__(action.action), () => act(frm, action));
}

/** What was typed goes with the action: nothing has to be saved first. */
async function act(frm, { action, needs }) {
	const asked = needs ? await ask(action, needs) : {};
	if (!asked) return;
	const args = { lead: frm.doc.name, action, answers: typed(frm), modified: frm.doc.modified, ...asked };
	const after = await call(`${LEADS}.act`, args, true);
	if (after) frm.reload_doc();
	else if (after !== null) frappe.set_route("List", "Lead Nurture");
}

function ask(action, needs) {
	const field =
		needs === "sales_person"
			? { fieldtype: "Link", options: "Sales Person", label: __("Sales Person") }
			: { fieldtype: "Small Text", label: __("Reason") };
	return new Promise((resolve) => {
		let values = null;
		const dialog = new frappe.ui.Dialog({
			title: __(action),
			fields: [{ ...field, fieldname: needs, reqd: 1 }],
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

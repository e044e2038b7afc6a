const { leads, milestones } = sales_activity;
const MOST_SHOWN = 50;

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
		const { name } = frm.doc;
		const shown = await leads.call("leads.screen", { lead: name });
		if (!shown || frm.doc.name !== name) return;
		frm.shown = shown;
		frm.clear_custom_buttons();
		add_buttons(frm);
		draw_head(frm);
		draw_questions(frm);
		show_actions(frm);
		await Promise.all([show_score(frm), show_profile(frm), show_runs(frm)]);
	},
});

// --- what is done with the lead ------------------------------------------------------------------------------

function add_buttons(frm) {
	const { nurture, newer, may_write, may_score } = frm.shown;
	frm.add_custom_button(__("Lead"), () => frappe.set_route("Form", "Lead", frm.doc.lead), __("View"));
	if (may_write) {
		frm.add_custom_button(__("Record Response"), () =>
			leads.record_response(nurture.lead, () => after_response(frm))
		);
		frm.add_custom_button(__("Enrol in Program"), () =>
			leads.enrol([nurture.name], nurture.company, () => show_runs(frm))
		);
	}
	if (may_score) {
		const ends = nurture.override_until && nurture.override_until >= frappe.datetime.get_today();
		frm.add_custom_button(
			__("Set Score"),
			() => leads.set_score(nurture, () => reload(frm)),
			__("Score")
		);
		if (ends)
			frm.add_custom_button(
				__("End Set Score"),
				() => leads.end_score(nurture, () => reload(frm)),
				__("Score")
			);
	}
	if (newer)
		frm.add_custom_button(
			__("Score Again"),
			() => leads.score_again([nurture.name], () => reload(frm)),
			__("Score")
		);
}

/** Loads the lead again; what is being typed stays. */
function reload(frm) {
	frm.kept = { name: frm.doc.name, answers: typed(frm) };
	return frm.reload_doc();
}

const after_response = (frm) => Promise.all([show_score(frm), show_profile(frm), show_runs(frm)]);

// --- who it is -----------------------------------------------------------------------------------------------

function draw_head(frm) {
	const { lead, nurture, introduction } = frm.shown;
	const who = [lead.job_title, lead.company_name].filter(Boolean).map(leads.escape).join(", ");
	const where = [lead.city, lead.territory, lead.industry].filter(Boolean).map(leads.escape);
	const since = nurture.state_since && __("since {0}", [leads.when(nurture.state_since)]);
	const people = [
		nurture.qualifier && __("Qualifier: {0}", [leads.escape(frappe.user.full_name(nurture.qualifier))]),
		nurture.sales_person && __("Sales: {0}", [leads.escape(nurture.sales_person)]),
		nurture.accept_by && __("to be accepted by {0}", [leads.when(nurture.accept_by)]),
	];
	const reason = nurture.reason && `<div>${leads.escape(nurture.reason)}</div>`;
	frm.get_field("call_html").$wrapper.html(`<div class="sa-lead">
		<div>
			<div class="sa-lead__name">${leads.escape(lead.lead_name || nurture.name)}</div>
			<div>${who}</div>
			<div class="sa-lead__ways">${ways(lead).join("")}</div>
			<div class="text-muted">${where.join(" · ")}</div>
			<div class="text-muted">${[...people, since].filter(Boolean).join(" · ")}</div>
			${reason || ""}
		</div>
		<div>
			<div class="sa-lead__numbers">
				<span><span class="sa-lead__score">${leads.points(nurture.score)}</span> ${__("points")}</span>
				<span class="text-muted sa-lead__fit"></span>
			</div>
			<div class="sa-lead__bar" role="progressbar" aria-label="${leads.escape(__("Fit"))}"><span></span></div>
			<div class="sa-lead__missing text-muted" aria-live="polite"></div>
		</div>
		${introduction ? `<p class="sa-lead__say">${milestones.lines(introduction)}</p>` : ""}
	</div>`);
	const { fit_score, qualifies } = nurture;
	show_fit(frm, { fit_score, reaches: Boolean(qualifies), missing: frm.shown.missing });
}

/** Telephone, e-mail, web page: each a click away. */
function ways({ mobile_no, phone, email_id, website }) {
	// ERPNext writes one number into both
	const numbers = [...new Set([mobile_no, phone])].filter(Boolean).map((number) => ["tel:", number]);
	const found = [...numbers, ...(email_id ? [["mailto:", email_id]] : [])].map(
		([kind, way]) => `<a href="${leads.escape(kind + way)}">${leads.escape(way)}</a>`
	);
	if (website) {
		const address = /^https?:\/\//i.test(website) ? website : `https://${website}`;
		const shown = leads.escape(website);
		found.push(
			`<a href="${leads.escape(address)}" target="_blank" rel="noopener noreferrer">${shown}</a>`
		);
	}
	return found;
}

/** How far the fit is from what the definition asks for, and what is missing. */
function show_fit(frm, { fit_score, reaches, missing }) {
	const $head = frm.get_field("call_html").$wrapper;
	const { fit_threshold, definition } = frm.shown.nurture;
	if (!definition) {
		$head.find(".sa-lead__bar").hide();
		return;
	}
	const part = fit_threshold > 0 ? Math.min(Math.max(fit_score / fit_threshold, 0), 1) : 1;
	const parts = [leads.points(fit_score), leads.points(fit_threshold)];
	$head.find(".sa-lead__fit").text(__("fit {0} of {1} needed", parts));
	$head.find(".sa-lead__bar").toggleClass("sa-lead__bar--reached", reaches);
	$head.find(".sa-lead__bar > span").css("width", `${Math.round(part * 100)}%`);
	const text = missing.length
		? __("Still missing: {0}", [missing.map((label) => __(label)).join(", ")])
		: reaches
		? __("It reaches the definition.")
		: __("Nothing mandatory is missing, but it needs more points.");
	$head.find(".sa-lead__missing").text(text);
}

// --- what is asked -------------------------------------------------------------------------------------------

/** What to ask, with what is known already; the points grow while answers are typed. */
function draw_questions(frm) {
	const { lines, may_answer, currency } = frm.shown;
	const $wrapper = frm.get_field("qualification_html").$wrapper.empty();
	frm.answer_form = null;
	const asked = lines.filter((line) => line.question);
	if (may_answer && asked.length) {
		const kept = frm.kept?.name === frm.doc.name ? frm.kept.answers : {};
		const stored = Object.fromEntries(asked.map((line) => [line.fieldname, line.value || ""]));
		frm.answer_form = new milestones.AnswerForm({
			parent: $(`<div class="sa-lead-form">`).appendTo($wrapper),
			questions: asked.map((line) => line.question),
			answers: stored,
			currency,
			on_change: () => preview(frm),
		});
		if (kept) frm.answer_form.ready.then(() => frm.answer_form?.fill(kept)).then(() => preview(frm));
	}
	frm.kept = null;
	$(`<div class="sa-lead__actions">`).appendTo($wrapper);
	$wrapper.append(lines.length ? criteria_table(frm) : leads.empty(no_definition()));
}

const no_definition = () =>
	__("There is no active Universal Lead Definition for this company. Submit one, then start qualifying.");

function criteria_table(frm) {
	const { lines, nurture, most_points } = frm.shown;
	const rows = lines.map(
		(line) => `<tr data-criterion="${leads.escape(line.fieldname)}">
			<th scope="row">${leads.escape(__(line.label))}${line.mandatory ? " *" : ""}</th>
			<td>${leads.escape(line.shown || "")}</td>
			<td class="text-right"><span class="sa-points">${leads.points(line.points)}</span> / ${leads.points(
			line.most
		)}</td>
		</tr>`
	);
	const heads = [__("Criterion"), __("Known")].map((head) => `<th>${head}</th>`).join("");
	return `<table class="table table-sm sa-criteria">
		<thead><tr>${heads}<th class="text-right">${__("Points")}</th></tr></thead>
		<tbody>${rows.join("")}</tbody>
		<tfoot><tr><th>${__("Fit")}</th><td></td>
			<th class="text-right"><span class="sa-points">${leads.points(nurture.fit_score)}</span> / ${leads.points(
		most_points
	)}</th></tr></tfoot>
	</table>`;
}

/** What the answers would give that are typed and not saved yet. */
const preview = frappe.utils.debounce(async (frm) => {
	const { name } = frm.doc;
	const answers = typed(frm);
	if (!answers) return;
	const found = await leads.call("leads.preview", { lead: name, answers });
	if (!found || frm.doc.name !== name || !frm.answer_form) return;
	show_fit(frm, found);
	const $table = frm.get_field("qualification_html").$wrapper.find(".sa-criteria");
	$table.find("tfoot .sa-points").text(leads.points(found.fit_score));
	for (const row of $table.find("tbody tr").get()) {
		$(row)
			.find(".sa-points")
			.text(leads.points(found.points[row.dataset.criterion] || 0));
	}
}, 400);

const typed = (frm) =>
	frm.answer_form
		? Object.fromEntries(frm.answer_form.rows().map((row) => [row.fieldname, row.value]))
		: undefined;

async function save_answers(frm) {
	const args = { lead: frm.doc.name, answers: typed(frm), modified: frm.doc.modified };
	if (!(await leads.call("leads.answer", args, true))) return;
	frappe.show_alert({ message: __("Answers saved"), indicator: "green" });
	frm.reload_doc();
}

// --- why it has its score, what it did, what it gets ---------------------------------------------------------

/** A part of the screen below its title. */
function part(frm, fieldname, title) {
	const { $wrapper } = frm.get_field(fieldname);
	if (!$wrapper.find(".sa-part").length)
		$wrapper.empty().append($(`<h6 class="sa-part-title">`).text(title), `<div class="sa-part">`);
	return $wrapper.find(".sa-part");
}

async function show_score(frm) {
	const score = await leads.call("scores.explain", { lead: frm.doc.name });
	if (!score) return;
	frm.get_field("call_html").$wrapper.find(".sa-lead__score").text(leads.points(score.score));
	draw_score(frm, score);
}

/** What gave how much: the lines add up to the score. */
function draw_score(frm, { lines, fit, engagement, override }) {
	const rows = lines
		.filter((line) => line.points)
		.map(
			(line) => `<tr>
				<td>${__(line.kind)}</td>
				<td>${leads.escape(__(line.label))}${line.count > 1 ? ` &times; ${line.count}` : ""}</td>
				<td class="text-right">${leads.points(line.points)}</td>
			</tr>`
		);
	const sum = `<tr><th>${__("Together")}</th><td>${__("Fit {0}, engagement {1}", [
		leads.points(fit),
		leads.points(engagement),
	])}</td><th class="text-right">${leads.points(Number(fit) + Number(engagement))}</th></tr>`;
	const instead = override ? `<p class="text-muted">${about_override(override)}</p>` : "";
	part(frm, "score_html", __("What Gave How Much")).html(
		`${instead}<table class="table table-sm"><tbody>${rows.join("")}${sum}</tbody></table>`
	);
}

function about_override({ until, score, reason }) {
	const parts = [frappe.datetime.str_to_user(until), leads.points(score), leads.escape(reason || "")];
	return __("Until {0} it is {1} instead: {2}", parts);
}

async function show_profile(frm) {
	const { name } = frm.doc;
	const responses = await leads.call("scores.responses", { lead: name, limit: MOST_SHOWN });
	if (!responses || frm.doc.name !== name) return;
	const more = responses.length < MOST_SHOWN ? "" : all_responses(name);
	leads.draw_profile(part(frm, "profile_html", __("What They Read, Attended, Asked")), responses, more);
}

const all_responses = (name) =>
	`<a href="/app/nurture-response?lead_nurture=${encodeURIComponent(name)}">${__("All responses")}</a>`;

async function show_runs(frm) {
	const { name } = frm.doc;
	const runs = await leads.call("programs.runs", { lead: name });
	if (!runs || frm.doc.name !== name) return;
	const $part = part(frm, "runs_html", __("Nurture Programs"));
	leads.draw_runs($part, runs, frm.shown.may_write, () => show_runs(frm));
}

// --- its way -------------------------------------------------------------------------------------------------

/** In the menu as everywhere in Frappe, and below the questions, where they are in reach of whoever is calling. */
function show_actions(frm) {
	frm.page.clear_actions_menu();
	const $bar = frm.get_field("qualification_html").$wrapper.find(".sa-lead__actions").empty();
	if (frm.is_dirty()) return;
	if (frm.answer_form) button($bar, __("Save Answers"), () => save_answers(frm), "default");
	(frm.shown?.actions || []).forEach((action, place) => {
		const run = () => act(frm, action);
		frm.page.add_action_item(__(action.action), run);
		button($bar, __(action.action), run, place ? "default" : "primary");
	});
}

const button = ($bar, label, run, look) =>
	$(`<button class="btn btn-sm btn-${look}">`).text(label).appendTo($bar).on("click", run);

/** What was typed goes with the action: nothing has to be saved first. */
async function act(frm, { action, needs }) {
	const asked = needs ? await ask(action, needs) : {};
	if (!asked) return;
	const args = { lead: frm.doc.name, action, answers: typed(frm), modified: frm.doc.modified, ...asked };
	// a refusal is no answer either
	let refused = false;
	const after = await frappe
		.call({ method: "sales_activity.api.leads.act", args, freeze: true })
		.then(({ message }) => message)
		.catch(() => (refused = true));
	if (refused) return;
	if (after) frm.reload_doc();
	else frappe.set_route("List", "Lead Nurture");
}

const ASKED = {
	sales_person: () => ({
		fieldtype: "Link",
		options: "Sales Person",
		label: __("Sales Person"),
		get_query: () => ({ filters: { enabled: 1, is_group: 0 } }),
	}),
	reason: () => ({ fieldtype: "Small Text", label: __("Reason") }),
};

function ask(action, needs) {
	return new Promise((resolve) => {
		let values = null;
		const dialog = new frappe.ui.Dialog({
			title: __(action),
			fields: [{ ...ASKED[needs](), fieldname: needs, reqd: 1 }],
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
